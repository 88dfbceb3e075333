"""The kinds of requests. Each field with an `Opt` is an option everywhere: typed, in forms, in help, in the docs."""

import re
from typing import Annotated, ClassVar, Literal, Self

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AfterValidator, BeforeValidator, field_validator, model_validator

from bot.errors import Refused
from bot.requests.base import (
    MAX_SCRIPT_CHARACTERS,
    Request,
    Stripped,
    Title,
    check_crop,
    check_spoken_length,
    normalise_expressions,
    pattern_check,
)
from bot.requests.drivers import DRIVER_FAMILIES, TALK_DRIVER_FAMILIES, driver_address
from bot.requests.languages import language_name
from bot.requests.media import Media, MediaKind
from bot.requests.options import Opt

Provider = Literal["microsoft", "elevenlabs", "amazon", "google", "azure-openai"]


def _without_spaces(text: object) -> object:
    return text.replace(" ", "") if isinstance(text, str) else text


def _driver_of(families: dict[str, tuple[str, ...]]) -> AfterValidator:
    return AfterValidator(lambda typed: typed and driver_address(typed, families))


# Options that several requests share.
Logo = Annotated[Media | None, Opt("A picture laid over the video", media_kind=MediaKind.PICTURE, advanced=True)]
LogoAt = Annotated[
    str | None,
    Opt("Position of the logo: x,y", advanced=True, example="10,-10"),
    BeforeValidator(_without_spaces),
    pattern_check("logo-at", r"-?\d{1,4},-?\d{1,4}", "two whole numbers: x,y"),
]
Face = Annotated[
    str | None,
    Opt("Position of the face: x,y,size in pixels", advanced=True, example="120,80,200"),
    BeforeValidator(_without_spaces),
    pattern_check("face", r"-?\d{1,4},-?\d{1,4},\d{1,4}", "three whole numbers: x,y,size"),
]
Voice = Annotated[str | None, Opt("The voice, by name", suggests="voices", example="Sara"), MinLen(1), MaxLen(200)]
Language = Annotated[
    str | None, Opt("The language the voice speaks", advanced=True, example="French"), MinLen(2), MaxLen(60)
]
Presenter = Annotated[str | None, Opt("Who speaks", suggests="presenters"), MinLen(1), MaxLen(200)]


class SpeechRequest(Request):
    """What all requests with a voice share."""

    script: Annotated[
        str | None,
        Opt("What is said", positional=True, example="Welcome aboard!"),
        MinLen(3),
        MaxLen(MAX_SCRIPT_CHARACTERS),
        Stripped,
    ] = None
    audio: Annotated[
        Media | None, Opt("Speech to use instead of text: a sound file", media_kind=MediaKind.SOUND, aliases=("sound",))
    ] = None
    voice: Voice = None
    provider: Annotated[
        Provider | None, Opt("Voice provider, if two voices share a name", advanced=True, aliases=("voice-provider",))
    ] = None
    language: Language = None
    style: Annotated[
        str | None,
        Opt("Speaking style, if the voice has styles", advanced=True, example="Cheerful"),
        MinLen(1),
        MaxLen(60),
    ] = None
    rate: Annotated[
        str | None,
        Opt("Speaking rate: a factor, or x-slow to x-fast", advanced=True, aliases=("speed", "pace"), hint="0.5–2"),
        pattern_check(
            "rate",
            r"x-slow|slow|medium|fast|x-fast|default|[+-]?\d+(\.\d+)?%?",
            "a factor such as 1.2, or x-slow, slow, medium, fast, x-fast",
        ),
    ] = None
    pitch: Annotated[
        str | None,
        Opt("Pitch: +2st, 10Hz, or x-low to x-high", advanced=True, example="+2st"),
        pattern_check(
            "pitch",
            r"x-low|low|medium|high|x-high|default|[+-]?\d+(\.\d+)?(Hz|st|%)?",
            "a change such as +2st or 10Hz, or x-low, low, medium, high, x-high",
        ),
    ] = None
    ssml: Annotated[bool, Opt("The text is SSML", advanced=True)] = False
    subtitles: Annotated[bool, Opt("Add subtitles", aliases=("captions",))] = False

    @property
    def size(self) -> float:
        return float(len(self.script or ""))

    @model_validator(mode="after")
    def _check_speech(self) -> Self:
        if not self.script and not self.audio:
            raise Refused("What should they say? Type some text or attach an audio file.", "script")
        if self.script and self.audio:
            raise Refused("Enter either text or an audio file, not both.", "audio")
        check_spoken_length(self.noun, self.script or "", self.ssml)
        return self


class Talk(SpeechRequest):
    """Make a talking-head video."""

    noun: ClassVar[str] = "a talk"
    kind: Literal["talk"] = "talk"
    image: Annotated[
        Media | None,
        Opt("Face: a photo or drawing", media_kind=MediaKind.PICTURE, aliases=("picture", "photo")),
    ] = None
    driver: Annotated[
        str | None,
        Opt("Head movement: natural, lively or subtle", suggests="drivers"),
        _driver_of(TALK_DRIVER_FAMILIES),
    ] = None
    expression: Annotated[
        tuple[str, ...],
        Opt("A mood (neutral, happy, serious, surprise), or frame:mood:strength", example="0:happy:0.8"),
        AfterValidator(normalise_expressions),
    ] = ()
    stitch: Annotated[bool, Opt("Keep the whole picture instead of a square around the face")] = False
    fluent: Annotated[bool, Opt("Make a seamless loop", advanced=True)] = False
    pad: Annotated[float, Opt("Seconds of silence at the end", advanced=True), Ge(0), Le(60)] = 0.0
    logo: Logo = None
    logo_at: LogoAt = None
    face: Face = None
    format: Annotated[Literal["mp4", "mov"], Opt("File format", advanced=True)] = "mp4"
    name: Title = None
    persist: Annotated[bool, Opt("Keep a copy at the provider", advanced=True, aliases=("keep",))] = False


class Animation(Request):
    """Bring a still face to life."""

    noun: ClassVar[str] = "an animation"
    kind: Literal["animation"] = "animation"
    image: Annotated[Media, Opt("The photo to animate", media_kind=MediaKind.PICTURE, aliases=("picture", "photo"))]
    driver: Annotated[
        str | None,
        Opt(
            "Movement: nostalgia, fun, dance, classics, subtle, stitch, or one driver, such as dance/driver-03",
            True,
            suggests="drivers",
        ),
        _driver_of(DRIVER_FAMILIES),
    ] = None
    mute: Annotated[bool | None, Opt("Mute the music of classics and dances")] = None
    stitch: Annotated[bool, Opt("Keep the whole picture instead of a square around the face")] = False
    faces: Annotated[int | None, Opt("How many faces move, with stitch", advanced=True), Ge(1), Le(5)] = None
    overlay: Annotated[Media | None, Opt("A video laid over the result", media_kind=MediaKind.VIDEO, advanced=True)] = (
        None
    )
    logo: Logo = None
    logo_at: LogoAt = None
    face: Face = None
    format: Annotated[Literal["mp4", "mov"], Opt("File format", advanced=True)] = "mp4"

    @model_validator(mode="after")
    def _check_faces(self) -> Self:
        if self.faces is not None and not self.stitch:
            raise Refused("--faces works only with --stitch. Add --stitch.", "faces")
        return self


class Video(SpeechRequest):
    """Let one of the studio's presenters speak."""

    noun: ClassVar[str] = "a video"
    kind: Literal["video"] = "video"
    presenter: Presenter = None
    model: Annotated[
        Literal["v4", "clip", "scene"] | None,
        Opt("Type of presenter: v4 (expressive), clip (Pro), scene (Instant)", advanced=True),
    ] = None
    sentiment: Annotated[
        str | None, Opt("Mood of the presenter, if it has moods", advanced=True, example="Excited"), MaxLen(100)
    ] = None
    background: Annotated[
        str | None,
        Opt("A colour such as #223344, transparent, or a picture's link", example="#223344"),
        pattern_check(
            "background",
            r"#[0-9a-fA-F]{6}|transparent|https://\S+",
            "a colour such as #223344, transparent, or an https link",
        ),
    ] = None
    background_image: Annotated[
        Media | None, Opt("A picture behind the presenter", media_kind=MediaKind.PICTURE, advanced=True)
    ] = None
    crop: Annotated[
        str | None,
        Opt("wide, or top,left,bottom,right from 0 to 1", advanced=True, example="wide"),
        pattern_check(
            "crop", r"wide|[\d.]+,[\d.]+,[\d.]+,[\d.]+", "wide, or top,left,bottom,right with numbers from 0 to 1"
        ),
        AfterValidator(check_crop),
    ] = None
    resolution: Annotated[int | None, Opt("The longest side in pixels", advanced=True), Ge(150), Le(1080)] = None
    driver: Annotated[str | None, Opt("The presenter's movement", advanced=True), MaxLen(200)] = None
    logo: Logo = None
    logo_at: LogoAt = None
    format: Annotated[Literal["mp4", "mov", "webm"], Opt("File format", advanced=True)] = "mp4"
    name: Title = None
    persist: Annotated[bool, Opt("Keep a copy at the provider", advanced=True, aliases=("keep",))] = False

    @model_validator(mode="after")
    def _check_background(self) -> Self:
        if self.background and self.background_image:
            raise Refused("Choose one background: a colour, a link or a picture.", "background")
        return self


class Translation(Request):
    """Translate a video, with lip movements."""

    noun: ClassVar[str] = "a translation"
    kind: Literal["translation"] = "translation"
    languages: Annotated[
        tuple[str, ...],
        Opt("Into which languages, by name or code", positional=True, suggests="languages", example="es fr"),
    ]
    video: Annotated[Media, Opt("The video to translate, 10 seconds to 5 minutes", media_kind=MediaKind.VIDEO)]
    source: Annotated[
        str | None,
        Opt("The language spoken in the video", word="from", suggests="languages", aliases=("source-language",)),
        AfterValidator(lambda typed: typed and language_name(typed, "from")),
    ] = None

    @field_validator("languages", mode="before")
    @classmethod
    def _resolve_languages(cls, typed: object) -> object:
        if isinstance(typed, str):
            typed = (typed,)
        if not isinstance(typed, list | tuple):
            return typed
        words = [word for each in typed for word in re.split(r"[\s,;]+", str(each)) if word and word != "and"]
        if not words:
            raise Refused("Which languages? For example: /did translate es fr. See /did languages.", "languages")
        return tuple(dict.fromkeys(language_name(word) for word in words))
