"""What strangers send is bounded before it is read, on every address there is."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.http.body_limits import BodyLimitMiddleware
from bot.app import App
from bot.cli.http_server import HeadLimitProtocol
from bot.desk.chat_context import BODY_LIMIT_KEY
from bot.security.signed_tokens import TokenSigner
from tests.fakes.http_server import HttpTestServer, serve_app
from tests.security.whole_bot import SECURITY_SIGNING_SECRET, request_head, send_raw, serving_whole_bot, status_code

HTTP_CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
WEBHOOK_TOKEN = TokenSigner(SECURITY_SIGNING_SECRET).sign("hook", "somejob", 4e9)
BODY_PATHS = [
    f"/hooks/did/{WEBHOOK_TOKEN}",
    "/hooks/did/nonsense",
    "/hooks/heygen/endpoint",
    "/slack/events",
    "/slack/oauth_redirect",
    "/slack/install",
    "/media/nonsense/x.mp4",
    "/healthz",
    "/readyz",
    "/metrics",
    "/console",
    "/console/login",
    "/console/api/say",
    "/console/api/files?name=x.png",
    "/nowhere/at/all",
]


@contextlib.asynccontextmanager
async def body_server(**limits: float) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that reads whole bodies, those at /large with room for 20 MB, and how long each was."""
    read: list[int] = []

    async def read_body(request: Request) -> Response:
        if request.url.path == "/large":
            request.scope[BODY_LIMIT_KEY] = 20_000_000
        body = 0
        async for chunk in request.stream():
            body += len(chunk)
        read.append(body)
        return PlainTextResponse("thanks")

    app = Starlette(routes=[Route("/", read_body, methods=["POST"]), Route("/large", read_body, methods=["POST"])])
    async with serve_app(BodyLimitMiddleware(app, **limits)) as (_, url):  # type: ignore[arg-type]
        yield url, read


def endless_chunks() -> Iterator[bytes]:
    """A body that never ends."""
    return itertools.repeat(HTTP_CHUNK)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[tuple[App, str]]:
    """A bot with every way in."""
    async with serving_whole_bot(tmp_path) as found:
        yield found


async def test_no_address_takes_a_body_without_end(bot: tuple[App, str]) -> None:
    """Whatever is called, known or not, a stream that never ends is answered with a refusal, and the line is cut."""
    for path in BODY_PATHS:
        for method in ("POST", "PUT") if path == "/nowhere/at/all" else ("POST",):
            said = await send_raw(
                bot[1], itertools.chain([request_head(method, path, "Transfer-Encoding: chunked")], endless_chunks())
            )
            assert 400 <= status_code(said) < 500, (path, said[:200])


async def test_a_body_that_says_it_is_too_long_is_not_waited_for(bot: tuple[App, str]) -> None:
    """The announced length is enough to refuse; none of it need come."""
    calls = [send_raw(bot[1], [request_head("POST", path, "Content-Length: 90000000000")]) for path in BODY_PATHS]
    for path, said in zip(BODY_PATHS, await asyncio.gather(*calls), strict=True):
        assert 400 <= status_code(said) < 500, (path, said[:200])


async def test_nobody_unknown_is_given_room_for_a_large_file(bot: tuple[App, str]) -> None:
    """An upload without the page's own seal is turned away before its body is looked at."""
    app, url = bot
    before = set((app.data_folder / "shelf").iterdir())
    upload = request_head("POST", "/console/api/files?name=x.png", "Content-Length: 100000000")
    assert status_code(await send_raw(url, [upload])) in (403, 409)
    assert set((app.data_folder / "shelf").iterdir()) == before


async def test_the_limit_holds_while_a_body_comes() -> None:
    """Chunked bodies announce nothing; they are cut off when they have had their share."""
    async with body_server(max_bytes=1_000_000) as (url, read):
        said = await send_raw(
            url, itertools.chain([request_head("POST", "/", "Transfer-Encoding: chunked")], endless_chunks())
        )
        assert (status_code(said), read) == (413, [])
        fine = await send_raw(url, [request_head("POST", "/", "Content-Length: 3", "Connection: close"), b"abc"])
        assert (status_code(fine), read) == (200, [3])


async def test_who_is_known_may_be_given_more_room_and_no_more_than_that() -> None:
    """A route raises the limit for itself alone."""
    async with body_server(max_bytes=1_000_000) as (url, read):
        large = [request_head("POST", "/large", "Content-Length: 5000000", "Connection: close"), bytes(5_000_000)]
        assert status_code(await send_raw(url, large)) == 200
        assert read == [5_000_000]
        assert status_code(await send_raw(url, [request_head("POST", "/large", "Content-Length: 20000001")])) == 413


async def test_a_body_that_drips_meets_a_deadline() -> None:
    """One byte now and then holds no place open for ever, neither with a length nor in chunks."""

    async def dripping(begin: bytes, drop: bytes) -> AsyncIterator[bytes]:
        yield begin
        while True:
            await asyncio.sleep(0.05)
            yield drop

    async with body_server(timeout=0.4, min_bytes_per_second=1_000_000) as (url, read):
        said = await asyncio.gather(
            send_raw(url, dripping(request_head("POST", "/", "Content-Length: 1000000"), b"x")),
            send_raw(url, dripping(request_head("POST", "/", "Transfer-Encoding: chunked"), b"1\r\nx\r\n")),
            send_raw(url, [request_head("POST", "/", "Content-Length: 1000")]),
        )
    assert [status_code(each) for each in said] == [408, 408, 408]
    assert read == []


async def test_packed_bodies_are_not_opened() -> None:
    """Nobody who calls us packs what they say, so there is nothing to unpack and no bomb to set off."""
    async with body_server() as (url, read):
        said = await send_raw(
            url, [request_head("POST", "/", "Content-Encoding: gzip", "Content-Length: 4"), b"\x1f\x8b00"]
        )
    assert (status_code(said), read) == (415, [])


async def test_only_so_many_large_bodies_come_in_at_once() -> None:
    """The next one is told to come again, small ones still get through, and a place that is left is free again."""
    async with body_server(max_bytes=1000, max_large_bodies=2) as (url, read):
        go = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield request_head("POST", "/large", "Content-Length: 5000", "Connection: close") + bytes(2000)
            await go.wait()
            yield bytes(3000)

        two = [asyncio.create_task(send_raw(url, slow())) for _ in range(2)]
        large = request_head("POST", "/large", "Content-Length: 5000", "Connection: close") + bytes(5000)
        async with asyncio.timeout(20):
            while status_code(await send_raw(url, [large])) != 503:
                read.clear()
        small = request_head("POST", "/", "Content-Length: 3", "Connection: close") + b"abc"
        assert status_code(await send_raw(url, [small])) == 200
        go.set()
        assert [status_code(said) for said in await asyncio.gather(*two)] == [200, 200]
        assert status_code(await send_raw(url, [large])) == 200


@pytest.mark.parametrize("headers", [["X-A: " + "a" * 80_000], [f"X-{n}: a" for n in range(200)]])
async def test_a_head_may_not_be_long(bot: tuple[App, str], headers: list[str]) -> None:
    """Headers are kept in memory before anybody can refuse them, so there is an end to them."""
    assert status_code(await send_raw(bot[1], [request_head("GET", "/healthz", *headers)])) == 431


async def test_a_head_that_never_ends_is_cut_off(bot: tuple[App, str]) -> None:
    """A single header without an end, and headers without an end."""
    begin = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    for more in (b"X-A: ", b""):
        line = b"a" * 1000 if more else b"X-A: a\r\n" * 100
        said = await send_raw(bot[1], itertools.chain([begin, more], itertools.repeat(line)))
        assert status_code(said) in (0, 431)


async def test_who_says_nothing_is_not_waited_for() -> None:
    """A line that is opened and left silent, or says its head letter by letter, is closed from our side."""

    class Hurried(HeadLimitProtocol):
        head_timeout = 0.3

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("here")(scope, receive, send)

    async def dripping(begin: bytes) -> AsyncIterator[bytes]:
        yield begin
        while True:
            await asyncio.sleep(0.05)
            yield b"a"

    async with uvicorn_server(uvicorn.Config(app, http=Hurried, lifespan="off", log_config=None)) as url:
        assert await send_raw(url, []) == b""
        assert await send_raw(url, dripping(b"GET / HTTP/1.1\r\nX-A: ")) == b""
        later = request_head("GET", "/")
        assert (await send_raw(url, dripping(later + b"GET / HTTP/1.1\r\nX-A: "))).count(b"200 OK") == 1


async def test_silent_lines_shut_nobody_out() -> None:
    """A stranger with many lines and nothing to say keeps none of those waiting who have; the oldest gives way."""

    class SilentlyCrowdedServer(HeadLimitProtocol):
        max_silent = 20
        max_requests = 1

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("here")(scope, receive, send)

    async with uvicorn_server(uvicorn.Config(app, http=SilentlyCrowdedServer, lifespan="off", log_config=None)) as url:
        there = urlsplit(url)
        lines = [await asyncio.open_connection(there.hostname, there.port) for _ in range(40)]
        try:
            for _, writer in lines:
                writer.write(b"G")
            said = await send_raw(url, [request_head("GET", "/", "Connection: close")])
            async with asyncio.timeout(10):
                assert await lines[0][0].read() == b""
        finally:
            for _, writer in lines:
                writer.close()
    assert status_code(said) == 200


async def test_only_so_many_requests_are_in_hand_at_once() -> None:
    """Whoever comes on top is told so at once, and let in when there is room again."""

    class CrowdedServer(HeadLimitProtocol):
        max_requests = 1

    begun, go = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await go.wait()
        await PlainTextResponse("here")(scope, receive, send)

    asked = [request_head("GET", "/", "Connection: close")]
    async with uvicorn_server(uvicorn.Config(app, http=CrowdedServer, lifespan="off", log_config=None)) as url:
        first = asyncio.create_task(send_raw(url, asked))
        await begun.wait()
        second = await send_raw(url, asked)
        go.set()
        assert (status_code(await first), status_code(second), status_code(await send_raw(url, asked))) == (
            200,
            503,
            200,
        )


@contextlib.asynccontextmanager
async def uvicorn_server(config: uvicorn.Config) -> AsyncIterator[str]:
    """A server with just this configuration."""
    config.load()
    server = HttpTestServer(config)
    server.lifespan = config.lifespan_class(config)
    config.port = 0
    await server.startup()
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        for each in server.servers:
            each.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
