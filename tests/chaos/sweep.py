"""Kill at every step: one run to find the points, then one run for each side of each, and a verdict on all of them."""

import asyncio
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.books import charged
from tests.chaos.cast import PATIENCE, Cast
from tests.chaos.history import history
from tests.chaos.lane import Lane, Plot, lane
from tests.chaos.points import Point, both_sides
from tests.chaos.scenarios import Scenario
from tests.chaos.store import until
from tests.chaos.verdict import Outside, Verdict, judge
from tests.walks.cli import Books

GRACE = 20.0  # seconds for what the bot has posted to show on a busy machine
REPEATS = 2  # polling passes the same point often; it is killed at the first of these


@dataclass
class Swept:
    """What came of one scenario."""

    scenario: Scenario
    points: int = 0
    struck: int = 0
    kills: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    slowest: float = 0.0  # seconds from a restart until nothing was left to do
    slowest_at: str = ""
    seconds: float = 0.0


@dataclass
class Run:
    """One run of a scenario."""

    verdict: Verdict
    kills: int
    recovery: float
    passed: list[tuple[str, int]]


async def sweep(scenario: Scenario, books: Books, folder: Path, turns: asyncio.Semaphore, thin: int = 1) -> Swept:
    """Every point of a scenario, or every so many-th."""
    began = time.monotonic()
    async with turns:
        whole = await run(scenario, books, folder / "whole", None)
    swept = Swept(scenario, verdict=whole.verdict)
    # A story that does not come right by itself tells nothing of kills.
    points = both_sides(whole.passed, REPEATS)[::thin] if whole.verdict.clean else []
    swept.points = len(points)

    async def one(nth: int, point: Point) -> None:
        async with turns:
            _count(swept, point, await run(scenario, books, folder / f"{nth}", point))

    async with asyncio.TaskGroup() as tasks:
        for nth, point in enumerate(points):
            tasks.create_task(one(nth, point))
    swept.seconds = time.monotonic() - began
    return swept


async def run(scenario: Scenario, books: Books, folder: Path, target: Point | None) -> Run:
    """Play the scenario, with one kill or none, until nothing is left to do; and judge."""
    async with lane(folder, books, Plot(scenario.chat, scenario.studio, target)) as there:
        cast = Cast(there)
        stuck = await _played(scenario, cast)
        await until(lambda: _settled(there), PATIENCE)
        recovery = time.monotonic() - there.restarted if there.restarted else 0.0
        verdict = await _verdict(cast, books)
        passed = there.passed
        if not verdict.clean:
            verdict.history = await history(cast, verdict, passed)
    if stuck:
        verdict.lost += 1
        verdict.wrong.append(stuck)
    if verdict.wrong:
        verdict.wrong = [f"{scenario.name}, killed {target}, see {folder}: {each}" for each in verdict.wrong]
    else:
        shutil.rmtree(folder)
    return Run(verdict, there.kills - 1, recovery, passed)  # the last kill is ours, when all is over


async def _played(scenario: Scenario, cast: Cast) -> str:
    """What went wrong with the playing itself, or nothing."""
    try:
        async with asyncio.timeout(PATIENCE):
            await scenario.play(cast)
    except TimeoutError as error:
        return f"lost: the people wait for ever: {error}"
    return ""


async def _settled(there: Lane) -> bool:
    """Whether the bot lives and means to do nothing more."""
    return there.alive and await there.store.busy() == 0


async def _verdict(cast: Cast, books: Books) -> Verdict:
    """The verdict, once the chat shows all that is on its way to it; a clean one is not waited for."""
    found: list[Verdict] = []

    async def clean() -> bool:
        found[:] = [await _judged(cast, books)]
        return found[0].clean

    await until(clean, GRACE, pause=0.5)
    return found[0]


async def _judged(cast: Cast, books: Books) -> Verdict:
    return judge(
        Outside(
            cast.gestures,
            await cast.lane.store.jobs(),
            await charged(books),
            await cast.lane.person.seen(),
            cast.notices,
            frozenset(cast.deleted),
            cast.lane.ends,
        )
    )


def _count(swept: Swept, point: Point, ran: Run) -> None:
    swept.verdict.add(ran.verdict)
    swept.kills += ran.kills
    swept.struck += ran.kills > 0
    if ran.recovery > swept.slowest:
        swept.slowest, swept.slowest_at = ran.recovery, str(point)
