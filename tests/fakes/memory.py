"""Jobs kept in memory: the plainest thing that keeps every promise of `bot.jobs.job.Jobs`, for tests of the core."""

from collections.abc import Iterable, Sequence

from bot.jobs.job import Entry, Job, Stage, Wanted
from bot.jobs.limits import Cap, Reached


class MemoryJobs:
    """Keeps jobs as long as it lives. Nothing awaits on the way, so each method is a transaction by itself."""

    def __init__(self) -> None:
        self.turns_forgotten = 0.0
        self.kept: dict[str, Job] = {}
        self.entries: list[Entry] = []

    async def add(self, jobs: Sequence[Job], caps: Sequence[Cap] = ()) -> list[Job]:
        """Keep new jobs, as many as the caps allow; when their `once` was kept before, give back those instead."""
        if len(jobs) == 1 and jobs[0].id in self.kept:
            return [self.kept[jobs[0].id]]
        for job in jobs:
            if job.id in self.kept:
                raise ValueError(f"{job.id} is kept already")
        gestures: dict[str, list[Job]] = {}
        for job in jobs:
            gestures.setdefault(job.once or job.id, []).append(job)
        fresh = [job for asked in gestures.values() if not self._again(asked) for job in asked]
        for cap in caps if fresh else ():
            self._count(cap, fresh)
        return [job for asked in gestures.values() for job in self._add(asked)]

    async def get(self, job: str) -> Job | None:
        """One job by its id."""
        return self.kept.get(job)

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        """Hold up to `limit` jobs of a queue that are due, the longest due first, until that moment."""
        due = sorted(
            (job.due_at, job.id) for job in self._queued(queue) if job.due_at is not None and job.due_at <= now
        )
        held = [self.kept[key] for _, key in due[:limit]]
        return [self._put(job.but(owner=owner, due_at=until, version=job.version + 1)) for job in held]

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        """Hold these jobs for longer, those of them that this owner still holds; which they are."""
        held = [job for each in jobs if (job := self.kept.get(each)) and job.owner == owner]
        for job in held:
            self._put(job.but(due_at=max(until, job.due_at or until)))
        return {job.id for job in held}

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        """Let go of these jobs, those of them that this owner still holds; they are due at that moment."""
        for job in [held for each in jobs if (held := self.kept.get(each)) and held.owner == owner]:
            self._put(job.but(owner=None, due_at=due, version=job.version + 1))

    async def move(self, old: Job, new: Job, entry: Entry | None = None, *, hold: bool = False) -> Job | None:
        """Write `new` over `old` if nobody moved it since; None when somebody did. Lets go unless `hold`."""
        kept = self.kept.get(old.id)
        if kept is None or kept.version != old.version:
            return None
        if entry:
            self.entries.append(entry)
        due = kept.due_at if hold and kept.owner else new.due_at
        return self._put(new.but(owner=kept.owner if hold else None, due_at=due, version=kept.version + 1))

    async def nudge(self, job: str, now: float) -> bool:
        """Make a job due now, unless somebody holds it; whether it was."""
        kept = self.kept.get(job)
        if kept is None or kept.queue is None:
            return False
        if kept.due_at is not None and kept.due_at <= now:
            return True
        if kept.owner:
            return False
        self._put(kept.but(due_at=now))
        return True

    async def next_due(self, queue: str) -> float | None:
        """When the next job of a queue is due."""
        return min((job.due_at for job in self._queued(queue) if job.due_at is not None), default=None)

    async def pick(self, wanted: Wanted) -> list[Job]:
        """Jobs, newest first."""
        found = [job for job in self.kept.values() if _fits(job, wanted)]
        return sorted(found, key=lambda job: (job.asked_at, job.id), reverse=True)[: wanted.limit]

    async def old(self, before: float, limit: int) -> list[Job]:
        """Jobs asked before that moment of which nothing is left to do and the words still stand, oldest first."""
        over = [job for job in self.kept.values() if job.queue is None and not job.gone and job.asked_at < before]
        return sorted(over, key=lambda job: job.asked_at)[:limit]

    async def took(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        """How many seconds the studio needed for the latest jobs like this one."""
        found = [
            (job.made_at, job.made_at - job.submitted_at)
            for job in self.kept.values()
            if (job.studio, job.request.kind, job.stage) == (studio, kind, Stage.DELIVERED)
            and job.made_at is not None
            and job.submitted_at is not None
            and size / 2 - 50 <= job.request.size <= size * 2 + 50
        ]
        return [seconds for _, seconds in sorted(found, reverse=True)[:limit]]

    async def forget(self, platform: str, workspace: str, before: float) -> None:
        """Forget every job that was asked in a workspace up to that moment; what was paid stays in the ledger."""
        gone = Wanted(platform=platform, workspace=workspace, limit=len(self.kept))
        for job in await self.pick(gone):
            if job.asked_at <= before:
                del self.kept[job.id]

    async def in_use(self, studio: str, upload: str) -> bool:
        """Whether an unfinished job was prepared with this upload of a studio."""
        return any(
            upload in job.uploads.values() for job in self.kept.values() if job.studio == studio and not job.ended
        )

    async def forget_turns(self, before: float) -> None:
        """Nobody takes turns here; it is only noted that somebody asked."""
        self.turns_forgotten = before

    async def ledger(self, job: str) -> list[Entry]:
        """What was submitted and decided for a job, oldest first."""
        return [entry for entry in self.entries if entry.job == job]

    def _add(self, asked: list[Job]) -> list[Job]:
        return self._again(asked) or [self._put(job) for job in asked]

    def _again(self, asked: list[Job]) -> list[Job]:
        once = asked[0].once
        return [job for job in self.kept.values() if once is not None and job.once == once]

    def _count(self, cap: Cap, fresh: list[Job]) -> None:
        new = fresh[0]
        others = [job for job in self.kept.values() if _same(cap, job, new)]
        if cap.seconds is None:
            if len([job for job in others if job.queue]) + len(fresh) > cap.most:
                raise Reached(cap)
            return
        after = new.asked_at - cap.seconds
        times = sorted([job.asked_at for job in (*others, *fresh) if job.asked_at > after], reverse=True)
        if len(times) > cap.most:
            raise Reached(cap, times[cap.most] + cap.seconds)

    def _put(self, job: Job) -> Job:
        self.kept[job.id] = job
        return job

    def _queued(self, queue: str) -> Iterable[Job]:
        return (job for job in self.kept.values() if job.queue == queue)


def _same(cap: Cap, job: Job, new: Job) -> bool:
    """Whether two jobs count together."""
    return job.asker.key == new.asker.key if cap.whose == "person" else job.place.home == new.place.home


def _fits(job: Job, wanted: Wanted) -> bool:
    """Whether a job is one of those wanted."""
    pairs = (
        (wanted.platform, job.asker.platform),
        (wanted.workspace, job.asker.workspace),
        (wanted.user, job.asker.user),
        (wanted.once, job.once),
        (wanted.ended, job.ended),
    )
    return all(want is None or want == has for want, has in pairs) and (not wanted.stages or job.stage in wanted.stages)
