"""An errand: who asked for something, where and when; it becomes a job for each part of the request."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import storyboard_plan
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Stage, new_id
from bot.requests.kinds import Request, Translation
from bot.studios.studio import Preview


@dataclass(frozen=True)
class JobFactory:
    """What all jobs of one asking have in common."""

    asker: Asker
    place: Place
    now: float
    in_sandbox: bool = False
    idempotency_key: str | None = None
    redo_of: str | None = None

    def make_jobs(self, request: Request, studio: str, preview: Preview) -> list[Job]:
        """The jobs of a request."""
        group, parts = new_id(self.now), split_request(request)
        return [
            self._make_job(
                part,
                studio,
                group,
                id=group if index == 0 else new_id(self.now),
                index=index,
                count=len(parts),
                notes=storyboard_plan.job_notes(part, preview),
            )
            for index, part in enumerate(parts)
        ]

    def make_refused_job(self, request: Request, studio: str, sentence: str, other_studio: str) -> Job:
        """A job that ended before it began; its card has a button for the other studio."""
        job_id = new_id(self.now)
        job = self._make_job(request, studio, job_id, id=job_id)
        return job.to_stage(Stage.FAILED, self.now, reason=sentence, other_studio=other_studio)

    def _make_job(self, request: Request, studio: str, group: str, **fields: object) -> Job:
        return Job.model_validate(
            fields
            | {
                "group": group,
                "request": request,
                "studio": studio,
                "in_sandbox": self.in_sandbox,
                "idempotency_key": self.idempotency_key,
                "asker": self.asker,
                "place": self.place,
                "redo_of": self.redo_of,
                "asked_at": self.now,
                "moved_at": self.now,
                "due_at": self.now,
            }
        )


def split_request(request: Request) -> Sequence[Request]:
    """A request for several languages is a job for each."""
    if isinstance(request, Translation):
        return [request.model_copy(update={"languages": (each,)}) for each in request.languages]
    return [request]
