"""The generators of D-ID: where each lives, what it takes, and which one makes a request."""

from dataclasses import dataclass

from adapters.contracts import BodySchema
from bot.errors import NotOffered
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Animation, Talk, Translation, Video


@dataclass(frozen=True)
class EndpointSpec:
    """One endpoint that makes videos; its path is also the key of its lists."""

    path: str
    has_name: bool = True  # takes and shows a `name`
    shows_file_name: bool = False  # shows the file name of the picture it was given
    always_given: tuple[str, ...] = ()  # what D-ID would replace by something of its own

    @property
    def body(self) -> BodySchema:
        return BodySchema("did", f"/{self.path}")


ENDPOINTS = {
    each.path: each
    for each in (
        EndpointSpec("talks", shows_file_name=True, always_given=("source_url",)),
        EndpointSpec("animations", has_name=False, shows_file_name=True, always_given=("source_url",)),
        EndpointSpec("expressives"),
        EndpointSpec("videos", has_name=False),
        EndpointSpec("clips", always_given=("presenter_id",)),
        EndpointSpec("scenes"),
        EndpointSpec("translations", has_name=False, shows_file_name=True),
    )
}

REQUEST_ENDPOINTS: dict[type[Request], str] = {Talk: "talks", Animation: "animations", Translation: "translations"}
MODEL_ENDPOINTS = {"v4": "expressives", "clip": "clips", "scene": "scenes"}


def endpoint_for(request: Request, model: str = "") -> str:
    """The endpoint of a request; a video's model is known once its presenter is."""
    if isinstance(request, Video):
        return MODEL_ENDPOINTS[model or request.model or "v4"]
    if type(request) in REQUEST_ENDPOINTS:
        return REQUEST_ENDPOINTS[type(request)]
    raise NotOffered(f"D-ID does not make {request.noun.removeprefix('a ')}s; HeyGen does.", "studio")


def possible_endpoints(job: Job, v4_endpoint: str) -> tuple[str, ...]:
    """Where a job's submission may have gone, the most likely first."""
    own = endpoint_for(job.request, job.uploads.get("presenter_kind", ""))
    if own != "expressives":
        return (own,)
    return ("expressives", "videos") if v4_endpoint == "auto" else (v4_endpoint,)


def parse_ticket(ticket: str) -> tuple[str, str]:
    endpoint, _, ident = ticket.partition("/")
    return endpoint, ident
