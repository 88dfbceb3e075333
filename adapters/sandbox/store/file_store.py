"""Where the bytes lie: uploads and bucket objects, each job's own copies and results, and signed links to these."""

import asyncio
import hashlib
import hmac
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from adapters.sandbox.clock import Clock
from adapters.sandbox.store.database import Row, SandboxDatabase

BUCKET_URL = "s3://didtalk-sandbox"
_ADDRESS_PATTERN = re.compile(r"s3://didtalk-sandbox/(images|audios|bucket)/([^/]+)/([^/?#]+)")


class TooManyBytes(Exception):
    """More bytes than are allowed."""


def safe_file_name(name: str) -> str:
    """A file name reduced to what studios allow: 50 of a-z A-Z 0-9 . _ -, the end kept for its suffix."""
    return re.sub(r"[^a-zA-Z0-9._-]+", "-", Path(name).name).lstrip(".-")[-50:] or "file"


@dataclass(frozen=True)
class Upload:
    """An upload, reachable by its address until it expires."""

    id: str
    kind: str
    name: str

    @property
    def address(self) -> str:
        return f"{BUCKET_URL}/{self.kind}/{self.id}/{self.name}"


class FileStore:
    def __init__(self, folder: Path, database: SandboxDatabase, clock: Clock) -> None:
        self.folder = folder
        self._database = database
        self._clock = clock

    def prepare_path(self, upload: Upload) -> Path:
        """Where an upload lies; its folder exists afterwards."""
        path = self.folder / upload.kind / upload.id / upload.name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def new_upload(self, kind: str, name: str, prefix: str = "") -> Upload:
        return Upload(prefix + secrets.token_urlsafe(15), kind, safe_file_name(name))

    async def register_upload(self, upload: Upload, lifetime_seconds: float | None) -> None:
        """Register an upload whose bytes are in place, for so many seconds or for good."""
        now = self._clock()
        expires = None if lifetime_seconds is None else now + lifetime_seconds
        values = (upload.id, upload.kind, upload.name, now, expires)
        await self._database.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", *values)

    async def find_by_address(self, address: str) -> Path | None:
        """The file behind one of our addresses; nothing when it has vanished or never was."""
        match = _ADDRESS_PATTERN.match(address)
        if match is None:
            return None
        row = await self._upload_row(match[2])
        return self._path_of(row) if row and (row["kind"], row["name"]) == (match[1], match[3]) else None

    async def find_by_id(self, upload_id: str) -> Path | None:
        row = await self._upload_row(upload_id)
        return self._path_of(row) if row else None

    def _path_of(self, row: Row) -> Path:
        return self.folder / str(row["kind"]) / str(row["id"]) / str(row["name"])

    async def delete_upload(self, kind: str, upload_id: str) -> bool:
        """Forget an upload; false when there is none."""
        row = await self._upload_row(upload_id)
        if row is None or row["kind"] != kind:
            return False
        await self._database.execute("DELETE FROM uploads WHERE id = ?", upload_id)
        shutil.rmtree(self.folder / kind / upload_id, ignore_errors=True)
        return True

    async def _upload_row(self, upload_id: str) -> Row | None:
        sql = "SELECT * FROM uploads WHERE id = ? AND (expires IS NULL OR expires > ?)"
        return await self._database.fetch_one(sql, upload_id, self._clock())

    async def delete_expired(self) -> None:
        for row in await self._database.fetch_all("SELECT id, kind FROM uploads WHERE expires <= ?", self._clock()):
            shutil.rmtree(self.folder / row["kind"] / row["id"], ignore_errors=True)
            await self._database.execute("DELETE FROM uploads WHERE id = ?", row["id"])

    def copy_for_job(self, job: str, role: str, source: Path, name: str) -> str:
        """Give a job its own copy of a file (a link where the disk can), so that it outlives the upload."""
        target = self.folder / "jobs" / job / role / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return str(target.relative_to(self.folder))

    def result_path(self, job: str, name: str) -> Path:
        path = self.folder / "jobs" / job / "result" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def delete_job_files(self, job: str) -> None:
        shutil.rmtree(self.folder / "jobs" / job, ignore_errors=True)


async def stream_to_file(stream: AsyncIterator[bytes], path: Path, max_bytes: int) -> int:
    """Write a stream to disk without holding it; refused, and nothing left, beyond the limit."""
    size = 0
    try:
        # Chunks of some 64 KB into the page cache: a thread for each would cost more than the write.
        with path.open("wb") as file:
            async for chunk in stream:
                size += len(chunk)
                if size > max_bytes:
                    raise TooManyBytes
                file.write(chunk)
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return size


@dataclass(frozen=True)
class LinkSigner:
    """Signs links to files with the sandbox's own secret: they name a job, a role and a time, when they die."""

    secret: bytes

    def sign_link(self, base_url: str, job: str, role: str, name: str, expires: float) -> str:
        query = urlencode({"Expires": int(expires), "Signature": self._signature(job, role, int(expires))})
        return f"{base_url}/files/{job}/{role}/{quote(name)}?{query}"

    def is_valid(self, job: str, role: str, expires: str, signature: str, now: float) -> bool:
        """Whether the link is ours and still alive. The name is not signed: captions lie beside their video."""
        if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
            return False
        mine = self._signature(job, role, int(expires))
        return hmac.compare_digest(mine.encode(), signature.encode()) and now < int(expires)

    def _signature(self, job: str, role: str, expires: int) -> str:
        return hmac.new(self.secret, f"{job}\n{role}\n{expires}".encode(), hashlib.sha256).hexdigest()
