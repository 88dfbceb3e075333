"""Finds the jobs that people mean."""

from bot.errors import Refused
from bot.jobs.job import Asker, Job, JobFilter, Jobs

_ENDED_BY_VERB = {"cancel": False, "delete": True, "redo": True}  # whether a job must have ended


class JobFinder:
    """Finds jobs by what people type, except other people's private jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def find_job(self, asker: Asker, job_ref: str) -> Job:
        """A job whose content has not been deleted."""
        job = await self._find_any(asker, job_ref)
        if job.deleted:
            raise Refused("That request was deleted. Start a new one: /didtalk followed by your text.")
        return job

    async def _find_any(self, asker: Asker, job_ref: str, *, unfinished_first: bool = False) -> Job:
        """By its id or the end of it; without one, the asker's latest job."""
        found = await self._jobs.get(job_ref) if job_ref else None
        if found and (found.asker.is_same_person(asker) or not found.place.private):
            return found
        own_jobs = await self._jobs_of_asker(asker)
        for job in sorted(own_jobs, key=lambda each: each.ended) if unfinished_first else own_jobs:
            if job.id.endswith(job_ref.casefold()) if job_ref else not job.deleted:
                return job
        raise Refused(
            f"There is no job “{job_ref[:40]}” of yours. /did jobs lists them." if job_ref else "You have no jobs yet."
        )

    async def find_own_job(self, asker: Asker, job_ref: str, verb: str, *, unfinished_first: bool = False) -> Job:
        """A job that this person may change."""
        job = await self._find_any(asker, job_ref, unfinished_first=unfinished_first)
        if not job.asker.is_same_person(asker) and not asker.moderator:
            raise Refused(f"Only the requester or a moderator can {verb} this.")
        return job

    async def list_for(self, asker: Asker, verb: str = "", limit: int = 25) -> list[Job]:
        """The latest jobs that a verb can act on: this person's; for a moderator everybody's that are not private."""
        wanted = JobFilter(
            platform=asker.platform,
            workspace=asker.workspace,
            user=None if asker.moderator else asker.user,
            ended=_ENDED_BY_VERB.get(verb),
            limit=100,
        )
        found = [job for job in await self._jobs.list_jobs(wanted) if not job.deleted]
        return [job for job in found if not job.place.private or job.asker.is_same_person(asker)][:limit]

    async def job_asked_by_message(self, asker: Asker, message: str) -> str | None:
        """The latest job that this person requested by reacting to a message."""
        return next((job.id for job in await self._jobs_of_asker(asker) if job.place.message == message), None)

    async def _jobs_of_asker(self, asker: Asker) -> list[Job]:
        return await self._jobs.list_jobs(
            JobFilter(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=100)
        )
