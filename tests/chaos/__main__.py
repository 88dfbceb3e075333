"""`python -m tests.chaos`: kill the bot in every way there is, and count what became of its promises.

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

from tests.chaos.books import sandbox
from tests.chaos.load import Loaded, Plan, load
from tests.chaos.report import Results, page
from tests.chaos.scenarios import ALL, SHORT, Scenario
from tests.chaos.sweep import Swept, sweep
from tests.chaos.verdict import Verdict
from tests.fakes.postgres import serving

PROMISES = Path(__file__).parent.parent.parent / "docs" / "promises.md"
LANES = (("console", "did"), ("slack", "heygen-v3"), ("discord", "did"), ("console", "heygen-v3"))
REPLICA_JOBS, REPLICA_KILLS = 2000, 3.0
THIN = 4  # the short run kills at every so many-th point


def main() -> int:
    """What to do stands on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
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
    results = asyncio.run(_run(given, folder))
    if given.what == "all":
        PROMISES.write_text(page(results))
    _out(f"In {results.seconds:.0f} s, with {results.kills} kills: {_counts(results.whole)}")
    if not results.whole.clean:
        _out(f"What is left of it lies in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


async def _run(given: argparse.Namespace, folder: Path) -> Results:
    began = time.monotonic()
    results = Results("make chaos")
    short = given.what == "short"
    if given.what in ("all", "short", "sweep"):
        stories = [each for each in (SHORT if short else ALL) if given.only in each.name]
        results.sweeps = await _sweeps(stories, folder, given.lanes, THIN if short else 1)
    plans: list[Plan] = []
    if given.what in ("all", "short", "load"):
        jobs, every = (60, 1.5) if short else (given.jobs, given.every)
        lanes = LANES[:2] if short else [each for each in LANES if given.only in " × ".join(each)]
        plans += [Plan(*each, jobs, every, seed, given.trouble) for seed, each in enumerate(lanes)]
    with ExitStack() as stack:
        if given.what in ("all", "replicas"):
            jobs = REPLICA_JOBS if given.what == "all" else given.jobs
            server = stack.enter_context(serving())
            several = Plan("slack", "did", jobs, REPLICA_KILLS, 9, given.trouble, bots=3, database=server.url)
            plans.append(several)
        results.loads = await _loads(plans, folder)
    results.seconds = time.monotonic() - began
    return results


async def _sweeps(stories: Sequence[Scenario], folder: Path, lanes: int, thin: int) -> list[Swept]:
    turns = asyncio.Semaphore(lanes)

    async def one(nth: int, story: Scenario) -> Swept:
        swept = await sweep(story, books, folder / f"s{nth}", turns, thin)
        _say_swept(swept)
        return swept

    async with sandbox(folder / "studio") as books, asyncio.TaskGroup() as tasks:
        telling = [tasks.create_task(one(nth, each)) for nth, each in enumerate(stories)]
    return [each.result() for each in telling]


async def _loads(plans: Iterable[Plan], folder: Path) -> list[Loaded]:
    async def one(plan: Plan) -> Loaded:
        loaded = await load(plan, folder / f"l{plan.seed}")
        _say_loaded(loaded)
        return loaded

    async with asyncio.TaskGroup() as tasks:
        loading = [tasks.create_task(one(each)) for each in plans]
    return [each.result() for each in loading]


def _say_swept(swept: Swept) -> None:
    slowest = f"slowest {swept.slowest:.1f} s when killed {swept.slowest_at}"
    head = f"{swept.scenario.name}: {swept.struck} of {swept.points} points struck, {slowest}"
    _say(head, swept.verdict, swept.seconds)


def _say_loaded(loaded: Loaded) -> None:
    slowest = f"slowest of {len(loaded.recoveries)} in hand again after {max(loaded.recoveries, default=0):.1f} s"
    _say(f"{loaded.name}: {loaded.kills} kills, {slowest}", loaded.verdict, loaded.seconds)


def _say(head: str, verdict: Verdict, seconds: float) -> None:
    _out(f"{head}; {_counts(verdict)}; {seconds:.0f} s")
    for line in (*verdict.wrong, *verdict.history):
        _out(f"  {line}")


def _counts(v: Verdict) -> str:
    return (
        f"{v.asked} asked, {v.accepted} accepted, {v.delivered} delivered, {v.failed} failed, {v.cancelled} cancelled,"
        f" {v.lost} lost, {v.paid_twice} paid twice, {v.posted_twice} posted twice"
    )


def _out(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
