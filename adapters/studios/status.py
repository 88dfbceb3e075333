"""Status of jobs at a vendor: a few are asked for one by one, many by page; and where lost submissions may be."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import structlog

from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.studios.studio import Status, Waiting

MAX_JOBS_ASKED_SINGLY = 4
MAX_UNLISTED_ASKED = 20  # jobs that no page shows are asked for one by one, so many at a time; the others next time
MAX_UNKNOWN_STATUSES = 100

CLOCK_MARGIN_SECONDS = 300.0  # clocks differ a little, and so may a studio's idea of when something was created
CLOCK_SET_BACK_SECONDS = 86400.0


log = structlog.get_logger(__name__)


class StatusReader(ABC):
    unfinished_statuses: ClassVar[frozenset[str]]

    def __init__(self) -> None:
        self._unknown_statuses: set[str] = set()

    @abstractmethod
    def group_and_id(self, job: Job) -> tuple[str, str]:
        """The list that shows a job, and its id there; no id without a ticket."""

    @abstractmethod
    async def read_status(self, job: Job) -> Status:
        """The status of one job, asked for by itself."""

    @abstractmethod
    async def read_listed(self, group: str, waiting: Mapping[str, Job]) -> dict[str, Status]:
        """The statuses in pages, by job id; `waiting` is by vendor id."""

    async def read_statuses(self, jobs: Sequence[Job]) -> dict[str, Status]:
        groups: dict[str, dict[str, Job]] = {}
        for job in jobs:
            group, ident = self.group_and_id(job)
            if ident:
                groups.setdefault(group, {})[ident] = job
        statuses: dict[str, Status] = {}
        for group, waiting in groups.items():
            listed = await self.read_listed(group, waiting) if len(waiting) > MAX_JOBS_ASKED_SINGLY else {}
            unlisted = [job for job in waiting.values() if job.id not in listed]
            statuses |= listed | await self._read_one_by_one(unlisted[:MAX_UNLISTED_ASKED])
        return statuses

    async def _read_one_by_one(self, jobs: Sequence[Job]) -> dict[str, Status]:
        """One call each; a failed call leaves its job as it was, unless all fail."""
        statuses: dict[str, Status] = {}
        errors: list[TryAgain] = []

        async def read_one(job: Job) -> None:
            try:
                statuses[job.id] = await self.read_status(job)
            except TryAgain as error:
                errors.append(error)

        # Other errors concern the account and not one job; the first of them is raised bare.
        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(read_one(job))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        if errors and not statuses:
            raise errors[0]
        return statuses

    def waiting(self, word: str) -> Waiting:
        """An unfinished job; an unknown status is logged once."""
        known = word in self.unfinished_statuses or word in self._unknown_statuses
        if not known and len(self._unknown_statuses) < MAX_UNKNOWN_STATUSES:
            self._unknown_statuses.add(word)
            log.warning("unknown job status, treated as unfinished", reader=type(self).__name__, status=word[:40])
        return Waiting(word)


def search_start(job: Job, now: float, studio_time: float | None) -> float:
    """The moment from which on a lost submission may be in a list, by the studio's clock.

    Our clock may be wrong, or may have been set since. Too late a moment would prove an absence that is none, and buy a
    video twice; too early a one only reads further back.
    """
    submitted = job.submitted_at or job.asked_at
    if submitted > now:  # our clock was set back since, and may have been wrong by anything
        submitted = now - CLOCK_SET_BACK_SECONDS
    ahead = max(0.0, now - studio_time) if studio_time is not None else 0.0
    return submitted - ahead - CLOCK_MARGIN_SECONDS


def unanswered_seconds(job: Job, now: float) -> float:
    """How long the answer has been missing; times in the future come from a clock that was wrong."""
    moments = (job.doubtful_at or 0.0, job.submitted_at or 0.0)
    return now - max((at for at in moments if at <= now), default=0.0)
