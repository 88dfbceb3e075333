"""What a chat is given when it opens: everything it may call, and nothing else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bot.chats.inbox import Inbox
from bot.chats.installations import Installations
from bot.chats.message_store import MessageStore
from bot.desk.desk import Desk
from bot.desk.lookups import Lookups
from bot.desk.settings_commands import SettingsCommands
from bot.jobs.job import Jobs
from bot.notices.subscriptions import Subscriptions
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore
from bot.runtime.leases import LeaderLeases, SingleProcess
from bot.security.signed_tokens import TokenSigner

FILE_LINK_LIFETIME_SECONDS = 7 * 86400.0  # for how long a link to a file on the shelf is good
BODY_LIMIT_KEY = "didtalk.room"  # under which name a route says how many bytes it takes, once it knows who sends them


class FaultControl(Protocol):
    """Simulated provider errors, in the sandbox only."""

    async def list_faults(self) -> dict[str, Any]:
        """The faults there are, and those that are armed."""
        ...

    async def arm_fault(self, fault: str, value: str, times: int) -> dict[str, Any]:
        """Arm a fault for the next so many calls; an empty name clears them all."""
        ...


@dataclass(frozen=True)
class ChatContext:
    desk: Desk
    lookups: Lookups
    settings: SettingsCommands
    emoji: Mapping[str, str]  # what each reaction means
    jobs: Jobs
    shelf: Shelf
    key_value: KeyValueStore
    subscriptions: Subscriptions
    signer: TokenSigner
    clock: Clock
    public_link: Callable[
        [str, str], str | None
    ]  # shelf key and file name → a signed public link, when there is an address
    inbox: Inbox
    installations: Installations
    message_store: MessageStore | None = None  # for a chat that keeps its messages here
    fetch_sample: Callable[[str], Awaitable[tuple[Path, str]]] | None = None  # a studio's sample → its file and type
    fault_control: FaultControl | None = None  # only in the sandbox
    leader_leases: LeaderLeases = field(default_factory=SingleProcess)  # for what one process at a time may do


@runtime_checkable
class AcceptsInput(Protocol):
    """A chat through which people send requests, not only one that is posted to."""

    def routes(self) -> Sequence[Any]:
        """Starlette routes, read before the chat opens."""
        ...

    def open(self, core: ChatContext) -> AbstractAsyncContextManager[None]:
        """Listen for as long as we are inside."""
        ...


@runtime_checkable
class HasInviteLink(Protocol):
    """A chat that can be added to more places by a link."""

    @property
    def invite_link(self) -> str | None:
        """A link that asks for exactly the permissions needed; None while it is not known."""
        ...
