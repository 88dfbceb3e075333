"""What every part of the sandbox shares."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from starlette.requests import Request

from adapters.sandbox.clock import Clock
from adapters.sandbox.fault_injection import Fault, Faults
from adapters.sandbox.render.order import Order
from adapters.sandbox.signed_links import Signer
from adapters.sandbox.store.database import Rows
from adapters.sandbox.store.file_store import Keeping
from adapters.sandbox.store.jobs import Job

Dialects = Literal["both", "v2", "v3"]
V4Path = Literal["expressives", "videos", "both"]


@dataclass(frozen=True)
class Terms:
    """What the account may do and how the sandbox behaves, as its owner set it."""

    key: str = "sandbox:sandbox"
    bearer: str | None = None
    credits: float = 1000.0
    v4_path: V4Path = "expressives"
    echo_user_data: bool = True
    heygen: Dialects = "both"


class Bell(Protocol):
    """Something that can be told that work has come."""

    def wake(self) -> None:
        """Look for work now."""
        ...


@dataclass
class House:
    """The open sandbox, as its parts see it."""

    terms: Terms
    clock: Clock
    rows: Rows
    keeping: Keeping
    signer: Signer
    desk: Bell
    faults: Faults = field(default_factory=Faults)
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    under_way: dict[str, float] = field(default_factory=dict)  # keys whose first answer is late, and until when
    base: str | None = None  # where it is served, once known; hooks have no request to read it from


@dataclass
class Call:
    """One request on its way through the sandbox."""

    request: Request
    house: House
    faults: list[Fault] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The sandbox's own address as the caller knows it."""
        return str(self.request.base_url).rstrip("/")


@dataclass(frozen=True)
class Letter:
    """One webhook as it goes out."""

    url: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Twin(Protocol):
    """A studio's API spoken by the sandbox: how its jobs are rendered and told of."""

    async def order(self, job: Job, house: House) -> Order:
        """What to render."""
        ...

    async def letters(self, job: Job, house: House, *, forged: bool) -> Sequence[Letter]:
        """What to send at the end of a job, and where."""
        ...


Twins = Mapping[str, Twin]

PORTRAITS = Path(__file__).parent / "portraits"


def portraits() -> list[Path]:
    """The portraits that ship with the sandbox, in a fixed order."""
    return sorted(path for path in PORTRAITS.glob("*.png") if not path.stem.endswith("-cutout"))
