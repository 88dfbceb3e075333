"""Before the paid call: what each file must be, and where it and everyone named in the request is to be found."""

import json
from collections.abc import Mapping

from adapters.studios.did import endpoints
from adapters.studios.did.catalogue import Lists
from adapters.studios.did.payload import Draft, write
from adapters.studios.did.presenters import cast, models
from adapters.studios.did.uploads import SOUND_MOST, Uploads
from adapters.studios.did.voices import voice_for
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.kinds import Request, Spoken, Talk, Translation, Video
from bot.requests.media import Fitted, Kind, Limits, Media

FACE = Limits(Kind.PICTURE, 10_000_000, ("jpeg", "png"), least_side=160, most_side=2048, most_pixels=10_000_000)
# --face counts pixels of the picture as it was given, so such a picture keeps its size as far as D-ID can bear.
MEASURED = Limits(Kind.PICTURE, 10_000_000, ("jpeg", "png"), least_side=160, most_side=8000, most_pixels=10_000_000)
SCENERY = Limits(Kind.PICTURE, 10_000_000, ("jpeg", "png"), most_side=4096, most_pixels=10_000_000)
OVERLAY = Limits(Kind.VIDEO, 200_000_000, ("mp4", "mov", "mpeg"))
FOOTAGE = Limits(Kind.VIDEO, 2_000_000_000, ("mp4", "mov", "mpeg"), least_seconds=10, most_seconds=300)
SOUNDS = ("mp3", "m4a", "wav", "flac", "mp4")
HOSTED = {
    "video": "Translating a video that was sent in the chat",
    "overlay": "An overlay",
    "logo": "A logo",
    "background_image": "A background picture",
}

# The endings by which D-ID knows what it will fetch.
FETCHED = {
    "image": ("jpg", "jpeg", "png"),
    "audio": SOUNDS,
    "video": ("mp4", "mov", "mpeg"),
    "overlay": ("mp4", "mov", "mpeg"),
}

KEPT = " at D-ID"  # after the name of a file: where it can be deleted

_STAND_INS = {"audio": "mp3", "video": "mp4", "overlay": "mp4"}


def needs(request: Request, *, hosts: bool) -> dict[str, Limits]:
    """The limits of each file; a link that D-ID itself will fetch is not among them, unless it is to be made fit."""
    given = [name for name, media in request.media.items() if name not in HOSTED or not _linked(name, media)]
    # A talk without a picture gets the face that ships with didtalk: D-ID's own would be a stranger's, and paid for.
    needed = dict.fromkeys([*given, "image"] if isinstance(request, Talk) else given)
    return {name: _limits(name, request, hosts) for name in needed}


def check(request: Request, *, hosts: bool) -> None:
    """Refuse what can never be sent, by writing it with stand-ins for all that is yet to be found."""
    for name, media in request.media.items():
        if name in HOSTED and not hosts and not _linked(name, media):
            raise Refused(_unhosted(name), name)
    if getattr(request, "logo_at", None) and not getattr(request, "logo", None):
        raise Refused("--logo-at says where a logo sits, so it needs --logo.", "logo_at")
    wheres = (
        [endpoints.MODELS[model] for model in models(request)]
        if isinstance(request, Video)
        else [endpoints.path(request)]
    )
    refused: Refused | None = None
    for where in wheres:
        for provider in _providers(request):
            try:
                write(_trial(request, provider), where)
            except Refused as error:
                refused = refused or error
            else:
                return
    if refused:
        raise refused


async def recognise(request: Request, lists: Lists) -> None:
    """Refuse whoever is named and not known; where nobody is named nothing is asked."""
    if any(getattr(request, name, None) for name in ("presenter", "voice", "language")):
        await _names(request, lists)


async def prepare(job: Job, files: Mapping[str, Fitted], uploads: Uploads, lists: Lists) -> dict[str, str]:
    """Names first, as they cost nothing, then files; at last the whole body is tried."""
    request = job.request
    if isinstance(request, Translation) and len(request.languages) != 1:
        raise Refused("A translation job has one language; several are several jobs.", "languages")
    found = await _names(request, lists)
    where = endpoints.path(request, found.get("model", ""))
    for name, media in request.media.items():
        if name not in files:
            found[name] = _passed_on(name, media)
    for name, file in files.items():
        found[name] = await _sent(job, where, name, file, uploads)
        if name in request.media and (kept := uploads.where(found[name])):  # the face that ships with us is nobody's
            found[f"{name}{KEPT}"] = kept
    write(Draft.of(job.but(uploads=found), None), where)
    return found


async def _names(request: Request, lists: Lists) -> dict[str, str]:
    found: dict[str, str] = {}
    own: Mapping[str, object] = {}
    if isinstance(request, Video):
        who = await cast(lists, request)
        found |= {"model": who.presenter.model, "presenter": who.presenter.id}
        found |= {"sentiment": who.sentiment.id} if who.sentiment else {}
        found |= {"driver": who.movement} if who.movement else {}
        mood = who.sentiment or next(iter(who.presenter.sentiments), None)
        own = (mood and mood.voice) or who.presenter.voice
    if isinstance(request, Spoken) and (voice := await voice_for(lists, request, own)):
        found["voice"] = json.dumps(voice)
    return found


async def _sent(job: Job, where: str, name: str, file: Fitted, uploads: Uploads) -> str:
    if name == "image":
        face = getattr(job.request, "face", None) is None
        return await uploads.picture(job, where, file, _title(job.request, name), face=face)
    if name == "audio":
        return await uploads.sound(job, file)
    return await uploads.hosted(job, file, name, HOSTED[name])


def _title(request: Request, name: str) -> str:
    media = request.media.get(name)
    return f"“{media.name}”" if media and media.name else "the picture"


def _limits(name: str, request: Request, hosts: bool) -> Limits:
    if name == "audio":
        return _sound(request, hosts)
    if name == "image":
        return MEASURED if getattr(request, "face", None) else FACE
    return {"video": FOOTAGE, "overlay": OVERLAY}.get(name, SCENERY)


def _sound(request: Request, hosts: bool) -> Limits:
    longest = 600.0 if isinstance(request, Talk) else 300.0
    # D-ID is sent 6 MB at most, but fetches up to 15 MB.
    return Limits(Kind.SOUND, 15_000_000 if hosts else SOUND_MOST, SOUNDS, most_seconds=longest)


def _linked(name: str, media: Media) -> bool:
    """A link that D-ID can fetch by itself."""
    fetched = FETCHED.get(name, ())
    return media.scheme == "https" and (not fetched or any(f".{each}" in media.at.casefold() for each in fetched))


def _passed_on(name: str, media: Media) -> str:
    """The link itself, where it could not be fetched from here: D-ID may reach what we do not."""
    if _linked(name, media):
        return media.at
    endings = ", ".join(FETCHED.get(name, ()))
    raise Refused(f"“{media.name or name}” cannot be fetched from here, and D-ID takes only links to {endings}.", name)


def _unhosted(name: str) -> str:
    return (
        f"{HOSTED[name]} needs DIDTALK_PUBLIC_URL to be set, because D-ID fetches it from there; or give an https link."
    )


def _providers(request: Request) -> tuple[str, ...]:
    if not isinstance(request, Spoken) or request.provider:
        return (getattr(request, "provider", None) or "microsoft",)
    return "microsoft", "elevenlabs", "azure-openai", "amazon", "google"


def _trial(request: Request, provider: str) -> Draft:
    given = {
        "image",
        "presenter",
        *request.media,
        *(name for name in ("sentiment", "driver") if hasattr(request, name)),
    }
    stand_ins = {name: f"https://a/a.{_STAND_INS.get(name, 'png')}" for name in given}
    voice = {"type": provider, "voice_id": "Amy"} if isinstance(request, Spoken) else {}
    return Draft(request, stand_ins, "dt", None, voice)
