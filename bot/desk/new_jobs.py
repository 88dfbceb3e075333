"""An errand: who asked for something, where and when; it becomes a job for each part of the request."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import storyboard_plan
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Stage, new_id
from bot.requests.kinds import Request, Translation
from bot.studios.studio import Outlook


@dataclass(frozen=True)
class Errand:
    """What all jobs of one asking have in common."""

    asker: Asker
    place: Place
    now: float
    rehearsed: bool = False
    once: str | None = None
    again_of: str | None = None

    def jobs(self, request: Request, studio: str, outlook: Outlook) -> list[Job]:
        """The jobs of a request."""
        group, several = new_id(self.now), parts(request)
        return [
            self._job(
                part,
                studio,
                group,
                id=group if nth == 0 else new_id(self.now),
                nth=nth,
                of=len(several),
                notes=storyboard_plan.notes(part, outlook),
            )
            for nth, part in enumerate(several)
        ]

    def refused(self, request: Request, studio: str, sentence: str, other: str) -> Job:
        """A job that ended before it began; its card has a button for the other studio."""
        ident = new_id(self.now)
        job = self._job(request, studio, ident, id=ident)
        return job.at(Stage.FAILED, self.now, reason=sentence, elsewhere=other)

    def _job(self, request: Request, studio: str, group: str, **own: object) -> Job:
        return Job.model_validate(
            own
            | {
                "group": group,
                "request": request,
                "studio": studio,
                "rehearsed": self.rehearsed,
                "once": self.once,
                "asker": self.asker,
                "place": self.place,
                "again_of": self.again_of,
                "asked_at": self.now,
                "moved_at": self.now,
                "due_at": self.now,
            }
        )


def parts(request: Request) -> Sequence[Request]:
    """A request for several languages is a job for each."""
    if isinstance(request, Translation):
        return [request.model_copy(update={"languages": (each,)}) for each in request.languages]
    return [request]
