"""`didtalk run` in Discord, as a process of its own that is killed at the worst of moments; the sandbox renders."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.cli import CommandLine, running_sandbox
from tests.end_to_end.video_probe import probe_video
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import BOT_ID, CHANNEL_ID, DM_ID, THREAD_ID, TOKEN

PORTRAITS_FOLDER = Path(__file__).parents[2] / "adapters" / "sandbox" / "portraits"


@asynccontextmanager
async def running_bot(cli: CommandLine, discord: FakeDiscord) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot, connected; put down at the end if it still runs."""
    discord.connected.clear()
    process = await cli.start_command("run")
    try:
        async with asyncio.timeout(30):
            await discord.connected.wait()
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def kill_at_moment(process: asyncio.subprocess.Process, discord: FakeDiscord, moment: str) -> None:
    """Kill the process once, at one of the worst moments."""

    async def kill_process() -> None:
        discord.after_call = discord.before_call = None
        process.kill()
        await process.wait()

    async def after_call(method: str, path: str, body: Any) -> None:
        """Discord has done what it was asked, and the bot has not heard of it."""
        uploaded = method == "PATCH" and isinstance(body, dict) and bool(discord.videos())
        if uploaded if moment == "uploaded" else path.endswith("/callback"):
            await kill_process()

    async def before_call(method: str, path: str, multipart: bool) -> None:
        """The call has begun and Discord has done nothing yet: the job is recorded, or a video half on its way."""
        if multipart if moment == "uploading" else path.endswith("/callback"):
            await kill_process()

    if moment in ("uploaded", "deferred"):
        discord.after_call = after_call
    else:
        discord.before_call = before_call


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["recorded", "deferred", "uploading", "uploaded"])
async def test_killed_at_the_worst_moment_it_posts_one_video_and_pays_once(tmp_path: Path, moment: str) -> None:
    """Before and after the acknowledgement, within the upload and before it is noted: one card, one charge."""
    discord, at_studio = FakeDiscord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), running_sandbox(at_studio) as books:
        settings = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        cli = CommandLine(tmp_path, settings | books.settings)
        async with running_bot(cli, discord) as process:
            kill_at_moment(process, discord, moment)
            await discord.run_command("didtalk", script="Hello from a real process.")
            async with asyncio.timeout(40):
                await process.wait()
        async with running_bot(cli, discord):
            await discord.wait_until(discord.videos, 40)
            await discord.wait_until(lambda: read_stages(tmp_path) == ["delivered"], 20)
        assert len(discord.videos()) == 1
        assert len(discord.bot_messages()) == 1
        assert len(await books.read_charges()) == 1
        video = tmp_path / "video.mp4"
        video.write_bytes(discord.videos()[0])
    film = probe_video(video)
    assert (film.video, film.audio) == ("h264", "aac")


@pytest.mark.slow
async def test_every_gesture_ends_in_a_video_where_it_was_made(tmp_path: Path) -> None:
    """As a process of its own: command, thread, menu, mention, direct message and reaction; then it stops cleanly."""
    discord, at_studio = FakeDiscord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), running_sandbox(at_studio) as books:
        settings = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        cli = CommandLine(tmp_path, settings | {"DISCORD_MESSAGE_CONTENT": "true"} | books.settings)
        async with running_bot(cli, discord) as process:
            face = discord.attach_file(CHANNEL_ID, (PORTRAITS_FOLDER / "ada.png").read_bytes(), "ada.png", "image/png")
            await discord.run_command("didtalk", script="By a command.", image=face)
            await discord.run_command("didtalk", THREAD_ID, script="In a thread.")
            await discord.write_message("say Directly.", channel=DM_ID)
            pointed = await discord.write_message("From a message.", face)
            form = await discord.use_menu("Make it talk", pointed)
            await discord.wait_for_response(form)
            await discord.submit_form(form)
            await discord.add_reaction("🕺", pointed)
            await discord.write_message(f"<@{BOT_ID}> animate", face, channel=THREAD_ID)
            await discord.wait_until(lambda: len(discord.videos()) == 3, 90)
            await discord.wait_until(lambda: len(discord.videos(THREAD_ID)) == 2, 60)
            await discord.wait_until(lambda: len(discord.videos(DM_ID)) == 1, 60)
            process.terminate()
            async with asyncio.timeout(20):
                assert await process.wait() == 0
        assert len(await books.read_charges()) == 6
    for nth, content in enumerate([*discord.videos(), *discord.videos(THREAD_ID), *discord.videos(DM_ID)]):
        video = tmp_path / f"video{nth}.mp4"
        video.write_bytes(content)
        assert probe_video(video).video == "h264"


def read_stages(folder: Path) -> list[str]:
    """The stage of every job, as the database has it."""
    with sqlite3.connect(folder / "data" / "didtalk.sqlite3") as db:
        return [row[0] for row in db.execute("SELECT stage FROM jobs")]
