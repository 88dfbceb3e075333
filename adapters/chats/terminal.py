"""A terminal, or a script, as a chat: cards go to whoever watches, finished videos to a file."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.chats.chat import VideoFiles
from bot.errors import Broken, Refused
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.media import Media
from bot.wording.cards import Card


class Terminal:
    """Delivers to the file a place names as its channel."""

    name = "terminal"

    def __init__(self, on_card: Callable[[Job, Card], None] | None = None) -> None:
        self._on_card = on_card or (lambda job, card: None)

    async def show_card(self, job: Job, card: Card) -> str:
        """Hand the card to whoever watches; a terminal keeps no messages, so the job is its own."""
        self._on_card(job, card)
        return job.id

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        """Put a copy of the video where it was asked for."""
        target = target_file(job)
        await asyncio.to_thread(_copy_files, files, target)
        self._on_card(job, card)
        return str(target)

    async def find_delivery(self, job: Job) -> str | None:
        """Copying is repeatable and the file appears whole or not at all, so looking is not needed."""
        return None

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        """What a terminal gives is on the shelf from the start."""
        raise Refused(f"“{media.name}” is no longer here.")

    async def remove_messages(self, job: Job) -> None:
        """Take away the delivered copy."""
        if job.video_message:
            await asyncio.to_thread(Path(job.video_message).unlink, missing_ok=True)


def target_file(job: Job) -> Path:
    """The file a job ends in; several languages are told apart by their names."""
    out = Path(job.place.channel)
    ending = getattr(job.request, "format", "mp4")
    if out.suffix.lstrip(".").lower() != ending:
        out = out.with_name(f"{out.name}.{ending}")
    if job.count == 1 or not isinstance(job.request, Translation):
        return out
    return out.with_name(f"{out.stem}-{job.request.languages[0].lower()}{out.suffix}")


def _copy_files(parcel: VideoFiles, target: Path) -> None:
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
