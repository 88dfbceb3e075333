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
from bot.runtime.shield import finish_shielded
from storage.sqlite.errors import disk_error

P = ParamSpec("P")
T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024  # a trip to a thread costs as much as writing some hundred kilobytes
# What was put has an unguessable key; what a job made lies under the job's own marker. Neither names another folder.
_KEY_PATTERN = re.compile(
    r"[0-9a-f]{32}-[A-Za-z0-9._-]{1,50}|(dt|host)-[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,30}){0,3}"
)
log = structlog.get_logger(__name__)

_PREPARED_FILE_PATTERN = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}")  # what was made fit for a studio
_PART_FILE_PATTERN = re.compile(r"[0-9a-f]{32}\.part")


class DiskShelf:
    """Keeps bytes in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        _check_writable(self.folder)

    async def store(self, chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> str:
        """Keep a stream under a new key; refuse it once it is longer than `most` bytes."""
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
        """Where the bytes of a key lie."""
        if not _KEY_PATTERN.fullmatch(key):
            raise Refused("There is no such file here any more. Send it again.")
        return self.folder / key

    async def delete(self, key: str) -> None:
        """Let the bytes go; dropping what is not there is not an error."""
        if _KEY_PATTERN.fullmatch(key):
            await self._run_in_thread((self.folder / key).unlink, missing_ok=True)

    async def delete_all(self, owner: str) -> None:
        """Let go of everything that lies there under the name of one job."""
        await self._run_in_thread(_delete_files_of, self.folder, owner)

    async def delete_older(self, older_than: float, keep: set[str]) -> int:
        """Let go of what was put before that moment and is not to be kept, and of what a crash left half there."""
        return await self._run_in_thread(_delete_older_files, self.folder, older_than, keep)

    async def _run_in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Blocking work off the event loop; even when cancelled it is over before we go on."""
        try:
            return await finish_shielded(asyncio.to_thread(work, *args, **kwargs))
        except OSError as error:
            raise disk_error(error, self.folder) from error


async def delete_expired_files(shelf: DiskShelf, clock: Clock, days: float) -> None:
    """Let go of what is older than that, now and then once an hour; what a job still needs is never that old."""
    while True:
        try:
            deleted = await shelf.delete_older(clock.now() - days * 86400.0, set())
        except Broken as fault:
            log.warning("the shelf could not be tidied", why=fault.sentence)
        else:
            log.debug("tidied", gone=deleted)
        await clock.sleep(3600.0)


def safe_file_ending(name: str) -> str:
    """The end of a file's name in letters that are safe everywhere."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last)[-50:].lstrip(".-") or "file"


async def _collect_blocks(chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces worth a trip to a thread, as long as there are not too many."""
    waiting: list[bytes] = []
    size = total = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size, total = size + len(chunk), total + len(chunk)
        if total > max_bytes:
            raise Refused(
                f"“{name}” is too large: at most {_size_text(max_bytes)} are taken, and it has more than that."
            )
        if size >= BLOCK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _append_block(part: Path, block: bytes) -> None:
    # Opened anew for each block, so that no open file is ever left to a cancelled task.
    with part.open("ab") as file:
        file.write(block)


def replace_durably(part: Path, final: Path) -> None:
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


def _delete_files_of(folder: Path, owner: str) -> None:
    owned = re.compile(rf"(host-)?{re.escape(owner)}[-.].*")
    for entry in os.scandir(folder):
        if owned.fullmatch(entry.name):
            Path(entry).unlink(missing_ok=True)


def _delete_older_files(folder: Path, older_than: float, keep: set[str]) -> int:
    deleted = 0
    for entry in os.scandir(folder):
        ours = any(
            pattern.fullmatch(entry.name) for pattern in (_KEY_PATTERN, _PREPARED_FILE_PATTERN, _PART_FILE_PATTERN)
        )
        if ours and entry.name not in keep and entry.stat().st_mtime < older_than:
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
