"""Kill at every step: one run to find the points, then one run for each side of each, and a verdict on all of them."""

import asyncio
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.cli import SandboxLedger
from tests.kill_tests.actors import ACTOR_TIMEOUT_SECONDS, Actors
from tests.kill_tests.bot_control.bot_under_test import BotSetup, BotUnderTest, running_bots
from tests.kill_tests.bot_control.kill_points import KillPoint, points_on_both_sides
from tests.kill_tests.database_reader import wait_until
from tests.kill_tests.history import describe_history
from tests.kill_tests.sandbox_ledger import count_charges
from tests.kill_tests.scenarios import Scenario
from tests.kill_tests.verdict import Observations, PromiseVerdict, judge_promises

SWEEP_GRACE_SECONDS = 20.0  # seconds for what the bot has posted to show on a busy machine
MAX_REPEATS = 2  # polling passes the same point often; it is killed at the first of these


@dataclass
class SweepResult:
    """What came of one scenario."""

    scenario: Scenario
    point_count: int = 0
    points_hit: int = 0
    kill_count: int = 0
    verdict: PromiseVerdict = field(default_factory=PromiseVerdict)
    slowest_seconds: float = 0.0  # seconds from a restart until nothing was left to do
    slowest_at: str = ""
    seconds: float = 0.0


@dataclass
class ScenarioRun:
    """One run of a scenario."""

    verdict: PromiseVerdict
    kill_count: int
    recovery_seconds: float
    points_passed: list[tuple[str, int]]


async def sweep_scenario(
    scenario: Scenario, sandbox: SandboxLedger, folder: Path, turns: asyncio.Semaphore, point_step: int = 1
) -> SweepResult:
    """Every point of a scenario, or every so many-th."""
    began = time.monotonic()
    async with turns:
        whole = await run_scenario(scenario, sandbox, folder / "whole", None)
    swept = SweepResult(scenario, verdict=whole.verdict)
    # A story that does not come right by itself tells nothing of kills.
    points = points_on_both_sides(whole.points_passed, MAX_REPEATS)[::point_step] if whole.verdict.all_kept else []
    swept.point_count = len(points)

    async def run_one(nth: int, point: KillPoint) -> None:
        async with turns:
            _add_run(swept, point, await run_scenario(scenario, sandbox, folder / f"{nth}", point))

    async with asyncio.TaskGroup() as tasks:
        for nth, point in enumerate(points):
            tasks.create_task(run_one(nth, point))
    swept.seconds = time.monotonic() - began
    return swept


async def run_scenario(
    scenario: Scenario, sandbox: SandboxLedger, folder: Path, target: KillPoint | None
) -> ScenarioRun:
    """Play the scenario, with one kill or none, until nothing is left to do; and judge."""
    async with running_bots(folder, sandbox, BotSetup(scenario.chat, scenario.studio, target)) as under_test:
        actors = Actors(under_test)
        stuck = await _play_scenario(scenario, actors)
        await wait_until(lambda: _is_settled(under_test), ACTOR_TIMEOUT_SECONDS)
        recovery = time.monotonic() - under_test.restarted_at if under_test.restarted_at else 0.0
        verdict = await _wait_for_verdict(actors, sandbox)
        points_passed = under_test.points_passed
        if not verdict.all_kept:
            verdict.history = await describe_history(actors, verdict, points_passed)
    if stuck:
        verdict.lost += 1
        verdict.violations.append(stuck)
    if verdict.violations:
        verdict.violations = [f"{scenario.name}, killed {target}, see {folder}: {each}" for each in verdict.violations]
    else:
        shutil.rmtree(folder)
    return ScenarioRun(
        verdict, under_test.kill_count - 1, recovery, points_passed
    )  # the last kill is ours, when all is over


async def _play_scenario(scenario: Scenario, actors: Actors) -> str:
    """What went wrong with the playing itself, or nothing."""
    try:
        async with asyncio.timeout(ACTOR_TIMEOUT_SECONDS):
            await scenario.play_steps(actors)
    except TimeoutError as error:
        return f"lost: the people wait for ever: {error}"
    return ""


async def _is_settled(under_test: BotUnderTest) -> bool:
    """Whether the bot lives and means to do nothing more."""
    return under_test.all_alive and await under_test.store.count_unfinished() == 0


async def _wait_for_verdict(actors: Actors, sandbox: SandboxLedger) -> PromiseVerdict:
    """The verdict, once the chat shows all that is on its way to it; a clean one is not waited for."""
    found: list[PromiseVerdict] = []

    async def is_clean() -> bool:
        found[:] = [await _judge_now(actors, sandbox)]
        return found[0].all_kept

    await wait_until(is_clean, SWEEP_GRACE_SECONDS, pause=0.5)
    return found[0]


async def _judge_now(actors: Actors, sandbox: SandboxLedger) -> PromiseVerdict:
    return judge_promises(
        Observations(
            actors.gestures,
            await actors.under_test.store.read_jobs(),
            await count_charges(sandbox),
            await actors.under_test.person.read_chat(),
            actors.notice_channels,
            frozenset(actors.deleted_jobs),
            actors.under_test.exit_codes,
        )
    )


def _add_run(swept: SweepResult, point: KillPoint, run: ScenarioRun) -> None:
    swept.verdict.add(run.verdict)
    swept.kill_count += run.kill_count
    swept.points_hit += run.kill_count > 0
    if run.recovery_seconds > swept.slowest_seconds:
        swept.slowest_seconds, swept.slowest_at = run.recovery_seconds, str(point)
