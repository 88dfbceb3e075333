"""A small bot made of stand-ins, with a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.desk.desk import Answer, Desk
from bot.desk.gestures import EMOJI
from bot.desk.subscribe import Board
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job
from bot.notices.credit_alerts import Purse
from bot.notices.notifier import Herald
from bot.policy.access import Rules
from bot.policy.channel_settings import Houses
from bot.policy.user_defaults import Tastes
from bot.requests.media import Fitted, Kind, Limits, Media
from bot.studios.studio import SETTLE
from bot.worker.durations import Usual
from bot.worker.engine import Engine
from bot.worker.inputs import Gather
from bot.worker.job_cards import Teller
from bot.worker.steps import Steps
from bot.worker.transitions import Moves
from tests.fakes.chat import FakeChat
from tests.fakes.clock import HandClock
from tests.fakes.memory import MemoryJobs
from tests.fakes.notes import MemoryNotes
from tests.fakes.shelf import FolderShelf
from tests.fakes.studio import FakeStudio
from tests.fakes.subscriptions import MemorySubscriptions

ANA = Asker(platform="test", user="ana", name="Ana")
BEN = Asker(platform="test", user="ben", name="Ben")
GENERAL = Place(platform="test", channel="general")


class NoFitter:
    """Nothing needs fitting here."""

    async def fit(self, source: Path, limits: Limits, name: str) -> Fitted:
        raise NotImplementedError

    async def seconds(self, video: Path) -> float | None:
        return None


class NoFetcher:
    """Nothing is fetched here."""

    async def fetch(self, url: str, to: Path, most: int) -> None:
        raise NotImplementedError


@dataclass
class Bench:
    """What a test holds in its hands; all but the engine survives a crash."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    studio: FakeStudio = field(default_factory=FakeStudio)
    chat: FakeChat = field(default_factory=FakeChat)
    subscriptions: MemorySubscriptions = field(default_factory=MemorySubscriptions)
    notes: MemoryNotes = field(default_factory=MemoryNotes)
    rules: Rules = field(default_factory=Rules)

    settle: float = SETTLE
    at_work: Engine | None = None

    def engine(self) -> tuple[Engine, Desk]:
        """A new engine and desk over the same things."""
        engine, desk, _ = self.parts()
        return engine, desk

    def parts(self) -> tuple[Engine, Desk, Herald]:
        """A new engine, desk and herald over the same things."""
        studios, chats, clock = {"did": self.studio}, {"test": self.chat}, self.clock
        shelf = FolderShelf(self.folder)
        moves = Moves(self.jobs, clock, Teller(chats, self.jobs, Usual(self.jobs, clock), clock), studios)
        face = Media(kind=Kind.PICTURE, at="portrait:ada")
        gather = Gather(shelf, NoFitter(), NoFetcher(), chats, {}, face)
        purse = Purse(studios, self.subscriptions, self.notes, clock)
        herald = Herald(self.subscriptions, self.jobs, purse, chats, clock)
        engine = Engine(moves, Steps(moves, studios, chats, gather, shelf, herald, self.settle), studios)
        board = Board(self.subscriptions, chats, clock)
        desk = Desk(
            self.jobs,
            studios,
            chats,
            shelf,
            clock,
            engine.wake,
            board=board,
            houses=Houses(self.notes, clock),
            tastes=Tastes(self.notes, clock),
            emoji=EMOJI,
            rules=self.rules,
        )
        return engine, desk, herald

    @asynccontextmanager
    async def running(self, *, crash: bool = False, posting: bool = True) -> AsyncIterator[tuple[Engine, Desk]]:
        """The engine and the herald at work; at the end they stop, or are cut off in the middle of what they do."""
        engine, desk, herald = self.parts()
        self.at_work = engine
        tasks = [asyncio.create_task(each.run()) for each in ((engine, herald) if posting else (engine,))]
        try:
            yield engine, desk
        finally:
            if crash:
                for task in tasks:
                    task.cancel()
            else:
                engine.stop()
                herald.stop()
            await asyncio.wait(tasks, timeout=5)
            for task in tasks:
                task.cancel()

    async def ask(self, desk: Desk, text: str = "Hello there", once: str | None = None) -> Job:
        """Ana asks in general."""
        answer: Answer = await desk.say(ANA, GENERAL, text, once=once)
        return answer.jobs[0]

    async def until(self, job: Job, *stages: str, seconds: float = 600.0) -> Job:
        """Let time pass, a little at a time, until the job is at one of these stages and nobody is at it."""
        step = max(0.5, seconds / 600)
        for _ in range(int(seconds / step)):
            found = await self._put_down(job)
            if found and found.stage.value in stages and found.owner is None:
                return found
            await self.clock.advance(step)
        raise AssertionError(f"still {found.stage if found else None} after {seconds} s")

    async def _put_down(self, job: Job) -> Job | None:
        """The job once no hand is at it: files are written in threads, of which a clock moved by hand knows nothing."""
        for _ in range(400):
            await asyncio.sleep(0.001)
            found = await self.jobs.get(job.id)
            waiting = self.studio.gate is not None and not self.studio.gate.is_set()
            if waiting or self.at_work is None or not self.at_work.in_hand:
                break
            await asyncio.sleep(0.004)
        return found
