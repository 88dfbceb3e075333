"""The studio outside: a sandbox in a process of its own, which charges and never dies with the bot."""

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.end_to_end.cli import CommandLine, SandboxLedger

PLENTIFUL_CREDITS = "100000000"


@asynccontextmanager
async def running_sandbox(folder: Path, *more: str) -> AsyncIterator[SandboxLedger]:
    """A studio that takes real requests and paints one tiny video for all: what is tested is not the painting."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    kill_children = ("-m", "tests.kill_tests.bot_control.kill_children", str(os.getpid()))
    command = (
        sys.executable,
        *kill_children,
        "sandbox",
        "--port",
        "0",
        "--instant",
        "--credits",
        PLENTIFUL_CREDITS,
        *more,
    )
    with (folder / "sandbox.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=CommandLine(folder, {}).environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            yield SandboxLedger(await _read_address(process))
        finally:
            process.terminate()
            await process.communicate()


async def _read_address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    async with asyncio.timeout(60):
        found = re.search(r"http://\S+?:\d+", (await process.stdout.readline()).decode())
    assert found
    return found[0]


async def count_charges(sandbox: SandboxLedger) -> Counter[str]:
    """How often each marker of ours was charged, whichever field the studio keeps it in."""
    charges = await sandbox.read_charges()
    return Counter(marker for each in charges if (marker := _find_marker(each["user_data"], each["name"])))


def _find_marker(*fields: str | None) -> str | None:
    found = (re.search(r"dt-[0-9a-z]{20}", each or "") for each in fields)
    return next((each[0] for each in found if each), None)
