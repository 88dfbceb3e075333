"""The finished video and its captions, streamed to disk before their links die."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog

from adapters.http.client import LinkGone, download_to
from adapters.http.video_check import download_video
from adapters.studios.did.status import DidStatusReader
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Talk
from bot.studios.studio import Finished

MAX_CAPTIONS_BYTES = 10_000_000
MAX_FRESH_LINK_TRIES = 9  # tries, some minutes, after which a fresh link that leads nowhere is the truth
VIDEO_NOT_READY = "D-ID does not hand over the video yet."
LINK_EXPIRED = "The video's link at D-ID has expired, and D-ID has no fresh one. Redo makes it anew."

log = structlog.get_logger(__name__)


async def fetch_result(
    http: httpx.AsyncClient, status_reader: DidStatusReader, job: Job, video: Path, captions: Path
) -> bool:
    """Fetch both; whether there were captions."""
    finished = Finished(job.result.get("video", ""), job.result.get("captions") or None)
    finished = await _fetch_video(http, status_reader, job, finished, video)
    address = finished.captions or _caption_link(job, finished)
    return await _fetch_captions(http, address, captions) if address else False


async def _fetch_video(
    http: httpx.AsyncClient, status_reader: DidStatusReader, job: Job, finished: Finished, video: Path
) -> Finished:
    """The video, by a fresh link when the one we know is dead."""
    if finished.video:
        try:
            await _fetch_nonempty(http, finished, video)
        except LinkGone:
            log.info("the link of a video is dead, asking for a fresh one", job=job.id)
        else:
            return finished
    fresh = await status_reader.read_status(job)
    if not isinstance(fresh, Finished):
        raise Refused(LINK_EXPIRED)
    try:
        await _fetch_nonempty(http, fresh, video)
    except LinkGone as error:
        if job.tries < MAX_FRESH_LINK_TRIES:  # D-ID has just said that it is there, and it is paid for
            raise TryAgain(VIDEO_NOT_READY) from error
        raise Refused(LINK_EXPIRED) from error
    return fresh


async def _fetch_nonempty(http: httpx.AsyncClient, finished: Finished, video: Path) -> None:
    if not await download_video(http, finished.video, video):
        raise TryAgain("D-ID's video is still empty.")


async def _fetch_captions(http: httpx.AsyncClient, address: str, captions: Path) -> bool:
    """Captions are welcome, but a video without them is better than none."""
    try:
        return await download_to(http, address, captions, MAX_CAPTIONS_BYTES) > 0
    except (Refused, TryAgain) as error:
        log.info("no captions came with a video", error=error.sentence)
        return False


def _caption_link(job: Job, finished: Finished) -> str | None:
    """Talks do not say where their captions are; they lie beside the video under the same name."""
    if not isinstance(job.request, Talk) or not job.request.subtitles:
        return None
    link = urlsplit(finished.video)
    stem, dot, _ = link.path.rpartition(".")
    return urlunsplit(link._replace(path=f"{stem}.srt")) if dot else None
