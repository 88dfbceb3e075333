"""Every request with a speaker as one thing: shots in a row, each a scene with the keys of its files.

So both dialects are written from the same value, and whatever chat asks for reaches either.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from adapters.studios.heygen.sentences import split_sentences
from adapters.studios.heygen.voice_style import voice_pitch, voice_speed
from bot.errors import Refused
from bot.requests.kinds import Request, SpeechRequest, Storyboard, Talk, Video
from bot.requests.media import is_private_address
from bot.requests.options import Option, options_of
from bot.requests.storyboard.scenes import Emotion, Scene, media_key

MAX_SCENE_CHARACTERS = 5000  # characters in one scene; HeyGen says so when an account has less
MAX_SCENES = 50
DEFAULT_FACE_KEY = "face"  # the face of scenes that name nobody: the one that ships with didtalk, or the one set for it

EMOTIONS: tuple[Emotion, ...] = ("Excited", "Friendly", "Serious", "Soothing", "Broadcaster")

# What D-ID has and HeyGen does not; what is not here is written, or is the same at both.
UNSUPPORTED_OPTIONS = {
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
    has_video_backdrop: bool = False  # the backdrop is a film
    background_link: str = ""  # a background by address


@dataclass(frozen=True)
class VideoSpec:
    """All shots, and what holds for the whole."""

    shots: tuple[Shot, ...]
    title: str = ""
    size: tuple[int, int] | None = None
    captions_in_picture: bool = False  # wanted in the picture
    captions_as_file: bool = False  # wanted as a file
    folder: str | None = None
    test: bool = False
    format: str = "mp4"
    picture_shape: bool = False  # in the shape of its picture
    transparent: bool = False  # nothing behind the speaker
    settings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def build_video_spec(request: Request) -> VideoSpec:
    """The film that a request describes, whatever makes it."""
    match request:
        case Storyboard():
            return _from_storyboard(request)
        case Talk():
            _reject_unsupported(request)
            return _from_talk(request)
        case Video():
            _reject_unsupported(request)
            return _from_video(request)
    raise Refused(f"HeyGen does not make {request.noun.removeprefix('an ')}s; D-ID does.", "studio")


def split_long_scenes(spec: VideoSpec, max_characters: int = MAX_SCENE_CHARACTERS) -> VideoSpec:
    """Scripts over the limit as several scenes, cut at sentence ends and said so."""
    shots: list[Shot] = []
    for shot in spec.shots:
        text = shot.scene.say
        pieces = split_sentences(text, max_characters) if text and len(text) > max_characters else [text]
        shots += [replace(shot, scene=shot.scene.model_copy(update={"say": piece})) for piece in pieces]
    if len(shots) > MAX_SCENES:
        raise Refused(
            f"HeyGen takes {MAX_SCENES} scenes of {max_characters:,} characters; this needs {len(shots)}. Say less, "
            "or make two videos of it.",
            "script",
        )
    if len(shots) == len(spec.shots):
        return spec
    note = f"Split into {len(shots)} scenes at sentence ends: HeyGen takes {max_characters:,} characters in each."
    return replace(spec, shots=tuple(shots), notes=(*spec.notes, note))


def _from_storyboard(request: Storyboard) -> VideoSpec:
    plot = request.content
    size = tuple(int(side) for side in plot.size.split("x")) if plot.size else None
    shots = tuple(_to_shot(scene) for scene in plot.scenes)
    return VideoSpec(
        shots,
        title=plot.title or "",
        size=(size[0], size[1]) if size else None,
        captions_in_picture=plot.captions,
        captions_as_file=plot.captions,
        folder=plot.folder,
        test=plot.test,
        settings=request.set,
    )


def _to_shot(scene: Scene) -> Shot:
    return Shot(
        scene,
        photo=media_key(scene.photo, "photo") if scene.photo else "" if scene.who else DEFAULT_FACE_KEY,
        audio=media_key(scene.audio) if scene.audio else "",
        backdrop=media_key(scene.backdrop) if scene.backdrop else "",
        has_video_backdrop=bool(scene.backdrop and scene.backdrop.kind.value == "video"),
    )


def _from_talk(request: Talk) -> VideoSpec:
    moods = {moment.split(":")[1] for moment in request.expression}
    if moods - {"happy", "neutral"} or len(moods) > 1:
        raise Refused("At HeyGen a photo is --expression happy or neutral, from beginning to end.", "expression")
    if request.format != "mp4":
        raise Refused("HeyGen makes MP4 files of photos; leave --format out.", "format")
    expression = "happy" if "happy" in moods else None
    shot = Shot(_speech_scene(request, expression=expression), photo="image", audio="audio" if request.audio else "")
    return VideoSpec(
        (shot,), request.name or "", captions_as_file=request.subtitles, picture_shape=True, settings=request.set
    )


def _from_video(request: Video) -> VideoSpec:
    if request.format == "mov":
        raise Refused("HeyGen makes MP4 and WebM files.", "format")
    if request.background == "transparent" and request.format != "webm":
        raise Refused("Only WebM can be transparent: add --format webm to --background transparent.", "background")
    link = request.background if (request.background or "").startswith("https:") else None
    if link and is_private_address(link):
        raise Refused(f"{urlsplit(link).hostname} is not a public address, so HeyGen cannot fetch it.", "background")
    colour = request.background if (request.background or "").startswith("#") else None
    scene = _speech_scene(request, who=request.presenter or "", background=colour)
    shot = Shot(
        scene,
        audio="audio" if request.audio else "",
        backdrop="background_image" if request.background_image else "",
        background_link=link or "",
    )
    side = request.resolution
    size = (max(side // 2 * 2, 128), max(round(side * 9 / 32) * 2, 128)) if side else None
    transparent = request.background == "transparent" or request.format == "webm"
    return VideoSpec(
        (shot,),
        request.name or "",
        size,
        captions_as_file=request.subtitles,
        format=request.format,
        transparent=transparent,
        settings=request.set,
    )


def _speech_scene(request: Talk | Video, **overrides: object) -> Scene:
    """The one scene of a request with a voice."""
    mood = request.style or getattr(request, "sentiment", None)
    values = {
        "say": request.script,
        "voice": request.voice,
        "speed": voice_speed(request.rate) if request.rate else None,
        "pitch": voice_pitch(request.pitch) if request.pitch else None,
        "emotion": _parse_emotion(mood) if mood else None,
    }
    # Built without checks: the words are checked already, and media stand under their options' names.
    return Scene.model_construct(**{**Scene().__dict__, **values, **overrides})


def _parse_emotion(given: str) -> Emotion:
    for each in EMOTIONS:
        if each.casefold() == given.strip().casefold():
            return each
    raise Refused(f"HeyGen's voices are {', '.join(EMOTIONS)}; “{given}” is none of them.", "style")


def _reject_unsupported(request: SpeechRequest) -> None:
    """Refuse what was asked for and HeyGen has no field for."""
    unsupported = [each.word for each in _unsupported_options(request)]
    if unsupported:
        words = " and ".join(f"--{word}" for word in unsupported)
        raise Refused(f"HeyGen has no {words}; leave it out, or take D-ID with --studio did.", unsupported[0])


def _unsupported_options(request: SpeechRequest) -> Iterator[Option]:
    names = UNSUPPORTED_OPTIONS.get(type(request), ())
    return (
        each
        for each in options_of(type(request))
        if each.field in names and getattr(request, each.field) != each.default
    )
