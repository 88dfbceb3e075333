"""A job: one request at one studio with one result, and the durable record of it.

    asked → prepared → submitting → rendering → made → kept → delivering → delivered
    and the ends failed and cancelled, from anywhere before delivered

A job is a value. It moves by compare-and-set: a store writes the moved job only over the version it was read at, so
the loser of a race gets None.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self, get_args

from pydantic import BaseModel, ConfigDict, Field

from bot.jobs.limits import Limit
from bot.requests.base import DeletedRequest
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import StoredVideo
from bot.requests.storyboard.storyboard import Storyboard
from bot.requests.template import Template


class Asker(BaseModel):
    """Who asked. Here and in a place only ids that stay valid for days, so that a job can be answered later."""

    model_config = ConfigDict(frozen=True, extra="allow")

    platform: str
    workspace: str = ""
    user: str
    name: str = ""
    locale: str = ""
    roles: tuple[str, ...] = ()
    unknown_roles: tuple[str, ...] = Field(
        (), exclude=True
    )  # roles that could not be looked up: nobody knows, so no one keeps
    moderator: bool = False
    same_id_everywhere: bool = Field(False, exclude=True)  # the id means the same person in every workspace

    @property
    def key(self) -> str:
        """One person in one workspace."""
        return f"{self.platform}/{self.workspace}/{self.user}"

    @property
    def global_key(self) -> str:
        """One person in all workspaces, in chats where ids are the same everywhere."""
        return f"{self.platform}/{'' if self.same_id_everywhere else self.workspace}/{self.user}"

    def is_same_person(self, other: "Asker") -> bool:
        """Also elsewhere: a button may be pressed in a direct message about a job of a server."""
        everywhere = self.same_id_everywhere or other.same_id_everywhere
        same_ids = (self.platform, self.user) == (other.platform, other.user)
        return same_ids and (everywhere or self.workspace == other.workspace)


class Place(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    platform: str
    workspace: str = ""
    channel: str
    parent_channel: str = ""  # the channel this one is a thread of, in chats that call a thread a channel
    thread: str = ""
    message: str = ""
    private: bool = False  # a conversation with one person: nobody else sees its jobs
    invite_only: bool = False  # a channel that only the invited can read: nothing from it is told elsewhere

    @property
    def key(self) -> str:
        """One channel with its threads."""
        return f"{self.platform}/{self.workspace}/{self.channel}"

    @property
    def rules_key(self) -> str:
        """The channel whose settings apply; a thread has none of its own."""
        return f"{self.platform}/{self.workspace}/{self.parent_channel or self.channel}"


AnyRequest = Talk | Animation | Video | Storyboard | Template | Translation
REQUESTS: tuple[type[AnyRequest], ...] = get_args(AnyRequest)


class Stage(StrEnum):
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
    due_at: float | None = None  # while it is leased, the end of the lease
    owner: str | None = None
    version: int = 0
    tries: int = 0  # since the last move
    trouble: str | None = None  # the error of the last try

    uploads: dict[str, str] = Field(default_factory=dict)  # by field: addresses at the studio
    prepared_at: float | None = None  # uploads expire at the studio after a day
    submitted_at: float | None = None  # when the paid call began
    doubtful_at: float | None = None  # when its answer was lost
    ticket: str | None = None
    result: dict[str, str] = Field(default_factory=dict)  # the studio's addresses of the finished video
    stored_video: StoredVideo | None = None
    translatable: bool = True  # long enough for a provider that is set up

    card_message: str | None = None  # the message with the card
    card_text: str = ""  # the text of that message
    video_message: str | None = None  # the message that holds the video
    asker_notified: bool = False  # of the end of the job
    cancelling: bool = False
    deleting: bool = False  # requested, and not yet done everywhere
    reason: str | None = None
    other_studio: str | None = None  # that could make it after this one failed
    notes: tuple[str, ...] = ()
    cost: float | None = None
    made_at: float | None = None

    @property
    def ended(self) -> bool:
        return self.stage in END_STAGES

    @property
    def deleted(self) -> bool:
        return isinstance(self.request, DeletedRequest)

    @property
    def queue(self) -> str | None:
        """The queue it waits in; None when nothing is left to do."""
        if self.ended:
            return None if self.asker_notified and not self.deleting else WORK_QUEUE
        return poll_queue(self.studio) if self.stage is Stage.RENDERING else WORK_QUEUE

    @property
    def marker(self) -> str:
        """The name we give its files and its job at the studio, to recognise them."""
        return f"dt-{self.id}"

    def to_stage(self, stage: Stage, now: float, **changes: Any) -> Self:
        """The job at another stage, due at once unless `changes` say otherwise."""
        defaults = {"stage": stage, "moved_at": now, "due_at": now, "tries": 0, "trouble": None}
        return self.model_copy(update=defaults | changes)

    def evolve(self, **changes: Any) -> Self:
        """The job at the same stage, with some fields changed."""
        return self.model_copy(update=changes)


@dataclass(frozen=True)
class LedgerEntry:
    """A submission or an outcome, with its cost when known."""

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
    """Stores jobs. Every method is one whole transaction."""

    async def add(self, jobs: Sequence[Job], limits: Sequence[Limit] = ()) -> list[Job]:
        """Store new jobs durably; if their idempotency key exists, return the jobs that have it instead.

        With limits, all jobs are from one person in one channel. Raises `LimitReached` when they are too many, also
        for many callers at once; a repeated idempotency key never counts.
        """
        ...

    async def check_limits(self, asker: Asker, place: Place, now: float, limits: Sequence[Limit]) -> None:
        """Raises `LimitReached` if one more job would be too many; for a form, as `add` decides."""
        ...

    async def get(self, job: str) -> Job | None: ...

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        """Lease up to `limit` due jobs of a queue until that moment, the longest due first."""
        ...

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        """Extend the leases that this owner still holds; the jobs whose lease was extended."""
        ...

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        """End the leases that this owner still holds; the jobs are due at that moment."""
        ...

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        """Write `new` if the job still has the version of `old`, else None. Ends the lease unless `keep_lease`."""
        ...

    async def nudge(self, job: str, now: float) -> bool:
        """Make a job due at that moment unless it is leased; whether it was made due."""
        ...

    async def next_due(self, queue: str) -> float | None: ...

    async def list_jobs(self, job_filter: JobFilter) -> list[Job]:
        """Newest first."""
        ...

    async def expired(self, before: float, limit: int) -> list[Job]:
        """Jobs from before that moment that are done and still have their content, oldest first."""
        ...

    async def recent_durations(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        """Seconds from submission to video for the latest similar jobs."""
        ...

    async def delete_workspace(self, platform: str, workspace: str, before: float) -> None:
        """Delete all jobs of a workspace up to that moment; the ledger stays."""
        ...

    async def upload_in_use(self, studio: str, upload: str) -> bool:
        """Whether an unfinished job uses this upload of a studio. True may be wrong, False is not."""
        ...

    async def prune_counters(self, before: float) -> None:
        """Delete limit counters that were last used before that moment."""
        ...

    async def ledger_of(self, job: str) -> list[LedgerEntry]:
        """Oldest first."""
        ...


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new_id(now: float | None = None) -> str:
    """An id that sorts by time and cannot be guessed: nine characters of milliseconds, eleven random ones."""
    moment = int((time.time() if now is None else now) * 1000)
    bits = (moment & ((1 << 45) - 1)) << 55 | int.from_bytes(os.urandom(7)) >> 1
    return "".join([_PAIRS[(bits >> shift) & 1023] for shift in range(90, -1, -10)])
