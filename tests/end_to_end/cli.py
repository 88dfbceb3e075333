"""The command line as a person or a script runs it: processes of its own, real HTTP, real files."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

DIDTALK_COMMAND = [sys.executable, "-m", "bot"]


@dataclass(frozen=True)
class CommandResult:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def results(self) -> list[dict[str, Any]]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith("{")]


@dataclass(frozen=True)
class CommandLine:
    """Runs commands in one folder with one set of settings."""

    folder: Path
    settings: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Ours alone: nothing of the tester's own settings leaks in."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        root = str(Path(__file__).parent.parent.parent)
        return kept | {"PYTHONPATH": root, "DIDTALK_DATA_DIR": str(self.folder / "data")} | self.settings

    async def start_command(self, *args: str) -> asyncio.subprocess.Process:
        """A command at work."""
        return await self.start_python("-m", "bot", *args)

    async def start_python(self, *args: str) -> asyncio.subprocess.Process:
        """A program of ours at work."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *args,
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run_command(self, *args: str, seconds: float = 60.0) -> CommandResult:
        """A command to its end."""
        process = await self.start_command(*args)
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
        return CommandResult(process.returncode or 0, out.decode(), err.decode())

    async def ask(self, text: str, *args: str, seconds: float = 60.0) -> CommandResult:
        """One line asked, answered in JSON."""
        return await self.run_command("ask", text, "--json", *args, seconds=seconds)


async def wait_until(condition: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
    """Wait until something holds, looking ten times a second."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await condition():
                return found
            await asyncio.sleep(0.1)


@dataclass(frozen=True)
class SandboxLedger:
    """A sandbox in a process of its own, and what it wrote into its books."""

    url: str

    @property
    def settings(self) -> dict[str, str]:
        """What points a bot at it."""
        return {"DID_API_URL": self.url, "DID_API_KEY": "sandbox:sandbox"}

    async def read_charges(self) -> list[dict[str, Any]]:
        """Every charge."""
        async with httpx.AsyncClient(auth=("sandbox", "sandbox")) as client:
            return list((await client.get(f"{self.url}/sandbox/ledger")).json()["charges"])

    async def read_call_counts(self) -> dict[str, int]:
        """How often each route was called."""
        async with httpx.AsyncClient(auth=("sandbox", "sandbox")) as client:
            rows = (await client.get(f"{self.url}/sandbox/calls")).json()
        return {f"{row['method']} {row['path']}": int(row["count"]) for row in rows}


@asynccontextmanager
async def running_sandbox(folder: Path, *args: str) -> AsyncIterator[SandboxLedger]:
    """A sandbox process for as long as we are inside."""
    process = await CommandLine(folder, {}).start_command("sandbox", "--port", "0", *args)
    try:
        assert process.stdout
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        found = re.search(r"http://\S+?:\d+", line)
        assert found, line
        yield SandboxLedger(found[0])
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await process.communicate()
