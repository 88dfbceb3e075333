"""What every part of the sandbox shares."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request

from adapters.sandbox.clock import Clock
from adapters.sandbox.fault_injection import FaultInjector, InjectedFault
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.store.database import SandboxDatabase
from adapters.sandbox.store.file_store import FileStore, LinkSigner
from adapters.sandbox.store.jobs import SandboxJob

HeygenVersions = Literal["both", "v2", "v3"]
V4Path = Literal["expressives", "videos", "both"]

_POLL_SECONDS = 0.25  # while something comes due later: a test may set the clock, so one long sleep would miss it


@dataclass(frozen=True)
class OwnCatalogue:
    """What an account has of its own, beside or in place of the stock."""

    answers: dict[str, Any] = field(default_factory=dict)  # what a GET of a path shows, or a function of its query
    ids: set[str] = field(default_factory=set)  # of voices, presenters, templates and so on


@dataclass(frozen=True)
class SandboxOptions:
    """What the account may do and how the sandbox behaves, as its owner set it."""

    key: str
    bearer: str | None
    credits: float
    v4_path: V4Path
    echo_user_data: bool
    heygen_versions: HeygenVersions
    own: OwnCatalogue


class WakeEvent(asyncio.Event):
    """Set to wake the workers that wait for work; they clear it before they look."""

    async def wait_for_work(self, due: float | None) -> None:
        """Until woken, or for a moment when something comes due later."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else _POLL_SECONDS):
                await self.wait()


@dataclass(frozen=True)
class OutgoingWebhook:
    url: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Twin:
    """A vendor's API spoken by the sandbox: how its jobs are rendered, and what is sent at their end, forged or not."""

    build_order: Callable[[SandboxJob, "SandboxContext"], RenderOrder]
    build_webhooks: Callable[[SandboxJob, "SandboxContext", bool], Awaitable[Sequence[OutgoingWebhook]]]


@dataclass
class SandboxContext:
    """The open sandbox, as its parts see it."""

    options: SandboxOptions
    clock: Clock
    database: SandboxDatabase
    files: FileStore
    signer: LinkSigner
    renderer: Renderer
    twins: Mapping[str, Twin]
    render_wakeup: WakeEvent = field(default_factory=WakeEvent)
    webhook_wakeup: WakeEvent = field(default_factory=WakeEvent)
    faults: FaultInjector = field(default_factory=FaultInjector)
    call_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_progress: dict[str, float] = field(default_factory=dict)  # keys whose first answer is late, and until when
    base_url: str | None = None  # where it is served, once known; hooks have no request to read it from


@dataclass
class ApiCall:
    request: Request
    context: SandboxContext
    faults: list[InjectedFault] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """The sandbox's own address as the caller knows it."""
        return str(self.request.base_url).rstrip("/")


PORTRAITS_FOLDER = Path(__file__).parent / "portraits"


def portrait_files() -> list[Path]:
    """The portraits that ship with the sandbox, in a fixed order."""
    return sorted(path for path in PORTRAITS_FOLDER.glob("*.png") if not path.stem.endswith("-cutout"))
