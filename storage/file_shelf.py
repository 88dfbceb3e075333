"""The shelf on disk: one folder, one file per key, and no file that is half there under its key."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog

from bot.errors import Broken, Refused
from bot.runtime.clock import Clock
from bot.runtime.shield import finish
from storage.sqlite.errors import disk_fault

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 1024 * 1024  # a trip to a thread costs as much as writing some hundred kilobytes
# What was put has an unguessable key; what a job made lies under the job's own marker. Neither names another folder.
_KEY = re.compile(r"[0-9a-f]{32}-[A-Za-z0-9._-]{1,50}|(dt|host)-[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,30}){0,3}")
log = structlog.get_logger(__name__)

_FITTED = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}")  # what was made fit for a studio
_PART = re.compile(r"[0-9a-f]{32}\.part")


class DiskShelf:
    """Keeps bytes in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        _writable(self.folder)

    async def put(self, chunks: AsyncIterable[bytes], name: str, most: int) -> str:
        """Keep a stream under a new key; refuse it once it is longer than `most` bytes."""
        token = secrets.token_hex(16)
        key = f"{token}-{clean(name)}"
        part = self.folder / f"{token}.part"
        try:
            async with aclosing(_blocks(chunks, name, most)) as blocks:
                async for block in blocks:
                    await self._do(_append, part, block)
            await self._do(settle, part, self.folder / key)
        finally:
            await self._do(part.unlink, missing_ok=True)
        return key

    def path(self, key: str) -> Path:
        """Where the bytes of a key lie."""
        if not _KEY.fullmatch(key):
            raise Refused("There is no such file here any more. Send it again.")
        return self.folder / key

    async def drop(self, key: str) -> None:
        """Let the bytes go; dropping what is not there is not an error."""
        if _KEY.fullmatch(key):
            await self._do((self.folder / key).unlink, missing_ok=True)

    async def drop_all(self, owner: str) -> None:
        """Let go of everything that lies there under the name of one job."""
        await self._do(_drop_all, self.folder, owner)

    async def sweep(self, older_than: float, keep: set[str]) -> int:
        """Let go of what was put before that moment and is not to be kept, and of what a crash left half there."""
        return await self._do(_sweep, self.folder, older_than, keep)

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Blocking work off the event loop; even when cancelled it is over before we go on."""
        try:
            return await finish(asyncio.to_thread(work, *args, **kwargs))
        except OSError as error:
            raise disk_fault(error, self.folder) from error


async def tidy(shelf: DiskShelf, clock: Clock, days: float) -> None:
    """Let go of what is older than that, now and then once an hour; what a job still needs is never that old."""
    while True:
        try:
            gone = await shelf.sweep(clock.now() - days * 86400.0, set())
        except Broken as fault:
            log.warning("the shelf could not be tidied", why=fault.sentence)
        else:
            log.debug("tidied", gone=gone)
        await clock.sleep(3600.0)


def clean(name: str) -> str:
    """The end of a file's name in letters that are safe everywhere."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last)[-50:].lstrip(".-") or "file"


async def _blocks(chunks: AsyncIterable[bytes], name: str, most: int) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces worth a trip to a thread, as long as there are not too many."""
    waiting: list[bytes] = []
    size = total = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size, total = size + len(chunk), total + len(chunk)
        if total > most:
            raise Refused(f"“{name}” is too large: at most {_said(most)} are taken, and it has more than that.")
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _append(part: Path, block: bytes) -> None:
    # Opened anew for each block, so that no open file is ever left to a cancelled task.
    with part.open("ab") as file:
        file.write(block)


def settle(part: Path, final: Path) -> None:
    """Put a file in its place so that it is there after a power cut too."""
    with part.open("ab") as file:
        os.fsync(file.fileno())
    part.replace(final)
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a folder cannot be opened, nor need it be
        folder = os.open(final.parent, os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _drop_all(folder: Path, owner: str) -> None:
    theirs = re.compile(rf"(host-)?{re.escape(owner)}[-.].*")
    for entry in os.scandir(folder):
        if theirs.fullmatch(entry.name):
            Path(entry).unlink(missing_ok=True)


def _sweep(folder: Path, older_than: float, keep: set[str]) -> int:
    gone = 0
    for entry in os.scandir(folder):
        ours = any(each.fullmatch(entry.name) for each in (_KEY, _FITTED, _PART))
        if ours and entry.name not in keep and entry.stat().st_mtime < older_than:
            Path(entry).unlink(missing_ok=True)
            gone += 1
    return gone


def _writable(folder: Path) -> None:
    probe = folder / f"{secrets.token_hex(16)}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise disk_fault(error, folder) from error


def _said(size: int) -> str:
    if size < 1_000_000:
        return f"{size:,} bytes"
    return f"{size / 1_000_000:,.1f} MB".replace(".0 ", " ")
