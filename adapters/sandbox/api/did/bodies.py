"""The request bodies of D-ID's generators: every documented field with its limits, and no others."""

from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from adapters.sandbox.api.did.fields import (
    AnimationDriver,
    Colour,
    Expressions,
    Face,
    FootageUrl,
    Fraction,
    Language,
    Logo,
    Name,
    PictureUrl,
    PublicUrl,
    Remark,
    Shape,
    ShortRemark,
    StillUrl,
    TalkDriver,
    Webhook,
)
from adapters.sandbox.api.did.scripts import Script

Film = Literal["mp4", "mov"]
Clear = Literal["mp4", "mov", "webm"]


class Commission(Shape):
    """What every generator takes."""

    user_data: Remark | None = None
    webhook: Webhook | None = None
    result_url: PublicUrl | None = None

    @model_validator(mode="after")
    def _one_format(self) -> "Commission":
        wanted = getattr(getattr(self, "config", None), "result_format", None)
        if wanted and self.result_url and _ending(self.result_url) != wanted:
            raise ValueError("result_url and config.result_format must agree")
        return self


def _ending(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lstrip(".").lower()


class TalkConfig(Shape):
    """How a talk looks."""

    stitch: bool = False
    result_format: Film | None = None
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


class TalkBody(Commission):
    """POST /talks."""

    source_url: PictureUrl | None = None
    script: Script
    driver_url: TalkDriver | None = None
    config: TalkConfig = TalkConfig()
    face: Face | None = None
    name: Name | None = None
    persist: bool | None = None


class AnimationConfig(Shape):
    """How an animation looks."""

    mute: bool = True
    stitch: bool = False
    max_animated_faces: Annotated[int, Field(ge=1, le=5)] | None = None
    overlay: FootageUrl | None = None
    logo: Logo | bool | None = None
    result_format: Film | None = None
    motion_factor: float = 0.75


class AnimationBody(Commission):
    """POST /animations: no name, no script, no persist."""

    source_url: StillUrl | None = None
    driver_url: AnimationDriver | None = None
    config: AnimationConfig = AnimationConfig()
    face: Face | None = None


class Backdrop(Shape):
    """What stands behind a V4 avatar."""

    type: Literal["color", "image_url", "transparent"]
    value: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Backdrop":
        if self.type == "color":
            ColourBackdrop(color=self.value or "")
        elif self.type == "image_url" and not (self.value or "").startswith(("https://", "s3://")):
            raise ValueError("an image background takes an https or s3 URL")
        return self


class ColourBackdrop(Shape):
    """What stands behind a clip presenter; no colour means transparent, which only webm can show."""

    color: Colour | Literal[False] | None = None
    source_url: PictureUrl | None = None


class ExpressiveConfig(Shape):
    """How a V4 video looks."""

    output_resolution: Literal[480, 720, 1080] | None = None
    result_format: Clear | None = None
    logo: Logo | bool | None = None


class VideoBody(Commission):
    """POST /videos, the customer's description of V4: the presenter may be left out, and goes by either name."""

    presenter_id: str | None = None
    avatar_id: str | None = None
    sentiment_id: str | None = None
    script: Script
    name: Name | None = None
    config: ExpressiveConfig = ExpressiveConfig()
    background: Backdrop | None = None
    persist: bool | None = None


class ExpressiveBody(VideoBody):
    """POST /expressives: the avatar must be named, and only so."""

    avatar_id: str
    presenter_id: None = None


class ClipConfig(Shape):
    """How a clip looks."""

    result_format: Clear | None = None
    output_resolution: Annotated[float, Field(ge=150, le=1080)] | None = None
    logo: Logo | bool | None = None


class Rectangle(Shape):
    """A part of the picture, in fractions."""

    top: Fraction
    left: Fraction
    bottom: Fraction
    right: Fraction


class Crop(Shape):
    """How much of the presenter is seen."""

    type: Literal["wide", "rectangle"]
    rectangle: Rectangle | None = None

    @model_validator(mode="after")
    def _given(self) -> "Crop":
        if (self.type == "rectangle") != (self.rectangle is not None):
            raise ValueError("a rectangle belongs to the type rectangle")
        return self


class PresenterConfig(Shape):
    """How a presenter stands in the picture."""

    crop: Crop | None = None


class ClipBody(Commission):
    """POST /clips."""

    presenter_id: str | None = None
    driver_id: str | None = None
    script: Script
    config: ClipConfig = ClipConfig()
    presenter_config: PresenterConfig | None = None
    background: ColourBackdrop | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _visible(self) -> "ClipBody":
        if self.background and self.background.color is False and self.config.result_format != "webm":
            raise ValueError("a transparent background needs result_format webm")
        return self


class SceneConfig(Shape):
    """How a scene looks."""

    logo: Logo | bool | None = None


class SceneBody(Commission):
    """POST /scenes."""

    avatar_id: str
    script: Script
    background: Backdrop | ColourBackdrop | None = None
    config: SceneConfig = SceneConfig()
    name: Name | None = None

    @model_validator(mode="after")
    def _plain(self) -> "SceneBody":
        if self.result_url and _ending(self.result_url) != "mp4":
            raise ValueError("result_url must end in .mp4")
        return self


class TranslationBody(Commission):
    """POST /translations."""

    source_url: FootageUrl
    languages: Annotated[list[Language], Field(min_length=1)]
    source_language: Language | None = None
    user_data: ShortRemark | None = None


class DetectionBody(Shape):
    """POST /images/face-detection."""

    source_url: PictureUrl
