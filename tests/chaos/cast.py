"""What people do in a scenario, again and again until the chat says yes, however often the bot dies meanwhile."""

import asyncio
from collections.abc import Sequence

from tests.chaos.lane import Lane
from tests.chaos.people.person import Gesture
from tests.chaos.store import Kept, until

PATIENCE = 150.0  # seconds until something that does not happen counts as lost
PAUSE = 0.1
ENDS = ("delivered", "failed", "cancelled")


class Cast:
    """The people of one lane, and what they asked for."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.gestures: list[Gesture] = []
        self.deleted: set[str] = set()
        self.notices = 0

    async def ask(self, words: str, photo: bytes | None = None, command: str = "didtalk") -> Gesture:
        """Ask until it is accepted."""
        person = self.lane.person
        while True:
            await self._there()
            gesture = Gesture(words, photo, command, may_fail="[fault:" in words)
            self.gestures.append(gesture)
            gesture.accepted = await person.ask(gesture)
            while not gesture.accepted and person.repeats(gesture):
                await self._there()
                await asyncio.sleep(PAUSE)
                gesture.accepted = await person.ask(gesture)
            if gesture.accepted:
                return gesture

    async def subscribe(self) -> None:
        """Another channel wants to hear of everything."""
        await self._there()
        while not await self.lane.person.subscribe():
            await self._there()
        self.notices = 1

    async def cancel(self, gesture: Gesture) -> None:
        """Stop it, unless it comes to its end before."""
        await self._press(gesture, "cancel")

    async def redo(self, gesture: Gesture) -> None:
        """Once it is there, the same once more."""
        await self.until(gesture, "delivered")
        gesture.redone += 1
        await self._press(gesture, "redo")

    async def delete(self, gesture: Gesture) -> None:
        """Once it is there, away with it."""
        job = await self.until(gesture, "delivered")
        self.deleted.add(job.id)
        gesture.job = job.id
        await self._press(gesture, "delete")

    async def until(self, gesture: Gesture, stage: str | None = None) -> Kept:
        """The first job of a gesture, once it is kept, or once it is that far or over."""
        found: list[Kept] = []

        async def there() -> bool:
            found[:] = [job for job in await self._jobs(gesture) if stage in (None, job.stage) or job.stage in ENDS]
            return bool(found)

        if not await until(there, PATIENCE):
            raise TimeoutError(f"“{gesture.text}” never became {stage or 'a job'}")
        return found[0]

    async def _jobs(self, gesture: Gesture) -> Sequence[Kept]:
        """The jobs that a gesture became."""
        return [job for job in await self.lane.store.jobs() if gesture.mark in job.words]

    async def _press(self, gesture: Gesture, act: str) -> None:
        """Press until it is taken, or nothing is left to be pressed."""
        job = await self.until(gesture)
        once = f"{act}-{gesture.mark}"
        while not await self.lane.person.press(job.id, act, once):
            await self._there()
            await asyncio.sleep(PAUSE)
            if act == "cancel" and (await self.until(gesture)).stage in ENDS:
                return
            if act == "delete" and not (await self.lane.person.seen()).get(job.id):
                return

    async def _there(self) -> None:
        await until(self.lane.person.there, PATIENCE)
