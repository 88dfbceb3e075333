"""What both APIs have in common: keys, pages, jobs on their way in and out, and parts of orders for the renderer."""

import asyncio
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from starlette.responses import FileResponse, Response

from adapters.sandbox.context import ApiCall, SandboxContext, portrait_files
from adapters.sandbox.fault_injection import strip_markers
from adapters.sandbox.inspect_media import PictureInfo, UnreadableMedia
from adapters.sandbox.render.order import FaceBox, RenderOrder, SpeechVoice
from adapters.sandbox.renderer import FaceFinder, VoiceSampler
from adapters.sandbox.request_pipeline import ApiError
from adapters.sandbox.store import jobs
from adapters.sandbox.store.billing import Charge
from adapters.sandbox.store.jobs import SandboxJob

_MAX_SEARCHED_PIXELS = 16_000_000  # larger ones are refused when their job is made


class HasId(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=HasId)
Result = TypeVar("Result")


def find_by_id(entries: Iterable[Entry], wanted: str) -> Entry | None:
    return next((one for one in entries if one.id == wanted), None)


def same_key(given: str, known: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), known.encode())


async def inspect(measure: Callable[[Path], Result], path: Path, refusal: ApiError) -> Result:
    """What can be learnt from a file, or the refusal when it is unreadable."""
    try:
        return await asyncio.to_thread(measure, path)
    except UnreadableMedia:
        raise refusal from None


async def find_faces(context: SandboxContext, path: Path, info: PictureInfo) -> list[FaceBox]:
    """The faces in a picture; where nothing is painted and nobody can look, one in the upper middle."""
    if isinstance(context.renderer, FaceFinder) and info.width * info.height <= _MAX_SEARCHED_PIXELS:
        return await context.renderer.find_faces(path)
    side = round(min(info.width, info.height) * 0.5)
    left, top = (info.width - side) // 2, round((info.height - side) * 0.35)
    return [FaceBox(left, top, left + side, top + side, 0.99)]


def parse_whole_number(text: str, lowest: int, highest: float) -> int | None:
    """A number of a query; nothing when it is none or out of bounds."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 17 else -1
    return value if lowest <= value <= highest else None


def new_job(
    call: ApiCall, studio: str, kind: str, job_id: str, body: dict[str, Any], notes: dict[str, Any], running_status: str
) -> SandboxJob:
    """The job of a call, before it is paid."""
    now = call.context.clock()
    faults = tuple(fault for fault in call.faults if fault.phase == "job")
    job = SandboxJob(job_id, studio, kind, body, call.base_url, now, running_status, notes=notes, faults=faults)
    return replace(job, modified=now)


def charge_for(job: SandboxJob, user_data: str | None, name: str | None, price: float) -> Charge:
    return Charge(job.id, job.studio, job.kind, user_data, name, price, job.created)


async def accept_jobs(
    call: ApiCall, new_jobs: Sequence[SandboxJob], files: Mapping[str, tuple[Path, str]], charges: Sequence[Charge]
) -> list[SandboxJob]:
    """Keep the jobs, each with its own copies of the files by role, and charge for them, or keep nothing."""
    accepted = [await asyncio.to_thread(_copy_files, call, job, files) for job in new_jobs]
    try:
        await jobs.accept_jobs(call.context.database, accepted, charges, call.context.options.credits)
    except Exception:
        for job in accepted:
            await asyncio.to_thread(call.context.files.delete_job_files, job.id)
        raise
    call.context.render_wakeup.set()
    return accepted


def _copy_files(call: ApiCall, job: SandboxJob, files: Mapping[str, tuple[Path, str]]) -> SandboxJob:
    copies = {role: call.context.files.copy_for_job(job.id, role, *source) for role, source in files.items()}
    return replace(job, files=copies)


async def delete_job(call: ApiCall, job: SandboxJob) -> None:
    await jobs.delete_job(call.context.database, job.id)
    await asyncio.to_thread(call.context.files.delete_job_files, job.id)


async def voice_sample(call: ApiCall, file: str, voice: SpeechVoice, text: str, not_found: ApiError) -> Response:
    """A voice to listen to, made at the first request, if the renderer can speak without painting."""
    renderer = call.context.renderer
    if not isinstance(renderer, VoiceSampler):
        raise not_found
    path = call.context.files.folder / file
    if not await asyncio.to_thread(path.is_file):
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await renderer.render_sample(voice, text, path)
    return FileResponse(path, media_type="audio/wav")


def job_file(job: SandboxJob, context: SandboxContext, role: str) -> Path | None:
    return context.files.folder / job.files[role] if role in job.files else None


def spoken_text(text: str) -> str:
    """A text without its markers; one of nothing but markers still needs something to say."""
    return strip_markers(text).strip() or "Hello."


def translation_order(job: SandboxJob, context: SandboxContext, options: Mapping[str, Any]) -> RenderOrder:
    """The video in another language, or a portrait that tells where it is missing."""
    language = job.notes["language"]
    shared = {**options, "subtitles": True, "voice": SpeechVoice(language)}
    if video := job_file(job, context, "source"):
        return RenderOrder("translation", video=video, language=language, **shared)
    text = f"This video lies elsewhere. Here it would speak {language}."
    return RenderOrder("talk", picture=next(iter(portrait_files()), None), text=text, **shared)
