"""A terminal or a script as a chat: cards go to a callback, finished videos to a file."""

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
    """Delivers to the file that the place names as its channel."""

    name = "terminal"

    def __init__(self, on_card: Callable[[Job, Card], None] | None = None) -> None:
        self._on_card = on_card or (lambda job, card: None)

    async def show_card(self, job: Job, card: Card) -> str:
        """Call back with the card; the message id is the job's own."""
        self._on_card(job, card)
        return job.id

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        target = target_file(job)
        await asyncio.to_thread(_copy_files, files, target)
        self._on_card(job, card)
        return str(target)

    async def find_delivery(self, job: Job) -> str | None:
        """Never needed: copying can be repeated."""
        return None

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        raise Refused(f"“{media.name}” is no longer available.")

    async def remove_messages(self, job: Job) -> None:
        if job.video_message:
            await asyncio.to_thread(Path(job.video_message).unlink, missing_ok=True)


def target_file(job: Job) -> Path:
    """The job's file; several languages get different names."""
    out = Path(job.place.channel)
    ending = getattr(job.request, "format", "mp4")
    if out.suffix.lstrip(".").lower() != ending:
        out = out.with_name(f"{out.name}.{ending}")
    if job.count == 1 or not isinstance(job.request, Translation):
        return out
    return out.with_name(f"{out.stem}-{job.request.languages[0].lower()}{out.suffix}")


def _copy_files(files: VideoFiles, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files.video, part)
        part.replace(target)
        if files.captions and files.captions.exists():
            shutil.copyfile(files.captions, target.with_suffix(".srt"))
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Broken(
            f"The video cannot be written to {target}: {error.strerror}. It is kept; fix this and run it again."
        ) from error
