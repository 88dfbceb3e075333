"""The finished video and its captions, streamed to disk before their links expire."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import structlog

from adapters.http.download import LinkGone, download_to, download_video
from bot.errors import Refused, Trouble, TryAgain
from bot.jobs.job import Job
from bot.studios.studio import Finished, Status

MAX_CAPTIONS_BYTES = 10_000_000
MAX_FRESH_LINK_TRIES = 9  # tries, some minutes, after which a fresh link that leads nowhere is final

log = structlog.get_logger(__name__)


class ResultDownloader:
    def __init__(self, http: httpx.AsyncClient, title: str, read_status: Callable[[Job], Awaitable[Status]]) -> None:
        self._http, self._title, self._read_status = http, title, read_status

    @property
    def link_expired(self) -> Refused:
        return Refused(f"The video's link at {self._title} has expired. Use redo to make it again.")

    async def fetch_video(self, job: Job, video: Path, unavailable: Callable[[Status], Trouble]) -> Finished:
        """The video, by a fresh link if the known one is dead; `unavailable` says why there is none."""
        known = Finished(job.result.get("video", ""), job.result.get("captions") or None)
        if known.video:
            try:
                await self._fetch_nonempty(known.video, video)
            except LinkGone:
                log.info("video link expired, requesting a fresh one", job=job.id)
            else:
                return known
        fresh = await self._read_status(job)
        if not isinstance(fresh, Finished):
            raise unavailable(fresh)
        try:
            await self._fetch_nonempty(fresh.video, video)
        except LinkGone as error:
            if job.tries < MAX_FRESH_LINK_TRIES:  # the vendor has just said that it is there, and it is paid for
                raise TryAgain(f"{self._title} does not deliver the video yet.") from error
            raise self.link_expired from error
        return fresh

    async def fetch_captions(self, link: str, captions: Path) -> bool:
        """False when there are none; a video without captions is better than no video."""
        try:
            return await download_to(self._http, link, captions, MAX_CAPTIONS_BYTES) > 0
        except (Refused, TryAgain) as error:
            log.info("captions not available", error=error.sentence)
            return False

    async def _fetch_nonempty(self, link: str, video: Path) -> None:
        if not await download_video(self._http, link, video):
            raise TryAgain(f"{self._title}'s video is still empty.")
