"""Random kills under load: many people ask at once, studios misbehave, and the bot dies every few seconds."""

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.cli import SandboxLedger
from tests.kill_tests.actors import ACTOR_TIMEOUT_SECONDS, Actors
from tests.kill_tests.bot_control.bot_process import reserved_port
from tests.kill_tests.bot_control.bot_under_test import BotSetup, BotUnderTest, running_bots
from tests.kill_tests.database_reader import wait_until
from tests.kill_tests.history import describe_history
from tests.kill_tests.line_faults import LineFaults
from tests.kill_tests.sandbox_ledger import count_charges, running_sandbox
from tests.kill_tests.verdict import Observations, PromiseVerdict, judge_promises

# What the sandbox does when a line asks for it; `stuck` is left out, for it never ends by itself.
SANDBOX_FAULTS = (
    *("402", "403=stitch", "451=text", "451=image", "429=1", "500", "503", "504", "html", "hang=1", "lost", "late=1"),
    *("slow=3", "error", "rejected", "no-hook", "double-hook", "forged-hook", "truncated", "expired"),
)
LOAD_GRACE_SECONDS = 30.0  # seconds for what was posted to show on a busy machine
FAULTY_JOB_SHARE = 0.35  # of all jobs meet one of them
MAX_JOBS_UNDER_WAY = 60  # jobs of one lane at once …
UNDER_WAY_DIVISOR = 8  # … and at most such a part of all, so that a short lane too is killed while it asks
ASKER_COUNT = 6
QUIET_TIMEOUT_SECONDS = (
    420.0  # seconds for all to end that is in doubt; pauses between looks have grown to minutes by then
)
EARLY_KILL_SHARE = 0.1  # of all kills may come before it is there again


@dataclass(frozen=True)
class LoadPlan:
    """What one lane is put through."""

    chat: str
    studio: str
    job_count: int
    seconds_between_kills: float  # seconds between two kills, on average
    seed: int
    line_fault_share: float  # the share of all calls to studio and chat that meet a fault on the line
    bot_count: int = 1
    database_url: str = ""  # a server's, which several bots share


@dataclass
class LoadResult:
    """What came of one lane."""

    plan: LoadPlan
    verdict: PromiseVerdict = field(default_factory=PromiseVerdict)
    kill_count: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    recovery_seconds: list[float] = field(default_factory=list)  # from a kill until a job that was in hand moved on
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """What tables call it."""
        many = f", {self.plan.bot_count} processes on PostgreSQL" if self.plan.bot_count > 1 else ""
        return f"{self.plan.chat} × {self.plan.studio}: load{many}"


class LoadRun:
    """One lane under load."""

    def __init__(self, plan: LoadPlan, under_test: BotUnderTest) -> None:
        self.plan = plan
        self.actors = Actors(under_test)
        self.result = LoadResult(plan)
        self._under_test = under_test
        self._random = random.Random(plan.seed)  # noqa: S311 - chance that can be repeated, hiding nothing
        self._jobs_left = plan.job_count
        self._interrupted: dict[str, tuple[int, float]] = {}  # jobs that were in hand at a kill: version, and when

    async def run(self, trouble: LineFaults) -> None:
        """Ask for everything while the bot is killed and lines fail; then let it finish in peace."""
        async with asyncio.TaskGroup() as tasks:
            killing = tasks.create_task(self._kill_at_random())
            watching = tasks.create_task(self._watch_recovery())
            asking = [tasks.create_task(self._ask_for_jobs()) for _ in range(ASKER_COUNT)]
            await asyncio.wait(asking)
            killing.cancel()
            trouble.stop_faults()
            self.result.faults += trouble.fault_counts
            await wait_until(self._all_done, QUIET_TIMEOUT_SECONDS, pause=0.5)
            watching.cancel()

    async def _ask_for_jobs(self) -> None:
        while self._jobs_left > 0:
            self._jobs_left -= 1
            await wait_until(self._has_room, ACTOR_TIMEOUT_SECONDS, pause=0.2)
            await self.actors.ask(f"Job {self._jobs_left}{self._pick_fault()}")

    def _pick_fault(self) -> str:
        if self._random.random() > FAULTY_JOB_SHARE:
            return ""
        fault = self._random.choice(SANDBOX_FAULTS)
        self.result.faults[fault] += 1
        return f" [fault:{fault}]"

    async def _has_room(self) -> bool:
        return await self._under_test.store.count_unfinished() < min(
            MAX_JOBS_UNDER_WAY, self.plan.job_count / UNDER_WAY_DIVISOR
        )

    async def _all_done(self) -> bool:
        return (
            self._under_test.all_alive
            and await self._under_test.store.count_unfinished() == 0
            and not self._interrupted
        )

    async def _kill_at_random(self) -> None:
        while True:
            if self._random.random() > EARLY_KILL_SHARE:
                await wait_until(self._under_test.person.bot_is_ready, ACTOR_TIMEOUT_SECONDS)
            await asyncio.sleep(self._random.uniform(0.0, 2 * self.plan.seconds_between_kills))
            process = self._random.choice(self._under_test.bots).kill()
            killed = time.monotonic()
            for job, version in (await self._under_test.store.leased_by(process)).items():
                self._interrupted.setdefault(job, (version, killed))

    async def _watch_recovery(self) -> None:
        """How long it takes until what was interrupted moves on."""
        while True:
            await asyncio.sleep(0.1)
            since = {job: version for job, (version, _) in self._interrupted.items()}
            for job in await self._under_test.store.moved_since(since) if since else ():
                self.result.recovery_seconds.append(time.monotonic() - self._interrupted.pop(job)[1])


async def run_load(plan: LoadPlan, folder: Path) -> LoadResult:
    """One lane with a studio of its own, from the first job to the verdict."""
    began = time.monotonic()
    trouble = LineFaults(plan.line_fault_share, plan.seed)
    async with AsyncExitStack() as stack:
        ports = [stack.enter_context(reserved_port()) for _ in range(plan.bot_count)]
        hooks = f"http://127.0.0.1:{ports[0]}"  # with several bots, the webhooks of whoever is dead just now are lost
        sandbox = await stack.enter_async_context(running_sandbox(folder / "studio", "--hooks-to", hooks))
        plot = BotSetup(plan.chat, plan.studio, None, ports, trouble.faulty_proxy, plan.database_url)
        under_test = await stack.enter_async_context(running_bots(folder / "lane", sandbox, plot))
        work = LoadRun(plan, under_test)
        await work.run(trouble)
        await _judge_load(work, under_test, sandbox)
    work.result.seconds = time.monotonic() - began
    return work.result


async def _judge_load(work: LoadRun, under_test: BotUnderTest, sandbox: SandboxLedger) -> None:
    work.result.kill_count = under_test.kill_count
    jobs, charges = await under_test.store.read_jobs(), await count_charges(sandbox)

    async def is_clean() -> bool:
        shown = await under_test.person.read_chat()
        work.result.verdict = judge_promises(
            Observations(work.actors.gestures, jobs, charges, shown, exit_codes=under_test.exit_codes)
        )
        return work.result.verdict.all_kept

    if not await wait_until(is_clean, LOAD_GRACE_SECONDS, pause=1.0):
        work.result.verdict.history = await describe_history(work.actors, work.result.verdict)
