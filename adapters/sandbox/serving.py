"""The sandbox on a port, in the running loop, beside whatever else runs there."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.sandbox.broken_responses import HANGUP_EXTENSION
from adapters.sandbox.sandbox import Sandbox

_GRACE_SECONDS = 1.0  # seconds for calls in progress when the server is to stop


class _HangupProtocol(HttpToolsProtocol):
    """Lets an answer cut its own line, so that a lost answer is really lost."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {HANGUP_EXTENSION: {"cut": self.transport.close}}


class _SandboxServer(uvicorn.Server):
    """Leaves the process's signals to its owner, and says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stop_requested = asyncio.Event()

    async def main_loop(self) -> None:
        # The event ends the loop at once instead of at the next tick.
        while not self.stop_requested.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop_requested.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Calls in progress have a second to end; then they are cut. Idle connections are closed at once.
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for pause in (_GRACE_SECONDS, 0.2):
            tasks = set(self.server_state.tasks)
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=pause)
                for task in late:
                    task.cancel()
        await asyncio.sleep(0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off; without, each answer waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


@contextlib.asynccontextmanager
async def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve an open sandbox; yields its address and stops cleanly within two seconds."""
    sock = _bind_socket(host, port)
    address, port = sock.getsockname()[:2]
    url = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
    config = uvicorn.Config(
        sandbox.app,
        http=_HangupProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,  # answers carry the time of the sandbox's own clock
        timeout_graceful_shutdown=1,
    )
    server = _SandboxServer(config)
    # Not a task group: it would wrap whatever the caller's block raises.
    running = asyncio.create_task(server.serve(sockets=[sock]), name="sandbox server")
    try:
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        sandbox.context.base_url = url
        yield url
    finally:
        server.stop_requested.set()
        await running
        sock.close()
