"""A job: one request at one studio with one result, and the durable record of it.

    asked → prepared → submitting → rendering → made → kept → delivering → delivered
    and the ends failed and cancelled, from anywhere before delivered

A job is a value. It moves by compare-and-set: a store writes the moved job only over the version it was read at, so
whoever loses a race simply finds out.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.jobs.asker import Asker, Place
from bot.jobs.limits import Limit
from bot.requests.base import DeletedRequest
from bot.requests.kinds import AnyRequest
from bot.requests.media import StoredVideo


class Stage(StrEnum):
    """Where a job stands."""

    ASKED = "asked"
    PREPARED = "prepared"
    SUBMITTING = "submitting"  # written before the paid call: after a crash here, look before paying
    RENDERING = "rendering"
    MADE = "made"
    KEPT = "kept"
    DELIVERING = "delivering"  # written before the post: after a crash here, look before posting
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


END_STAGES = frozenset({Stage.DELIVERED, Stage.FAILED, Stage.CANCELLED})

WORK_QUEUE = "work"  # jobs that a worker slot takes on; jobs at a studio wait in its poll queue


def poll_queue(studio: str) -> str:
    """The queue of the jobs that a studio is rendering."""
    return f"poll:{studio}"


class Job(BaseModel):
    """One request at one studio with one result."""

    model_config = ConfigDict(frozen=True, extra="allow")  # what a newer replica wrote is carried along

    id: str
    group: str  # several languages, or a batch, are several jobs with one group
    index: int = 0  # which of its group …
    count: int = 1  # … and of how many
    idempotency_key: str | None = None  # the gesture that asked; the same gesture twice is one job
    request: AnyRequest | DeletedRequest = Field(discriminator="kind")
    studio: str
    in_sandbox: bool = False  # made in the sandbox
    asker: Asker
    place: Place
    asked_at: float
    redo_of: str | None = None  # the job this one redoes

    stage: Stage = Stage.ASKED
    moved_at: float = 0.0
    due_at: float | None = None  # when someone should look at it; while it is held, when the hold runs out
    owner: str | None = None
    version: int = 0
    tries: int = 0  # since the last move
    trouble: str | None = None  # what went wrong at the last try, when trying goes on

    uploads: dict[str, str] = Field(default_factory=dict)  # what was prepared: addresses the studio knows
    prepared_at: float | None = None  # uploads die at the studio after a day
    submitted_at: float | None = None  # when the paid call began
    doubtful_at: float | None = None  # since when its answer is missing
    ticket: str | None = None
    result: dict[str, str] = Field(default_factory=dict)  # the studio's addresses of the finished video
    stored_video: StoredVideo | None = None

    card_message: str | None = None  # the message that shows how the job stands
    card_text: str = ""  # what that message said last
    video_message: str | None = None  # the message that holds the video
    asker_notified: bool = False  # the end of it has reached the person
    cancelling: bool = False
    deleting: bool = False  # somebody wants it gone, and not everybody has let go yet
    reason: str | None = None
    other_studio: str | None = None  # another studio that could make what this one did not
    notes: tuple[str, ...] = ()
    cost: float | None = None
    made_at: float | None = None

    @property
    def ended(self) -> bool:
        """Nothing more will happen at the studio."""
        return self.stage in END_STAGES

    @property
    def deleted(self) -> bool:
        """Nothing is left of what was asked and made."""
        return isinstance(self.request, DeletedRequest)

    @property
    def queue(self) -> str | None:
        """Who should look at it next; None when all is done and told."""
        if self.ended:
            return None if self.asker_notified and not self.deleting else WORK_QUEUE
        return poll_queue(self.studio) if self.stage is Stage.RENDERING else WORK_QUEUE

    @property
    def marker(self) -> str:
        """What we write on everything we give a studio, to know it again."""
        return f"dt-{self.id}"

    def to_stage(self, stage: Stage, now: float, **changes: Any) -> Self:
        """The job moved to another stage, due at once and held by nobody unless `changes` say otherwise."""
        defaults = {"stage": stage, "moved_at": now, "due_at": now, "tries": 0, "trouble": None}
        return self.model_copy(update=defaults | changes)

    def evolve(self, **changes: Any) -> Self:
        """The job where it stands, with some facts changed."""
        return self.model_copy(update=changes)


@dataclass(frozen=True)
class LedgerEntry:
    """A line of the ledger: a submit or a verdict, with what it cost when known."""

    recorded_at: float
    job: str
    event: str
    asker_key: str
    studio: str
    cost: float | None = None
    sentence: str = ""


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; None means any."""

    platform: str | None = None
    workspace: str | None = None
    user: str | None = None
    idempotency_key: str | None = None
    ended: bool | None = None
    limit: int = 20
    stages: frozenset[Stage] = field(default_factory=frozenset)


class Jobs(Protocol):
    """Keeps jobs. Every method is one whole transaction."""

    async def add(self, jobs: Sequence[Job], limits: Sequence[Limit] = ()) -> list[Job]:
        """Keep new jobs durably; when their `once` was kept before, give back those jobs instead.

        With caps the jobs are one person's, asked in one channel. `Reached` when the new ones are too many, counted
        so that no number of callers at once gets more in; a gesture that was kept before is never too many.
        """
        ...

    async def get(self, job: str) -> Job | None:
        """One job by its id."""
        ...

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        """Hold up to `limit` jobs of a queue that are due, the longest due first, until that moment."""
        ...

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        """Hold these jobs for longer, those of them that this owner still holds; which they are."""
        ...

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        """Let go of these jobs, those of them that this owner still holds; they are due at that moment."""
        ...

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        """Write `new` over `old` if nobody moved it since; None when somebody did. Lets go unless `hold`."""
        ...

    async def nudge(self, job: str, now: float) -> bool:
        """Make a job due now, unless somebody holds it; whether it was."""
        ...

    async def next_due(self, queue: str) -> float | None:
        """When the next job of a queue is due."""
        ...

    async def list_jobs(self, job_filter: JobFilter) -> list[Job]:
        """Jobs, newest first."""
        ...

    async def expired(self, before: float, limit: int) -> list[Job]:
        """Jobs asked before that moment of which nothing is left to do and the words still stand, oldest first."""
        ...

    async def recent_durations(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        """How many seconds the studio needed for the latest jobs like this one."""
        ...

    async def delete_workspace(self, platform: str, workspace: str, before: float) -> None:
        """Forget every job that was asked in a workspace up to that moment; what was paid stays in the ledger."""
        ...

    async def upload_in_use(self, studio: str, upload: str) -> bool:
        """Whether an unfinished job was prepared with this upload of a studio; a yes may be wrong, a no is not."""
        ...

    async def prune_counters(self, before: float) -> None:
        """Forget who was counted last before that moment, which nobody needs to know for longer than a count takes."""
        ...

    async def ledger_of(self, job: str) -> list[LedgerEntry]:
        """What was submitted and decided for a job, oldest first."""
        ...


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new_id(now: float | None = None) -> str:
    """An id that sorts by time and cannot be guessed: nine characters of milliseconds, eleven of chance."""
    moment = int((time.time() if now is None else now) * 1000)
    bits = (moment & ((1 << 45) - 1)) << 55 | int.from_bytes(os.urandom(7)) >> 1
    return "".join([_PAIRS[(bits >> shift) & 1023] for shift in range(90, -1, -10)])
