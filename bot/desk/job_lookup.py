"""Which job a person means, and whether it is theirs to change."""

from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.jobs.job import Job, Jobs, Wanted


class Finding:
    """Finds jobs for people; nobody else's private ones."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def find(self, asker: Asker, word: str) -> Job:
        """The job a person means, as long as it is known what was asked for."""
        job = await self._any(asker, word)
        if job.gone:
            raise Refused("What was asked for here is no longer kept. Ask anew: /didtalk and what should be said.")
        return job

    async def _any(self, asker: Asker, word: str, *, going: bool = False) -> Job:
        """By its id or the end of it, or the latest of their own when they name none; rather one that goes on."""
        found = await self._jobs.get(word) if word else None
        if found and (found.asker.key == asker.key or not found.place.private):
            return found
        mine = await self._mine(asker)
        for job in sorted(mine, key=lambda each: each.ended) if going else mine:
            if job.id.endswith(word.casefold()) if word else not job.gone:
                return job
        raise Refused(
            f"There is no job “{word[:40]}” of yours. /did jobs lists them." if word else "You have no jobs yet."
        )

    async def own(self, asker: Asker, word: str, verb: str, *, going: bool = False) -> Job:
        """A job that this person may do more with than look at."""
        job = await self._any(asker, word, going=going)
        if job.asker.key != asker.key and not asker.moderator:
            raise Refused(f"Only whoever asked for it, or a moderator, can {verb} this.")
        return job

    async def asked_of(self, asker: Asker, message: str) -> str | None:
        """The latest job that this person asked for by pointing at a message."""
        return next((job.id for job in await self._mine(asker) if job.place.message == message), None)

    async def _mine(self, asker: Asker) -> list[Job]:
        return await self._jobs.pick(
            Wanted(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=100)
        )
