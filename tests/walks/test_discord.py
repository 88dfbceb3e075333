"""`didtalk run` in Discord, as a process of its own that is killed at the worst of moments; the sandbox renders."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import TOKEN
from tests.walks.cli import Cli
from tests.walks.films import look


@asynccontextmanager
async def started(cli: Cli, discord: Discord) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot, connected; put down at the end if it still runs."""
    discord.connected.clear()
    process = await cli.start("run")
    try:
        async with asyncio.timeout(30):
            await discord.connected.wait()
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def kills(process: asyncio.subprocess.Process, discord: Discord, moment: str) -> None:
    """Kill the process once, the moment Discord has done what it asked and before it hears of it."""

    async def done(method: str, path: str, body: Any) -> None:
        uploaded = method == "PATCH" and isinstance(body, dict) and bool(discord.videos())
        if uploaded if moment == "uploaded" else path.endswith("/callback"):
            discord.done = None
            process.kill()
            await process.wait()

    discord.done = done


@pytest.mark.parametrize("moment", ["uploaded", "deferred"])
async def test_killed_at_the_worst_moment_it_posts_one_video_and_pays_once(tmp_path: Path, moment: str) -> None:
    """Between upload and record, and after the deferral: started again, it picks up the same message."""
    discord = Discord()
    async with discord.running():
        cli = Cli(tmp_path, {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"})
        async with started(cli, discord) as process:
            kills(process, discord, moment)
            await discord.command("didtalk", script="Hello from a real process.")
            async with asyncio.timeout(40):
                await process.wait()
        async with started(cli, discord):
            await discord.until(discord.videos, 40)
            await discord.until(lambda: delivered(tmp_path) == ["delivered"], 20)
        assert len(discord.videos()) == 1
        assert len(discord.posted()) == 1
        video = tmp_path / "video.mp4"
        video.write_bytes(discord.videos()[0])
    film = look(video)
    assert (film.video, film.audio) == ("h264", "aac")


def delivered(folder: Path) -> list[str]:
    """The stage of every job, as the database has it."""
    with sqlite3.connect(folder / "data" / "sandbox" / "didtalk.sqlite3") as db:
        return [row[0] for row in db.execute("SELECT stage FROM jobs")]
