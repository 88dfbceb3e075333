"""A terminal, or a script, as a chat: cards go to whoever watches, finished videos to a file."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.chats.chat import Parcel
from bot.errors import Broken, Refused
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.media import Media
from bot.wording.cards import Card


class Terminal:
    """Delivers to the file a place names as its channel."""

    name = "terminal"

    def __init__(self, watch: Callable[[Job, Card], None] | None = None) -> None:
        self._watch = watch or (lambda job, card: None)

    async def show(self, job: Job, card: Card) -> str:
        """Hand the card to whoever watches; a terminal keeps no messages, so the job is its own."""
        self._watch(job, card)
        return job.id

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        """Put a copy of the video where it was asked for."""
        target = target_of(job)
        await asyncio.to_thread(_copy, parcel, target)
        self._watch(job, card)
        return str(target)

    async def find(self, job: Job) -> str | None:
        """Copying is repeatable and the file appears whole or not at all, so looking is not needed."""
        return None

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        """What a terminal gives is on the shelf from the start."""
        raise Refused(f"“{media.name}” is no longer here.")

    async def remove(self, job: Job) -> None:
        """Take away the delivered copy."""
        if job.post:
            await asyncio.to_thread(Path(job.post).unlink, missing_ok=True)


def target_of(job: Job) -> Path:
    """The file a job ends in; several languages are told apart by their names."""
    out = Path(job.place.channel)
    ending = getattr(job.request, "format", "mp4")
    if out.suffix.lstrip(".").lower() != ending:
        out = out.with_name(f"{out.name}.{ending}")
    if job.of == 1 or not isinstance(job.request, Translation):
        return out
    return out.with_name(f"{out.stem}-{job.request.languages[0].lower()}{out.suffix}")


def _copy(parcel: Parcel, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parcel.video, part)
        part.replace(target)
        if parcel.captions and parcel.captions.exists():
            shutil.copyfile(parcel.captions, target.with_suffix(".srt"))
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Broken(
            f"The video cannot be written to {target}: {error.strerror}. It is kept; mend that and ask again."
        ) from error
