"""The request bodies of D-ID's generators: every documented field with its limits, and no others."""

from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from adapters.sandbox.api.did.fields import (
    AnimationDriver,
    AnimationImageUrl,
    Colour,
    DidBodyModel,
    Expressions,
    Face,
    Fraction,
    ImageUrl,
    Language,
    Logo,
    Name,
    PublicUrl,
    ShortUserData,
    TalkDriver,
    UserData,
    VideoUrl,
    Webhook,
)
from adapters.sandbox.api.did.scripts import Script

VideoFormat = Literal["mp4", "mov"]
AlphaVideoFormat = Literal["mp4", "mov", "webm"]


class GeneratorBody(DidBodyModel):
    """What every generator takes."""

    user_data: UserData | None = None
    webhook: Webhook | None = None
    result_url: PublicUrl | None = None

    @model_validator(mode="after")
    def _check_result_format(self) -> "GeneratorBody":
        wanted = getattr(getattr(self, "config", None), "result_format", None)
        if wanted and self.result_url and _url_suffix(self.result_url) != wanted:
            raise ValueError("result_url and config.result_format must agree")
        return self


def _url_suffix(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lstrip(".").lower()


class TalkConfig(DidBodyModel):
    """How a talk looks."""

    stitch: bool = False
    result_format: VideoFormat | None = None
    fluent: bool = False
    pad_audio: Annotated[float, Field(ge=0, le=60)] = 0.0
    driver_expressions: Expressions | None = None
    logo: Logo | bool | None = None
    output_resolution: Annotated[float, Field(gt=0, le=1080)] | None = None
    align_driver: bool = True
    align_expand_factor: float = 0.3
    auto_match: bool = True
    motion_factor: float = 1.0
    normalization_factor: Fraction = 1.0
    sharpen: bool = True
    reduce_noise: bool = False


class TalkBody(GeneratorBody):
    """POST /talks."""

    source_url: ImageUrl | None = None
    script: Script
    driver_url: TalkDriver | None = None
    config: TalkConfig = TalkConfig()
    face: Face | None = None
    name: Name | None = None
    persist: bool | None = None


class AnimationConfig(DidBodyModel):
    """How an animation looks."""

    mute: bool = True
    stitch: bool = False
    max_animated_faces: Annotated[int, Field(ge=1, le=5)] | None = None
    overlay: VideoUrl | None = None
    logo: Logo | bool | None = None
    result_format: VideoFormat | None = None
    motion_factor: float = 0.75


class AnimationBody(GeneratorBody):
    """POST /animations: no name, no script, no persist."""

    source_url: AnimationImageUrl | None = None
    driver_url: AnimationDriver | None = None
    config: AnimationConfig = AnimationConfig()
    face: Face | None = None


class AvatarBackground(DidBodyModel):
    """What stands behind a V4 avatar."""

    type: Literal["color", "image_url", "transparent"]
    value: str | None = None

    @model_validator(mode="after")
    def _check_value(self) -> "AvatarBackground":
        if self.type == "color":
            ClipBackground(color=self.value or "")
        elif self.type == "image_url" and not (self.value or "").startswith(("https://", "s3://")):
            raise ValueError("an image background takes an https or s3 URL")
        return self


class ClipBackground(DidBodyModel):
    """What stands behind a clip presenter; no colour means transparent, which only webm can show."""

    color: Colour | Literal[False] | None = None
    source_url: ImageUrl | None = None


class ExpressiveConfig(DidBodyModel):
    """How a V4 video looks."""

    output_resolution: Literal[480, 720, 1080] | None = None
    result_format: AlphaVideoFormat | None = None
    logo: Logo | bool | None = None


class VideoBody(GeneratorBody):
    """POST /videos, the customer's description of V4: the presenter may be left out, and goes by either name."""

    presenter_id: str | None = None
    avatar_id: str | None = None
    sentiment_id: str | None = None
    script: Script
    name: Name | None = None
    config: ExpressiveConfig = ExpressiveConfig()
    background: AvatarBackground | None = None
    persist: bool | None = None


class ExpressiveBody(VideoBody):
    """POST /expressives: the avatar must be named, and only so."""

    avatar_id: str
    presenter_id: None = None


class ClipConfig(DidBodyModel):
    """How a clip looks."""

    result_format: AlphaVideoFormat | None = None
    output_resolution: Annotated[float, Field(ge=150, le=1080)] | None = None
    logo: Logo | bool | None = None


class Rectangle(DidBodyModel):
    """A part of the picture, in fractions."""

    top: Fraction
    left: Fraction
    bottom: Fraction
    right: Fraction


class Crop(DidBodyModel):
    """How much of the presenter is seen."""

    type: Literal["wide", "rectangle"]
    rectangle: Rectangle | None = None

    @model_validator(mode="after")
    def _check_rectangle(self) -> "Crop":
        if (self.type == "rectangle") != (self.rectangle is not None):
            raise ValueError("a rectangle belongs to the type rectangle")
        return self


class PresenterConfig(DidBodyModel):
    """How a presenter stands in the picture."""

    crop: Crop | None = None


class ClipBody(GeneratorBody):
    """POST /clips."""

    presenter_id: str | None = None
    driver_id: str | None = None
    script: Script
    config: ClipConfig = ClipConfig()
    presenter_config: PresenterConfig | None = None
    background: ClipBackground | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _check_transparency(self) -> "ClipBody":
        if self.background and self.background.color is False and self.config.result_format != "webm":
            raise ValueError("a transparent background needs result_format webm")
        return self


class SceneConfig(DidBodyModel):
    """How a scene looks."""

    logo: Logo | bool | None = None


class SceneBody(GeneratorBody):
    """POST /scenes."""

    avatar_id: str
    script: Script
    background: AvatarBackground | ClipBackground | None = None
    config: SceneConfig = SceneConfig()
    name: Name | None = None

    @model_validator(mode="after")
    def _check_mp4(self) -> "SceneBody":
        if self.result_url and _url_suffix(self.result_url) != "mp4":
            raise ValueError("result_url must end in .mp4")
        return self


class TranslationBody(GeneratorBody):
    """POST /translations."""

    source_url: VideoUrl
    languages: Annotated[list[Language], Field(min_length=1)]
    source_language: Language | None = None
    user_data: ShortUserData | None = None


class DetectionBody(DidBodyModel):
    """POST /images/face-detection."""

    source_url: ImageUrl
