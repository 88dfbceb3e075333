"""The studio outside: a sandbox in a process of its own, which charges and never dies with the bot."""

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.walks.cli import Books, Cli

PLENTY = "100000000"


@asynccontextmanager
async def sandbox(folder: Path, *more: str) -> AsyncIterator[Books]:
    """A studio that takes real requests and paints one tiny video for all: what is tested is not the painting."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    leash = ("-m", "tests.chaos.leash", str(os.getpid()))
    command = (sys.executable, *leash, "sandbox", "--port", "0", "--instant", "--credits", PLENTY, *more)
    with (folder / "sandbox.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=Cli(folder, {}).environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            yield Books(await _address(process))
        finally:
            process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    async with asyncio.timeout(60):
        found = re.search(r"http://\S+?:\d+", (await process.stdout.readline()).decode())
    assert found
    return found[0]


async def charged(books: Books) -> Counter[str]:
    """How often each marker of ours was charged, whichever field the studio keeps it in."""
    charges = await books.ledger()
    return Counter(marker for each in charges if (marker := _marker(each["user_data"], each["name"])))


def _marker(*fields: str | None) -> str | None:
    found = (re.search(r"dt-[0-9a-z]{20}", each or "") for each in fields)
    return next((each[0] for each in found if each), None)
