"""The small shapes D-ID's request bodies are made of, each with its limit."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from adapters.sandbox.api.did.drivers import ALL_DRIVERS, ANIMATION_DRIVERS, parse_bank_url
from adapters.sandbox.api.did.languages import language_name


class DidBodyModel(BaseModel):
    """A JSON object of known fields. Numbers and booleans in quotes are taken, as D-ID was seen to take them."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)


def _match_pattern(regex: str, meaning: str, whole: bool = True) -> AfterValidator:
    compiled = re.compile(regex)

    def check(value: str) -> str:
        urlsplit(value)  # what cannot even be taken apart, as https://[/a.jpg, raises here
        if not (compiled.fullmatch if whole else compiled.search)(value):
            raise ValueError(meaning)
        return value

    return AfterValidator(check)


def _check_user_data(limit: int) -> AfterValidator:
    line = re.compile(r"(?!\s*$).+")

    def check(value: str) -> str:
        if len(value) > limit or not line.fullmatch(value):
            raise ValueError(f"must be one line of 1 to {limit} characters, not only white space")
        return value

    return AfterValidator(check)


# As documented these two are not anchored: the ending may stand anywhere in the address.
ImageUrl = Annotated[
    str,
    _match_pattern(r"(https|s3):.*\.(jpg|jpeg|png|JPG|JPEG|PNG)", "must be a valid image URL (jpg, jpeg, png)", False),
]
AnimationImageUrl = Annotated[
    str,
    _match_pattern(
        r"(https|s3):.*\.(jpg|jpeg|png|tiff|bmp|JPG|JPEG|PNG|TIFF|BMP)",
        "must be a valid image URL (jpg, jpeg, png, tiff, bmp)",
        False,
    ),
]
VideoUrl = Annotated[
    str,
    _match_pattern(r"(https|s3):.*\.(mp4|mov|mpeg|MP4|MOV|MPEG)", "must be a valid video URL (mp4, mov, mpeg)", False),
]
AudioUrl = Annotated[
    str,
    _match_pattern(
        r"(https|s3)://.*\.(m4a|flac|mp3|mp4|wav|M4A|FLAC|MP3|MP4|WAV)([?#][A-Za-z0-9_./=&#%-]*)?",
        "must be a valid audio URL (m4a, flac, mp3, mp4, wav)",
    ),
]
PublicUrl = Annotated[str, _match_pattern(r"(https|s3)://\S+", "must be an https or s3 URL")]
# Empty means none, the same as leaving it out.
Webhook = Annotated[str, _match_pattern(r"(https://\S+)?", "must be an https URL")]
Colour = Annotated[str, _match_pattern(r"#[0-9a-fA-F]{6}", "must be a colour such as #a1b2c3")]
UserData = Annotated[str, _check_user_data(1000)]
ShortUserData = Annotated[str, _check_user_data(500)]
Name = Annotated[str, StringConstraints(min_length=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Coordinate = Annotated[float, Field(ge=-8000, le=8000)]


def _known_driver(bank: Any) -> AfterValidator:
    def check(value: str) -> str:
        if re.fullmatch(r"(https|s3)://\S+", value) or parse_bank_url(value, bank):
            return value
        raise ValueError("must be an https, s3 or bank:// address of a known driver")

    return AfterValidator(check)


TalkDriver = Annotated[str, _known_driver(ALL_DRIVERS)]
AnimationDriver = Annotated[str, _known_driver(ANIMATION_DRIVERS)]


def _check_language(value: str) -> str:
    if language_name(value) is None:
        raise ValueError(f"unsupported language {value}")
    return value


Language = Annotated[str, AfterValidator(_check_language)]


class Logo(DidBodyModel):
    """A picture laid into a corner."""

    url: PublicUrl
    position: Annotated[tuple[float, float], Field()] = (0, 0)


class Face(DidBodyModel):
    """Where the face is, when the caller knows."""

    top_left: tuple[Coordinate, Coordinate]
    size: Annotated[float, Field(gt=0, le=8000)]
    overlap: str | None = None
    face_id: str | None = None
    detect_confidence: float | None = None
    face_occluded: bool | None = None
    detection: dict[str, Any] | None = None


class Expression(DidBodyModel):
    """One feeling from a frame on."""

    start_frame: Annotated[int, Field(ge=0)]
    expression: Literal["neutral", "happy", "serious", "surprise"]
    intensity: Fraction


class Expressions(DidBodyModel):
    """What the face feels and when."""

    expressions: list[Expression]
    transition_frames: Annotated[int, Field(ge=0)] | None = None
