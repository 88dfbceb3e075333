"""Gathers what a job needs: fetches each file from wherever it lies and makes it fit its studio."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from bot.chat import Chat
from bot.errors import Refused, TryAgain
from bot.jobs import Job
from bot.media import Fetcher, Fitted, Fitter, Limits, Media, Shelf

log = structlog.get_logger(__name__)

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
        media = getattr(job.request, field, None)
        try:
            return await self._file(job, field, limits)
        except TryAgain as trouble:
            if media is None or media.scheme != "https":
                raise
            log.info("link not reached", job=job.id, field=field, why=trouble.sentence)
            return None

    async def seconds(self, video: Path) -> float | None:
        """How long a finished video plays, when it says so."""
        return await self._fitter.seconds(video)

    async def _file(self, job: Job, field: str, limits: Limits) -> Fitted:
        media = getattr(job.request, field, None) or self._face
        source = await self._source(job, field, media, limits)
        try:
            return await self._fitter.fit(source, limits, media.name or field)
        except Refused as refusal:
            raise Refused(refusal.sentence, field) from refusal

    async def _source(self, job: Job, field: str, media: Media, limits: Limits) -> Path:
        address = media.at.partition(":")[2]
        if media.scheme == "shelf":
            return self._shelf.path(address)
        if media.scheme == "portrait":
            return self._portrait(address, field)
        to = self._shelf.path(f"{job.marker}-{field}")
        if media.scheme == "https":
            await self._fetcher.fetch(media.at, to, limits.most_bytes * SLACK)
        elif chat := self._chats.get(media.scheme):
            await chat.fetch(media, to, limits.most_bytes * SLACK)
        else:
            raise Refused(f"“{media.name or field}” lies where it cannot be fetched from any more.", field)
        return to

    def _portrait(self, name: str, field: str) -> Path:
        if path := self._portraits.get(name):
            return path
        names = " and ".join(sorted(self._portraits))
        raise Refused(f"There is no portrait called “{name}”; {names} ship with didtalk.", field)
