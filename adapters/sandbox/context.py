"""What every part of the sandbox shares."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from starlette.requests import Request

from adapters.sandbox.clock import Clock
from adapters.sandbox.fault_injection import FaultInjector, InjectedFault
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.signed_links import LinkSigner
from adapters.sandbox.store.database import SandboxDatabase
from adapters.sandbox.store.file_store import FileStore
from adapters.sandbox.store.jobs import SandboxJob

HeygenVersions = Literal["both", "v2", "v3"]
V4Path = Literal["expressives", "videos", "both"]


@dataclass(frozen=True)
class OwnCatalogue:
    """What an account has of its own, beside or in place of the stock."""

    answers: dict[str, Any] = field(default_factory=dict)  # what a GET of a path shows, or a function of its query
    ids: set[str] = field(default_factory=set)  # of voices, presenters, templates and so on


@dataclass(frozen=True)
class SandboxOptions:
    """What the account may do and how the sandbox behaves, as its owner set it."""

    key: str = "sandbox:sandbox"
    bearer: str | None = None
    credits: float = 1000.0
    v4_path: V4Path = "expressives"
    echo_user_data: bool = True
    heygen_versions: HeygenVersions = "both"
    own: OwnCatalogue = field(default_factory=OwnCatalogue)


class Wakeable(Protocol):
    """Something that can be woken when there is work."""

    def wake(self) -> None:
        """Look for work now."""
        ...


@dataclass
class SandboxContext:
    """The open sandbox, as its parts see it."""

    options: SandboxOptions
    clock: Clock
    database: SandboxDatabase
    files: FileStore
    signer: LinkSigner
    render_wakeup: Wakeable
    faults: FaultInjector = field(default_factory=FaultInjector)
    call_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_progress: dict[str, float] = field(default_factory=dict)  # keys whose first answer is late, and until when
    base_url: str | None = None  # where it is served, once known; hooks have no request to read it from


@dataclass
class ApiCall:
    """One request on its way through the sandbox."""

    request: Request
    context: SandboxContext
    faults: list[InjectedFault] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """The sandbox's own address as the caller knows it."""
        return str(self.request.base_url).rstrip("/")


@dataclass(frozen=True)
class OutgoingWebhook:
    """One webhook as it goes out."""

    url: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Twin(Protocol):
    """A studio's API spoken by the sandbox: how its jobs are rendered and reported."""

    async def build_order(self, job: SandboxJob, context: SandboxContext) -> RenderOrder:
        """What to render."""
        ...

    async def webhooks(self, job: SandboxJob, context: SandboxContext, *, forged: bool) -> Sequence[OutgoingWebhook]:
        """What to send at the end of a job, and where."""
        ...


Twins = Mapping[str, Twin]

PORTRAITS_FOLDER = Path(__file__).parent / "portraits"


def portrait_files() -> list[Path]:
    """The portraits that ship with the sandbox, in a fixed order."""
    return sorted(path for path in PORTRAITS_FOLDER.glob("*.png") if not path.stem.endswith("-cutout"))
