"""`python -m tests.chaos`: kill the bot in every way there is, and count what became of its promises."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.chaos.books import sandbox
from tests.chaos.scenarios import ALL, SHORT
from tests.chaos.sweep import Swept, sweep


def main() -> int:
    """What to do stands on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("what", choices=("sweep",))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--lanes", type=int, default=8, help="how many bots at once")
    given = parser.parse_args()
    return asyncio.run(_run(given))


async def _run(given: argparse.Namespace) -> int:
    # The servers outside have their connections cut all the time, which is none of their faults.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="didtalk-chaos-"))
    scenarios = [each for each in (SHORT if given.short else ALL) if given.only in each.name]
    lanes = asyncio.Semaphore(given.lanes)
    bad = 0
    async with sandbox(folder / "studio") as books:
        for nth, scenario in enumerate(scenarios):
            swept = await sweep(scenario, books, folder / f"s{nth}", lanes)
            bad += not swept.verdict.clean
            _say(swept)
    return 1 if bad else 0


def _say(swept: Swept) -> None:
    v = swept.verdict
    line = (
        f"{swept.scenario.name}: {swept.points} points, {swept.struck} struck, {v.asked} asked, {v.accepted} accepted,"
        f" {v.delivered} delivered, {v.failed} failed, {v.cancelled} cancelled; lost {v.lost}, paid twice"
        f" {v.paid_twice}, posted twice {v.posted_twice}; slowest {swept.slowest:.1f} s {swept.slowest_at};"
        f" {swept.seconds:.0f} s"
    )
    sys.stdout.write("\n  ".join((line, *v.wrong)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
