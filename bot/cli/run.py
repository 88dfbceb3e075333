"""`didtalk run`: the bot, until a signal stops it."""

import asyncio
import faulthandler
import os
import signal
import threading
import time
from typing import Any

from rich.console import Console

from bot.app import open_app
from bot.cli.gc_tuning import settle
from bot.cli.http_server import serving
from bot.desk.chat_context import Invites
from bot.settings import Settings
from bot.wiring.chats import chats_of

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LATEST = 9.0  # seconds after a signal until the process ends, whatever hangs


async def serve(settings: Settings, **parts: Any) -> None:
    """Run with every chat that is set up; what earlier runs left behind is finished too. Parts go to `open_app`."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    stop = stop_signal()
    chats = chats_of(settings)
    async with (
        open_app(settings, chats=chats, **parts) as app,
        serving(app.web, settings.host, settings.port) as url,
    ):
        made = "in the sandbox, because no studio's key is set" if app.made_at == "sandbox" else f"at {app.made_at}"
        console.print(f"didtalk is running at {url}. Videos are made {made}. Ctrl-C stops it.", markup=False)
        for line in [chat.invite for chat in chats if isinstance(chat, Invites) and chat.invite]:
            console.print(f"Add it where you talk, with exactly the permissions it needs: {line}", markup=False)
        settle()
        await stop.wait()
        await app.put_down()


def stop_signal() -> asyncio.Event:
    """Set when somebody asks the process to stop; whoever asks again does not wait."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    hear, tell = os.pipe()
    threading.Thread(target=_end_at_last, args=(hear,), daemon=True).start()

    # Not the loop's own handlers: those run when the loop comes round to them, and what hangs may be the loop.
    def stopped(number: int, frame: Any) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        # Where even threads get no turn, because a library keeps the interpreter to itself, this ends the process.
        faulthandler.dump_traceback_later(LATEST + 0.4, exit=True, file=2)
        os.write(tell, b".")
        loop.call_soon_threadsafe(stop.set)

    for each in SIGNALS:
        signal.signal(each, stopped)
    return stop


def _end_at_last(hear: int) -> None:
    """End the process some time after a signal. Nothing is lost: what we still hold falls free by itself."""
    os.read(hear, 1)
    time.sleep(LATEST)
    os._exit(0)
