"""The finished video and its captions, streamed to disk; HeyGen signs a fresh link whenever it is asked."""

from pathlib import Path

import httpx
import structlog

from adapters.http.client import LinkGone, download_to
from adapters.http.video_check import download_video
from adapters.studios.heygen.status import HeygenStatusReader
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import SpeechRequest, Storyboard, Template, Translation
from bot.studios.studio import Failed, Finished

MAX_CAPTIONS_BYTES = 10_000_000
MAX_FRESH_LINK_TRIES = 9  # tries, some minutes, after which a fresh link that leads nowhere is the truth
VIDEO_NOT_READY = "HeyGen does not hand over the video yet."
LINK_EXPIRED = "The video's link at HeyGen has expired, and HeyGen has no fresh one. Redo makes it anew."

log = structlog.get_logger(__name__)


async def fetch_result(
    http: httpx.AsyncClient, status_reader: HeygenStatusReader, job: Job, video: Path, captions: Path
) -> bool:
    """Fetch both; whether there were captions."""
    finished = await _fetch_video(http, status_reader, job, video)
    if not finished.captions or not _wants_captions(job):
        return False
    try:
        return await download_to(http, finished.captions, captions, MAX_CAPTIONS_BYTES) > 0
    except (Refused, TryAgain) as error:
        log.info("no captions came with a video", error=error.sentence)
        return False


async def _fetch_video(http: httpx.AsyncClient, status_reader: HeygenStatusReader, job: Job, video: Path) -> Finished:
    """The video, by a fresh link when the one we know is dead or was never told."""
    known_result = Finished(job.result.get("video", ""), job.result.get("captions") or None)
    if known_result.video:
        try:
            await _fetch_nonempty(http, known_result.video, video)
        except LinkGone:
            log.info("the link of a video is dead, asking for a fresh one", job=job.id)
        else:
            return known_result
    fresh = await status_reader.read_status(job)
    if isinstance(fresh, Failed):
        raise Refused(fresh.sentence)
    if not isinstance(fresh, Finished):
        raise TryAgain("HeyGen's video is not there yet.", 10.0)
    try:
        await _fetch_nonempty(http, fresh.video, video)
    except LinkGone as error:
        if job.tries < MAX_FRESH_LINK_TRIES:  # HeyGen has just said that it is there, and it is paid for
            raise TryAgain(VIDEO_NOT_READY) from error
        raise Refused(LINK_EXPIRED) from error
    return fresh


async def _fetch_nonempty(http: httpx.AsyncClient, link: str, video: Path) -> None:
    if not await download_video(http, link, video):
        raise TryAgain("HeyGen's video is still empty.")


def _wants_captions(job: Job) -> bool:
    match job.request:
        case SpeechRequest(subtitles=wanted):
            return wanted
        case Storyboard():
            return job.request.content.captions
        case Template():
            return job.request.captions
        case Translation():
            return True
    return False
