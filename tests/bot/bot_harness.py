"""A small bot made of stand-ins, with a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.desk.desk import Desk
from bot.jobs.job import Asker, Job, Place
from bot.notices.credit_alerts import CreditAlerts
from bot.notices.notifier import Notifier
from bot.policy.access import AccessRules
from bot.requests.media import FileLimits, Media, MediaKind, PreparedFile
from bot.studios.studio import SETTLE_SECONDS
from bot.wiring.desk import build_desk
from bot.wiring.workers import build_engine
from bot.wording.cards import DeskReply
from bot.worker.deletion import JobDeletion
from bot.worker.engine import Engine
from bot.worker.submit import JobInputs
from tests.fakes.chat import FakeChat
from tests.fakes.clock import ManualClock
from tests.fakes.folder_shelf import FolderShelf
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.memory_key_value import MemoryKeyValueStore
from tests.fakes.memory_subscriptions import MemorySubscriptions
from tests.fakes.studio import FakeStudio

ANA = Asker(platform="test", user="ana", name="Ana")
BEN = Asker(platform="test", user="ben", name="Ben")
GENERAL = Place(platform="test", channel="general")


class NoFitter:
    """Nothing needs fitting here."""

    async def fit(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        raise NotImplementedError

    async def duration(self, video: Path) -> float | None:
        return None


class NoFetcher:
    """Nothing is fetched here."""

    async def fetch(self, url: str, to: Path, most: int) -> None:
        raise NotImplementedError


@dataclass
class BotHarness:
    """What a test holds in its hands; all but the engine survives a crash."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    studio: FakeStudio = field(default_factory=FakeStudio)
    other_studios: dict[str, FakeStudio] = field(default_factory=dict)
    chat: FakeChat = field(default_factory=FakeChat)
    subscriptions: MemorySubscriptions = field(default_factory=MemorySubscriptions)
    notes: MemoryKeyValueStore = field(default_factory=MemoryKeyValueStore)
    rules: AccessRules = field(default_factory=AccessRules)

    settle_seconds: float = SETTLE_SECONDS
    running_engine: Engine | None = None

    def new_engine(self) -> tuple[Engine, Desk]:
        """A new engine and desk over the same things."""
        engine, desk, _ = self.new_parts()
        return engine, desk

    def new_parts(self) -> tuple[Engine, Desk, Notifier]:
        """A new engine, desk and notifier over the same things."""
        studios, chats, clock = {"did": self.studio, **self.other_studios}, {"test": self.chat}, self.clock
        shelf = FolderShelf(self.folder)
        face = Media(kind=MediaKind.PICTURE, address="portrait:ada")
        inputs = JobInputs(shelf, NoFitter(), NoFetcher(), chats, {}, face)
        credit_alerts = CreditAlerts(studios, self.subscriptions, self.notes, clock)
        notifier = Notifier(self.subscriptions, self.jobs, credit_alerts, chats, clock)
        deletion = JobDeletion(self.jobs, studios, chats, shelf)
        engine = build_engine(
            self.jobs, clock, studios, chats, inputs, shelf, notifier, deletion, settle_seconds=self.settle_seconds
        )
        desk = build_desk(
            self.jobs,
            studios,
            chats,
            clock,
            engine.wake,
            deletion=deletion,
            subscriptions=self.subscriptions,
            key_value=self.notes,
            access=self.rules,
        ).desk
        return engine, desk, notifier

    @asynccontextmanager
    async def running(self, *, crash: bool = False, posting: bool = True) -> AsyncIterator[tuple[Engine, Desk]]:
        """The engine and the notifier at work; at the end they stop, or are cut off in the middle of what they do."""
        engine, desk, notifier = self.new_parts()
        self.running_engine = engine
        tasks = [asyncio.create_task(each.run()) for each in ((engine, notifier) if posting else (engine,))]
        try:
            yield engine, desk
        finally:
            if crash:
                for task in tasks:
                    task.cancel()
            else:
                engine.stop()
                notifier.stop()
            await asyncio.wait(tasks, timeout=5)
            for task in tasks:
                task.cancel()

    async def ask_for_job(self, desk: Desk, text: str = "Hello there", once: str | None = None) -> Job:
        """Ana asks in general."""
        answer: DeskReply = await desk.run_command(ANA, GENERAL, text, idempotency_key=once)
        return answer.jobs[0]

    async def wait_for_stage(self, job: Job, *stages: str, seconds: float = 600.0) -> Job:
        """Let time pass, a little at a time, until the job is at one of these stages and nobody is at it."""
        step = max(0.5, seconds / 600)
        for _ in range(int(seconds / step)):
            found = await self._wait_until_idle(job)
            if found and found.stage.value in stages and found.owner is None:
                return found
            await self.clock.advance(step)
        raise AssertionError(f"still {found.stage if found else None} after {seconds} s")

    async def _wait_until_idle(self, job: Job) -> Job | None:
        """The job once no hand is at it: files are written in threads, of which a clock moved by hand knows nothing."""
        for _ in range(400):
            await asyncio.sleep(0.001)
            found = await self.jobs.get(job.id)
            waiting = self.studio.submit_gate is not None and not self.studio.submit_gate.is_set()
            if waiting or self.running_engine is None or not self.running_engine.busy_slots:
                break
            await asyncio.sleep(0.004)
        return found
