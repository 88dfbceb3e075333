"""The fault proxy does what it is told: a harness that does nothing would pass every test."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from tests.fault_injection.fault_proxy import FaultProxy, running_proxy
from tests.fault_injection.network_faults import LOCAL_FAULTS, NETWORK_FAULTS, NetworkFault

RESPONSE_JSON = {"id": "an invented id that is long enough to be cut in two", "more": "x" * 200}
RESPONSE_BYTES = json.dumps(RESPONSE_JSON).encode()[:-1]


class Upstream:
    """Counts what arrives."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def count_request(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.json_response(RESPONSE_JSON | {"at": f"http://{request.host}/file"})

    async def serve_connection(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"you said {message.data}")
        return socket


@asynccontextmanager
async def proxy_with_client() -> AsyncIterator[tuple[FaultProxy, Upstream, aiohttp.ClientSession]]:
    """A proxy in front of something, and a client in front of the proxy."""
    upstream = Upstream()
    app = web.Application()
    app.router.add_get("/talk", upstream.serve_connection)
    app.router.add_route("*", "/{path:.*}", upstream.count_request)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with running_proxy(url) as proxy, aiohttp.ClientSession() as client:
            yield proxy, upstream, client
    finally:
        await runner.cleanup()


async def describe_response(client: aiohttp.ClientSession, url: str) -> str:
    """What a plain client makes of an answer."""
    try:
        async with client.post(url, data=b"y" * 5000, timeout=aiohttp.ClientTimeout(total=0.4)) as answer:
            body = await answer.read()
            return (
                f"{answer.status} {'whole' if body.startswith(RESPONSE_BYTES) and body.endswith(b'}') else 'spoiled'}"
            )
    except (aiohttp.ClientError, TimeoutError) as error:
        return "time-out" if isinstance(error, TimeoutError) else "broken"


async def test_what_suffers_nothing_goes_through_whole() -> None:
    """Body, answer, a second request on the same line; addresses come back as the proxy's own."""
    async with proxy_with_client() as (proxy, upstream, client):
        for _ in range(2):
            async with client.post(f"{proxy.url}/a", data=b"hello" * 50_000) as answer:
                assert (await answer.json())["at"] == f"{proxy.url}/file"
    assert upstream.bodies == [b"hello" * 50_000] * 2
    assert [(each.method, each.target, each.fault) for each in proxy.seen_calls] == [("POST", "/a", "none")] * 2


@pytest.mark.parametrize("fault", NETWORK_FAULTS.values(), ids=lambda fault: fault.name)
async def test_each_fault_is_felt_once(fault: NetworkFault) -> None:
    """The client sees something else than the plain answer, the other side gets the request or not, as it is said."""
    async with proxy_with_client() as (proxy, upstream, client):
        proxy.inject_fault(fault, method="POST", path="^/a$")
        felt = await describe_response(client, f"{proxy.url}/a")
        again = await describe_response(client, f"{proxy.url}/a")
    assert again == "200 whole"
    assert len(upstream.bodies) == (2 if fault.reaches_server else 1)
    assert felt == "200 whole" if fault.name == "drip" else felt != "200 whole"


async def test_rules_choose_by_path_count_and_share() -> None:
    """So many are let through, so many suffer; a share of all is about that share, the same each time."""
    async with proxy_with_client() as (proxy, _, client):
        proxy.inject_fault(NETWORK_FAULTS["broken"], path="^/a", times=2, skip=1)
        assert [await describe_response(client, f"{proxy.url}/a") for _ in range(4)] == [
            "200 whole",
            "500 spoiled",
            "500 spoiled",
            "200 whole",
        ]
        assert await describe_response(client, f"{proxy.url}/b") == "200 whole"
        rule = proxy.inject_fault(NETWORK_FAULTS["broken"], path="^/c", times=None, share=0.5)
        for _ in range(40):
            await describe_response(client, f"{proxy.url}/c")
        assert 10 < rule.hit_count < 30
        proxy.clear_rules()
        assert await describe_response(client, f"{proxy.url}/c") == "200 whole"


async def test_nobody_listens_until_it_listens_again() -> None:
    """The same address is refused, and then served."""
    async with proxy_with_client() as (proxy, upstream, client):
        await proxy.stop_listening()
        assert await describe_response(client, f"{proxy.url}/a") == "broken"
        await proxy.listen()
        assert await describe_response(client, f"{proxy.url}/a") == "200 whole"
    assert len(upstream.bodies) == 1


async def test_websockets_pass_through() -> None:
    """Both ways, and cut when the proxy hangs up."""
    async with proxy_with_client() as (proxy, _, client), client.ws_connect(f"{proxy.url}/talk") as socket:
        await socket.send_str("hello")
        assert (await socket.receive()).data == "you said hello"
        await proxy.stop_listening()
        async with asyncio.timeout(2):
            assert (await socket.receive()).type in (WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR)


def test_there_are_enough_kinds_and_each_says_what_it_is() -> None:
    """More than twenty, each with a name and a sentence."""
    assert len(NETWORK_FAULTS) >= 20
    assert all(fault.description.endswith(".") for fault in NETWORK_FAULTS.values())
    assert all(sentence.endswith(".") for sentence in LOCAL_FAULTS.values())
