"""The shelf on disk."""

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Broken, Refused
from storage.file_shelf import BLOCK_BYTES, DiskShelf, delete_expired_files, safe_file_ending
from storage.sqlite.errors import disk_error
from tests.fakes.clock import ManualClock

MAX_FILE_BYTES = 50_000_000


@pytest.fixture
def shelf(tmp_path: Path) -> DiskShelf:
    """An empty shelf."""
    return DiskShelf(tmp_path / "shelf")


async def _stream_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)


def _stored_names(shelf: DiskShelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.iterdir())


@pytest.mark.parametrize(
    "chunks",
    [[], [b""], [b"one"], [b"a" * 1000] * 3000, [b"b" * (BLOCK_BYTES * 2 + 1), b"c"], [os.urandom(BLOCK_BYTES)] * 3],
)
async def test_what_was_put_is_there_byte_for_byte(shelf: DiskShelf, chunks: list[bytes]) -> None:
    """However the stream is divided, the file has all of it, and no other file remains."""
    key = await shelf.store(_stream_of(*chunks), "face.png", MAX_FILE_BYTES)
    assert shelf.path_of(key).read_bytes() == b"".join(chunks)
    assert _stored_names(shelf) == [key]


async def test_keys_are_new_each_time_and_end_in_the_name(shelf: DiskShelf) -> None:
    """The same file twice has two unguessable keys, each with the file's ending."""
    first, second = [await shelf.store(_stream_of(b"x"), "face.png", MAX_FILE_BYTES) for _ in range(2)]
    assert first != second
    assert first.endswith("-face.png")
    assert len(first) >= 32 + len("-face.png")


async def test_too_long_a_stream_is_refused_at_once(shelf: DiskShelf) -> None:
    """Once it exceeds the limit it is refused with the limit, read no further, and deleted."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1_000_000
            yield b"x" * 1_000_000

    with pytest.raises(Refused, match=r"“film\.mp4” is too large\. The limit is 5 MB") as refused:
        await shelf.store(endless(), "film.mp4", 5_000_000)
    assert refused.value.sentence
    assert read == 6_000_000
    assert _stored_names(shelf) == []


async def test_a_stream_of_just_that_length_is_kept(shelf: DiskShelf) -> None:
    """The limit itself is allowed, one byte more is not; small limits are given in bytes."""
    await shelf.store(_stream_of(b"12345", b"67890"), "a", 10)
    with pytest.raises(Refused, match="The limit is 10 bytes"):
        await shelf.store(_stream_of(b"12345", b"67890", b"1"), "a", 10)


async def test_a_stream_that_breaks_leaves_nothing(shelf: DiskShelf) -> None:
    """A failed download raises its own error, even a network error that looks like the disk's."""

    async def breaking() -> AsyncIterator[bytes]:
        yield b"x" * BLOCK_BYTES * 2
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await shelf.store(breaking(), "a", MAX_FILE_BYTES)
    assert _stored_names(shelf) == []


async def test_a_cancelled_put_leaves_nothing(shelf: DiskShelf) -> None:
    """Whenever it is cancelled, no incomplete file remains and no thread continues writing."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * BLOCK_BYTES
            await asyncio.sleep(0)

    for wait in (0, 0.001, 0.01, 0.03):
        task = asyncio.create_task(shelf.store(endless(), "a", 10**12))
        await asyncio.sleep(wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert _stored_names(shelf) == []


async def test_many_at_once_do_not_mix(shelf: DiskShelf) -> None:
    """Streams that arrive together become separate files."""
    keys = await asyncio.gather(
        *(shelf.store(_stream_of(*[bytes([n])] * 5000), f"{n}", MAX_FILE_BYTES) for n in range(20))
    )
    assert [shelf.path_of(key).read_bytes() for key in keys] == [bytes([n]) * 5000 for n in range(20)]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("face.png", "face.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "file"),
        ("", "file"),
        ("..", "file"),
        (".hidden", "hidden"),
        ("Zoë & Åsa (1).jpg", "Zo-sa-1-.jpg"),
        ("a\x00b\n.png", "a-b-.png"),
        ("x" * 300 + ".jpeg", "x" * 45 + ".jpeg"),
    ],
)
def test_names_are_made_safe(name: str, kept: str) -> None:
    """Of a file name only the characters that are safe everywhere stay, and its ending."""
    assert safe_file_ending(name) == kept


@pytest.mark.parametrize("name", ["../../up.png", "/etc/passwd", "nul\x00.png", "🎬.mp4", "-rf"])
async def test_no_name_leads_out_of_the_folder(shelf: DiskShelf, name: str) -> None:
    """Whatever its name was, the file is in the shelf's folder."""
    key = await shelf.store(_stream_of(b"x"), name, MAX_FILE_BYTES)
    assert shelf.path_of(key).resolve().parent == shelf.folder


@pytest.mark.parametrize(
    "key", ["", "..", "../secret", "/etc/passwd", "0" * 32, "0" * 32 + "-", "0" * 32 + "-a/../../b"]
)
async def test_no_key_leads_out_of_the_folder(shelf: DiskShelf, key: str) -> None:
    """What is no key of ours has no path; deleting it does nothing."""
    with pytest.raises(Refused):
        shelf.path_of(key)
    await shelf.delete(key)


async def test_a_deleted_file_is_gone(shelf: DiskShelf) -> None:
    """Deleting twice is no error."""
    key = await shelf.store(_stream_of(b"x"), "a", MAX_FILE_BYTES)
    await shelf.delete(key)
    await shelf.delete(key)
    assert _stored_names(shelf) == []


async def test_old_files_are_deleted(shelf: DiskShelf) -> None:
    """With what a crash left incomplete; new files and those of others stay."""
    old, new = [await shelf.store(_stream_of(b"x"), name, MAX_FILE_BYTES) for name in ("old", "new")]
    (shelf.folder / f"{'0' * 32}.part").write_bytes(b"half")
    (shelf.folder / "README").write_text("not ours")
    for path in shelf.folder.iterdir():
        if path.name != new:
            os.utime(path, (1000, 1000))
    assert await shelf.delete_older(2000) == 2
    assert _stored_names(shelf) == sorted([new, "README"])
    assert not shelf.path_of(old).exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_reported(code: int, tmp_path: Path) -> None:
    """Full or over quota: a sentence with the folder and what to do."""
    sentence = disk_error(OSError(code, "full"), tmp_path).sentence
    assert sentence.startswith("The disk is full")
    assert str(tmp_path) in sentence


FULL_DISK_SCRIPT = """
import asyncio, pathlib, sys
from bot.errors import Broken
from storage.file_shelf import DiskShelf

async def large():
    for _ in range(64):
        yield b"x" * 65536

async def main():
    shelf = DiskShelf(pathlib.Path(sys.argv[1]))
    try:
        await shelf.store(large(), "film.mp4", 10**9)
    except Broken as broken:
        print(broken.sentence, list(shelf.folder.iterdir()))

asyncio.run(main())
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a small disk of its own")
async def test_a_really_full_disk(tmp_path: Path) -> None:
    """Four megabytes do not fit on a disk of two: a sentence, and no incomplete file remains."""
    mount = 'mount -t tmpfs -o size=2m none "$0" 2>/dev/null || exit 77; exec "$@"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(tmp_path)]
    told = await asyncio.to_thread(
        subprocess.run,
        [*command, sys.executable, "-c", FULL_DISK_SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    if told.returncode != 0 and not told.stdout and "Traceback" not in told.stderr:
        pytest.skip("this machine lets us mount nothing")
    assert told.stdout.startswith(f"The disk is full: nothing more can be written to {tmp_path}.")
    assert told.stdout.strip().endswith("[]")


async def test_a_shelf_where_a_file_is(tmp_path: Path) -> None:
    """A shelf cannot be created in a file's place, and says so."""
    (tmp_path / "shelf").write_text("a file")
    with pytest.raises(Broken, match="Check the disk and the folder"):
        DiskShelf(tmp_path / "shelf")


async def test_what_is_old_is_let_go_by_and_by(tmp_path: Path) -> None:
    """The shelf does not grow for ever: received files, converted ones and videos are deleted after some days."""
    shelf, clock = DiskShelf(tmp_path), ManualClock(2_000_000_000.0)
    kept = await shelf.store(_stream_of(b"x"), "new.jpg", MAX_FILE_BYTES)
    old = [tmp_path / name for name in ("0" * 32 + "-a.jpg", "1" * 32 + ".jpg", "dt-abc.mp4", "host-abc.mp4")]
    for path in old:
        _write_aged(path, 1_900_000_000)
    _write_aged(shelf.path_of(kept), 2_000_000_000)
    tidying = asyncio.create_task(delete_expired_files(shelf, clock, 30))
    for _ in range(100):
        await asyncio.sleep(0.01)
        if not any(path.exists() for path in old):
            break
    tidying.cancel()
    assert _file_names(tmp_path) == [kept]


async def test_all_of_one_job_goes_together(tmp_path: Path) -> None:
    """Fetched, converted, hosted and finished files of one job, and of no other."""
    shelf, one, other = DiskShelf(tmp_path), "dt-1m7yf9th3jpm2r07qztw", "dt-1m7yf9th3jpm2r07qztx"
    for name in (one, other):
        for each in (f"{name}.mp4", f"{name}-image", f"{name}-image-0a1b2c3d.png", f"host-{name}-image.png"):
            (tmp_path / each).write_bytes(b"x")
    await shelf.delete_all(one)
    assert sorted(_file_names(tmp_path)) == sorted(
        [f"{other}.mp4", f"{other}-image", f"{other}-image-0a1b2c3d.png", f"host-{other}-image.png"]
    )


def _write_aged(path: Path, at: int) -> None:
    path.write_bytes(b"x")
    os.utime(path, (at, at))


def _file_names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
