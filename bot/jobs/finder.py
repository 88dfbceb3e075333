"""Finds the jobs that people mean."""

from bot.errors import Refused
from bot.jobs.job import Asker, Job, JobFilter, Jobs

_ENDED_BY_VERB = {"cancel": False, "delete": True, "redo": True, "switch": True}  # whether a job must have ended


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
        """By its id or the end of it as in the list of jobs; without one, the asker's latest job."""
        if not job_ref:
            own_jobs = [job for job in await self._jobs_of_asker(asker) if not job.deleted]
            if not own_jobs:
                raise Refused("You have no jobs yet.")
            return min(own_jobs, key=lambda each: each.ended) if unfinished_first else own_jobs[0]
        found = await self._jobs.get(job_ref)
        if found and (found.asker.is_same_person(asker) or not found.place.private):
            return found
        for job in await self._jobs_in_reach(asker):
            if job.id.endswith(job_ref.casefold()):
                return job
        of_yours = "" if asker.moderator else " of yours"
        raise Refused(f"There is no job “{job_ref[:40]}”{of_yours}. /did jobs lists them.")

    async def find_own_job(self, asker: Asker, job_ref: str, verb: str, *, unfinished_first: bool = False) -> Job:
        """A job that this person may change."""
        job = await self._find_any(asker, job_ref, unfinished_first=unfinished_first)
        if not job.asker.is_same_person(asker) and not asker.moderator:
            raise Refused(f"Only the requester or a moderator can {verb} this.")
        return job

    async def list_for(self, asker: Asker, verb: str = "", limit: int = 25) -> list[Job]:
        """The latest jobs in reach that a verb can act on."""
        found = await self._jobs_in_reach(asker, _ENDED_BY_VERB.get(verb))
        return [job for job in found if not job.deleted][:limit]

    async def job_asked_by_message(self, asker: Asker, message: str) -> str | None:
        """The latest job that this person requested by reacting to a message."""
        return next((job.id for job in await self._jobs_of_asker(asker) if job.place.message == message), None)

    async def _jobs_in_reach(self, asker: Asker, ended: bool | None = None) -> list[Job]:
        """The latest of this person; for a moderator of everybody, except other people's private ones."""
        found = await self._list_jobs(asker, None if asker.moderator else asker.user, ended)
        return [job for job in found if not job.place.private or job.asker.is_same_person(asker)]

    async def _jobs_of_asker(self, asker: Asker) -> list[Job]:
        return await self._list_jobs(asker, asker.user)

    async def _list_jobs(self, asker: Asker, user: str | None, ended: bool | None = None) -> list[Job]:
        return await self._jobs.list_jobs(
            JobFilter(platform=asker.platform, workspace=asker.workspace, user=user, ended=ended, limit=100)
        )
