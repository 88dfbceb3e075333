"""Random kills under load: many people ask at once, studios misbehave, and the bot dies every few seconds."""

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.books import charged, sandbox
from tests.chaos.cast import PATIENCE, Cast
from tests.chaos.history import history
from tests.chaos.lane import Lane, Plot, lane
from tests.chaos.process import own_port
from tests.chaos.store import until
from tests.chaos.trouble import Trouble
from tests.chaos.verdict import Outside, Verdict, judge
from tests.walks.cli import Books

# What the sandbox does when a line asks for it; `stuck` is left out, for it never ends by itself.
FAULTS = (
    *("402", "403=stitch", "451=text", "451=image", "429=1", "500", "503", "504", "html", "hang=1", "lost", "late=1"),
    *("slow=3", "error", "rejected", "no-hook", "double-hook", "forged-hook", "truncated", "expired"),
)
GRACE = 30.0  # seconds for what was posted to show on a busy machine
SHARE = 0.35  # of all jobs meet one of them
UNDER_WAY = 60  # jobs of one lane at once …
PART = 8  # … and at most such a part of all, so that a short lane too is killed while it asks
ASKERS = 6
IN_PEACE = 420.0  # seconds for all to end that is in doubt; pauses between looks have grown to minutes by then
UNBORN = 0.1  # of all kills may come before it is there again


@dataclass(frozen=True)
class Plan:
    """What one lane is put through."""

    chat: str
    studio: str
    jobs: int
    every: float  # seconds between two kills, on average
    seed: int
    trouble: float  # the share of all calls to studio and chat that meet a fault on the line
    bots: int = 1
    database: str = ""  # a server's, which several bots share


@dataclass
class Loaded:
    """What came of one lane."""

    plan: Plan
    verdict: Verdict = field(default_factory=Verdict)
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)  # from a kill until a job that was in hand moved on
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """What tables call it."""
        many = f", {self.plan.bots} processes on PostgreSQL" if self.plan.bots > 1 else ""
        return f"{self.plan.chat} × {self.plan.studio}: load{many}"


class Load:
    """One lane under load."""

    def __init__(self, plan: Plan, there: Lane) -> None:
        self.plan = plan
        self.cast = Cast(there)
        self.loaded = Loaded(plan)
        self._there = there
        self._dice = random.Random(plan.seed)  # noqa: S311 - chance that can be repeated, hiding nothing
        self._left = plan.jobs
        self._interrupted: dict[str, tuple[int, float]] = {}  # jobs that were in hand at a kill: version, and when

    async def run(self, trouble: Trouble) -> None:
        """Ask for everything while the bot is killed and lines fail; then let it finish in peace."""
        async with asyncio.TaskGroup() as tasks:
            killing = tasks.create_task(self._kill_now_and_then())
            watching = tasks.create_task(self._watch())
            asking = [tasks.create_task(self._ask()) for _ in range(ASKERS)]
            await asyncio.wait(asking)
            killing.cancel()
            trouble.over()
            self.loaded.faults += trouble.met
            await until(self._done, IN_PEACE, pause=0.5)
            watching.cancel()

    async def _ask(self) -> None:
        while self._left > 0:
            self._left -= 1
            await until(self._room, PATIENCE, pause=0.2)
            await self.cast.ask(f"Job {self._left}{self._fault()}")

    def _fault(self) -> str:
        if self._dice.random() > SHARE:
            return ""
        fault = self._dice.choice(FAULTS)
        self.loaded.faults[fault] += 1
        return f" [fault:{fault}]"

    async def _room(self) -> bool:
        return await self._there.store.busy() < min(UNDER_WAY, self.plan.jobs / PART)

    async def _done(self) -> bool:
        return self._there.alive and await self._there.store.busy() == 0 and not self._interrupted

    async def _kill_now_and_then(self) -> None:
        while True:
            if self._dice.random() > UNBORN:
                await until(self._there.person.there, PATIENCE)
            await asyncio.sleep(self._dice.uniform(0.0, 2 * self.plan.every))
            process = self._dice.choice(self._there.bots).kill()
            killed = time.monotonic()
            for job, version in (await self._there.store.held(process)).items():
                self._interrupted.setdefault(job, (version, killed))

    async def _watch(self) -> None:
        """How long it takes until what was interrupted moves on."""
        while True:
            await asyncio.sleep(0.1)
            since = {job: version for job, (version, _) in self._interrupted.items()}
            for job in await self._there.store.moved(since) if since else ():
                self.loaded.recoveries.append(time.monotonic() - self._interrupted.pop(job)[1])


async def load(plan: Plan, folder: Path) -> Loaded:
    """One lane with a studio of its own, from the first job to the verdict."""
    began = time.monotonic()
    trouble = Trouble(plan.trouble, plan.seed)
    async with AsyncExitStack() as stack:
        ports = [stack.enter_context(own_port()) for _ in range(plan.bots)]
        hooks = f"http://127.0.0.1:{ports[0]}"  # with several bots, the webhooks of whoever is dead just now are lost
        books = await stack.enter_async_context(sandbox(folder / "studio", "--hooks-to", hooks))
        plot = Plot(plan.chat, plan.studio, None, ports, trouble.between, plan.database)
        there = await stack.enter_async_context(lane(folder / "lane", books, plot))
        work = Load(plan, there)
        await work.run(trouble)
        await _conclude(work, there, books)
    work.loaded.seconds = time.monotonic() - began
    return work.loaded


async def _conclude(work: Load, there: Lane, books: Books) -> None:
    work.loaded.kills = there.kills
    jobs, charges = await there.store.jobs(), await charged(books)

    async def clean() -> bool:
        shown = await there.person.seen()
        work.loaded.verdict = judge(Outside(work.cast.gestures, jobs, charges, shown, ends=there.ends))
        return work.loaded.verdict.clean

    if not await until(clean, GRACE, pause=1.0):
        work.loaded.verdict.history = await history(work.cast, work.loaded.verdict)
