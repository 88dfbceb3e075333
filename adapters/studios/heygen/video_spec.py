"""Every request with a speaker as one thing: shots in a row, each a scene with the keys of its files.

Both API versions are written from the same value, so every option reaches either.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from adapters.studios.payload import ExtraFields, rate_factor
from bot.errors import NotOffered, Refused
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import SpeechRequest, Talk, Video
from bot.requests.media import is_private_address
from bot.requests.options import Option, options_of
from bot.requests.storyboard.scenes import Emotion, Scene, media_key
from bot.requests.storyboard.storyboard import Storyboard

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
    has_video_backdrop: bool = False  # the backdrop is a video
    background_link: str = ""  # a background by address


@dataclass(frozen=True)
class VideoSpec:
    """All shots, and what applies to the whole video."""

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
    """The same description for every kind of request."""
    match request:
        case Storyboard():
            return _from_storyboard(request)
        case Talk():
            _reject_unsupported(request)
            return _from_talk(request)
        case Video():
            _reject_unsupported(request)
            return _from_video(request)
    raise NotOffered(f"HeyGen does not make {request.noun.removeprefix('an ')}s; D-ID does.", "studio")


def split_long_scenes(spec: VideoSpec, max_characters: int = MAX_SCENE_CHARACTERS) -> VideoSpec:
    """Scripts over the limit as several scenes, cut at sentence ends, with a note about it."""
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
    width, _, height = (plot.size or "").partition("x")
    return VideoSpec(
        tuple(_to_shot(scene) for scene in plot.scenes),
        title=plot.title or "",
        size=(int(width), int(height)) if plot.size else None,
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
    unsupported = [each.word for each in _unsupported_options(request)]
    if unsupported:
        words = " and ".join(f"--{word}" for word in unsupported)
        raise NotOffered(f"HeyGen has no {words}; leave it out, or take D-ID with --studio did.", unsupported[0])


def _unsupported_options(request: SpeechRequest) -> Iterator[Option]:
    names = UNSUPPORTED_OPTIONS.get(type(request), ())
    return (
        each
        for each in options_of(type(request))
        if each.field in names and getattr(request, each.field) != each.default
    )


def split_sentences(text: str, max_characters: int) -> list[str]:
    """Pieces up to a length, cut at sentence ends, else at words, else anywhere."""
    pieces: list[str] = []
    while len(text := text.strip()) > max_characters:
        head = text[: max_characters + 1]
        ends = [match.end() for match in re.finditer(r"[.!?…。！？](?=\s)|[。！？\n]", head)]
        cut = ends[-1] if ends else head.rfind(" ")
        cut = cut if 0 < cut <= max_characters else max_characters
        pieces.append(text[:cut].strip())
        text = text[cut:]
    return [*pieces, text] if text else pieces


MIN_SPEED, MAX_SPEED = 0.5, 1.5
MIN_PITCH, MAX_PITCH = -50, 50
_SPEED_WORDS = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.4}
_PITCH_WORDS = {"x-low": -30, "low": -15, "medium": 0, "default": 0, "high": 15, "x-high": 30}


def voice_speed(given: str) -> float:
    factor = _SPEED_WORDS[given] if given in _SPEED_WORDS else rate_factor(given)
    if not MIN_SPEED <= factor <= MAX_SPEED:
        raise Refused(
            f"HeyGen's voices speak from {MIN_SPEED} to {MAX_SPEED} times as fast; --rate is {given}.", "rate"
        )
    return round(factor, 3)


def voice_pitch(given: str) -> int:
    if given in _PITCH_WORDS:
        return _PITCH_WORDS[given]
    match = re.fullmatch(r"([+-]?\d{1,3})%?", given)
    if match and MIN_PITCH <= int(match[1]) <= MAX_PITCH:
        return int(match[1])
    raise Refused(
        f"HeyGen's voices take --pitch as a whole number from {MIN_PITCH} to {MAX_PITCH}; “{given}” is not.", "pitch"
    )


_NEEDED_BY_US = "didtalk needs it to know its jobs again"
_GIVEN_AS_FILE = "it is given as a file or link"
RESERVED_FIELDS = {
    "callback_id": _NEEDED_BY_US,
    "callback_url": "didtalk sets it, so that HeyGen tells when the video is done",
    "title": "a title goes in --name or --title",
    "variables": "variables are set with --fill",
    "video_inputs": "the scenes are given as text or as a file",
    "type": "it follows from what is asked for",
    "script": "the words are given as text",
    "image": _GIVEN_AS_FILE,
    "audio_url": _GIVEN_AS_FILE,
    "audio_asset_id": _GIVEN_AS_FILE,
    "avatar_id": "the presenter is chosen with --presenter",
    "voice_id": "the voice is chosen with --voice",
    "video": _GIVEN_AS_FILE,
    "video_url": _GIVEN_AS_FILE,
    "video_id": _GIVEN_AS_FILE,
    "output_language": "the languages are given as words",
    "output_languages": "the languages are given as words",
    "character.type": "it follows from what is asked for",
    "character.avatar_id": "the presenter is chosen with --presenter",
    "character.talking_photo_id": _GIVEN_AS_FILE,
    "voice.type": "it follows from what is asked for",
    "voice.voice_id": "the voice is chosen with --voice",
    "voice.input_text": "the words are given as text",
}
EXTRA_FIELDS = ExtraFields("HeyGen", RESERVED_FIELDS)


class NotInThisVersion(Refused):
    """This version has no field for it; the other may."""


@dataclass(frozen=True)
class ResolvedAvatar:
    id: str
    is_photo: bool = False
    voice_id: str = ""


@dataclass(frozen=True)
class ResolvedNames:
    """Everyone named in a request, as HeyGen knows them; the empty name is the default."""

    avatars: Mapping[str, ResolvedAvatar] = field(default_factory=dict)
    voices: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        avatars = {name: [avatar.id, avatar.is_photo, avatar.voice_id] for name, avatar in self.avatars.items()}
        return json.dumps({"avatars": avatars, "voices": dict(self.voices)})

    @classmethod
    def from_json(cls, text: str) -> "ResolvedNames":
        stored = json.loads(text or "{}")
        return cls(
            {name: ResolvedAvatar(*avatar) for name, avatar in stored.get("avatars", {}).items()},
            stored.get("voices", {}),
        )


@dataclass(frozen=True)
class HeygenPayloadSource:
    spec: VideoSpec
    uploads: Mapping[str, str]
    names: ResolvedNames
    marker: str
    webhook_url: str | None = None

    @classmethod
    def from_job(cls, job: Job, spec: VideoSpec, webhook_url: str | None) -> "HeygenPayloadSource":
        return cls(
            spec, job.uploads, ResolvedNames.from_json(job.uploads.get("resolved_names", "")), job.marker, webhook_url
        )

    @property
    def callback_url(self) -> str | None:
        return self.webhook_url if self.webhook_url and self.webhook_url.startswith(("https://", "http://")) else None

    def voice_of(self, scene: Scene, avatar: ResolvedAvatar | None) -> str:
        """The named voice, else the speaker's own, else the default."""
        if scene.voice:
            return self.names.voices.get(scene.voice, scene.voice)
        return (avatar.voice_id if avatar else "") or self.names.voices.get("", "")

    def avatar_of(self, scene: Scene) -> ResolvedAvatar | None:
        return self.names.avatars.get(scene.who) if scene.who is not None else None


def with_line(scene: Scene, sentence: str) -> str:
    """The sentence, with its line in a script."""
    return f"Line {scene.line}: {sentence}" if scene.line else sentence[0].upper() + sentence[1:]
