"""The generators of D-ID: where each lives, what it takes, and which one makes a request."""

from dataclasses import dataclass

from adapters.studios.did import schemas
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.kinds import Animation, Request, Talk, Translation, Video


@dataclass(frozen=True)
class Generator:
    """One endpoint that makes videos; its path is also the key of its lists."""

    path: str
    body: type[schemas.Body]
    named: bool = True  # takes and shows a `name`
    pictured: bool = False  # shows the file name of the picture it was given


GENERATORS = {
    each.path: each
    for each in (
        Generator("talks", schemas.Talk, pictured=True),
        Generator("animations", schemas.Animation, named=False, pictured=True),
        Generator("expressives", schemas.Expressive),
        Generator("videos", schemas.V4Video, named=False),
        Generator("clips", schemas.Clip),
        Generator("scenes", schemas.Scene),
        Generator("translations", schemas.Translation, named=False, pictured=True),
    )
}

MODELS = {"v4": "expressives", "clip": "clips", "scene": "scenes"}


def path(request: Request, model: str = "") -> str:
    """Which generator makes a request; a video's model is known once its presenter is."""
    match request:
        case Talk():
            return "talks"
        case Animation():
            return "animations"
        case Translation():
            return "translations"
        case Video():
            return MODELS[model or request.model or "v4"]
    raise Refused(f"D-ID does not make {request.noun.removeprefix('a ')}s; HeyGen does.", "studio")


def paths(job: Job, v4: str) -> tuple[str, ...]:
    """Where a job's submission may have gone, the likeliest first; `v4` is that path's setting."""
    own = path(job.request, job.uploads.get("model", ""))
    if own != "expressives":
        return (own,)
    return ("expressives", "videos") if v4 == "auto" else (v4,)


def parts(ticket: str) -> tuple[str, str]:
    """A ticket's generator and id."""
    where, _, ident = ticket.partition("/")
    return where, ident
