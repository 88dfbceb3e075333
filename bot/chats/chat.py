"""A chat is a place where people ask and are answered. What the engine asks of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.requests.media import Media
from bot.wording.cards import Card


@dataclass(frozen=True)
class VideoFiles:
    """What is handed over: the video, its captions, and the words that go with them."""

    video: Path
    name: str
    captions: Path | None = None


class Chat(Protocol):
    """Shows how jobs stand and hands over what was made."""

    @property
    def name(self) -> str:
        """The platform of the places it serves: slack, discord, console, terminal."""
        ...

    async def show_card(self, job: Job, card: Card) -> str:
        """Post the job's card, or edit the one it has; its message id. Showing the same twice is harmless."""
        ...

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        """Post the finished video where it belongs; the id of the message that holds it."""
        ...

    async def find_delivery(self, job: Job) -> str | None:
        """The message of a delivery whose answer was lost; None when it certainly was not posted."""
        ...

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        """Download what a person left in the chat; refuse it once it is longer than `most` bytes."""
        ...

    async def remove_messages(self, job: Job) -> None:
        """Take the job's messages away; what is already gone is not an error."""
        ...


def chat_for_job(chats: Mapping[str, Chat], job: Job) -> Chat:
    """The chat a job was asked in; one that is not connected is waited for."""
    if chat := chats.get(job.place.platform):
        return chat
    raise TryAgain(f"{job.place.platform} is not connected at the moment.", 60)
