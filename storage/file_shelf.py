"""Files by key in one folder. A file gets its key only when it is complete."""

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
from bot.runtime.shield import finish_shielded
from storage.sqlite.errors import disk_error

P = ParamSpec("P")
T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024  # handing work to a thread costs as much as writing a few hundred kilobytes
# Stored files have random keys, files of a job begin with its marker. No key can name another folder.
_KEY_PATTERN = re.compile(
    r"[0-9a-f]{32}-[A-Za-z0-9._-]{1,50}|(dt|host)-[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,30}){0,3}"
)
_UNKEYED_FILE_PATTERN = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}")  # incomplete, or converted for a studio

log = structlog.get_logger(__name__)


class DiskShelf:
    """Keeps bytes in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        _check_writable(self.folder)

    async def store(self, chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> str:
        token = secrets.token_hex(16)
        key = f"{token}-{safe_file_ending(name)}"
        part = self.folder / f"{token}.part"
        try:
            async with aclosing(_collect_blocks(chunks, name, max_bytes)) as blocks:
                async for block in blocks:
                    await self._run_in_thread(_append_block, part, block)
            await self._run_in_thread(replace_durably, part, self.folder / key)
        finally:
            await self._run_in_thread(part.unlink, missing_ok=True)
        return key

    def path_of(self, key: str) -> Path:
        if not _KEY_PATTERN.fullmatch(key):
            raise Refused("That file is no longer available. Please send it again.")
        return self.folder / key

    async def delete(self, key: str) -> None:
        if _KEY_PATTERN.fullmatch(key):
            await self._run_in_thread((self.folder / key).unlink, missing_ok=True)

    async def delete_all(self, owner: str) -> None:
        await self._run_in_thread(_delete_files_of, self.folder, owner)

    async def delete_older(self, older_than: float) -> int:
        """Delete files older than that, incomplete ones too; how many."""
        return await self._run_in_thread(_delete_older_files, self.folder, older_than)

    async def _run_in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await finish_shielded(asyncio.to_thread(work, *args, **kwargs))
        except OSError as error:
            raise disk_error(error, self.folder) from error


async def delete_expired_files(shelf: DiskShelf, clock: Clock, days: float) -> None:
    """Delete old files once an hour. No file that a job still needs is that old."""
    while True:
        try:
            deleted = await shelf.delete_older(clock.now() - days * 86400.0)
        except Broken as fault:
            log.warning("old files not deleted", why=fault.sentence)
        else:
            log.debug("old files deleted", count=deleted)
        await clock.sleep(3600.0)


def safe_file_ending(name: str) -> str:
    """The end of a file name, in characters that are safe everywhere."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last)[-50:].lstrip(".-") or "file"


async def _collect_blocks(chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The same bytes in larger blocks; Refused if there are too many."""
    waiting: list[bytes] = []
    size = total = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size, total = size + len(chunk), total + len(chunk)
        if total > max_bytes:
            raise Refused(f"“{name}” is too large. The limit is {_size_text(max_bytes)}.")
        if size >= BLOCK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _append_block(part: Path, block: bytes) -> None:
    # Opened for each block, so that a cancelled task never leaves an open file.
    with part.open("ab") as file:
        file.write(block)


def replace_durably(part: Path, final: Path) -> None:
    """Move a file to its place; it survives a power cut."""
    with part.open("ab") as file:
        os.fsync(file.fileno())
    part.replace(final)
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a folder cannot be opened, nor need it be
        folder = os.open(final.parent, os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _delete_files_of(folder: Path, owner: str) -> None:
    owned = re.compile(rf"(host-)?{re.escape(owner)}[-.].*")
    for entry in os.scandir(folder):
        if owned.fullmatch(entry.name):
            Path(entry).unlink(missing_ok=True)


def _delete_older_files(folder: Path, older_than: float) -> int:
    deleted = 0
    for entry in os.scandir(folder):
        ours = _KEY_PATTERN.fullmatch(entry.name) or _UNKEYED_FILE_PATTERN.fullmatch(entry.name)
        if ours and entry.stat().st_mtime < older_than:
            Path(entry).unlink(missing_ok=True)
            deleted += 1
    return deleted


def _check_writable(folder: Path) -> None:
    probe = folder / f"{secrets.token_hex(16)}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise disk_error(error, folder) from error


def _size_text(size: int) -> str:
    if size < 1_000_000:
        return f"{size:,} bytes"
    return f"{size / 1_000_000:,.1f} MB".replace(".0 ", " ")
