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
    draws_time = True

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


def target_file(job: Job, out: Path | None = None) -> Path:
    """The job's file; several languages get different names."""
    out = out or Path(job.place.channel)
    ending = getattr(job.request, "format", "mp4")
    if out.suffix.lstrip(".").lower() != ending:
        out = out.with_name(f"{out.name}.{ending}")
    if job.count == 1 or not isinstance(job.request, Translation):
        return out
    return out.with_name(f"{out.stem}-{job.request.languages[0].lower()}{out.suffix}")


def delivered_captions(job: Job) -> str | None:
    """The subtitles beside the delivered video."""
    has_captions = job.video_message and job.stored_video and job.stored_video.captions
    return str(Path(job.video_message or "").with_suffix(".srt")) if has_captions else None


def copy_delivery(job: Job, out: Path) -> Job:
    """The job with its files copied to where they are wanted now; an earlier call wanted them elsewhere."""
    made = Path(job.video_message or "")
    target = (out / made.name if out.is_dir() else target_file(job, out)).absolute()
    if not job.video_message or target == made:
        return job
    if not made.exists():
        raise Refused(f"This video was made before, as {made}, and is no longer there. Use a new --once key.")
    captions = delivered_captions(job)
    _copy_files(VideoFiles(made, made.name, Path(captions) if captions else None), target)
    note = f"Made before, as {made}; copied."
    return job.evolve(video_message=str(target), notes=(*job.notes, note))


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
