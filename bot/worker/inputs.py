"""Gathers what a job needs: fetches each file from wherever it lies and makes it fit its studio."""

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path

import structlog

from bot.chats.chat import Chat
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.media import Fetcher, Fitted, Fitter, Limits, Media, Shelf

log = structlog.get_logger(__name__)

TEXT_MOST = 400_000  # bytes; a storyboard's own limit counts characters
SLACK = 4  # a phone's photo is often several times what fits, and shrinks


class Gather:
    """Fetches and fits; all it makes lies on the shelf under the job's own name."""

    def __init__(
        self,
        shelf: Shelf,
        fitter: Fitter,
        fetcher: Fetcher,
        chats: Mapping[str, Chat],
        portraits: Mapping[str, Path],
        face: Media,
    ) -> None:
        self._shelf = shelf
        self._fitter = fitter
        self._fetcher = fetcher
        self._chats = chats
        self._portraits = portraits
        self._face = face

    async def files(self, job: Job, needs: Mapping[str, Limits]) -> dict[str, Fitted]:
        """The files the studio needs for this job, fit, by field."""
        files: dict[str, Fitted] = {}
        for field, limits in needs.items():
            if file := await self._reached(job, field, limits):
                files[field] = file
        return files

    async def _reached(self, job: Job, field: str, limits: Limits) -> Fitted | None:
        """The file; none when it is a link that cannot be reached from here, for the studio may reach it."""
        media = job.request.media.get(field)
        try:
            return await self._file(job, field, limits)
        except TryAgain as trouble:
            if media is None or media.scheme != "https":
                raise
            log.info("link not reached", job=job.id, field=field, why=trouble.sentence)
            return None

    async def text(self, media: Media) -> str:
        """The words of a text file that was left in a chat."""
        to = self._shelf.path(f"dt-text-{secrets.token_hex(8)}")
        try:
            source = await self._fetched(media, to, "file", TEXT_MOST)
            return await asyncio.to_thread(_words, source, media.name)
        finally:
            await asyncio.to_thread(to.unlink, missing_ok=True)

    async def seconds(self, video: Path) -> float | None:
        """How long a finished video plays, when it says so."""
        return await self._fitter.seconds(video)

    async def _file(self, job: Job, field: str, limits: Limits) -> Fitted:
        media = job.request.media.get(field) or self._face
        source = await self._source(job, field, media, limits)
        try:
            return await self._fitter.fit(source, limits, media.name or field)
        except Refused as refusal:
            raise Refused(refusal.sentence, field) from refusal

    async def _source(self, job: Job, field: str, media: Media, limits: Limits) -> Path:
        to = self._shelf.path(f"{job.marker}-{field}")
        return await self._fetched(media, to, field, limits.most_bytes * SLACK)

    async def _fetched(self, media: Media, to: Path, field: str, most: int) -> Path:
        """Where the bytes lie, fetched to `to` unless we have them."""
        address = media.at.partition(":")[2]
        if media.scheme == "shelf":
            return self._shelf.path(address)
        if media.scheme == "portrait":
            return self._portrait(address, field)
        if media.scheme == "https":
            await self._fetcher.fetch(media.at, to, most)
        elif chat := self._chats.get(media.scheme):
            await chat.fetch(media, to, most)
        else:
            raise Refused(f"“{media.name or field}” lies where it cannot be fetched from any more.", field)
        return to

    def _portrait(self, name: str, field: str) -> Path:
        if path := self._portraits.get(name):
            return path
        names = " and ".join(sorted(self._portraits))
        raise Refused(f"There is no portrait called “{name}”; {names} ship with didtalk.", field)


def _words(path: Path, name: str) -> str:
    """A text as it was written, whichever way it is stored."""
    if path.stat().st_size > TEXT_MOST:
        raise Refused(f"“{name or 'The file'}” is larger than {TEXT_MOST // 1000} KB of text.", "file")
    content = path.read_bytes()
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refused(f"“{name or 'The file'}” is no text file. Save it as plain text and send that.", "file")
    if not text.strip():
        raise Refused(f"“{name or 'The file'}” is empty.", "file")
    return text
