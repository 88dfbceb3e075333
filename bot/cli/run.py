"""`didtalk run`: the bot, until a signal stops it."""

import asyncio
import signal
from typing import Any

from rich.console import Console

from bot.app import open_app
from bot.chats import chats_of
from bot.cli.serving import serving
from bot.door import Invites
from bot.settings import Settings


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
        await stop.wait()


def stop_signal() -> asyncio.Event:
    """Set when somebody asks the process to stop."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    return stop
