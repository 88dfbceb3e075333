"""`didtalk run` in Discord, as a process of its own that is killed at the worst of moments; the sandbox renders."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import CHANNEL, DM, ME, THREAD, TOKEN
from tests.walks.cli import Cli, sandbox
from tests.walks.films import look

PORTRAITS = Path(__file__).parents[2] / "adapters" / "sandbox" / "portraits"


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
    """Kill the process once, at one of the worst moments."""

    async def die() -> None:
        discord.done = discord.coming = None
        process.kill()
        await process.wait()

    async def done(method: str, path: str, body: Any) -> None:
        """Discord has done what it was asked, and the bot has not heard of it."""
        uploaded = method == "PATCH" and isinstance(body, dict) and bool(discord.videos())
        if uploaded if moment == "uploaded" else path.endswith("/callback"):
            await die()

    async def coming(method: str, path: str, multipart: bool) -> None:
        """The call has begun and Discord has done nothing yet: the job is recorded, or a video half on its way."""
        if multipart if moment == "uploading" else path.endswith("/callback"):
            await die()

    if moment in ("uploaded", "deferred"):
        discord.done = done
    else:
        discord.coming = coming


@pytest.mark.parametrize("moment", ["recorded", "deferred", "uploading", "uploaded"])
async def test_killed_at_the_worst_moment_it_posts_one_video_and_pays_once(tmp_path: Path, moment: str) -> None:
    """Before and after the acknowledgement, within the upload and before it is noted: one card, one charge."""
    discord, at_studio = Discord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), sandbox(at_studio) as books:
        settings = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        cli = Cli(tmp_path, settings | books.settings)
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
        assert len(await books.ledger()) == 1
        video = tmp_path / "video.mp4"
        video.write_bytes(discord.videos()[0])
    film = look(video)
    assert (film.video, film.audio) == ("h264", "aac")


async def test_every_gesture_ends_in_a_video_where_it_was_made(tmp_path: Path) -> None:
    """As a process of its own: command, thread, menu, mention, direct message and reaction; then it stops cleanly."""
    discord, at_studio = Discord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), sandbox(at_studio) as books:
        settings = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        cli = Cli(tmp_path, settings | {"DISCORD_MESSAGE_CONTENT": "true"} | books.settings)
        async with started(cli, discord) as process:
            face = discord.upload(CHANNEL, (PORTRAITS / "ada.png").read_bytes(), "ada.png", "image/png")
            await discord.command("didtalk", script="By a command.", image=face)
            await discord.command("didtalk", THREAD, script="In a thread.")
            await discord.write("Directly.", channel=DM)
            pointed = await discord.write("From a message.", face)
            form = await discord.menu("Make it talk", pointed)
            await discord.acknowledged(form)
            await discord.submit(form)
            await discord.react("🕺", pointed)
            await discord.write(f"<@{ME}> animate", face, channel=THREAD)
            await discord.until(lambda: len(discord.videos()) == 3, 90)
            await discord.until(lambda: len(discord.videos(THREAD)) == 2, 60)
            await discord.until(lambda: len(discord.videos(DM)) == 1, 60)
            process.terminate()
            async with asyncio.timeout(20):
                assert await process.wait() == 0
        assert len(await books.ledger()) == 6
    for nth, content in enumerate([*discord.videos(), *discord.videos(THREAD), *discord.videos(DM)]):
        video = tmp_path / f"video{nth}.mp4"
        video.write_bytes(content)
        assert look(video).video == "h264"


def delivered(folder: Path) -> list[str]:
    """The stage of every job, as the database has it."""
    with sqlite3.connect(folder / "data" / "didtalk.sqlite3") as db:
        return [row[0] for row in db.execute("SELECT stage FROM jobs")]
