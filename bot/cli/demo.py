"""`didtalk demo`: the bot, the sandbox and the console without any key, and a first video."""

import asyncio
import os
import sys
import time
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from rich.console import Console as Screen
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.chats.console.static_files import STARTING_RESPONSE
from adapters.chats.terminal import Terminal
from adapters.chats.terminal_api import ServedTerminal
from bot.app import App, open_app
from bot.chats.chat import Chat
from bot.cli.ask_backend import announced_address
from bot.cli.http_server import serve_app
from bot.cli.signals import stop_signal
from bot.errors import Broken, Refused
from bot.jobs.job import Asker, Job, Jobs, Place, Stage, new_id
from bot.settings import DidSettings, HeygenSettings, Settings
from bot.wiring.chats import build_console

DEMO_SCRIPT = (
    "Hello! I am Ada, and I live in the sandbox, where everything can be tried and nothing is spent. "
    "Type a line in your chat, drop a photo, or react to a picture, and I will bring you the video."
)
DEMO_ASKER = Asker(platform="console", user="ana", name="Ana")
DEMO_PLACE = Place(platform="console", channel="general")


class RestartableApp:
    """An ASGI app that hands on to another one, which can be restarted."""

    def __init__(self) -> None:
        self.app: ASGIApp = STARTING_RESPONSE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


async def run_demo(settings: Settings, once: bool) -> None:
    screen = Screen(highlight=False, soft_wrap=True)
    without_keys = {"did": DidSettings(), "heygen": HeygenSettings(), "public_url": "", "database_url": ""}
    settings = settings.model_copy(update=without_keys)
    await (_make_one_video(settings, screen) if once else _serve_console(settings, screen))


async def _make_one_video(settings: Settings, screen: Screen) -> None:
    stop = stop_signal()
    async with open_app(settings, chats=[Terminal()]) as app:
        screen.print("Making a first video in the sandbox. No key, no account, nothing is spent.")
        began = time.monotonic()
        place = Place(platform="terminal", channel=str(app.data_folder / "videos" / "hello.mp4"), private=True)
        asker = Asker(platform="terminal", user="you", name="you")
        answer = await app.desk.run_command(
            asker, place, f"{DEMO_SCRIPT} --subtitles", idempotency_key=f"demo:{new_id()}"
        )
        made = await _wait_until_finished(app.jobs, answer.jobs[0].id, stop)
        if made is None:
            return
        if made.stage is not Stage.DELIVERED:
            raise Refused(made.reason or "The first video could not be made.")
        screen.print(_summary_text(Path(made.video_message or ""), time.monotonic() - began), markup=False)


async def _serve_console(settings: Settings, screen: Screen) -> None:
    """Serve the console until stopped; the bot behind it is restarted when the console asks for it."""
    stop, restartable, first = stop_signal(), RestartableApp(), asyncio.Event()
    async with _serve_on_port(restartable, settings.port) as url:
        while not stop.is_set():
            restart = asyncio.Event()
            terminal = ServedTerminal()
            chats: list[Chat] = [terminal, build_console(settings, restart=restart.set)]
            async with open_app(settings, chats=chats) as app, asyncio.TaskGroup() as tasks:
                restartable.app = app.web
                greeting = tasks.create_task(_make_first_video(app, screen, f"{url}/console", stop, first))
                try:
                    with announced_address(app, url, terminal):
                        await _wait_for_any(stop, restart)
                finally:
                    restartable.app = STARTING_RESPONSE
                    greeting.cancel()


async def _make_first_video(app: App, screen: Screen, address: str, stop: asyncio.Event, first: asyncio.Event) -> None:
    """Print where the console is, and have a first video made there; only once."""
    if first.is_set():
        return
    first.set()
    screen.print("didtalk is running in the sandbox: no key, no account, nothing is spent. Open")
    screen.print(f"\n  {address}\n", markup=False)
    await asyncio.to_thread(_open_browser, address)
    began = time.monotonic()
    answer = await app.desk.run_command(
        DEMO_ASKER, DEMO_PLACE, f"/didtalk {DEMO_SCRIPT} --subtitles", idempotency_key="demo:console:first"
    )
    made = await _wait_until_finished(app.jobs, answer.jobs[0].id, stop)
    if made and made.stored_video and made.stage is Stage.DELIVERED:
        screen.print(f"The first video is in #general ({time.monotonic() - began:.1f} s):", markup=False)
        screen.print(
            f"  {_relative_path(app.shelf.path_of(made.stored_video.video))}\n\nCtrl-C stops didtalk.", markup=False
        )


async def _wait_until_finished(jobs: Jobs, job: str, stop: asyncio.Event) -> Job | None:
    while not stop.is_set():
        found = await jobs.get(job)
        if found and found.ended and found.asker_notified:
            return found
        await asyncio.sleep(0.1)
    return None


async def _wait_for_any(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@asynccontextmanager
async def _serve_on_port(restartable: RestartableApp, port: int) -> AsyncIterator[str]:
    """On the usual port, so that a page left open finds us again; on any other when that one is taken."""
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(serve_app(restartable, "127.0.0.1", port))
        except Broken:
            url = await stack.enter_async_context(serve_app(restartable, "127.0.0.1", 0))
        yield url


def _open_browser(address: str) -> None:
    has_desktop = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_desktop and not os.environ.get("CI") and sys.stdout.isatty():
        webbrowser.open(address)


def _relative_path(path: Path) -> Path:
    with suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path


def _summary_text(video: Path, seconds: float) -> str:
    video = _relative_path(video)
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
