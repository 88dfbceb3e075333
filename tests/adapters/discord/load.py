"""A hundred commands a second for half a minute, each to be acknowledged within Discord's three seconds.

Run by hand: `python -m tests.adapters.discord.load [per second] [seconds]`. The bot is a process of its own, with its
engine at work on every job that was asked; Discord and its people are this one.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from adapters.chats.discord import DiscordChat
from adapters.chats.discord.connection import Account
from bot.app import open_app
from bot.logs import set_up_logs
from bot.settings import Settings
from tests.adapters.discord.bench import Studio, no_shrinking
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import TOKEN


async def bot(url: str, folder: str) -> None:
    """The bot, until it is put down."""
    set_up_logs("error")
    chat = DiscordChat(Account(TOKEN, api_url=url), no_shrinking)
    settings = Settings(_env_file=None, data_dir=Path(folder))
    async with open_app(settings, chats=[chat], studios={"did": Studio()}):
        await asyncio.Event().wait()


async def people(rate: int, seconds: int) -> int:
    """Report how long acknowledgements took; 1 when one was too late."""
    discord = Discord()
    with tempfile.TemporaryDirectory() as folder:
        async with discord.running():
            command = (sys.executable, "-m", "tests.adapters.discord.load", "bot", discord.url, folder)
            process = await asyncio.create_subprocess_exec(*command)
            try:
                await discord.connected.wait()
                began = time.monotonic()
                given = []
                for nth in range(rate * seconds):
                    await asyncio.sleep(max(0.0, began + nth / rate - time.monotonic()))
                    given.append(await discord.command("didtalk", script=f"Hello number {nth}"))
                spent = time.monotonic() - began
                await asyncio.sleep(4)
                took = sorted(each.took for each in given if each.took is not None)
                done = len(discord.videos())
            finally:
                process.kill()
                await process.wait()
    cuts = statistics.quantiles(took, n=100)
    print(f"{len(given)} commands in {spent:.1f} s: {len(took)} acknowledged, {done} videos by then")  # noqa: T201
    print(f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms")  # noqa: T201
    return 0 if len(took) == len(given) and took[-1] < 3.0 else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["bot"]:
        uvloop.run(bot(*sys.argv[2:]))
    else:
        sys.exit(uvloop.run(people(*(int(each) for each in sys.argv[1:] or ("100", "30")))))
