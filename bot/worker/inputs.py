"""Prepares the files of a job: fetches each one and makes it fit its studio."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.chats.chat import Chat
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.media import FileFitter, FileLimits, LinkFetcher, Media, PreparedFile, Shelf

log = structlog.get_logger(__name__)

MAX_TEXT_FILE_BYTES = 400_000  # a storyboard's own limit counts characters
DOWNLOAD_SIZE_FACTOR = 4  # a phone's photo is often several times what fits, and shrinks


@dataclass(frozen=True)
class JobInputs:
    """Fetches and fits; the files it makes are stored under the job's marker."""

    shelf: Shelf
    fitter: FileFitter
    fetcher: LinkFetcher
    chats: Mapping[str, Chat]
    portraits: Mapping[str, Path]
    default_face: Media

    async def prepare_files(self, job: Job, needs: Mapping[str, FileLimits]) -> dict[str, PreparedFile]:
        """Each file that the studio needs, but no link that cannot be reached from here: the studio may reach it."""
        files: dict[str, PreparedFile] = {}
        for field, limits in needs.items():
            media = job.request.media.get(field) or self.default_face
            try:
                files[field] = await self._prepare_file(job, field, media, limits)
            except TryAgain as trouble:
                if media is self.default_face or media.scheme != "https":
                    raise
                log.info("link not reached", job=job.id, field=field, why=trouble.sentence)
        return files

    async def read_text(self, media: Media) -> str:
        """The text of a file from a chat."""
        to = self.shelf.path_of(f"dt-text-{secrets.token_hex(8)}")
        try:
            source = await self._fetch_media(media, to, "file", MAX_TEXT_FILE_BYTES)
            return await asyncio.to_thread(_decode_text, source, media.name)
        finally:
            await asyncio.to_thread(to.unlink, missing_ok=True)

    async def _prepare_file(self, job: Job, field: str, media: Media, limits: FileLimits) -> PreparedFile:
        to = self.shelf.path_of(f"{job.marker}-{field}")
        source = await self._fetch_media(media, to, field, limits.max_bytes * DOWNLOAD_SIZE_FACTOR)
        try:
            return await self.fitter.fit(source, limits, media.name or field)
        except Refused as refusal:
            raise Refused(refusal.sentence, field) from refusal

    async def _fetch_media(self, media: Media, to: Path, field: str, max_bytes: int) -> Path:
        """The path of the file, which is fetched to `to` unless we have it."""
        address = media.address.partition(":")[2]
        if media.scheme == "shelf":
            return self.shelf.path_of(address)
        if media.scheme == "portrait":
            return self._portrait_path(address, field)
        if media.scheme == "https":
            await self.fetcher.fetch(media.address, to, max_bytes)
        elif chat := self.chats.get(media.scheme):
            await chat.fetch_attachment(media, to, max_bytes)
        else:
            raise Refused(f"“{media.name or field}” is no longer available. Please attach it again.", field)
        return to

    def _portrait_path(self, name: str, field: str) -> Path:
        if path := self.portraits.get(name):
            return path
        names = " and ".join(sorted(self.portraits))
        raise Refused(f"No portrait is called “{name}”. didtalk comes with {names}.", field)


def _decode_text(path: Path, name: str) -> str:
    if path.stat().st_size > MAX_TEXT_FILE_BYTES:
        raise Refused(
            f"“{name or 'The file'}” is too large. Text files can be up to {MAX_TEXT_FILE_BYTES // 1000} KB.", "file"
        )
    content = path.read_bytes()
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refused(f"“{name or 'The file'}” is not a text file. Save it as plain text and send it again.", "file")
    if not text.strip():
        raise Refused(f"“{name or 'The file'}” is empty.", "file")
    return text
