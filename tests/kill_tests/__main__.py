"""`python -m tests.kill_tests`: kill the bot in every way there is, and count what became of its promises.

all       everything, about half an hour; writes docs/promises.md
short     a little of everything, three minutes at most; writes nothing
sweep     kill at every step, the stories with --only in their name
load      random kills under load, the lanes with --only in their name
replicas  the same with three processes on one PostgreSQL, any of which may die
"""

import argparse
import asyncio
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.fakes.local_postgres import running_postgres
from tests.kill_tests.load import LoadPlan, LoadResult, run_load
from tests.kill_tests.report import Results, render_page
from tests.kill_tests.sandbox_ledger import running_sandbox
from tests.kill_tests.scenarios import ALL_SCENARIOS, SHORT_SCENARIOS, Scenario
from tests.kill_tests.sweep import SweepResult, sweep_scenario
from tests.kill_tests.verdict import PromiseVerdict

PROMISES_FILE = Path(__file__).parent.parent.parent / "docs" / "promises.md"
LOAD_PAIRS = (("console", "did"), ("slack", "heygen-v3"), ("discord", "did"), ("console", "heygen-v3"))
REPLICA_JOB_COUNT, SECONDS_BETWEEN_REPLICA_KILLS = 2000, 3.0
SHORT_RUN_POINT_STEP = 4  # the short run kills at every so many-th point


def main() -> int:
    """What to do stands on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.kill_tests", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("all", "short", "sweep", "load", "replicas"))
    parser.add_argument("--only", default="", help="with this in the name")
    parser.add_argument("--lanes", type=int, default=4 * (os.cpu_count() or 2), help="bots at once in a sweep")
    parser.add_argument("--jobs", type=int, default=1700, help="jobs of each lane under load")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two kills of one bot under load")
    parser.add_argument("--trouble", type=float, default=0.03, help="the share of calls with a fault on the line")
    given = parser.parse_args()
    # The servers outside have their connections cut all the time, which is none of their faults.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="didtalk-chaos-"))
    results = asyncio.run(_run_chosen(given, folder))
    if given.what == "all":
        PROMISES_FILE.write_text(render_page(results))
    _print_line(f"In {results.seconds:.0f} s, with {results.kill_count} kills: {_format_counts(results.total)}")
    if not results.total.all_kept:
        _print_line(f"What is left of it lies in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


async def _run_chosen(given: argparse.Namespace, folder: Path) -> Results:
    began = time.monotonic()
    results = Results("make chaos")
    short = given.what == "short"
    if given.what in ("all", "short", "sweep"):
        stories = [each for each in (SHORT_SCENARIOS if short else ALL_SCENARIOS) if given.only in each.name]
        results.sweeps = await _run_sweeps(stories, folder, given.lanes, SHORT_RUN_POINT_STEP if short else 1)
    plans: list[LoadPlan] = []
    if given.what in ("all", "short", "load"):
        jobs, every = (60, 1.5) if short else (given.jobs, given.every)
        lanes = LOAD_PAIRS[:2] if short else [each for each in LOAD_PAIRS if given.only in " × ".join(each)]
        plans += [LoadPlan(*each, jobs, every, seed, given.trouble) for seed, each in enumerate(lanes)]
    with ExitStack() as stack:
        if given.what in ("all", "replicas"):
            jobs = REPLICA_JOB_COUNT if given.what == "all" else given.jobs
            server = stack.enter_context(running_postgres())
            several = LoadPlan(
                "slack",
                "did",
                jobs,
                SECONDS_BETWEEN_REPLICA_KILLS,
                9,
                given.trouble,
                bot_count=3,
                database_url=server.url,
            )
            plans.append(several)
        results.loads = await _run_loads(plans, folder)
    results.seconds = time.monotonic() - began
    return results


async def _run_sweeps(stories: Sequence[Scenario], folder: Path, lanes: int, point_step: int) -> list[SweepResult]:
    turns = asyncio.Semaphore(lanes)

    async def sweep_one(nth: int, story: Scenario) -> SweepResult:
        swept = await sweep_scenario(story, sandbox, folder / f"s{nth}", turns, point_step)
        _report_sweep(swept)
        return swept

    async with running_sandbox(folder / "studio") as sandbox, asyncio.TaskGroup() as tasks:
        telling = [tasks.create_task(sweep_one(nth, each)) for nth, each in enumerate(stories)]
    return [each.result() for each in telling]


async def _run_loads(plans: Iterable[LoadPlan], folder: Path) -> list[LoadResult]:
    async def load_one(plan: LoadPlan) -> LoadResult:
        loaded = await run_load(plan, folder / f"l{plan.seed}")
        _report_load(loaded)
        return loaded

    async with asyncio.TaskGroup() as tasks:
        loading = [tasks.create_task(load_one(each)) for each in plans]
    return [each.result() for each in loading]


def _report_sweep(swept: SweepResult) -> None:
    slowest = f"slowest {swept.slowest_seconds:.1f} s when killed {swept.slowest_at}"
    head = f"{swept.scenario.name}: {swept.points_hit} of {swept.point_count} points struck, {slowest}"
    _report_verdict(head, swept.verdict, swept.seconds)


def _report_load(loaded: LoadResult) -> None:
    slowest = (
        f"slowest of {len(loaded.recovery_seconds)} in hand again after {max(loaded.recovery_seconds, default=0):.1f} s"
    )
    _report_verdict(f"{loaded.name}: {loaded.kill_count} kills, {slowest}", loaded.verdict, loaded.seconds)


def _report_verdict(head: str, verdict: PromiseVerdict, seconds: float) -> None:
    _print_line(f"{head}; {_format_counts(verdict)}; {seconds:.0f} s")
    for line in (*verdict.violations, *verdict.history):
        _print_line(f"  {line}")


def _format_counts(v: PromiseVerdict) -> str:
    return (
        f"{v.asked} asked, {v.accepted} accepted, {v.delivered} delivered, {v.failed} failed, {v.cancelled} cancelled,"
        f" {v.lost} lost, {v.paid_twice} paid twice, {v.posted_twice} posted twice"
    )


def _print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
