"""`python -m tests.chaos`: kill the bot in every way there is, and count what became of its promises."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.chaos.books import sandbox
from tests.chaos.load import Loaded, Plan, load
from tests.chaos.scenarios import ALL, SHORT
from tests.chaos.sweep import Swept, sweep
from tests.chaos.verdict import Verdict

LANES = (("console", "did"), ("slack", "heygen-v3"), ("discord", "did"), ("console", "heygen-v2"))


def main() -> int:
    """What to do stands on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("what", choices=("sweep", "load"))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="", help="scenarios with this in their name")
    parser.add_argument("--lanes", type=int, default=12, help="how many bots at once")
    parser.add_argument("--jobs", type=int, default=200, help="jobs of each lane under load")
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two kills of one bot")
    given = parser.parse_args()
    # The servers outside have their connections cut all the time, which is none of their faults.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="didtalk-chaos-"))
    return asyncio.run(_sweeps(given, folder) if given.what == "sweep" else _loads(given, folder))


async def _sweeps(given: argparse.Namespace, folder: Path) -> int:
    scenarios = [each for each in (SHORT if given.short else ALL) if given.only in each.name]
    lanes = asyncio.Semaphore(given.lanes)
    bad = 0
    async with sandbox(folder / "studio") as books:
        for nth, scenario in enumerate(scenarios):
            swept = await sweep(scenario, books, folder / f"s{nth}", lanes)
            bad += not swept.verdict.clean
            _say_swept(swept)
    return 1 if bad else 0


async def _loads(given: argparse.Namespace, folder: Path) -> int:
    plans = [Plan(chat, studio, given.jobs, given.every, seed) for seed, (chat, studio) in enumerate(LANES)]
    plans = [each for each in plans if given.only in f"{each.chat} × {each.studio}"]
    async with asyncio.TaskGroup() as tasks:
        for nth, plan in enumerate(plans):
            tasks.create_task(_one_load(plan, folder / f"l{nth}"))
    return 0


async def _one_load(plan: Plan, folder: Path) -> None:
    _say_loaded(await load(plan, folder))


def _say_swept(swept: Swept) -> None:
    slowest = f"slowest {swept.slowest:.1f} s {swept.slowest_at}"
    _say(
        f"{swept.scenario.name}: {swept.points} points, {swept.struck} struck, {slowest}", swept.verdict, swept.seconds
    )


def _say_loaded(loaded: Loaded) -> None:
    slowest = f"slowest {max(loaded.recoveries, default=0):.1f} s of {len(loaded.recoveries)}"
    _say(
        f"{loaded.name}: {loaded.kills} kills, {slowest}, faults {dict(loaded.faults)}", loaded.verdict, loaded.seconds
    )


def _say(head: str, v: Verdict, seconds: float) -> None:
    line = (
        f"{head}; {v.asked} asked, {v.accepted} accepted, {v.delivered} delivered, {v.failed} failed, {v.cancelled}"
        f" cancelled; lost {v.lost}, paid twice {v.paid_twice}, posted twice {v.posted_twice}; {seconds:.0f} s"
    )
    sys.stdout.write("\n  ".join((line, *v.wrong)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
