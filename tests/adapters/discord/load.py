"""A hundred commands a second for half a minute, each to be acknowledged within Discord's three seconds.

Run by hand: `python -m tests.adapters.discord.load [per second] [seconds]`. Server, bot and people share one process and
one core, so a bot of its own does better.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.adapters.discord.bench import FastClock, Studio, running
from tests.fakes.discord_people import Discord


async def main(rate: int, seconds: int) -> int:
    """Report how long acknowledgements took; 1 when one was too late."""
    clock, studio = FastClock(1.0), Studio()
    discord = Discord(clock.now)
    with tempfile.TemporaryDirectory() as folder:
        async with discord.running(), running(discord, Path(folder), clock, studio) as bot:
            given = []
            began = time.monotonic()
            for nth in range(rate * seconds):
                await asyncio.sleep(max(0.0, began + nth / rate - time.monotonic()))
                given.append(await discord.command("didtalk", script=f"Hello number {nth}"))
            spent = time.monotonic() - began
            await asyncio.sleep(3)
            took = sorted(each.took for each in given if each.took is not None)
            jobs = len(await bot.jobs())
            done = len(discord.videos())
    cuts = statistics.quantiles(took, n=100)
    print(f"{len(given)} commands in {spent:.1f} s: {len(took)} acknowledged, {jobs} jobs, {done} videos by then")  # noqa: T201
    print(f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms")  # noqa: T201
    return 0 if len(took) == len(given) and took[-1] < 3.0 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*(int(each) for each in sys.argv[1:] or ("100", "30")))))
