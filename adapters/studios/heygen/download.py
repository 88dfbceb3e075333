"""The finished video and its captions, streamed to disk; HeyGen signs a fresh link whenever it is asked."""

from pathlib import Path

import httpx
import structlog

from adapters.http.client import Gone, stream_to
from adapters.http.video_check import fetch_film
from adapters.studios.heygen.status import Looker
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Spoken, Storyboard, Template, Translation
from bot.studios.studio import Lost, Made

CAPTIONS_MOST = 10_000_000
BELIEVED = 9  # tries, some minutes, after which a fresh link that leads nowhere is the truth
NOT_YET = "HeyGen does not hand over the video yet."
EXPIRED = "The video's link at HeyGen has expired, and HeyGen has no fresh one. Redo makes it anew."

log = structlog.get_logger(__name__)


async def fetch(client: httpx.AsyncClient, looker: Looker, job: Job, video: Path, captions: Path) -> bool:
    """Fetch both; whether there were captions."""
    made = await _video(client, looker, job, video)
    if not made.captions or not _wants_captions(job):
        return False
    try:
        return await stream_to(client, made.captions, captions, CAPTIONS_MOST) > 0
    except (Refused, TryAgain) as error:
        log.info("no captions came with a video", error=error.sentence)
        return False


async def _video(client: httpx.AsyncClient, looker: Looker, job: Job, video: Path) -> Made:
    """The video, by a fresh link when the one we know is dead or was never told."""
    known = Made(job.result.get("video", ""), job.result.get("captions") or None)
    if known.video:
        try:
            await _whole(client, known.video, video)
        except Gone:
            log.info("the link of a video is dead, asking for a fresh one", job=job.id)
        else:
            return known
    fresh = await looker.one(job)
    if isinstance(fresh, Lost):
        raise Refused(fresh.sentence)
    if not isinstance(fresh, Made):
        raise TryAgain("HeyGen's video is not there yet.", 10.0)
    try:
        await _whole(client, fresh.video, video)
    except Gone as error:
        if job.tries < BELIEVED:  # HeyGen has just said that it is there, and it is paid for
            raise TryAgain(NOT_YET) from error
        raise Refused(EXPIRED) from error
    return fresh


async def _whole(client: httpx.AsyncClient, link: str, video: Path) -> None:
    if not await fetch_film(client, link, video):
        raise TryAgain("HeyGen's video is still empty.")


def _wants_captions(job: Job) -> bool:
    match job.request:
        case Spoken(subtitles=wanted):
            return wanted
        case Storyboard():
            return job.request.plot.captions
        case Template():
            return job.request.captions
        case Translation():
            return True
    return False
