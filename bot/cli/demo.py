"""`didtalk demo`: everything at work without any key, and a first video to look at."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from adapters.chats.terminal import Terminal
from bot.app import open_app
from bot.cli.run import stop_signal
from bot.cli.serving import serving
from bot.errors import Refused
from bot.jobs import Job, Jobs, Stage, new_id
from bot.place import Asker, Place
from bot.settings import Settings

WORDS = (
    "Hello! I am Ada, and I live in the sandbox, where everything can be tried and nothing is spent. "
    "Type a line in your chat, drop a photo, or react to a picture, and I will bring you the video."
)


async def show(settings: Settings, once: bool) -> None:
    """Make a first video in the sandbox; then go on running, unless once is enough."""
    console = Console(highlight=False, soft_wrap=True)
    settings = settings.model_copy(
        update={"did_api_key": None, "heygen_api_key": None, "public_url": "", "database_url": ""}
    )
    stop = stop_signal()
    async with open_app(settings, chats=[Terminal()]) as app, serving(app.web, "127.0.0.1", 0) as url:
        console.print("Making a first video in the sandbox. No key, no account, nothing is spent.")
        began = time.monotonic()
        out = app.home / "videos" / "hello.mp4"
        place = Place(platform="terminal", channel=str(out), private=True)
        asker = Asker(platform="terminal", user="you", name="you")
        answer = await app.desk.say(asker, place, f"{WORDS} --subtitles", once=f"demo:{new_id()}")
        made = await _finished(app.jobs, answer.jobs[0].id, stop)
        if made is None:
            return
        if made.stage is not Stage.DELIVERED:
            raise Refused(made.reason or "The first video did not come about.")
        console.print(_words(Path(made.post or ""), time.monotonic() - began), markup=False)
        if not once:
            console.print(f"didtalk goes on running at {url}. Ctrl-C stops it.")
            await stop.wait()


async def _finished(jobs: Jobs, job: str, stop: asyncio.Event) -> Job | None:
    while not stop.is_set():
        found = await jobs.get(job)
        if found and found.ended and found.told:
            return found
        await asyncio.sleep(0.1)
    return None


def _words(video: Path, seconds: float) -> str:
    with suppress(ValueError):
        video = video.relative_to(Path.cwd())
    return "\n".join(
        (
            f"Your first video, made in {seconds:.1f} s:",
            f"  {video}",
            "",
            "More to try, each without a key:",
            "  .venv/bin/didtalk ask 'Welcome aboard! --voice Jenny' --out welcome.mp4",
            "  .venv/bin/didtalk ask '/did animate dance --image ben' --out dance.mp4",
            f"  .venv/bin/didtalk ask '/did translate es fr' --video {video} --out bonjour.mp4",
            "  .venv/bin/didtalk help",
        )
    )
