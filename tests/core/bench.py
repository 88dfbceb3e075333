"""A small bot made of stand-ins, with a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.desk import Answer, Desk
from bot.engine import Engine
from bot.gather import Gather
from bot.jobs import Job
from bot.media import Fitted, Kind, Limits, Media
from bot.moves import Moves
from bot.place import Asker, Place
from bot.steps import Steps
from bot.teller import Teller
from bot.usual import Usual
from tests.fakes.chat import FakeChat
from tests.fakes.clock import HandClock
from tests.fakes.memory import MemoryJobs
from tests.fakes.shelf import FolderShelf
from tests.fakes.studio import FakeStudio

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

    def engine(self) -> tuple[Engine, Desk]:
        """A new engine and desk over the same things."""
        studios, chats = {"did": self.studio}, {"test": self.chat}
        shelf = FolderShelf(self.folder)
        moves = Moves(self.jobs, self.clock, Teller(chats, Usual(self.jobs, self.clock), self.clock), studios)
        face = Media(kind=Kind.PICTURE, at="portrait:ada")
        gather = Gather(shelf, NoFitter(), NoFetcher(), chats, {}, face)
        engine = Engine(moves, Steps(moves, studios, chats, gather, shelf), studios)
        return engine, Desk(self.jobs, studios, chats, shelf, self.clock, engine.wake)

    @asynccontextmanager
    async def running(self, *, crash: bool = False) -> AsyncIterator[tuple[Engine, Desk]]:
        """The engine at work; at the end it stops, or is cut off in the middle of whatever it does."""
        engine, desk = self.engine()
        task = asyncio.create_task(engine.run())
        try:
            yield engine, desk
        finally:
            if crash:
                task.cancel()
            engine.stop()
            await asyncio.wait((task,), timeout=5)
            task.cancel()

    async def ask(self, desk: Desk, text: str = "Hello there", once: str | None = None) -> Job:
        """Ana asks in general."""
        answer: Answer = await desk.say(ANA, GENERAL, text, once=once)
        return answer.jobs[0]

    async def until(self, job: Job, *stages: str, seconds: float = 600.0) -> Job:
        """Let time pass, a little at a time, until the job is at one of these stages and nobody is at it."""
        step = max(0.5, seconds / 600)
        for _ in range(int(seconds / step)):
            await asyncio.sleep(0.001)  # files are written in threads, which a clock moved by hand knows nothing of
            found = await self.jobs.get(job.id)
            if found and found.stage.value in stages and found.owner is None:
                return found
            await self.clock.advance(step)
        raise AssertionError(f"still {found.stage if found else None} after {seconds} s")
