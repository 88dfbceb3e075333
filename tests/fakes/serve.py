"""Serves an ASGI app over real HTTP on a free port of this machine, for as long as a test needs it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn


class Quiet(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to none."""
        yield

    def hang_up(self, peer: Any) -> None:
        """Cut the connection of one client without a word."""
        for each in list(self.server_state.connections):
            if getattr(each, "client", None) == tuple(peer):
                each.transport.abort()


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[tuple[Quiet, str]]:
    """The running server and its address."""
    # asyncio sends without delay only where the protocol is named; otherwise each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
    server = Quiet(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
            await asyncio.sleep(0.005)
        try:
            yield server, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
    listener.close()
