"""Serves an ASGI app beside other work in the same loop, until told to stop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from bot.cli.request_head import HeadLimitProtocol
from bot.errors import Broken


class _BotServer(uvicorn.Server):
    """Leaves signals alone, for whoever runs the loop decides when to stop; and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def serve_app(app: Any, host: str, port: int) -> AsyncIterator[str]:
    """The address at which the app answers while inside."""
    sock = _bind_socket(host, port)
    config = uvicorn.Config(
        app,
        http=HeadLimitProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _BotServer(config)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(server.serve([sock]))
        try:
            await server.listening.wait()
            bound = sock.getsockname()
            yield f"http://{bound[0]}:{bound[1]}"
        finally:
            server.should_exit = True
            await asyncio.wait((task,), timeout=4)
            task.cancel()


def _bind_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off; without, each answer waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Broken(
            f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with DIDTALK_PORT."
        ) from error
    return sock
