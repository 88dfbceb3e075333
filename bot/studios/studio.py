"""A studio makes videos. What the engine asks of one, and what it may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.media import FileLimits, PreparedFile
from bot.requests.storyboard.scenes import Scene

# A studio's gateway gives up on a slow call after 29 s, and what it took may show a little later: only then is a call
# whose answer was lost proven never to have arrived.
SETTLE_SECONDS = 35.0


@dataclass(frozen=True)
class Accepted:
    """The studio took the job: its ticket, and notes on what had to be left out."""

    ticket: str
    notes: tuple[str, ...] = ()
    cost: float | None = None


@dataclass(frozen=True)
class Waiting:
    """Not finished yet; `vendor_status` is the studio's own word."""

    vendor_status: str = ""


@dataclass(frozen=True)
class Finished:
    """The links, which expire after a while."""

    video: str
    captions: str | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Failed:
    sentence: str
    moderated: bool = False  # by the studio's moderation


Status = Waiting | Finished | Failed


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    sentence: str = ""
    sample: str | None = None  # a sound or picture that shows it


@dataclass(frozen=True)
class Credit:
    studio: str
    remaining: float
    total: float | None = None
    expires: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """The scenes, if there are any, and notes on what was changed to make it fit."""

    scenes: tuple[Scene, ...] = ()
    notes: tuple[str, ...] = ()


class Studio(Protocol):
    """Makes videos. Errors are those of `bot.errors`, each saying what to do next."""

    @property
    def name(self) -> str:
        """did or heygen."""

    @property
    def title(self) -> str:
        """D-ID or HeyGen."""

    def check(self, request: Request) -> None:
        """Refuse what this studio cannot make, before anything is stored; no outside call."""

    def preview(self, request: Request) -> Preview:
        """What it will make of a request; no outside call."""

    async def check_names(self, request: Request) -> None:
        """Refuse unknown voices and presenters, with the nearest match."""

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        """The limits of each file, by field."""

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        """Upload or host the files and look up the names, so that the paid call can only succeed or be refused."""

    async def submit(self, job: Job) -> Accepted:
        """The one paid call. Unsure when the answer was lost; every other error means nothing was accepted."""

    async def recover(self, job: Job) -> str | None:
        """The ticket of a submission whose answer was lost; None when it certainly never arrived; else Unsure."""

    async def status_of(self, jobs: Sequence[Job]) -> Mapping[str, Status]:
        """By job id, in as few calls as possible; a job that is missing is as before."""

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        """Stream the video and its captions to these files; False when there are no captions."""

    async def delete(self, job: Job) -> None:
        """Delete the studio's copy; TryAgain while it is being rendered."""

    async def delete_uploads(self, job: Job) -> None:
        """Delete the files that were sent for a job, unless an unfinished job needs them. May be repeated."""

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """Voices, presenters and the like that match what was typed."""

    async def credit(self) -> Credit:
        """What is left on the account."""
