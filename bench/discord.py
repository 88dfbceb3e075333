"""Whether every command is taken on in time: `python -m bench.discord [a second] [seconds]`.

Discord gives three seconds. A stand-in of Discord with its people is one process, the whole of didtalk another, with
its engine at work on every job that was asked: cards edited, videos posted. Each command must be kept and acknowledged.
"""

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from adapters.chats.discord import DiscordChat
from adapters.chats.discord.client.connection import Account
from bot.app import open_app
from bot.security.log_setup import set_up_logs
from bot.settings import Settings
from storage.sqlite.database import open_sqlite
from tests.adapters.discord.bench import Studio, no_shrinking
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import TOKEN, Given

RATE, SECONDS = 100, 30
IN_TIME = 3.0


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def bot(url: str, folder: str) -> None:
    """The bot, until its input ends."""
    set_up_logs("error")
    chat = DiscordChat(Account(TOKEN, api_url=url), no_shrinking)
    settings = Settings(_env_file=None, data_dir=Path(folder))
    async with open_app(settings, chats=[chat], studios={"did": Studio()}):
        await asyncio.to_thread(sys.stdin.read)


async def crowd(discord: Discord, rate: int, seconds: int) -> list[Given]:
    """Commands at a steady rate, whether or not the last one was acknowledged."""
    began, given = time.monotonic(), []
    for nth in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + nth / rate - time.monotonic()))
        given.append(await discord.command("didtalk", script=f"Hello number {nth}"))
    return given


async def kept(folder: str) -> int:
    """How many commands became a job."""
    async with open_sqlite(Path(folder, "didtalk.sqlite3")) as database:
        ((gestures,),) = await database.read("SELECT count(DISTINCT once) FROM jobs")
    return int(gestures)


async def people(rate: int, seconds: int) -> bool:
    """The report; whether all were kept and acknowledged in time."""
    discord = Discord()
    with tempfile.TemporaryDirectory() as folder:
        async with discord.running():
            command = (sys.executable, "-m", "bench.discord", "bot", discord.url, folder)
            process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
            async with asyncio.timeout(30):
                await discord.connected.wait()
            given = await crowd(discord, rate, seconds)
            await asyncio.sleep(IN_TIME + 1)
            videos = len(discord.videos())
            assert process.stdin  # noqa: S101 - asked for
            process.stdin.close()
            async with asyncio.timeout(60):
                await process.wait()
        recorded = await kept(folder)
    took = sorted(each.took for each in given if each.took is not None)
    cuts = statistics.quantiles(took, n=100)
    say(f"discord at {rate}/s for {seconds} s: {len(given):,} commands, {recorded:,} kept, {len(took):,} acknowledged")
    say(f"{'':<8}median {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:7.1f} ms   most {took[-1] * 1000:7.1f} ms")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = used.ru_utime + used.ru_stime
    cores = f"{ours:.0f} s of a core, the stand-in {time.process_time():.0f} s"
    say(f"{'':<8}{videos:,} videos were posted meanwhile; {cores}")
    return len(given) == recorded == len(took) and took[-1] < IN_TIME


if __name__ == "__main__":
    if sys.argv[1:2] == ["bot"]:
        uvloop.run(bot(*sys.argv[2:]))
    elif not uvloop.run(people(*(int(each) for each in sys.argv[1:] or (RATE, SECONDS)))):
        sys.exit("Not every command was kept and acknowledged in time.")
