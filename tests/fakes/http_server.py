"""Serves an ASGI app over real HTTP on a free port of this machine, for as long as a test needs it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


class HttpTestServer(uvicorn.Server):
    """A server that can drop connections."""

    def drop_client(self, peer: Any) -> None:
        """Cut the connection of one client without a word."""
        for each in list(self.server_state.connections):
            if getattr(each, "client", None) == tuple(peer):
                each.transport.abort()


@asynccontextmanager
async def serve_app(app: Any) -> AsyncIterator[tuple[HttpTestServer, str]]:
    """The running server and its address."""
    # asyncio sends without delay only where the protocol is named; otherwise each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None)
    server = HttpTestServer(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    # Its own loop looks only ten times a second whether it should end, and takes the signals away from pytest.
    await server.startup(sockets=[listener])
    try:
        yield server, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await _stop_server(server)
        listener.close()


async def _stop_server(server: HttpTestServer) -> None:
    """End at once: uvicorn's own way takes a tenth of a second, and there are hundreds of tests."""
    for each in server.servers:
        each.close()
    state = server.server_state
    async with asyncio.timeout(2):
        while state.connections or state.tasks:
            for connection in list(state.connections):
                connection.transport.abort()
            await asyncio.sleep(0.001)
