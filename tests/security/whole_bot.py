"""A whole bot with every way in, and a caller with no manners."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.app import App, open_app
from bot.cli.http_server import serve_app
from bot.settings import Settings
from bot.wiring.chats import build_chats

SECURITY_SIGNING_SECRET = "an invented secret for the doors"
CLOSED_ADDRESS = "http://127.0.0.1:9"  # nobody listens there
ALL_SETTINGS = {
    "secret": SECURITY_SIGNING_SECRET,
    "did": {"api_key": "invented:key", "api_url": CLOSED_ADDRESS},
    "heygen": {"webhook_secret": "invented webhook secret"},
    "console": True,
    "public_url": "https://didtalk.example",
    "slack": {
        "signing_secret": "invented signing secret",
        "client_id": "1.2",
        "client_secret": "invented client secret",
        "api_url": f"{CLOSED_ADDRESS}/api",
    },
}


@asynccontextmanager
async def serving_whole_bot(folder: Path, **settings: Any) -> AsyncIterator[tuple[App, str]]:
    """The bot and its address."""
    facts = Settings.model_validate({**ALL_SETTINGS, "data_dir": folder / "data", **settings})
    async with (
        open_app(facts, chats=build_chats(facts)) as app,
        serve_app(app.web, "127.0.0.1", 0) as url,
    ):
        yield app, url


async def send_raw(url: str, pieces: Iterable[bytes] | AsyncIterable[bytes], seconds: float = 30.0) -> bytes:
    """Everything the server says to these bytes until it hangs up."""
    there = urlsplit(url)
    reader, writer = await asyncio.open_connection(there.hostname, there.port)
    try:
        async with asyncio.timeout(seconds):
            sending = asyncio.create_task(_send_pieces(writer, pieces))
            try:
                return await _read_all(reader)
            finally:
                sending.cancel()
                await asyncio.wait((sending,))
    finally:
        writer.close()


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    heard = bytearray()
    with suppress(ConnectionError):  # hung up on in the middle of a word
        while piece := await reader.read(65536):
            heard += piece
    return bytes(heard)


async def _send_pieces(writer: asyncio.StreamWriter, pieces: Iterable[bytes] | AsyncIterable[bytes]) -> None:
    try:
        async for piece in _iterate_pieces(pieces):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        return  # they hung up, as they should


async def _iterate_pieces(pieces: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(pieces, AsyncIterable):
        async for piece in pieces:
            yield piece
    else:
        for piece in pieces:
            yield piece


def request_head(method: str, path: str, *headers: str) -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def status_code(said: bytes) -> int:
    """The number an answer begins with; 0 when there was none."""
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0
