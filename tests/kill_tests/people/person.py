"""What the harness asks of a person in a chat."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from tests.kill_tests.bot_control.call_relay import CallRelay
from tests.kill_tests.line_faults import ProxyFactory


@dataclass
class Gesture:
    """One thing somebody asked for, known again by words that nobody else says."""

    words: str
    photo: bytes | None = None
    command: str = "didtalk"  # or "did video", with a presenter of the studio's
    may_fail: bool = False  # the studio was told to misbehave
    job_id: str = ""  # what it became, where its words will be forgotten
    redo_count: int = 0  # how often it was asked for once more from its card
    accepted: bool = False  # whether the chat saw a yes
    mark: str = field(default_factory=lambda: f"m{secrets.token_hex(5)}")

    @property
    def typed_text(self) -> str:
        """What is typed."""
        return f"{self.words} {self.mark}"


@dataclass
class JobInChat:
    """What a chat shows of one job."""

    card_texts: list[str] = field(default_factory=list)  # the words of its card, and of what answered it
    videos: int = 0
    notices: int = 0
    deleted: bool = False  # deleted, and shown as such


class ChatPerson(Protocol):
    """Somebody in a chat."""

    def repeats_gesture(self, gesture: Gesture) -> bool:
        """Whether the chat itself sends this gesture again until it is answered."""
        ...

    def connect_chat(
        self, wire: CallRelay, between: ProxyFactory, ports: Sequence[int]
    ) -> AbstractAsyncContextManager[Mapping[str, str]]:
        """The chat, for as long as we are inside, and what connects the bot to it; it will listen on these ports."""
        ...

    async def bot_is_ready(self) -> bool:
        """Whether the bot is there to be asked."""
        ...

    def on_restart(self) -> None:
        """The bot begins a new life."""
        ...

    async def ask(self, gesture: Gesture) -> bool:
        """Ask for a video; whether the chat saw a yes."""
        ...

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button of a job's card; whether it was taken."""
        ...

    async def subscribe(self) -> bool:
        """Let another channel hear of what is done and what failed."""
        ...

    async def read_chat(self) -> Mapping[str, JobInChat]:
        """What is shown, by job."""
        ...
