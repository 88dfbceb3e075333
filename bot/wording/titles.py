"""Titles, alternative texts and file names of jobs."""

from bot.jobs.job import Job
from bot.requests.base import DeletedRequest, Request
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.storyboard.storyboard import Storyboard
from bot.requests.template import Template
from bot.studios.studio import studio_title


def request_title(request: Request) -> str:
    """The title of a card."""
    match request:
        case Talk():
            return f"Talk: {_quote_script(request.script)}"
        case Animation():
            family = (request.driver or "").removeprefix("bank://").strip("/")
            return f"Animated photo: {family}" if family else "Animated photo"
        case Video():
            return f"Video: {_quote_script(request.script)}"
        case Translation():
            return f"Translation into {' and '.join(request.languages)}"
        case Storyboard():
            return f"Storyboard: {request.name}"
        case Template():
            return f"Template: {request.template}"
        case DeletedRequest():
            return "Deleted"
        case _:
            return "A video"


def provenance(job: Job) -> str:
    """The line under every video: the provider and the requester."""
    studio = studio_title(job.studio)
    where = f"in the sandbox ({studio})" if job.in_sandbox else f"with {studio}"
    return f"AI-generated {where} · Requested by {job.asker.name or job.asker.user}"


def alt_text(job: Job) -> str:
    """What the video shows, for those who cannot see it."""
    match job.request:
        case Talk(script=str(words)) | Video(script=str(words)):
            return f"AI-generated video of a face saying: {words}"[:1000]
        case Talk() | Video():
            return "AI-generated video of a face speaking a recording."
        case Animation():
            return "AI-generated animation of a photo."
        case Translation(languages=languages):
            return f"AI-generated translation of a video into {' and '.join(languages)}."
        case _:
            return "AI-generated video of several scenes."


def video_file_name(job: Job) -> str:
    """What the finished file is called."""
    request = job.request
    ending = getattr(request, "format", "mp4")
    of = "-".join(request.languages).lower() if isinstance(request, Translation) else request.kind
    return f"didtalk-{of}-{job.id[-6:]}.{ending}"


def _quote_script(words: str | None) -> str:
    if not words:
        return "a recording"
    line = " ".join(words.split())
    return f"“{line}”" if len(line) <= 80 else f"“{line[:77].rstrip()}…”"
