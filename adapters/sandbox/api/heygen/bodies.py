"""What HeyGen takes here, field by field, refused as it would refuse."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _check_even(side: int) -> int:
    if side % 2:
        raise ValueError("must be an even number")
    return side


def _check_spoken(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


HexColour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
FileUrl = Annotated[str, Field(pattern=r"^(https?|s3)://\S+$", max_length=4000)]
ObjectId = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[str, Field(max_length=1000)]
SpokenText = Annotated[str, Field(max_length=5000), AfterValidator(_check_spoken)]
UnitFraction = Annotated[float, Field(ge=0, le=1)]
SidePixels = Annotated[int, Field(ge=128, le=4096), AfterValidator(_check_even)]
Speed = Annotated[float, Field(ge=0.5, le=1.5)]
Pitch = Annotated[int, Field(ge=-50, le=50)]


class HeygenBodyModel(BaseModel):
    """A part of a request: unknown fields are refused, which is stricter than HeyGen and finds our slips."""

    model_config = ConfigDict(extra="forbid")

    def require_exactly_one(self, *names: str) -> Self:
        """Exactly one of these is given."""
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"exactly one of {', '.join(names)} is required")
        return self


class Offset(HeygenBodyModel):
    """Away from the middle."""

    x: float = 0.0
    y: float = 0.0


class AvatarCharacter(HeygenBodyModel):
    """An avatar of the stock."""

    type: Literal["avatar"]
    avatar_id: ObjectId
    scale: Annotated[float, Field(ge=0, le=5)] = 1.0
    avatar_style: Literal["circle", "normal", "closeUp"] = "normal"
    offset: Offset = Offset()
    matting: bool = False
    circle_background_color: HexColour | None = None


class TalkingPhoto(HeygenBodyModel):
    """A photo."""

    type: Literal["talking_photo"]
    talking_photo_id: ObjectId
    scale: Annotated[float, Field(ge=0, le=2)] = 1.0
    talking_photo_style: Literal["square", "circle"] | None = None
    offset: Offset = Offset()
    talking_style: Literal["stable", "expressive"] = "stable"
    expression: Literal["default", "happy"] = "default"
    super_resolution: bool = False
    matting: bool = False
    circle_background_color: HexColour | None = None


class ElevenLabsSettings(HeygenBodyModel):
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
    similarity_boost: UnitFraction | None = None
    stability: UnitFraction | None = None
    style: UnitFraction | None = None


class TextVoice(HeygenBodyModel):
    """Words."""

    type: Literal["text"]
    voice_id: ObjectId
    input_text: SpokenText
    speed: Speed = 1.0
    pitch: Pitch = 0
    emotion: Literal["Excited", "Friendly", "Serious", "Soothing", "Broadcaster"] | None = None
    locale: Title | None = None
    elevenlabs_settings: ElevenLabsSettings | None = None


class AudioVoice(HeygenBodyModel):
    """A sound."""

    type: Literal["audio"]
    audio_url: FileUrl | None = None
    audio_asset_id: ObjectId | None = None

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        return self.require_exactly_one("audio_url", "audio_asset_id")


class SilentVoice(HeygenBodyModel):
    """Nothing."""

    type: Literal["silence"]
    duration: Annotated[float, Field(ge=1, le=100)] = 1.0


class ColourBackground(HeygenBodyModel):
    """A colour."""

    type: Literal["color"]
    value: HexColour = "#f6f6fc"


class ImageBackground(HeygenBodyModel):
    """A picture."""

    type: Literal["image"]
    url: FileUrl | None = None
    image_asset_id: ObjectId | None = None
    fit: Literal["cover", "crop", "contain", "none"] = "cover"

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        return self.require_exactly_one("url", "image_asset_id")


class VideoBackground(HeygenBodyModel):
    """A film."""

    type: Literal["video"]
    url: FileUrl | None = None
    video_asset_id: ObjectId | None = None
    play_style: Literal["fit_to_scene", "freeze", "loop", "once"] = "fit_to_scene"
    fit: Literal["cover", "crop", "contain", "none"] = "cover"

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        return self.require_exactly_one("url", "video_asset_id")


class SceneInput(HeygenBodyModel):
    """A scene."""

    character: Annotated[AvatarCharacter | TalkingPhoto, Field(discriminator="type")] | None = None
    voice: Annotated[TextVoice | AudioVoice | SilentVoice, Field(discriminator="type")]
    background: Annotated[ColourBackground | ImageBackground | VideoBackground, Field(discriminator="type")] = (
        ColourBackground(type="color")
    )


class Dimension(HeygenBodyModel):
    """The frame."""

    width: SidePixels = 1280
    height: SidePixels = 720


class GenerateVideoBody(HeygenBodyModel):
    """POST /v2/video/generate."""

    video_inputs: Annotated[list[SceneInput], Field(min_length=1, max_length=50)]
    dimension: Dimension = Dimension()
    caption: bool = False
    title: Title | None = None
    callback_id: Title | None = None
    callback_url: FileUrl | None = None
    folder_id: ObjectId | None = None
    test: bool = False


class VariableProperties(HeygenBodyModel):
    """What goes into a blank."""

    content: Annotated[str, Field(max_length=5000)] | None = None
    url: FileUrl | None = None
    asset_id: ObjectId | None = None
    voice_id: ObjectId | None = None
    character_id: ObjectId | None = None
    type: Literal["avatar", "talking_photo"] | None = None


class TemplateVariable(HeygenBodyModel):
    """A blank and what goes into it."""

    name: ObjectId
    type: Literal["text", "image", "video", "audio", "voice", "character"]
    properties: VariableProperties


class GenerateTemplateBody(HeygenBodyModel):
    """POST /v2/template/{id}/generate."""

    variables: dict[str, TemplateVariable]
    dimension: Dimension = Dimension()
    caption: bool = False
    title: Title | None = None
    callback_id: Title | None = None
    callback_url: FileUrl | None = None
    folder_id: ObjectId | None = None
    test: bool = False
    fps: Literal[25, 30, 60] = 25
    scene_ids: list[ObjectId] | None = None
    reorder_music: bool = True
    keep_text_vertically_centered: bool = False
    include_gif: bool = False
    enable_sharing: bool = False


class TranslateBody(HeygenBodyModel):
    """POST /v2/video_translate."""

    video_url: FileUrl | None = None
    video_id: ObjectId | None = None
    output_language: ObjectId
    title: Title | None = None
    translate_audio_only: bool = False
    speaker_num: Annotated[int, Field(ge=1, le=50)] | None = None
    callback_id: Title | None = None
    callback_url: FileUrl | None = None

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        return self.require_exactly_one("video_url", "video_id")


class FileSource(HeygenBodyModel):
    """A file, in v3's three ways of giving one."""

    type: Literal["url", "asset_id", "base64"]
    url: FileUrl | None = None
    asset_id: ObjectId | None = None
    media_type: Title | None = None
    data: str | None = None


class VoiceSettings(HeygenBodyModel):
    """How a voice speaks."""

    speed: Speed = 1.0
    pitch: Pitch = 0
    volume: UnitFraction | None = None
    locale: Title | None = None
    engine_settings: dict[str, Any] | None = None


class BackgroundV3(HeygenBodyModel):
    """What is behind a v3 speaker."""

    type: Literal["color", "image"]
    value: HexColour | None = None
    url: FileUrl | None = None
    asset_id: ObjectId | None = None


class CaptionSettings(HeygenBodyModel):
    """Captions."""

    file_format: Literal["srt"] = "srt"
    style: Literal["default"] | None = None


class AvatarEngine(HeygenBodyModel):
    """A generation of avatars."""

    type: Literal["avatar_iii", "avatar_iv", "avatar_v"]
    reference_look_id: ObjectId | None = None


class CreateVideoBody(HeygenBodyModel):
    """POST /v3/videos."""

    type: Literal["avatar", "image"]
    avatar_id: ObjectId | None = None
    image: FileSource | None = None
    script: SpokenText | None = None
    voice_id: ObjectId | None = None
    audio_url: FileUrl | None = None
    audio_asset_id: ObjectId | None = None
    voice_settings: VoiceSettings = VoiceSettings()
    aspect_ratio: Literal["16:9", "9:16", "4:5", "5:4", "1:1", "auto"] = "16:9"
    resolution: Literal["720p", "1080p", "4k"] = "720p"
    background: BackgroundV3 | None = None
    output_format: Literal["mp4", "webm"] = "mp4"
    caption: CaptionSettings | None = None
    title: Title | None = None
    folder_id: ObjectId | None = None
    callback_id: Title | None = None
    callback_url: FileUrl | None = None
    engine: AvatarEngine | None = None
    motion_prompt: Title | None = None
    expressiveness: Literal["high", "medium", "low"] | None = None
    remove_background: bool | None = None
    fit: Literal["contain", "cover"] | None = None

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        if self.type == "avatar" and not self.avatar_id:
            raise ValueError("avatar_id is required")
        if self.type == "image" and not self.image:
            raise ValueError("image is required")
        if self.output_format == "webm" and self.background:
            raise ValueError("webm is transparent and takes no background")
        return self.require_exactly_one("script", "audio_url", "audio_asset_id")


class CreateTranslationsBody(HeygenBodyModel):
    """POST /v3/video-translations."""

    video: FileSource
    output_languages: Annotated[list[ObjectId], Field(min_length=1, max_length=50)]
    input_language: ObjectId | None = None
    mode: Literal["speed", "precision"] = "speed"
    title: Title | None = None
    folder_id: ObjectId | None = None
    speaker_num: Annotated[int, Field(ge=1, le=50)] | None = None
    translate_audio_only: bool = False
    enable_caption: bool = False
    enable_dynamic_duration: bool = True
    enable_speech_enhancement: bool = False
    disable_music_track: bool = False
    keep_the_same_format: bool | None = None
    start_time: Annotated[float, Field(ge=0)] | None = None
    end_time: Annotated[float, Field(ge=0)] | None = None
    brand_voice_id: ObjectId | None = None
    callback_id: Title | None = None
    callback_url: FileUrl | None = None
