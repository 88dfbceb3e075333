"""Jobs in memory: the simplest class that fulfils `bot.jobs.job.Jobs`, for tests of the core."""

from collections.abc import Iterable, Sequence

from bot.jobs.job import Asker, Job, JobFilter, LedgerEntry, Place, Stage
from bot.jobs.limits import Limit, LimitReached
from tests.fakes.sample_job import a_job


class MemoryJobs:
    """No method waits for anything, so each is one transaction."""

    def __init__(self) -> None:
        self.counters_pruned_before = 0.0
        self.stored_jobs: dict[str, Job] = {}
        self.ledger_entries: list[LedgerEntry] = []

    async def add(self, jobs: Sequence[Job], limits: Sequence[Limit] = ()) -> list[Job]:
        if len(jobs) == 1 and jobs[0].id in self.stored_jobs:
            return [self.stored_jobs[jobs[0].id]]
        for job in jobs:
            if job.id in self.stored_jobs:
                raise ValueError(f"{job.id} is kept already")
        gestures: dict[str, list[Job]] = {}
        for job in jobs:
            gestures.setdefault(job.idempotency_key or job.id, []).append(job)
        fresh = [job for asked in gestures.values() if not self._find_repeated(asked) for job in asked]
        for cap in limits if fresh else ():
            self._check_limit(cap, fresh)
        return [job for asked in gestures.values() for job in self._add_group(asked)]

    async def check_limits(self, asker: Asker, place: Place, now: float, limits: Sequence[Limit]) -> None:
        for cap in limits:
            self._check_limit(cap, [a_job(asked_at=now, asker=asker, place=place)])

    async def get(self, job: str) -> Job | None:
        return self.stored_jobs.get(job)

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        due = sorted(
            (job.due_at, job.id) for job in self._in_queue(queue) if job.due_at is not None and job.due_at <= now
        )
        held = [self.stored_jobs[key] for _, key in due[:limit]]
        return [self._store_job(job.evolve(owner=owner, due_at=until, version=job.version + 1)) for job in held]

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        held = [job for each in jobs if (job := self.stored_jobs.get(each)) and job.owner == owner]
        for job in held:
            self._store_job(job.evolve(due_at=max(until, job.due_at or until)))
        return {job.id for job in held}

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        for job in [held for each in jobs if (held := self.stored_jobs.get(each)) and held.owner == owner]:
            self._store_job(job.evolve(owner=None, due_at=due, version=job.version + 1))

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        kept = self.stored_jobs.get(old.id)
        if kept is None or kept.version != old.version:
            return None
        if entry:
            self.ledger_entries.append(entry)
        due = kept.due_at if keep_lease and kept.owner else new.due_at
        return self._store_job(
            new.evolve(owner=kept.owner if keep_lease else None, due_at=due, version=kept.version + 1)
        )

    async def nudge(self, job: str, now: float) -> bool:
        kept = self.stored_jobs.get(job)
        if kept is None or kept.queue is None:
            return False
        if kept.due_at is not None and kept.due_at <= now:
            return True
        if kept.owner:
            return False
        self._store_job(kept.evolve(due_at=now))
        return True

    async def next_due(self, queue: str) -> float | None:
        return min((job.due_at for job in self._in_queue(queue) if job.due_at is not None), default=None)

    async def list_jobs(self, job_filter: JobFilter) -> list[Job]:
        found = [job for job in self.stored_jobs.values() if _matches_filter(job, job_filter)]
        return sorted(found, key=lambda job: (job.asked_at, job.id), reverse=True)[: job_filter.limit]

    async def expired(self, before: float, limit: int) -> list[Job]:
        over = [
            job for job in self.stored_jobs.values() if job.queue is None and not job.deleted and job.asked_at < before
        ]
        return sorted(over, key=lambda job: job.asked_at)[:limit]

    async def recent_durations(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        found = [
            (job.made_at, job.made_at - job.submitted_at)
            for job in self.stored_jobs.values()
            if (job.studio, job.request.kind, job.stage) == (studio, kind, Stage.DELIVERED)
            and job.made_at is not None
            and job.submitted_at is not None
            and size / 2 - 50 <= job.request.size <= size * 2 + 50
        ]
        return [seconds for _, seconds in sorted(found, reverse=True)[:limit]]

    async def delete_workspace(self, platform: str, workspace: str, before: float) -> None:
        gone = JobFilter(platform=platform, workspace=workspace, limit=len(self.stored_jobs))
        for job in await self.list_jobs(gone):
            if job.asked_at <= before:
                del self.stored_jobs[job.id]

    async def upload_in_use(self, studio: str, upload: str) -> bool:
        return any(
            upload in job.uploads.values()
            for job in self.stored_jobs.values()
            if job.studio == studio and not job.ended
        )

    async def prune_counters(self, before: float) -> None:
        self.counters_pruned_before = before

    async def ledger_of(self, job: str) -> list[LedgerEntry]:
        return [entry for entry in self.ledger_entries if entry.job == job]

    def _add_group(self, asked: list[Job]) -> list[Job]:
        return self._find_repeated(asked) or [self._store_job(job) for job in asked]

    def _find_repeated(self, asked: list[Job]) -> list[Job]:
        once = asked[0].idempotency_key
        return [job for job in self.stored_jobs.values() if once is not None and job.idempotency_key == once]

    def _check_limit(self, cap: Limit, fresh: list[Job]) -> None:
        new = fresh[0]
        others = [job for job in self.stored_jobs.values() if _counts_together(cap, job, new)]
        if cap.span_seconds is None:
            if len([job for job in others if job.queue]) + len(fresh) > cap.max_jobs:
                raise LimitReached(cap)
            return
        after = new.asked_at - cap.span_seconds
        times = sorted([job.asked_at for job in (*others, *fresh) if job.asked_at > after], reverse=True)
        if len(times) > cap.max_jobs:
            raise LimitReached(cap, times[cap.max_jobs] + cap.span_seconds)

    def _store_job(self, job: Job) -> Job:
        self.stored_jobs[job.id] = job
        return job

    def _in_queue(self, queue: str) -> Iterable[Job]:
        return (job for job in self.stored_jobs.values() if job.queue == queue)


def _counts_together(cap: Limit, job: Job, new: Job) -> bool:
    """Whether two jobs count together."""
    return job.asker.key == new.asker.key if cap.scope == "person" else job.place.rules_key == new.place.rules_key


def _matches_filter(job: Job, wanted: JobFilter) -> bool:
    """Whether a job is one of those wanted."""
    pairs = (
        (wanted.platform, job.asker.platform),
        (wanted.workspace, job.asker.workspace),
        (wanted.user, job.asker.user),
        (wanted.idempotency_key, job.idempotency_key),
        (wanted.ended, job.ended),
    )
    return all(want is None or want == has for want, has in pairs) and (not wanted.stages or job.stage in wanted.stages)
