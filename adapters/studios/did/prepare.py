"""Before the paid call: what each file must be, and where it and everyone named in the request is to be found."""

import json
from collections.abc import Mapping

from adapters.studios.did import endpoints
from adapters.studios.did.catalogue import DidCatalogue
from adapters.studios.did.payload import DidPayloadSource, write_payload
from adapters.studios.did.presenters import capable_models, resolve_presenter
from adapters.studios.did.uploads import MAX_SOUND_BYTES, DidUploads
from adapters.studios.did.voices import resolve_voice
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import SpeechRequest, Talk, Translation, Video
from bot.requests.media import FileLimits, Media, MediaKind, PreparedFile

FACE_LIMITS = FileLimits(
    MediaKind.PICTURE, 10_000_000, ("jpeg", "png"), min_side=160, max_side=2048, max_pixels=10_000_000
)
# --face counts pixels of the picture as it was given, so such a picture keeps its size as far as D-ID can bear.
FULL_SIZE_FACE_LIMITS = FileLimits(
    MediaKind.PICTURE, 10_000_000, ("jpeg", "png"), min_side=160, max_side=8000, max_pixels=10_000_000
)
BACKGROUND_LIMITS = FileLimits(MediaKind.PICTURE, 10_000_000, ("jpeg", "png"), max_side=4096, max_pixels=10_000_000)
OVERLAY_LIMITS = FileLimits(MediaKind.VIDEO, 200_000_000, ("mp4", "mov", "mpeg"))
TRANSLATION_VIDEO_LIMITS = FileLimits(
    MediaKind.VIDEO, 2_000_000_000, ("mp4", "mov", "mpeg"), min_seconds=10, max_seconds=300
)
SOUND_FORMATS = ("mp3", "m4a", "wav", "flac", "mp4")
HOSTED_FILES = {
    "video": "Translating a video that was sent in the chat",
    "overlay": "An overlay",
    "logo": "A logo",
    "background_image": "A background picture",
}

# The endings by which D-ID knows what it will fetch.
LINK_ENDINGS = {
    "image": ("jpg", "jpeg", "png"),
    "audio": SOUND_FORMATS,
    "video": ("mp4", "mov", "mpeg"),
    "overlay": ("mp4", "mov", "mpeg"),
}

REMOTE_PATH_SUFFIX = " at D-ID"  # after the name of a file: where it can be deleted

_TRIAL_ENDINGS = {"audio": "mp3", "video": "mp4", "overlay": "mp4"}


def file_limits(request: Request, *, can_host: bool) -> dict[str, FileLimits]:
    given = [
        name for name, media in request.media.items() if name not in HOSTED_FILES or not _is_vendor_link(name, media)
    ]
    # A talk without a picture gets the face that ships with didtalk: D-ID's own would be a stranger's, and paid for.
    needed = dict.fromkeys([*given, "image"] if isinstance(request, Talk) else given)
    return {name: _limits_of_file(name, request, can_host) for name in needed}


def check_request(request: Request, *, can_host: bool) -> None:
    """Refuse what can never be sent, by writing its body with placeholders."""
    for name, media in request.media.items():
        if name in HOSTED_FILES and not can_host and not _is_vendor_link(name, media):
            raise Refused(
                f"{HOSTED_FILES[name]} needs DIDTALK_PUBLIC_URL to be set, because D-ID downloads it from there. "
                "You can also give an https link.",
                name,
            )
    if getattr(request, "logo_at", None) and not getattr(request, "logo", None):
        raise Refused("--logo-at says where a logo sits, so it needs --logo.", "logo_at")
    possible = (
        [endpoints.MODEL_ENDPOINTS[model] for model in capable_models(request)]
        if isinstance(request, Video)
        else [endpoints.endpoint_for(request)]
    )
    refused: Refused | None = None
    for endpoint in possible:
        for provider in _possible_providers(request):
            try:
                write_payload(_trial_source(request, provider), endpoint)
            except Refused as error:
                refused = refused or error
            else:
                return
    if refused:
        raise refused


async def check_names(request: Request, catalogue: DidCatalogue) -> None:
    """Refuse unknown names; without names nothing is looked up."""
    if any(getattr(request, name, None) for name in ("presenter", "voice", "language")):
        await _resolve_names(request, catalogue)


async def prepare_job(
    job: Job, files: Mapping[str, PreparedFile], uploads: DidUploads, catalogue: DidCatalogue
) -> dict[str, str]:
    """Names first, as they cost nothing, then files; then the whole body is tried."""
    request = job.request
    if isinstance(request, Translation) and len(request.languages) != 1:
        raise Refused("A translation job has one language; several are several jobs.", "languages")
    uploaded = await _resolve_names(request, catalogue)
    endpoint = endpoints.endpoint_for(request, uploaded.get("presenter_kind", ""))
    for name, media in request.media.items():
        if name not in files:
            uploaded[name] = _pass_link_on(name, media)
    for name, file in files.items():
        uploaded[name] = await _send_file(job, endpoint, name, file, uploads)
        if name in request.media and (
            remote_path := uploads.remote_path(uploaded[name])
        ):  # the face that ships with us is nobody's
            uploaded[f"{name}{REMOTE_PATH_SUFFIX}"] = remote_path
    write_payload(DidPayloadSource.from_job(job.evolve(uploads=uploaded), None), endpoint)
    return uploaded


async def _resolve_names(request: Request, catalogue: DidCatalogue) -> dict[str, str]:
    names: dict[str, str] = {}
    presenter_voice: Mapping[str, object] = {}
    if isinstance(request, Video):
        resolved = await resolve_presenter(catalogue, request)
        names |= {"presenter_kind": resolved.presenter.model, "presenter": resolved.presenter.id}
        names |= {"sentiment": resolved.sentiment.id} if resolved.sentiment else {}
        names |= {"driver": resolved.movement} if resolved.movement else {}
        mood = resolved.sentiment or next(iter(resolved.presenter.sentiments), None)
        presenter_voice = (mood and mood.voice) or resolved.presenter.voice
    if isinstance(request, SpeechRequest) and (voice := await resolve_voice(catalogue, request, presenter_voice)):
        names["voice_provider"] = json.dumps(voice)
    return names


async def _send_file(job: Job, endpoint: str, name: str, file: PreparedFile, uploads: DidUploads) -> str:
    if name == "image":
        media = job.request.media.get(name)
        title = f"“{media.name}”" if media and media.name else "the picture"
        face = getattr(job.request, "face", None) is None
        return await uploads.send_picture(job, endpoint, file, title, face_required=face)
    if name == "audio":
        return await uploads.send_sound(job, file)
    return await uploads.host_file(job, file, name, HOSTED_FILES[name])


def _limits_of_file(name: str, request: Request, can_host: bool) -> FileLimits:
    if name == "audio":
        return _sound_limits(request, can_host)
    if name == "image":
        return FULL_SIZE_FACE_LIMITS if getattr(request, "face", None) else FACE_LIMITS
    return {"video": TRANSLATION_VIDEO_LIMITS, "overlay": OVERLAY_LIMITS}.get(name, BACKGROUND_LIMITS)


def _sound_limits(request: Request, can_host: bool) -> FileLimits:
    longest = 600.0 if isinstance(request, Talk) else 300.0
    # D-ID is sent 6 MB at most, but fetches up to 15 MB.
    return FileLimits(MediaKind.SOUND, 15_000_000 if can_host else MAX_SOUND_BYTES, SOUND_FORMATS, max_seconds=longest)


def _is_vendor_link(name: str, media: Media) -> bool:
    fetched = LINK_ENDINGS.get(name, ())
    return media.scheme == "https" and (not fetched or any(f".{each}" in media.address.casefold() for each in fetched))


def _pass_link_on(name: str, media: Media) -> str:
    """The link itself if it could not be fetched from here: D-ID may reach what we do not."""
    if _is_vendor_link(name, media):
        return media.address
    endings = ", ".join(LINK_ENDINGS.get(name, ()))
    raise Refused(f"“{media.name or name}” cannot be fetched from here, and D-ID takes only links to {endings}.", name)


def _possible_providers(request: Request) -> tuple[str, ...]:
    if not isinstance(request, SpeechRequest) or request.provider:
        return (getattr(request, "provider", None) or "microsoft",)
    return "microsoft", "elevenlabs", "azure-openai", "amazon", "google"


def _trial_source(request: Request, provider: str) -> DidPayloadSource:
    given = {
        "image",
        "presenter",
        *request.media,
        *(name for name in ("sentiment", "driver") if hasattr(request, name)),
    }
    stand_ins = {name: f"https://a/a.{_TRIAL_ENDINGS.get(name, 'png')}" for name in given}
    voice = {"type": provider, "voice_id": "Amy"} if isinstance(request, SpeechRequest) else {}
    return DidPayloadSource(request, stand_ins, "dt", None, voice)
