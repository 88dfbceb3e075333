"""The wire between the bot and one server outside: hands on what passes, and may kill at any moment of it.

"Before" is a call that was begun and never arrived; "after" is one that was done and whose answer never came.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from tests.kill_tests.bot_control.kill_points import KillGate, ProcessKilled

_DROPPED_HEADERS = {"transfer-encoding", "connection", "content-length", "keep-alive"}
# A part of a path that names one thing, and neither a kind nor a version.
_UNIQUE_PART = re.compile(r"(?!v\d+$).*\d.*|[a-z]{2,4}_[A-Za-z0-9]{12,}")


class CallRelay:
    """A relay to one server, with a gate that every call passes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.upstream_url = ""  # the server's own address
        self.url = ""
        self.gate: KillGate | None = None
        self._client: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self, to: str) -> AsyncIterator["CallRelay"]:
        """Running on a free port."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._relay_call)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.upstream_url, self.url = to, f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with aiohttp.ClientSession(auto_decompress=False) as self._client:
                yield self
        finally:
            await runner.cleanup()

    async def _relay_call(self, request: web.Request) -> web.Response:
        body = await request.read()
        name = f"call {request.method} {self.name}{path_pattern(request.path)}"
        gate = self.gate
        try:
            nth = gate.before(name) if gate else 0
            answer = await self._forward_call(request, body)
            if gate:
                gate.after(name, nth)
        except ProcessKilled:
            return web.Response(status=499)  # to nobody: the caller is dead
        return answer

    async def _forward_call(self, request: web.Request, body: bytes) -> web.Response:
        assert self._client
        async with self._client.request(
            request.method,
            self.upstream_url + request.raw_path,
            headers=request.headers,
            data=body,
            allow_redirects=False,
        ) as answer:
            content = b"" if request.method == "HEAD" else await answer.read()
            left = _DROPPED_HEADERS | (
                {"content-type"} if answer.status == 204 else set()
            )  # aiohttp adds one to nothing
            headers = CIMultiDict((name, value) for name, value in answer.headers.items() if name.lower() not in left)
            return web.Response(status=answer.status, headers=headers, body=content)


def path_pattern(path: str) -> str:
    """A path without what is unique in it, so that the same step has the same name in every run."""
    return "/".join("*" if _UNIQUE_PART.fullmatch(part) else part for part in path.split("/"))
