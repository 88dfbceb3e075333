"""Every request with a speaker as one thing: shots in a row, each a scene with the keys of its files.

So both dialects are written from the same value, and whatever chat asks for reaches either.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from adapters.studios.heygen.sentences import sentences
from adapters.studios.heygen.voice_style import pitch, speed
from bot.errors import Refused
from bot.requests.kinds import Request, Spoken, Storyboard, Talk, Video
from bot.requests.media import inward
from bot.requests.options import Option, options
from bot.requests.storyboard.scenes import Emotion, Scene, key

SAY_MOST = 5000  # characters in one scene; HeyGen says so when an account has less
SCENES_MOST = 50
FACE = "face"  # the face of scenes that name nobody: the one that ships with didtalk, or the one set for it

EMOTIONS: tuple[Emotion, ...] = ("Excited", "Friendly", "Serious", "Soothing", "Broadcaster")

# What D-ID has and HeyGen does not; what is not here is written, or is the same at both.
STRANGE = {
    Talk: ("provider", "driver", "fluent", "pad", "logo", "logo_at", "face", "ssml"),
    Video: ("provider", "model", "driver", "logo", "logo_at", "crop", "ssml"),
}


@dataclass(frozen=True)
class Shot:
    """A scene and the keys under which its files are sent."""

    scene: Scene
    photo: str = ""
    audio: str = ""
    backdrop: str = ""
    moving: bool = False  # the backdrop is a film
    link: str = ""  # a background by address


@dataclass(frozen=True)
class Film:
    """All shots, and what holds for the whole."""

    shots: tuple[Shot, ...]
    title: str = ""
    size: tuple[int, int] | None = None
    captions: bool = False  # wanted in the picture
    beside: bool = False  # wanted as a file
    folder: str | None = None
    test: bool = False
    format: str = "mp4"
    natural: bool = False  # in the shape of its picture
    clear: bool = False  # nothing behind the speaker
    sets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def film(request: Request) -> Film:
    """The film that a request describes, whatever makes it."""
    match request:
        case Storyboard():
            return _board(request)
        case Talk():
            _familiar(request)
            return _talk(request)
        case Video():
            _familiar(request)
            return _video(request)
    raise Refused(f"HeyGen does not make {request.noun.removeprefix('an ')}s; D-ID does.", "studio")


def split(film: Film, most: int = SAY_MOST) -> Film:
    """Scripts over the limit as several scenes, cut at sentence ends and said so."""
    shots: list[Shot] = []
    for shot in film.shots:
        said = shot.scene.say
        pieces = sentences(said, most) if said and len(said) > most else [said]
        shots += [replace(shot, scene=shot.scene.model_copy(update={"say": piece})) for piece in pieces]
    if len(shots) > SCENES_MOST:
        raise Refused(
            f"HeyGen takes {SCENES_MOST} scenes of {most:,} characters; this needs {len(shots)}. Say less, "
            "or make two videos of it.",
            "script",
        )
    if len(shots) == len(film.shots):
        return film
    note = f"Split into {len(shots)} scenes at sentence ends: HeyGen takes {most:,} characters in each."
    return replace(film, shots=tuple(shots), notes=(*film.notes, note))


def _board(request: Storyboard) -> Film:
    plot = request.plot
    size = tuple(int(side) for side in plot.size.split("x")) if plot.size else None
    shots = tuple(_shot(scene) for scene in plot.scenes)
    return Film(
        shots,
        title=plot.title or "",
        size=(size[0], size[1]) if size else None,
        captions=plot.captions,
        beside=plot.captions,
        folder=plot.folder,
        test=plot.test,
        sets=request.set,
    )


def _shot(scene: Scene) -> Shot:
    return Shot(
        scene,
        photo=key(scene.photo, "photo") if scene.photo else "" if scene.who else FACE,
        audio=key(scene.audio) if scene.audio else "",
        backdrop=key(scene.backdrop) if scene.backdrop else "",
        moving=bool(scene.backdrop and scene.backdrop.kind.value == "video"),
    )


def _talk(request: Talk) -> Film:
    moods = {moment.split(":")[1] for moment in request.expression}
    if moods - {"happy", "neutral"} or len(moods) > 1:
        raise Refused("At HeyGen a photo is --expression happy or neutral, from beginning to end.", "expression")
    if request.format != "mp4":
        raise Refused("HeyGen makes MP4 files of photos; leave --format out.", "format")
    expression = "happy" if "happy" in moods else None
    shot = Shot(_spoken(request, expression=expression), photo="image", audio="audio" if request.audio else "")
    return Film((shot,), request.name or "", beside=request.subtitles, natural=True, sets=request.set)


def _video(request: Video) -> Film:
    if request.format == "mov":
        raise Refused("HeyGen makes MP4 and WebM files.", "format")
    if request.background == "transparent" and request.format != "webm":
        raise Refused("Only WebM can be transparent: add --format webm to --background transparent.", "background")
    link = request.background if (request.background or "").startswith("https:") else None
    if link and inward(link):
        raise Refused(f"{urlsplit(link).hostname} is not a public address, so HeyGen cannot fetch it.", "background")
    colour = request.background if (request.background or "").startswith("#") else None
    scene = _spoken(request, who=request.presenter or "", background=colour)
    shot = Shot(
        scene,
        audio="audio" if request.audio else "",
        backdrop="background_image" if request.background_image else "",
        link=link or "",
    )
    side = request.resolution
    size = (max(side // 2 * 2, 128), max(round(side * 9 / 32) * 2, 128)) if side else None
    clear = request.background == "transparent" or request.format == "webm"
    return Film(
        (shot,),
        request.name or "",
        size,
        beside=request.subtitles,
        format=request.format,
        clear=clear,
        sets=request.set,
    )


def _spoken(request: Talk | Video, **more: object) -> Scene:
    """The one scene of a request with a voice."""
    mood = request.style or getattr(request, "sentiment", None)
    values = {
        "say": request.script,
        "voice": request.voice,
        "speed": speed(request.rate) if request.rate else None,
        "pitch": pitch(request.pitch) if request.pitch else None,
        "emotion": _emotion(mood) if mood else None,
    }
    # Built without checks: the words are checked already, and media stand under their options' names.
    return Scene.model_construct(**{**Scene().__dict__, **values, **more})


def _emotion(given: str) -> Emotion:
    for each in EMOTIONS:
        if each.casefold() == given.strip().casefold():
            return each
    raise Refused(f"HeyGen's voices are {', '.join(EMOTIONS)}; “{given}” is none of them.", "style")


def _familiar(request: Spoken) -> None:
    """Refuse what was asked for and HeyGen has no field for."""
    strange = [each.word for each in _strangers(request)]
    if strange:
        words = " and ".join(f"--{word}" for word in strange)
        raise Refused(f"HeyGen has no {words}; leave it out, or take D-ID with --studio did.", strange[0])


def _strangers(request: Spoken) -> Iterator[Option]:
    names = STRANGE.get(type(request), ())
    return (
        each for each in options(type(request)) if each.field in names and getattr(request, each.field) != each.default
    )
