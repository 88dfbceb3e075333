"""A world of stand-ins in which real engines and desks live, moved step by step."""

import asyncio
import itertools
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.desk.desk import Desk
from bot.desk.subscribe import Board
from bot.errors import Trouble
from bot.jobs.job import Stage
from bot.notices.credit_alerts import Purse
from bot.notices.notifier import Herald
from bot.policy.channel_settings import Houses
from bot.policy.user_defaults import Tastes
from bot.requests.media import Kind, Media
from bot.wording.answer import Answer
from bot.worker.durations import Usual
from bot.worker.engine import Engine
from bot.worker.inputs import Gather
from bot.worker.job_cards import Teller
from bot.worker.steps import Steps
from bot.worker.transitions import Moves
from tests.core.bench import ANA, GENERAL, NoFetcher, NoFitter
from tests.fakes.clock import HandClock
from tests.fakes.memory import MemoryJobs
from tests.fakes.notes import MemoryNotes
from tests.fakes.shelf import FolderShelf
from tests.fakes.subscriptions import MemorySubscriptions
from tests.model.gates import Gates, Inline, Process
from tests.model.parts import Books, GatedChat, GatedJobs, GatedStudio, Wall


@dataclass(eq=False)
class Life:
    """One bot from its start to its death."""

    process: Process
    engine: Engine
    desk: Desk
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


class World:
    """What outlives every bot, and the bots that live just now."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(Inline())
        self.clock = HandClock()
        self.gates = Gates()
        self.jobs = MemoryJobs()
        self.books = Books(self.clock)
        self.wall = Wall()
        self.lives: list[Life] = []
        self._all: list[Life] = []  # the dead too: what hangs must not be swept up in the middle
        self.accepted: set[str] = set()
        self.cancelled: dict[
            str, int
        ] = {}  # jobs of which somebody was told that they are cancelled, and posts by then
        self.asked: dict[str, set[str]] = {}  # the jobs that each gesture was answered with
        self._folder = folder
        self._count = itertools.count()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Let this happen, and all that follows from it at once."""
        self.loop.run_until_complete(self._quiet(work))

    async def _quiet(self, work: Coroutine[Any, Any, None]) -> None:
        await work
        await _settle()

    async def start(self) -> None:
        """One more bot."""
        process = Process(self.gates, next(self._count))
        jobs, studio, chat = (
            GatedJobs(self.jobs, process),
            GatedStudio(self.books, process),
            GatedChat(self.wall, self.clock, process),
        )
        studios, chats, clock = {"did": studio}, {"test": chat}, self.clock
        shelf = FolderShelf(self._folder)
        moves = Moves(jobs, clock, Teller(chats, jobs, Usual(jobs, clock), clock), studios)
        gather = Gather(shelf, NoFitter(), NoFetcher(), chats, {}, Media(kind=Kind.PICTURE, at="portrait:ada"))
        subscriptions = MemorySubscriptions()
        herald = Herald(subscriptions, jobs, Purse(studios, subscriptions, MemoryNotes(), clock), chats, clock)
        engine = Engine(moves, Steps(moves, studios, chats, gather, shelf, herald), studios)
        board = Board(subscriptions, chats, clock)
        life = Life(
            process,
            engine,
            Desk(
                jobs,
                studios,
                chats,
                shelf,
                clock,
                engine.wake,
                board=board,
                houses=Houses(MemoryNotes(), clock),
                tastes=Tastes(MemoryNotes(), clock),
            ),
        )
        life.tasks.append(asyncio.ensure_future(engine.run()))
        self.lives.append(life)
        self._all.append(life)

    async def kill(self, life: Life) -> None:
        """SIGKILL: what is under way is cut off wherever it is."""
        life.process.die()
        self.lives.remove(life)

    async def ask(self, life: Life, once: str | None) -> None:
        """Somebody asks; the answer is the promise."""
        await self.clock.advance(0.01)  # ids sort by time: no two jobs of one moment, whose order would be chance
        self._begin(life, self._asking(life, once))

    async def cancel(self, life: Life, job: str) -> None:
        """Somebody cancels."""
        self._begin(life, self._cancelling(life, job))

    async def press(self, life: Life, act: str, job: str) -> None:
        """Somebody presses another button."""
        await self.clock.advance(0.01)
        self._begin(life, life.desk.press(ANA, GENERAL, act, job))  # type: ignore[arg-type]

    async def hook(self, life: Life, job: str) -> None:
        """A studio says that there is news, true or not."""
        self._begin(life, life.engine.nudge(job))

    async def let(self, which: int, end: int) -> None:
        """One waiting call goes on."""
        calls = self.gates.calls()
        if calls:
            self.gates.let(calls[which % len(calls)], end)

    async def run(self, how_many: int) -> None:
        """So many calls go on, each in its turn, and end well."""
        for _ in range(how_many):
            if calls := self.gates.calls():
                self.gates.let(calls[0], 0)
            await _settle()

    async def wait(self, seconds: float, arrives: bool) -> None:
        """Time passes."""
        self.books.pass_by(self.clock.now() + seconds, arrives)
        await self.clock.advance(seconds)

    async def calm(self) -> None:
        """No more trouble: all that waits goes on, every render ends, and time passes until all is told."""
        self.gates.wide = True
        for call in self.gates.calls():
            self.gates.let(call, 0)
        if not self.lives:
            await self.start()
        self.books.pass_by(float("inf"), arrives=True)
        for _ in range(400):
            for ticket in self.books.tickets.values():
                self.books.ended.setdefault(ticket, True)
            await self.clock.advance(10.0)
            if all(job.ended and job.told for job in self.jobs.kept.values()):
                return

    def close(self) -> None:
        """Nothing of it goes on."""
        self.loop.run_until_complete(self._end())
        self.loop.close()

    async def _end(self) -> None:
        for life in list(self.lives):
            life.process.die()
        me = asyncio.current_task()
        while left := asyncio.all_tasks() - {me}:  # what is finished even when cancelled must be told more than once
            for task in left:
                task.cancel()
            await _settle(5)

    def _begin(self, life: Life, work: Coroutine[Any, Any, Any]) -> None:
        life.tasks.append(asyncio.ensure_future(_refusable(work)))

    async def _asking(self, life: Life, once: str | None) -> None:
        answer: Answer = await life.desk.say(ANA, GENERAL, "Hello there", once=once)
        ids = {job.id for job in answer.jobs}
        self.accepted |= ids
        if once:
            self.asked.setdefault(once, ids)
            assert self.asked[once] == ids, "one gesture was answered with two jobs"

    async def _cancelling(self, life: Life, job: str) -> None:
        answer = await life.desk.cancel(ANA, job)
        if answer.jobs[0].stage is Stage.CANCELLED or answer.jobs[0].cancelling:
            self.cancelled.setdefault(job, self.wall.posted.count(job))


async def _refusable(work: Coroutine[Any, Any, Any]) -> None:
    with suppress(Trouble):  # people read it; here nobody does
        await work


async def _settle(turns: int = 60) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
