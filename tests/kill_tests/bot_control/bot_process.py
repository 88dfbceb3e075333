"""Processes of the bot: started in a moment, killed without a word, and waited for."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.kill_tests.bot_control.bot_main import BotLaunch, run_bot_process
from tests.kill_tests.bot_control.kill_points import KillPoint

# Importing takes seconds of a core; a server that has done it once forks a fresh process in milliseconds.
FORK_CONTEXT = get_context("forkserver")
FORK_CONTEXT.set_forkserver_preload(["tests.kill_tests.bot_control.preloaded"])


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that nobody else gets for as long as we are inside; whoever asks for it by number may listen there."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))  # bound and not listening: it only keeps the place
        yield int(sock.getsockname()[1])


class BotProcess:
    """One bot on one folder, through all its lives."""

    def __init__(self, launch: BotLaunch) -> None:
        self.launch = launch
        self.kill_count = 0
        self.exit_codes: list[int] = []  # how it ended when nobody had killed it
        self.died = asyncio.Event()
        self._process: ForkServerProcess | None = None
        self.started_at = time.monotonic()

    @property
    def folder(self) -> Path:
        """Where it keeps everything."""
        return self.launch.folder

    def start(self, target: KillPoint | None = None) -> None:
        """A new life, with a point at which it is to end or none."""
        inside = target if target and not target.is_call else None
        self.died = asyncio.Event()
        self.started_at = time.monotonic()
        self._process = FORK_CONTEXT.Process(
            target=run_bot_process, args=(replace(self.launch, target=inside),), daemon=True
        )
        self._process.start()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._on_exit, self._process, self.died)

    def kill(self) -> int:
        """SIGKILL: nothing is written, closed or said any more. Which process it was, or nought."""
        if not self._process or not self._process.is_alive():
            return 0
        self._process.kill()
        self._process.join()
        return self._process.pid or 0

    async def shut_down(self) -> None:
        """Put it down for good."""
        self.kill()
        if self._process:
            await self.died.wait()
            self._process.close()

    def _on_exit(self, process: ForkServerProcess, died: asyncio.Event) -> None:
        asyncio.get_running_loop().remove_reader(process.sentinel)
        process.join()
        if process.exitcode == -signal.SIGKILL:
            self.kill_count += 1
        else:
            self.exit_codes.append(process.exitcode or 0)
        died.set()
