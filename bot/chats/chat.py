"""What the worker needs of a chat."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from bot.jobs.job import Job, Place
from bot.requests.media import Media
from bot.wording.cards import Card


@dataclass(frozen=True)
class VideoFiles:
    video: Path
    name: str
    captions: Path | None = None


@runtime_checkable
class ChecksDelivery(Protocol):
    """A chat that may lack a permission to post videos, and knows."""

    async def check_can_deliver(self, place: Place) -> None:
        """Refuse a place to which no finished video could be posted, before anything is paid; no outside call."""
        ...


class Chat(Protocol):
    """Shows the status of jobs and posts videos."""

    @property
    def name(self) -> str:
        """The platform: slack, discord, console, terminal."""

    @property
    def draws_time(self) -> bool:
        """Whether it shows by itself how long a render takes; elsewhere the card says it and is edited for it."""

    async def show_card(self, job: Job, card: Card) -> str:
        """Post the job's card, or edit the one it has; its message id. Showing the same twice is harmless."""

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        """Post the finished video; the id of the message."""

    async def find_delivery(self, job: Job) -> str | None:
        """The message of a delivery whose answer was lost; None when it certainly was not posted."""

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        """Download an attachment; `Refused` when it is larger than `max_bytes`."""

    async def remove_messages(self, job: Job) -> None:
        """Delete the job's messages, as far as they still exist."""
