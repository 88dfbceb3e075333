"""The finished video and its captions, streamed to disk before their links die."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog

from adapters.http.client import Gone, stream_to
from adapters.http.video_check import fetch_film
from adapters.studios.did.status import Looker
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Talk
from bot.studios.studio import Made

CAPTIONS_MOST = 10_000_000
BELIEVED = 9  # tries, some minutes, after which a fresh link that leads nowhere is the truth
NOT_YET = "D-ID does not hand over the video yet."
EXPIRED = "The video's link at D-ID has expired, and D-ID has no fresh one. Redo makes it anew."

log = structlog.get_logger(__name__)


async def fetch(client: httpx.AsyncClient, looker: Looker, job: Job, video: Path, captions: Path) -> bool:
    """Fetch both; whether there were captions."""
    made = Made(job.result.get("video", ""), job.result.get("captions") or None)
    made = await _video(client, looker, job, made, video)
    address = made.captions or _beside(job, made)
    return await _captions(client, address, captions) if address else False


async def _video(client: httpx.AsyncClient, looker: Looker, job: Job, made: Made, video: Path) -> Made:
    """The video, by a fresh link when the one we know is dead."""
    if made.video:
        try:
            await _whole(client, made, video)
        except Gone:
            log.info("the link of a video is dead, asking for a fresh one", job=job.id)
        else:
            return made
    fresh = await looker.one(job)
    if not isinstance(fresh, Made):
        raise Refused(EXPIRED)
    try:
        await _whole(client, fresh, video)
    except Gone as error:
        if job.tries < BELIEVED:  # D-ID has just said that it is there, and it is paid for
            raise TryAgain(NOT_YET) from error
        raise Refused(EXPIRED) from error
    return fresh


async def _whole(client: httpx.AsyncClient, made: Made, video: Path) -> None:
    if not await fetch_film(client, made.video, video):
        raise TryAgain("D-ID's video is still empty.")


async def _captions(client: httpx.AsyncClient, address: str, captions: Path) -> bool:
    """Captions are welcome, but a video without them is better than none."""
    try:
        return await stream_to(client, address, captions, CAPTIONS_MOST) > 0
    except (Refused, TryAgain) as error:
        log.info("no captions came with a video", error=error.sentence)
        return False


def _beside(job: Job, made: Made) -> str | None:
    """Talks do not say where their captions are; they lie beside the video under the same name."""
    if not isinstance(job.request, Talk) or not job.request.subtitles:
        return None
    link = urlsplit(made.video)
    stem, dot, _ = link.path.rpartition(".")
    return urlunsplit(link._replace(path=f"{stem}.srt")) if dot else None
