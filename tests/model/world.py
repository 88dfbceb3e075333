"""A world of stand-ins in which real engines and desks live, moved step by step."""

import asyncio
import itertools
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.desk.desk import Desk
from bot.errors import Trouble
from bot.jobs.job import Stage
from bot.notices.credit_alerts import CreditAlerts
from bot.notices.notifier import Notifier
from bot.requests.media import Media, MediaKind
from bot.wiring.desk import build_desk
from bot.wiring.workers import build_engine
from bot.wording.cards import DeskReply
from bot.worker.deletion import JobDeletion
from bot.worker.engine import Engine
from bot.worker.submit import JobInputs
from tests.bot.bot_harness import ANA, GENERAL, NoFetcher, NoFitter
from tests.fakes.clock import ManualClock
from tests.fakes.folder_shelf import FolderShelf
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.memory_key_value import MemoryKeyValueStore
from tests.fakes.memory_subscriptions import MemorySubscriptions
from tests.model.call_gates import CallGates, GatedProcess, InlineExecutor
from tests.model.gated_parts import ChatState, GatedChat, GatedJobs, GatedStudio, StudioLedger


@dataclass(eq=False)
class RunningBot:
    """One bot from its start to its death."""

    process: GatedProcess
    engine: Engine
    desk: Desk
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


class World:
    """What outlives every bot, and the bots that live just now."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(InlineExecutor())
        self.clock = ManualClock()
        self.gates = CallGates()
        self.jobs = MemoryJobs()
        self.ledger = StudioLedger(self.clock)
        self.chat_state = ChatState()
        self.bots: list[RunningBot] = []
        self._all_bots: list[RunningBot] = []  # the dead too: what hangs must not be swept up in the middle
        self.accepted: set[str] = set()
        self.cancelled: dict[
            str, int
        ] = {}  # jobs of which somebody was told that they are cancelled, and posts by then
        self.jobs_by_key: dict[str, set[str]] = {}  # the jobs that each gesture was answered with
        self._folder = folder
        self._count = itertools.count()

    def run_and_settle(self, work: Coroutine[Any, Any, None]) -> None:
        """Let this happen, and all that follows from it at once."""
        self.loop.run_until_complete(self._await_and_settle(work))

    async def _await_and_settle(self, work: Coroutine[Any, Any, None]) -> None:
        await work
        await _let_ready_run()

    async def start_bot(self) -> None:
        """One more bot."""
        process = GatedProcess(self.gates, next(self._count))
        jobs, studio, chat = (
            GatedJobs(self.jobs, process),
            GatedStudio(self.ledger, process),
            GatedChat(self.chat_state, self.clock, process),
        )
        studios, chats, clock = {"did": studio}, {"test": chat}, self.clock
        shelf = FolderShelf(self._folder)
        inputs = JobInputs(
            shelf, NoFitter(), NoFetcher(), chats, {}, Media(kind=MediaKind.PICTURE, address="portrait:ada")
        )
        subscriptions = MemorySubscriptions()
        notifier = Notifier(
            subscriptions, jobs, CreditAlerts(studios, subscriptions, MemoryKeyValueStore(), clock), chats, clock
        )
        deletion = JobDeletion(jobs, studios, chats, shelf)
        engine = build_engine(jobs, clock, studios, chats, inputs, shelf, notifier, deletion)
        life = RunningBot(
            process,
            engine,
            build_desk(
                jobs,
                studios,
                chats,
                clock,
                engine.wake,
                deletion=deletion,
                subscriptions=subscriptions,
                key_value=MemoryKeyValueStore(),
            ).desk,
        )
        life.tasks.append(asyncio.ensure_future(engine.run()))
        self.bots.append(life)
        self._all_bots.append(life)

    async def kill_bot(self, life: RunningBot) -> None:
        """SIGKILL: what is under way is cut off wherever it is."""
        life.process.kill()
        self.bots.remove(life)

    async def ask(self, life: RunningBot, once: str | None) -> None:
        """Somebody asks; the answer is the promise."""
        await self.clock.advance(0.01)  # ids sort by time: no two jobs of one moment, whose order would be chance
        self._start_task(life, self._ask_and_record(life, once))

    async def cancel(self, life: RunningBot, job: str) -> None:
        """Somebody cancels."""
        self._start_task(life, self._cancel_and_record(life, job))

    async def press(self, life: RunningBot, act: str, job: str) -> None:
        """Somebody presses another button."""
        await self.clock.advance(0.01)
        self._start_task(life, life.desk.press_button(ANA, GENERAL, act, job))  # type: ignore[arg-type]

    async def deliver_webhook(self, life: RunningBot, job: str) -> None:
        """A studio says that there is news, true or not."""
        self._start_task(life, life.engine.nudge(job))

    async def let_one_through(self, which: int, end: int) -> None:
        """One waiting call goes on."""
        calls = self.gates.pending_calls()
        if calls:
            self.gates.let_through(calls[which % len(calls)], end)

    async def let_calls_through(self, how_many: int) -> None:
        """So many calls go on, each in its turn, and end well."""
        for _ in range(how_many):
            if calls := self.gates.pending_calls():
                self.gates.let_through(calls[0], 0)
            await _let_ready_run()

    async def pass_time(self, seconds: float, arrives: bool) -> None:
        """Time passes."""
        self.ledger.settle_in_flight(self.clock.now() + seconds, arrives)
        await self.clock.advance(seconds)

    async def finish_everything(self) -> None:
        """No more trouble: all that waits goes on, every render ends, and time passes until all is told."""
        self.gates.always_open = True
        for call in self.gates.pending_calls():
            self.gates.let_through(call, 0)
        if not self.bots:
            await self.start_bot()
        self.ledger.settle_in_flight(float("inf"), arrives=True)
        for _ in range(400):
            for ticket in self.ledger.tickets.values():
                self.ledger.finished_well.setdefault(ticket, True)
            await self.clock.advance(10.0)
            if all(job.ended and job.asker_notified for job in self.jobs.stored_jobs.values()):
                return

    def close(self) -> None:
        """Nothing of it goes on."""
        self.loop.run_until_complete(self._cancel_tasks())
        self.loop.close()

    async def _cancel_tasks(self) -> None:
        for life in list(self.bots):
            life.process.kill()
        me = asyncio.current_task()
        while left := asyncio.all_tasks() - {me}:  # what is finished even when cancelled must be told more than once
            for task in left:
                task.cancel()
            await _let_ready_run(5)

    def _start_task(self, life: RunningBot, work: Coroutine[Any, Any, Any]) -> None:
        life.tasks.append(asyncio.ensure_future(_ignore_refusal(work)))

    async def _ask_and_record(self, life: RunningBot, once: str | None) -> None:
        answer: DeskReply = await life.desk.run_command(ANA, GENERAL, "Hello there", idempotency_key=once)
        ids = {job.id for job in answer.jobs}
        self.accepted |= ids
        if once:
            self.jobs_by_key.setdefault(once, ids)
            assert self.jobs_by_key[once] == ids, "one gesture was answered with two jobs"

    async def _cancel_and_record(self, life: RunningBot, job: str) -> None:
        answer = await life.desk.press_button(ANA, GENERAL, "cancel", job)
        if answer.jobs[0].stage is Stage.CANCELLED or answer.jobs[0].cancelling:
            self.cancelled.setdefault(job, self.chat_state.posted_jobs.count(job))


async def _ignore_refusal(work: Coroutine[Any, Any, Any]) -> None:
    with suppress(Trouble):  # people read it; here nobody does
        await work


async def _let_ready_run(turns: int = 60) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
