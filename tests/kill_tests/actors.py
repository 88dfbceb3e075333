"""What people do in a scenario, again and again until the chat says yes, however often the bot dies meanwhile."""

import asyncio
from collections.abc import Sequence

from tests.kill_tests.bot_control.bot_under_test import BotUnderTest
from tests.kill_tests.database_reader import StoredJob, wait_until
from tests.kill_tests.people.person import Gesture

ACTOR_TIMEOUT_SECONDS = 150.0  # seconds until something that does not happen counts as lost
RETRY_PAUSE_SECONDS = 0.1
FINAL_STAGES = ("delivered", "failed", "cancelled")


class Actors:
    """The people of one lane, and what they asked for."""

    def __init__(self, under_test: BotUnderTest) -> None:
        self.under_test = under_test
        self.gestures: list[Gesture] = []
        self.deleted_jobs: set[str] = set()
        self.notice_channels = 0

    async def ask(self, words: str, photo: bytes | None = None, command: str = "didtalk") -> Gesture:
        """Ask until it is accepted."""
        person = self.under_test.person
        while True:
            await self._wait_for_bot()
            gesture = Gesture(words, photo, command, may_fail="[fault:" in words)
            self.gestures.append(gesture)
            gesture.accepted = await person.ask(gesture)
            while not gesture.accepted and person.repeats_gesture(gesture):
                await self._wait_for_bot()
                await asyncio.sleep(RETRY_PAUSE_SECONDS)
                gesture.accepted = await person.ask(gesture)
            if gesture.accepted:
                return gesture

    async def subscribe(self) -> None:
        """Another channel wants to hear of everything."""
        await self._wait_for_bot()
        while not await self.under_test.person.subscribe():
            await self._wait_for_bot()
        self.notice_channels = 1

    async def cancel(self, gesture: Gesture) -> None:
        """Stop it, unless it comes to its end before."""
        await self._press_until_taken(gesture, "cancel")

    async def redo(self, gesture: Gesture) -> None:
        """Once it is there, the same once more."""
        await self.wait_for_stage(gesture, "delivered")
        gesture.redo_count += 1
        await self._press_until_taken(gesture, "redo")

    async def delete(self, gesture: Gesture) -> None:
        """Once it is there, away with it."""
        job = await self.wait_for_stage(gesture, "delivered")
        self.deleted_jobs.add(job.id)
        gesture.job_id = job.id
        await self._press_until_taken(gesture, "confirm_delete")

    async def wait_for_stage(self, gesture: Gesture, stage: str | None = None) -> StoredJob:
        """The first job of a gesture, once it is kept, or once it is that far or over."""
        found: list[StoredJob] = []

        async def has_stage() -> bool:
            found[:] = [
                job for job in await self._jobs_of(gesture) if stage in (None, job.stage) or job.stage in FINAL_STAGES
            ]
            return bool(found)

        if not await wait_until(has_stage, ACTOR_TIMEOUT_SECONDS):
            raise TimeoutError(f"“{gesture.typed_text}” never became {stage or 'a job'}")
        return found[0]

    async def _jobs_of(self, gesture: Gesture) -> Sequence[StoredJob]:
        """The jobs that a gesture became."""
        return [job for job in await self.under_test.store.read_jobs() if gesture.mark in job.request_text]

    async def _press_until_taken(self, gesture: Gesture, act: str) -> None:
        """Press until it is taken, or nothing is left to be pressed."""
        job = await self.wait_for_stage(gesture)
        once = f"{act}-{gesture.mark}"
        while not await self.under_test.person.press(job.id, act, once):
            await self._wait_for_bot()
            await asyncio.sleep(RETRY_PAUSE_SECONDS)
            if act == "cancel" and (await self.wait_for_stage(gesture)).stage in FINAL_STAGES:
                return
            if act == "confirm_delete" and not (await self.under_test.person.read_chat()).get(job.id):
                return

    async def _wait_for_bot(self) -> None:
        await wait_until(self.under_test.person.bot_is_ready, ACTOR_TIMEOUT_SECONDS)
