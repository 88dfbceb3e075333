"""Calls over a real wire: what a failure proves, and downloads that are whole or not there."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from adapters.http.client import open_client, was_never_sent
from adapters.http.download import LinkGone, download_to
from bot.errors import Broken, Refused, TryAgain

ConnectionHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MAX_DOWNLOAD_BYTES = 1_000_000


@asynccontextmanager
async def raw_server(talk: ConnectionHandler) -> AsyncIterator[str]:
    """A server that says just these bytes, however wrong."""

    async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The client hanging up, or the test being over, ends the talk.
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve_connection, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def read_request_head(reader: asyncio.StreamReader) -> str:
    """The head of a request."""
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def respond_raw(*parts: bytes, before_hanging_up: float = 0.0) -> ConnectionHandler:
    """Listens, says these, and hangs up."""

    async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request_head(reader)
        for part in parts:
            writer.write(part)
        await writer.drain()
        await asyncio.sleep(before_hanging_up)

    return serve_connection


LOST_RESPONSES = {
    "hung up at once": respond_raw(),
    "hung up in the head": respond_raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "hung up in the body": respond_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"),
    "no such language": respond_raw(b"SSH-2.0-no\r\n\r\n"),
}


@pytest.mark.parametrize("how", LOST_RESPONSES)
async def test_an_answer_lost_after_sending_never_counts_as_unsent(how: str) -> None:
    """Whatever the transport calls it: believing "not connected" here would pay twice."""
    async with raw_server(LOST_RESPONSES[how]) as url, open_client() as client:
        with pytest.raises(httpx.TransportError) as caught:
            await client.post(url, json={"pay": "me"})
    assert not was_never_sent(caught.value)


async def test_a_connection_reset_in_the_body_never_counts_as_unsent() -> None:
    """Also when it is the network that gives up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with raw_server(talk) as url, open_client() as client:
        with pytest.raises(httpx.TransportError) as caught:
            await client.post(url, json={"pay": "me"})
    assert not was_never_sent(caught.value)


async def test_an_answer_that_takes_too_long_never_counts_as_unsent() -> None:
    """It may come a moment later."""
    async with raw_server(respond_raw(before_hanging_up=0.5)) as url, open_client() as client:
        with pytest.raises(httpx.ReadTimeout) as caught:
            await client.post(url, json={}, timeout=0.1)
    assert not was_never_sent(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://nowhere.invalid/", "ftp://a/", "http://[bad/"])
async def test_a_connection_that_never_was_counts_as_unsent(url: str) -> None:
    """Nobody was there to take anything."""
    async with open_client() as client:
        with pytest.raises((httpx.TransportError, httpx.InvalidURL)) as caught:
            await client.post(url, json={})
    assert was_never_sent(caught.value)


async def test_a_pooled_connection_that_was_closed_meanwhile_leaves_doubt() -> None:
    """A paid call into it may or may not have been read."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await read_request_head(reader)

    async with raw_server(once) as url, open_client() as client:
        await client.get(url)
        with pytest.raises(httpx.TransportError) as caught:
            await client.post(url, content=b"x")
    assert not was_never_sent(caught.value)


async def test_a_download_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    """When the server can give the rest of the same file, nothing is fetched twice."""
    whole = bytes(range(250)) * 40
    asked: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_request_head(reader)
        asked.append(next((line for line in head.split("\r\n") if line.lower().startswith("range")), ""))
        start = int(asked[-1].partition("=")[2][:-1]) if asked[-1] else 0
        status = "206 Partial" if start else "200 OK"
        lines = (
            f'HTTP/1.1 {status}\r\nAccept-Ranges: bytes\r\nETag: "a"\r\nContent-Length: {len(whole) - start}\r\n\r\n'
        )
        writer.write(lines.encode() + whole[start : start + 6000])
        await writer.drain()
        await asyncio.sleep(0.05)

    async with raw_server(talk) as url, open_client() as client:
        assert await download_to(client, url, tmp_path / "v", MAX_DOWNLOAD_BYTES) == len(whole)
    assert (tmp_path / "v").read_bytes() == whole
    assert asked == ["", "range: bytes=6000-"]


async def test_a_download_starts_anew_when_it_cannot_go_on(tmp_path: Path) -> None:
    """Parts of two files are no file."""
    answers = iter(
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwxyz"]
    )

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert "range" not in (await read_request_head(reader)).lower()
        writer.write(next(answers))
        await writer.drain()

    async with raw_server(talk) as url, open_client() as client:
        assert await download_to(client, url, tmp_path / "v", MAX_DOWNLOAD_BYTES) == 4
    assert (tmp_path / "v").read_bytes() == b"wxyz"


BAD_RESPONSES: dict[str, tuple[bytes, type[Exception]]] = {
    "page": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", LinkGone),
    "gone": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", LinkGone),
    "too large": (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", Refused),
    "too large unsaid": (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_001, Refused),
    "broken": (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", TryAgain),
    "short": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", TryAgain),
}


@pytest.mark.parametrize("how", BAD_RESPONSES)
async def test_a_download_that_fails_leaves_nothing_behind(how: str, tmp_path: Path) -> None:
    """Neither a half file nor a temporary one."""
    said, error = BAD_RESPONSES[how]
    async with raw_server(respond_raw(said)) as url, open_client() as client:
        with pytest.raises(error):
            await download_to(client, url, tmp_path / "v", MAX_DOWNLOAD_BYTES)
    assert _file_names(tmp_path) == []


async def test_a_download_shorter_than_announced_is_not_whole(tmp_path: Path) -> None:
    """Even over a transport that does not mind."""

    async def answer() -> AsyncIterator[bytes]:
        yield b"abc"

    def short(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Length": "9"}, content=answer())

    async with httpx.AsyncClient(transport=httpx.MockTransport(short)) as client:
        with pytest.raises(TryAgain):
            await download_to(client, "http://a/", tmp_path / "v", MAX_DOWNLOAD_BYTES)
    assert _file_names(tmp_path) == []


async def test_a_download_that_stalls_is_given_up(tmp_path: Path) -> None:
    """It may last for hours, but not without a byte."""
    stalling = respond_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", before_hanging_up=600)
    async with asyncio.timeout(60), raw_server(stalling) as url, open_client() as client:
        with pytest.raises(TryAgain):
            await download_to(client, url, tmp_path / "v", MAX_DOWNLOAD_BYTES, stall_seconds=0.05)


async def test_a_folder_that_takes_nothing_is_said_plainly(tmp_path: Path) -> None:
    """Whoever runs it must mend that; nothing is lost."""
    said = respond_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    async with raw_server(said) as url, open_client() as client:
        with pytest.raises(Broken, match="disk"):
            await download_to(client, url, Path("/proc/none"), MAX_DOWNLOAD_BYTES)


def _file_names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
