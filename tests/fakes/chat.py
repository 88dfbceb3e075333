"""A chat that remembers every message, and what each said in turn."""

import asyncio
from pathlib import Path

from bot.chats.chat import Parcel
from bot.errors import Refused, Unsure
from bot.jobs.asker import Place
from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.wording.cards import Card


class FakeChat:
    """Posts into lists."""

    def __init__(self, name: str = "test") -> None:
        self.name = name
        self.messages: dict[str, list[str]] = {}  # message id → what it said, in order
        self.videos: list[tuple[str, bytes]] = []  # job id and bytes of every video posted
        self.notices: list[tuple[str, str, str]] = []  # key, channel and words of every notice posted
        self.whispers: list[tuple[str, str, str]] = []  # to whom, about which channel, what
        self.gone: dict[str, str] = {}  # channels that cannot be posted to, and why
        self.gate: asyncio.Event | None = None  # when set, notify waits here after posting
        self.faults: dict[str, list[Exception]] = {}
        self.lose_answer = 0

    def fail(self, method: str, *errors: Exception) -> None:
        """The next calls of a method fail so."""
        self.faults.setdefault(method, []).extend(errors)

    def _called(self, method: str) -> None:
        if waiting := self.faults.get(method):
            raise waiting.pop(0)

    async def show(self, job: Job, card: Card) -> str:
        self._called("show")
        message = job.card or f"m{len(self.messages) + 1}"
        self.messages.setdefault(message, []).append(card.text)
        return message

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        self._called("deliver")
        self.videos.append((job.id, await asyncio.to_thread(parcel.video.read_bytes)))
        if self.lose_answer:
            self.lose_answer -= 1
            raise Unsure("The answer was lost.")
        return f"v{len(self.videos)}"

    async def find(self, job: Job) -> str | None:
        self._called("find")
        return next((f"v{n}" for n, (each, _) in enumerate(self.videos, 1) if each == job.id), None)

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        self._called("fetch")
        await asyncio.to_thread(to.write_bytes, b"from the chat")

    async def remove(self, job: Job) -> None:
        self._called("remove")
        self.videos = [each for each in self.videos if each[0] != job.id]

    async def notify(self, notice: Notice, card: Card) -> str:
        self._called("notify")
        if why := self.gone.get(notice.place.channel):
            raise Refused(why)
        self.notices.append((notice.key, notice.place.channel, card.text))
        if self.gate:
            await self.gate.wait()
        if self.lose_answer:
            self.lose_answer -= 1
            raise Unsure("The answer was lost.")
        return f"n{len(self.notices)}"

    async def noticed(self, notice: Notice) -> str | None:
        self._called("noticed")
        return next((f"n{n}" for n, (key, *_) in enumerate(self.notices, 1) if key == notice.key), None)

    async def whisper(self, user: str, place: Place, sentence: str) -> None:
        self._called("whisper")
        self.whispers.append((user, place.channel, sentence))
