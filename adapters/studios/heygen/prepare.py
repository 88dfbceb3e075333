"""Before the paid call: what each file must be, which dialect speaks, and where everyone and everything is found."""

from collections.abc import Mapping

from adapters.studios.heygen.api_versions import Dialects
from adapters.studios.heygen.catalogue import Lists
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import Unserved, no_more
from adapters.studios.heygen.payload_source import Draft, Names, Who
from adapters.studios.heygen.resolve_names import names
from adapters.studios.heygen.template_variables import filled
from adapters.studios.heygen.translate import spelt
from adapters.studios.heygen.uploads import Uploads
from adapters.studios.heygen.video_spec import Film, Shot, film
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Request, Talk, Template, Translation
from bot.requests.media import Fitted, Kind, Limits
from bot.studios.studio import Outlook

FACES = Limits(Kind.PICTURE, 32_000_000, ("jpeg", "png"), least_side=160, most_side=2000)
SCENERY = Limits(Kind.PICTURE, 32_000_000, ("jpeg", "png"), most_side=2000)
FOOTAGE = Limits(Kind.VIDEO, 100_000_000, ("mp4", "webm"), most_side=2000)
SPEECH = Limits(Kind.SOUND, 50_000_000, ("mp3", "wav"), most_seconds=600)
FILMS = Limits(Kind.VIDEO, 500_000_000, ("mp4", "webm"), least_seconds=2, most_seconds=1800)

LONGEST = 1280  # of a film in the shape of its picture


def check(request: Request, dialects: Dialects) -> None:
    """Refuse what can never be sent, by writing it with stand-ins for all that is yet to be found."""
    if isinstance(request, Translation) and len(request.languages) > 50:
        raise Refused("HeyGen translates into up to 50 languages at a time.", "languages")
    dialects.able(request, _trial)


def needs(request: Request) -> dict[str, Limits]:
    """The limits of each file."""
    if isinstance(request, Translation):
        return {"video": FILMS}
    if isinstance(request, Template):
        own = {"image": SCENERY, "audio": SPEECH, "video": FOOTAGE}
        return {key: limits for key, limits in own.items() if getattr(request, key)}
    found: dict[str, Limits] = {}
    for shot in film(request).shots:
        wanted = {shot.photo: FACES, shot.audio: SPEECH, shot.backdrop: FOOTAGE if shot.moving else SCENERY}
        found |= {key: limits for key, limits in wanted.items() if key}
    return found


def outlook(request: Request, dialects: Dialects) -> Outlook:
    """What will be made of a request, in the dialect that will most likely make it."""
    cut = dialects.cut(request, dialects.able(request, _trial)[0])
    return Outlook(tuple(shot.scene for shot in cut.shots), cut.notes) if cut else Outlook()


async def recognise(request: Request, lists: Lists, wire: Wire) -> None:
    """Refuse whoever is named and not known; where nobody is named nothing is asked."""
    if isinstance(request, Template):
        await filled(wire, lists, request)
        return
    whole = film(request) if not isinstance(request, Translation) else None
    if whole and any(shot.scene.who or shot.scene.voice for shot in whole.shots):
        await names(lists, request, whole)


async def prepare(
    job: Job, files: Mapping[str, Fitted], uploads: Uploads, lists: Lists, dialects: Dialects, wire: Wire
) -> dict[str, str]:
    """Names first, as they cost nothing, then files; at last the whole body is tried."""
    request = job.request
    if isinstance(request, Translation):
        return await _translation(job, files, uploads, lists, dialects)
    if isinstance(request, Template):
        dialects.able(request, _trial)
        found = {"dialect": "v2"} | await filled(wire, lists, request)
        _complete(request, files)
        found |= {key: (await uploads.asset(file, "v2")).id for key, file in files.items()}
        dialects.write(job.but(uploads=found), "v2", None)
        return found
    whole = film(request)
    found = {"names": (await names(lists, request, whole)).packed()}
    _complete(request, files)
    dialect, sent = await _all_sent(whole, job, files, uploads, dialects)
    found |= sent | {"dialect": dialect}
    if isinstance(request, Talk) and (shape := _shape(files.get("image"))):
        found["shape"] = shape
    dialects.write(job.but(uploads=found), dialect, None)
    return found


async def _all_sent(
    whole: Film, job: Job, files: Mapping[str, Fitted], uploads: Uploads, dialects: Dialects
) -> tuple[str, dict[str, str]]:
    """The dialect and the files in it: a dialect that no longer takes files gives way to the other."""
    for dialect in dialects.able(job.request, _trial):
        try:
            sent = {key: await _sent(whole, job, key, file, dialect, uploads) for key, file in files.items()}
        except Unserved:
            continue
        if dialect in dialects.served:
            return dialect, sent
    raise Refused(no_more("v2", job.request))


async def _translation(
    job: Job, files: Mapping[str, Fitted], uploads: Uploads, lists: Lists, dialects: Dialects
) -> dict[str, str]:
    request = job.request
    assert isinstance(request, Translation)  # noqa: S101 - the caller looked
    if len(request.languages) != 1:
        raise Refused("A translation job has one language; several are several jobs.", "languages")
    dialect = dialects.able(request, _trial)[0]
    language = spelt(request.languages[0], await lists.languages())
    _complete(request, files)
    # v2 asks for an address, which only its own uploads tell.
    asset = await uploads.asset(files["video"], dialect)
    found = {"dialect": dialect, "video": asset.id, "address": asset.url, "language": language}
    dialects.write(job.but(uploads=found), dialect, None)
    return found


def _complete(request: Request, files: Mapping[str, Fitted]) -> None:
    """Every file is sent to HeyGen, so a link that could not be fetched here is waited for."""
    for key in needs(request):
        if key not in files:
            media = request.media.get(key)
            raise TryAgain(f"{media.name if media and media.name else 'A file'} cannot be fetched just now.")


async def _sent(whole: Film, job: Job, key: str, file: Fitted, dialect: str, uploads: Uploads) -> str:
    speaks = any(shot.photo == key for shot in whole.shots)
    if speaks and dialect == "v2":
        return await uploads.photo(job, file)
    return (await uploads.asset(file, dialect)).id


def _shape(file: Fitted | None) -> str | None:
    """The film's sides for a picture: its own shape, even, and no longer than usual."""
    if file is None or not file.width or not file.height:
        return None
    scale = min(1.0, LONGEST / max(file.width, file.height))
    sides = (max(round(side * scale / 2) * 2, 128) for side in (file.width, file.height))
    return "x".join(str(side) for side in sides)


def _trial(whole: Film) -> Draft:
    """A draft with stand-ins for what is not known before files are sent and names are found."""
    keys = {key: "trial" for shot in whole.shots for key in (shot.photo, shot.audio, shot.backdrop) if key}
    people = {shot.scene.who: Who("trial", _photographic(shot)) for shot in whole.shots if shot.scene.who is not None}
    voices = {"": "trial"} | {shot.scene.voice: "trial" for shot in whole.shots if shot.scene.voice}
    return Draft(whole, keys, Names(people, voices), "dt-trial")


def _photographic(shot: Shot) -> bool:
    """Whether only a photo can be like this: who is named is looked up later."""
    scene = shot.scene
    return scene.style == "square" or any(
        value is not None for value in (scene.talking_style, scene.expression, scene.super_resolution)
    )
