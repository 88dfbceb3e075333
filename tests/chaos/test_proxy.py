"""The fault proxy does what it is told: a harness that does nothing would pass every test."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from tests.chaos.faults import HOUSE, WIRE, Fault
from tests.chaos.proxy import Proxy, proxied

ANSWER = {"id": "an invented id that is long enough to be cut in two", "more": "x" * 200}
WHOLE = json.dumps(ANSWER).encode()[:-1]


class Upstream:
    """Counts what arrives."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.json_response(ANSWER | {"at": f"http://{request.host}/file"})

    async def talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"you said {message.data}")
        return socket


@asynccontextmanager
async def between() -> AsyncIterator[tuple[Proxy, Upstream, aiohttp.ClientSession]]:
    """A proxy in front of something, and a client in front of the proxy."""
    upstream = Upstream()
    app = web.Application()
    app.router.add_get("/talk", upstream.talk)
    app.router.add_route("*", "/{path:.*}", upstream.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with proxied(url) as proxy, aiohttp.ClientSession() as client:
            yield proxy, upstream, client
    finally:
        await runner.cleanup()


async def told(client: aiohttp.ClientSession, url: str) -> str:
    """What a plain client makes of an answer."""
    try:
        async with client.post(url, data=b"y" * 5000, timeout=aiohttp.ClientTimeout(total=0.4)) as answer:
            body = await answer.read()
            return f"{answer.status} {'whole' if body.startswith(WHOLE) and body.endswith(b'}') else 'spoiled'}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return "time-out" if isinstance(error, TimeoutError) else "broken"


async def test_what_suffers_nothing_goes_through_whole() -> None:
    """Body, answer, a second request on the same line; addresses come back as the proxy's own."""
    async with between() as (proxy, upstream, client):
        for _ in range(2):
            async with client.post(f"{proxy.url}/a", data=b"hello" * 50_000) as answer:
                assert (await answer.json())["at"] == f"{proxy.url}/file"
    assert upstream.bodies == [b"hello" * 50_000] * 2
    assert [(each.method, each.target, each.fault) for each in proxy.seen] == [("POST", "/a", "none")] * 2


@pytest.mark.parametrize("fault", WIRE.values(), ids=lambda fault: fault.name)
async def test_each_fault_is_felt_once(fault: Fault) -> None:
    """The client sees something else than the plain answer, the other side gets the request or not, as it is said."""
    async with between() as (proxy, upstream, client):
        proxy.suffer(fault, method="POST", path="^/a$")
        felt = await told(client, f"{proxy.url}/a")
        again = await told(client, f"{proxy.url}/a")
    assert again == "200 whole"
    assert len(upstream.bodies) == (2 if fault.reaches else 1)
    assert felt == "200 whole" if fault.name == "drip" else felt != "200 whole"


async def test_rules_choose_by_path_count_and_share() -> None:
    """So many are let through, so many suffer; a share of all is about that share, the same each time."""
    async with between() as (proxy, _, client):
        proxy.suffer(WIRE["broken"], path="^/a", times=2, skip=1)
        assert [await told(client, f"{proxy.url}/a") for _ in range(4)] == [
            "200 whole",
            "500 spoiled",
            "500 spoiled",
            "200 whole",
        ]
        assert await told(client, f"{proxy.url}/b") == "200 whole"
        rule = proxy.suffer(WIRE["broken"], path="^/c", times=None, share=0.5)
        for _ in range(40):
            await told(client, f"{proxy.url}/c")
        assert 10 < rule.struck < 30
        proxy.clear()
        assert await told(client, f"{proxy.url}/c") == "200 whole"


async def test_nobody_listens_until_it_listens_again() -> None:
    """The same address is refused, and then served."""
    async with between() as (proxy, upstream, client):
        await proxy.hang_up()
        assert await told(client, f"{proxy.url}/a") == "broken"
        await proxy.listen()
        assert await told(client, f"{proxy.url}/a") == "200 whole"
    assert len(upstream.bodies) == 1


async def test_websockets_pass_through() -> None:
    """Both ways, and cut when the proxy hangs up."""
    async with between() as (proxy, _, client), client.ws_connect(f"{proxy.url}/talk") as socket:
        await socket.send_str("hello")
        assert (await socket.receive()).data == "you said hello"
        await proxy.hang_up()
        async with asyncio.timeout(2):
            assert (await socket.receive()).type in (WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR)


def test_there_are_enough_kinds_and_each_says_what_it_is() -> None:
    """More than twenty, each with a name and a sentence."""
    assert len(WIRE) >= 20
    assert all(fault.sentence.endswith(".") for fault in WIRE.values())
    assert all(sentence.endswith(".") for sentence in HOUSE.values())
