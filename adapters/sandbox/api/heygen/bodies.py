"""What HeyGen takes here, field by field, refused as it would refuse."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _even(side: int) -> int:
    if side % 2:
        raise ValueError("must be an even number")
    return side


def _spoken(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Hex = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Link = Annotated[str, Field(pattern=r"^(https?|s3)://\S+$", max_length=4000)]
Id = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[str, Field(max_length=1000)]
Said = Annotated[str, Field(max_length=5000), AfterValidator(_spoken)]
Part = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(ge=128, le=4096), AfterValidator(_even)]
Speed = Annotated[float, Field(ge=0.5, le=1.5)]
Pitch = Annotated[int, Field(ge=-50, le=50)]


class Shape(BaseModel):
    """A part of a request: unknown fields are refused, which is stricter than HeyGen and finds our slips."""

    model_config = ConfigDict(extra="forbid")

    def either(self, *names: str) -> Self:
        """Exactly one of these is given."""
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"exactly one of {', '.join(names)} is required")
        return self


class Offset(Shape):
    """Away from the middle."""

    x: float = 0.0
    y: float = 0.0


class Avatar(Shape):
    """An avatar of the stock."""

    type: Literal["avatar"]
    avatar_id: Id
    scale: Annotated[float, Field(ge=0, le=5)] = 1.0
    avatar_style: Literal["circle", "normal", "closeUp"] = "normal"
    offset: Offset = Offset()
    matting: bool = False
    circle_background_color: Hex | None = None


class TalkingPhoto(Shape):
    """A photo."""

    type: Literal["talking_photo"]
    talking_photo_id: Id
    scale: Annotated[float, Field(ge=0, le=2)] = 1.0
    talking_photo_style: Literal["square", "circle"] | None = None
    offset: Offset = Offset()
    talking_style: Literal["stable", "expressive"] = "stable"
    expression: Literal["default", "happy"] = "default"
    super_resolution: bool = False
    matting: bool = False
    circle_background_color: Hex | None = None


class Eleven(Shape):
    """ElevenLabs' own settings."""

    model: (
        Literal[
            "eleven_monolingual_v1",
            "eleven_multilingual_v1",
            "eleven_multilingual_v2",
            "eleven_turbo_v2",
            "eleven_turbo_v2_5",
        ]
        | None
    ) = None
    similarity_boost: Part | None = None
    stability: Part | None = None
    style: Part | None = None


class Text(Shape):
    """Words."""

    type: Literal["text"]
    voice_id: Id
    input_text: Said
    speed: Speed = 1.0
    pitch: Pitch = 0
    emotion: Literal["Excited", "Friendly", "Serious", "Soothing", "Broadcaster"] | None = None
    locale: Title | None = None
    elevenlabs_settings: Eleven | None = None


class Audio(Shape):
    """A sound."""

    type: Literal["audio"]
    audio_url: Link | None = None
    audio_asset_id: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        return self.either("audio_url", "audio_asset_id")


class Silence(Shape):
    """Nothing."""

    type: Literal["silence"]
    duration: Annotated[float, Field(ge=1, le=100)] = 1.0


class Colour(Shape):
    """A colour."""

    type: Literal["color"]
    value: Hex = "#f6f6fc"


class Image(Shape):
    """A picture."""

    type: Literal["image"]
    url: Link | None = None
    image_asset_id: Id | None = None
    fit: Literal["cover", "crop", "contain", "none"] = "cover"

    @model_validator(mode="after")
    def _one(self) -> Self:
        return self.either("url", "image_asset_id")


class Footage(Shape):
    """A film."""

    type: Literal["video"]
    url: Link | None = None
    video_asset_id: Id | None = None
    play_style: Literal["fit_to_scene", "freeze", "loop", "once"] = "fit_to_scene"
    fit: Literal["cover", "crop", "contain", "none"] = "cover"

    @model_validator(mode="after")
    def _one(self) -> Self:
        return self.either("url", "video_asset_id")


class Scene(Shape):
    """A scene."""

    character: Annotated[Avatar | TalkingPhoto, Field(discriminator="type")] | None = None
    voice: Annotated[Text | Audio | Silence, Field(discriminator="type")]
    background: Annotated[Colour | Image | Footage, Field(discriminator="type")] = Colour(type="color")


class Dimension(Shape):
    """The frame."""

    width: Side = 1280
    height: Side = 720


class Generate(Shape):
    """POST /v2/video/generate."""

    video_inputs: Annotated[list[Scene], Field(min_length=1, max_length=50)]
    dimension: Dimension = Dimension()
    caption: bool = False
    title: Title | None = None
    callback_id: Title | None = None
    callback_url: Link | None = None
    folder_id: Id | None = None
    test: bool = False


class Filling(Shape):
    """What goes into a blank."""

    content: Annotated[str, Field(max_length=5000)] | None = None
    url: Link | None = None
    asset_id: Id | None = None
    voice_id: Id | None = None
    character_id: Id | None = None
    type: Literal["avatar", "talking_photo"] | None = None


class Variable(Shape):
    """A blank and what goes into it."""

    name: Id
    type: Literal["text", "image", "video", "audio", "voice", "character"]
    properties: Filling


class Fill(Shape):
    """POST /v2/template/{id}/generate."""

    variables: dict[str, Variable]
    dimension: Dimension = Dimension()
    caption: bool = False
    title: Title | None = None
    callback_id: Title | None = None
    callback_url: Link | None = None
    folder_id: Id | None = None
    test: bool = False
    fps: Literal[25, 30, 60] = 25
    scene_ids: list[Id] | None = None
    reorder_music: bool = True
    keep_text_vertically_centered: bool = False
    include_gif: bool = False
    enable_sharing: bool = False


class Translate(Shape):
    """POST /v2/video_translate."""

    video_url: Link | None = None
    video_id: Id | None = None
    output_language: Id
    title: Title | None = None
    translate_audio_only: bool = False
    speaker_num: Annotated[int, Field(ge=1, le=50)] | None = None
    callback_id: Title | None = None
    callback_url: Link | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        return self.either("video_url", "video_id")


class Given(Shape):
    """A file, in v3's three ways of giving one."""

    type: Literal["url", "asset_id", "base64"]
    url: Link | None = None
    asset_id: Id | None = None
    media_type: Title | None = None
    data: str | None = None


class Manner(Shape):
    """How a voice speaks."""

    speed: Speed = 1.0
    pitch: Pitch = 0
    volume: Part | None = None
    locale: Title | None = None
    engine_settings: dict[str, Any] | None = None


class Behind(Shape):
    """What is behind a v3 speaker."""

    type: Literal["color", "image"]
    value: Hex | None = None
    url: Link | None = None
    asset_id: Id | None = None


class Caption(Shape):
    """Captions."""

    file_format: Literal["srt"] = "srt"
    style: Literal["default"] | None = None


class Engine(Shape):
    """A generation of avatars."""

    type: Literal["avatar_iii", "avatar_iv", "avatar_v"]
    reference_look_id: Id | None = None


class Video(Shape):
    """POST /v3/videos."""

    type: Literal["avatar", "image"]
    avatar_id: Id | None = None
    image: Given | None = None
    script: Said | None = None
    voice_id: Id | None = None
    audio_url: Link | None = None
    audio_asset_id: Id | None = None
    voice_settings: Manner = Manner()
    aspect_ratio: Literal["16:9", "9:16", "4:5", "5:4", "1:1", "auto"] = "16:9"
    resolution: Literal["720p", "1080p", "4k"] = "720p"
    background: Behind | None = None
    output_format: Literal["mp4", "webm"] = "mp4"
    caption: Caption | None = None
    title: Title | None = None
    folder_id: Id | None = None
    callback_id: Title | None = None
    callback_url: Link | None = None
    engine: Engine | None = None
    motion_prompt: Title | None = None
    expressiveness: Literal["high", "medium", "low"] | None = None
    remove_background: bool | None = None
    fit: Literal["contain", "cover"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.type == "avatar" and not self.avatar_id:
            raise ValueError("avatar_id is required")
        if self.type == "image" and not self.image:
            raise ValueError("image is required")
        if self.output_format == "webm" and self.background:
            raise ValueError("webm is transparent and takes no background")
        return self.either("script", "audio_url", "audio_asset_id")


class Translations(Shape):
    """POST /v3/video-translations."""

    video: Given
    output_languages: Annotated[list[Id], Field(min_length=1, max_length=50)]
    input_language: Id | None = None
    mode: Literal["speed", "precision"] = "speed"
    title: Title | None = None
    folder_id: Id | None = None
    speaker_num: Annotated[int, Field(ge=1, le=50)] | None = None
    translate_audio_only: bool = False
    enable_caption: bool = False
    enable_dynamic_duration: bool = True
    enable_speech_enhancement: bool = False
    disable_music_track: bool = False
    keep_the_same_format: bool | None = None
    start_time: Annotated[float, Field(ge=0)] | None = None
    end_time: Annotated[float, Field(ge=0)] | None = None
    brand_voice_id: Id | None = None
    callback_id: Title | None = None
    callback_url: Link | None = None
