"""Before the paid call: the limits of files, the API version, and the names and files of a job."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters.studios.heygen.api_versions import ApiVersions, vendor_language_name
from adapters.studios.heygen.catalogue import HeygenCatalogue
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import EndpointGone, retired_sentence
from adapters.studios.heygen.resolve_names import fill_variables, resolve_names
from adapters.studios.heygen.uploads import HeygenUploads
from adapters.studios.heygen.video_spec import (
    HeygenPayloadSource,
    ResolvedAvatar,
    ResolvedNames,
    Shot,
    VideoSpec,
    build_video_spec,
)
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Talk, Translation
from bot.requests.media import FileLimits, MediaKind, PreparedFile
from bot.requests.template import Template
from bot.studios.studio import Preview

FACE_LIMITS = FileLimits(MediaKind.PICTURE, 32_000_000, ("jpeg", "png"), min_side=160, max_side=2000)
BACKGROUND_LIMITS = FileLimits(MediaKind.PICTURE, 32_000_000, ("jpeg", "png"), max_side=2000)
BACKGROUND_VIDEO_LIMITS = FileLimits(MediaKind.VIDEO, 100_000_000, ("mp4", "webm"), max_side=2000)
SOUND_LIMITS = FileLimits(MediaKind.SOUND, 50_000_000, ("mp3", "wav"), max_seconds=600)
TRANSLATION_VIDEO_LIMITS = FileLimits(MediaKind.VIDEO, 500_000_000, ("mp4", "webm"), min_seconds=2, max_seconds=1800)

MAX_LINK_TRIES = 3  # of fetching a link, within seconds
MAX_SIDE_PIXELS = 1280  # of a video in the shape of its picture


def check_request(request: Request, api_versions: ApiVersions) -> None:
    """Refuse what can never be sent, by writing its body with placeholders."""
    if isinstance(request, Translation) and len(request.languages) > 50:
        raise Refused("HeyGen translates into up to 50 languages at a time.", "languages")
    api_versions.versions_for(request, _trial_source)


def file_limits(request: Request) -> dict[str, FileLimits]:
    if isinstance(request, Translation):
        return {"video": TRANSLATION_VIDEO_LIMITS}
    if isinstance(request, Template):
        own = {"image": BACKGROUND_LIMITS, "audio": SOUND_LIMITS, "video": BACKGROUND_VIDEO_LIMITS}
        return {key: limits for key, limits in own.items() if getattr(request, key)}
    all_limits: dict[str, FileLimits] = {}
    for shot in build_video_spec(request).shots:
        wanted = {
            shot.photo: FACE_LIMITS,
            shot.audio: SOUND_LIMITS,
            shot.backdrop: BACKGROUND_VIDEO_LIMITS if shot.has_video_backdrop else BACKGROUND_LIMITS,
        }
        all_limits |= {key: limits for key, limits in wanted.items() if key}
    return all_limits


def preview_request(request: Request, api_versions: ApiVersions) -> Preview:
    spec = api_versions.spec_for(request, api_versions.versions_for(request, _trial_source)[0])
    return Preview(tuple(shot.scene for shot in spec.shots), spec.notes) if spec else Preview()


async def check_names(request: Request, catalogue: HeygenCatalogue, api: HeygenClient) -> None:
    """Refuse unknown names; without names nothing is looked up."""
    if isinstance(request, Template):
        await fill_variables(api, catalogue, request)
        return
    spec = build_video_spec(request) if not isinstance(request, Translation) else None
    if spec and any(shot.scene.who or shot.scene.voice for shot in spec.shots):
        await resolve_names(catalogue, request, spec)


async def prepare_job(
    job: Job,
    files: Mapping[str, PreparedFile],
    uploads: HeygenUploads,
    catalogue: HeygenCatalogue,
    api_versions: ApiVersions,
    api: HeygenClient,
) -> dict[str, str]:
    """Names first, as they cost nothing, then files; then the whole body is tried."""
    request = job.request
    if isinstance(request, Translation):
        return await _prepare_translation(job, files, uploads, catalogue, api_versions)
    if isinstance(request, Template):
        api_versions.versions_for(request, _trial_source)
        uploaded = {"api_version": "v2"} | await fill_variables(api, catalogue, request)
        _require_files(job, files)
        uploaded |= {key: (await uploads.send_asset(file, "v2")).id for key, file in files.items()}
        api_versions.write_payload(job.evolve(uploads=uploaded), "v2", None)
        return uploaded
    spec = build_video_spec(request)
    uploaded = {"resolved_names": (await resolve_names(catalogue, request, spec)).to_json()}
    _require_files(job, files)
    api_version, sent = await _send_files(spec, job, files, uploads, api_versions)
    uploaded |= sent | {"api_version": api_version}
    if isinstance(request, Talk) and (shape := _size_of_picture(files.get("image"))):
        uploaded["size"] = shape
    api_versions.write_payload(job.evolve(uploads=uploaded), api_version, None)
    return uploaded


async def _send_files(
    spec: VideoSpec, job: Job, files: Mapping[str, PreparedFile], uploads: HeygenUploads, api_versions: ApiVersions
) -> tuple[str, dict[str, str]]:
    """The version and its files; a version that no longer takes files is skipped."""
    for api_version in api_versions.versions_for(job.request, _trial_source):
        try:
            sent = {key: await _send_file(spec, job, key, file, api_version, uploads) for key, file in files.items()}
        except EndpointGone:
            continue
        if api_version in api_versions.available:
            return api_version, sent
    raise Refused(retired_sentence("v2", job.request))


async def _prepare_translation(
    job: Job,
    files: Mapping[str, PreparedFile],
    uploads: HeygenUploads,
    catalogue: HeygenCatalogue,
    api_versions: ApiVersions,
) -> dict[str, str]:
    request = job.request
    assert isinstance(request, Translation)  # noqa: S101 - the caller looked
    if len(request.languages) != 1:
        raise Refused("A translation job has one language; several are several jobs.", "languages")
    api_version = api_versions.versions_for(request, _trial_source)[0]
    language = vendor_language_name(request.languages[0], await catalogue.languages())
    _require_files(job, files)
    # v2 asks for an address, which only its own uploads tell.
    asset = await uploads.send_asset(files["video"], api_version)
    uploaded = {"api_version": api_version, "video": asset.id, "video_url": asset.url, "language": language}
    api_versions.write_payload(job.evolve(uploads=uploaded), api_version, None)
    return uploaded


def _require_files(job: Job, files: Mapping[str, PreparedFile]) -> None:
    """Every file is sent to HeyGen: a link that cannot be fetched is tried again shortly, then refused."""
    for key in file_limits(job.request):
        if key in files:
            continue
        media = job.request.media[key]
        host, name = urlsplit(media.address).hostname, media.name or "the file"
        if job.tries + 1 >= MAX_LINK_TRIES:
            raise Refused(f"{host} did not deliver “{name}”. Check the link, or attach the file itself.")
        raise TryAgain(f"{host} does not deliver “{name}” just now.")


async def _send_file(
    spec: VideoSpec, job: Job, key: str, file: PreparedFile, api_version: str, uploads: HeygenUploads
) -> str:
    speaks = any(shot.photo == key for shot in spec.shots)
    if speaks and api_version == "v2":
        return await uploads.send_photo(job, file)
    return (await uploads.send_asset(file, api_version)).id


def _size_of_picture(file: PreparedFile | None) -> str | None:
    """The shape of the picture, in even sides and no longer than usual."""
    if file is None or not file.width or not file.height:
        return None
    scale = min(1.0, MAX_SIDE_PIXELS / max(file.width, file.height))
    sides = (max(round(side * scale / 2) * 2, 128) for side in (file.width, file.height))
    return "x".join(str(side) for side in sides)


def _trial_source(spec: VideoSpec) -> HeygenPayloadSource:
    """Placeholders for what is not known before files are sent and names are found."""
    keys = {key: "trial" for shot in spec.shots for key in (shot.photo, shot.audio, shot.backdrop) if key}
    avatars = {
        shot.scene.who: ResolvedAvatar("trial", _must_be_photo(shot))
        for shot in spec.shots
        if shot.scene.who is not None
    }
    voices = {"": "trial"} | {shot.scene.voice: "trial" for shot in spec.shots if shot.scene.voice}
    return HeygenPayloadSource(spec, keys, ResolvedNames(avatars, voices), "dt-trial")


def _must_be_photo(shot: Shot) -> bool:
    """Only a photo has these options; the name is looked up later."""
    scene = shot.scene
    return scene.style == "square" or any(
        value is not None for value in (scene.talking_style, scene.expression, scene.super_resolution)
    )
