"""A chat that records every message and its edits."""

import asyncio
from pathlib import Path

from bot.chats.chat import VideoFiles
from bot.errors import Refused, Unsure
from bot.jobs.job import Job, Place
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.wording.cards import Card


class FakeChat:
    """Posts into lists."""

    def __init__(self, name: str = "test") -> None:
        self.name = name
        self.draws_time = True
        self.messages: dict[str, list[str]] = {}  # message id → what it said, in order
        self.videos: list[tuple[str, bytes]] = []  # job id and bytes of every video posted
        self.notices: list[tuple[str, str, str]] = []  # key, channel and words of every notice posted
        self.whispers: list[tuple[str, str, str]] = []  # to whom, about which channel, what
        self.unreachable_channels: dict[str, str] = {}  # channels that cannot be posted to, and why
        self.notify_gate: asyncio.Event | None = None  # when set, notify waits here after posting
        self.errors: dict[str, list[Exception]] = {}
        self.lost_responses = 0

    def fail_next(self, method: str, *errors: Exception) -> None:
        """Let the next calls of a method raise these errors."""
        self.errors.setdefault(method, []).extend(errors)

    def _record_call(self, method: str) -> None:
        if waiting := self.errors.get(method):
            raise waiting.pop(0)

    async def check_can_deliver(self, place: Place) -> None:
        self._record_call("check_can_deliver")

    async def show_card(self, job: Job, card: Card) -> str:
        self._record_call("show")
        message = job.card_message or f"m{len(self.messages) + 1}"
        self.messages.setdefault(message, []).append(card.text)
        return message

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        self._record_call("deliver")
        self.videos.append((job.id, await asyncio.to_thread(files.video.read_bytes)))
        if self.lost_responses:
            self.lost_responses -= 1
            raise Unsure("The answer was lost.")
        return f"v{len(self.videos)}"

    async def find_delivery(self, job: Job) -> str | None:
        self._record_call("find")
        return next((f"v{n}" for n, (each, _) in enumerate(self.videos, 1) if each == job.id), None)

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        self._record_call("fetch")
        await asyncio.to_thread(to.write_bytes, b"from the chat")

    async def remove_messages(self, job: Job) -> None:
        self._record_call("remove")
        self.videos = [each for each in self.videos if each[0] != job.id]

    async def post_notice(self, notice: Notice, card: Card) -> str:
        self._record_call("notify")
        if why := self.unreachable_channels.get(notice.place.channel):
            raise Refused(why)
        self.notices.append((notice.key, notice.place.channel, card.text))
        if self.notify_gate:
            await self.notify_gate.wait()
        if self.lost_responses:
            self.lost_responses -= 1
            raise Unsure("The answer was lost.")
        return f"n{len(self.notices)}"

    async def find_notice(self, notice: Notice) -> str | None:
        self._record_call("noticed")
        return next((f"n{n}" for n, (key, *_) in enumerate(self.notices, 1) if key == notice.key), None)

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        self._record_call("whisper")
        self.whispers.append((user, place.channel, sentence))
