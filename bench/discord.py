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
from pydantic import SecretStr

from adapters.chats.discord.chat import DiscordChat
from bot.app import open_app
from bot.security.log_setup import set_up_logs
from bot.settings import DiscordSettings, Settings
from storage.sqlite.open import open_sqlite
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, no_transcoding
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import TOKEN, FakeInteraction

COMMANDS_PER_SECOND, RUN_SECONDS = 100, 30
ACK_LIMIT_SECONDS = 3.0


def print_line(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def run_bot(url: str, folder: str) -> None:
    """The bot, until its input ends."""
    set_up_logs("error")
    chat = DiscordChat(DiscordSettings(bot_token=SecretStr(TOKEN), api_url=url), no_transcoding)
    settings = Settings(_env_file=None, data_dir=Path(folder))
    async with open_app(settings, chats=[chat], studios={"did": FileTakingStudio()}):
        await asyncio.to_thread(sys.stdin.read)


async def send_commands(discord: FakeDiscord, rate: int, seconds: int) -> list[FakeInteraction]:
    """Commands at a steady rate, whether or not the last one was acknowledged."""
    began, given = time.monotonic(), []
    for nth in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + nth / rate - time.monotonic()))
        given.append(await discord.run_command("didtalk", script=f"Hello number {nth}"))
    return given


async def count_jobs(folder: str) -> int:
    """How many commands became a job."""
    async with open_sqlite(Path(folder, "didtalk.sqlite3")) as database:
        ((gestures,),) = await database.read("SELECT count(DISTINCT idempotency_key) FROM jobs")
    return int(gestures)


async def run_bench(rate: int, seconds: int) -> bool:
    """The report; whether all were kept and acknowledged in time."""
    discord = FakeDiscord()
    with tempfile.TemporaryDirectory() as folder:
        async with discord.running():
            command = (sys.executable, "-m", "bench.discord", "bot", discord.url, folder)
            process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
            async with asyncio.timeout(30):
                await discord.connected.wait()
            given = await send_commands(discord, rate, seconds)
            await asyncio.sleep(ACK_LIMIT_SECONDS + 1)
            videos = len(discord.videos())
            assert process.stdin  # noqa: S101 - asked for
            process.stdin.close()
            async with asyncio.timeout(60):
                await process.wait()
        recorded = await count_jobs(folder)
    took = sorted(each.ack_seconds for each in given if each.ack_seconds is not None)
    cuts = statistics.quantiles(took, n=100)
    print_line(
        f"discord at {rate}/s for {seconds} s: {len(given):,} commands, {recorded:,} kept, {len(took):,} acknowledged"
    )
    print_line(
        f"{'':<8}median {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:7.1f} ms   most {took[-1] * 1000:7.1f} ms"
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = used.ru_utime + used.ru_stime
    cores = f"{ours:.0f} s of a core, the stand-in {time.process_time():.0f} s"
    print_line(f"{'':<8}{videos:,} videos were posted meanwhile; {cores}")
    return len(given) == recorded == len(took) and took[-1] < ACK_LIMIT_SECONDS


if __name__ == "__main__":
    if sys.argv[1:2] == ["bot"]:
        uvloop.run(run_bot(*sys.argv[2:]))
    elif not uvloop.run(run_bench(*(int(each) for each in sys.argv[1:] or (COMMANDS_PER_SECOND, RUN_SECONDS)))):
        sys.exit("Not every command was kept and acknowledged in time.")
