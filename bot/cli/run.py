"""`didtalk run`: the bot, until a signal stops it."""

import gc
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from adapters.chats.terminal_api import ServedTerminal
from bot.app import open_app
from bot.cli.ask_backend import announced_address
from bot.cli.http_server import serve_app
from bot.cli.signals import stop_signal
from bot.desk.chat_context import HasInviteLink
from bot.settings import Settings
from bot.studios.studio import Studio
from bot.wiring.chats import build_chats

GC_THRESHOLD_OBJECTS = 10_000  # until young objects are searched; those of a request are freed without a search


async def run_bot(settings: Settings, **parts: Any) -> None:
    """Run with every chat that is set up and finish what earlier runs left. Parts go to `open_app`."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    stop = stop_signal()
    terminal = ServedTerminal()
    chats = build_chats(settings, terminal)
    async with (
        open_app(settings, chats=chats, **parts) as app,
        serve_app(app.web, settings.host, settings.port) as url,
    ):
        made = where_made(app.studios.values(), app.studio_hosts)
        console.print(f"didtalk is running at {url}. Videos are made {made}. Ctrl-C stops it.", markup=False)
        for line in [chat.invite_link for chat in chats if isinstance(chat, HasInviteLink) and chat.invite_link]:
            console.print(f"Invite it with the permissions it needs: {line}", markup=False)
        freeze_memory()
        with announced_address(app, url, terminal):
            await stop.wait()
        await app.shut_down()


def where_made(studios: Iterable[Studio], hosts: str) -> str:
    if hosts == "sandbox":
        return "in the sandbox, because no API key is set"
    return f"by {' and '.join(each.title for each in studios)} at {hosts}"


def freeze_memory() -> None:
    """Exclude all that is loaded now from garbage collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD_OBJECTS, *gc.get_threshold()[1:])
