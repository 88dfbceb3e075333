"""The bodies HeyGen takes, with its own types and limits: what we send is checked here, and so is every `--set`."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.requests.storyboard.scenes import Emotion, Fit, Play

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^.*\S.*$")]
LongText = Annotated[str, StringConstraints(min_length=1, pattern=r"(?s)^.*\S.*$")]
Link = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
SidePixels = Annotated[int, Field(ge=128, le=4096, multiple_of=2)]


class HeygenBody(BaseModel):
    """A part of what HeyGen takes; nothing else gets in."""

    model_config = ConfigDict(extra="forbid")


class Offset(HeygenBody):
    """How far from the middle."""

    x: float = 0.0
    y: float = 0.0


class AvatarSettings(HeygenBody):
    """A stock or own avatar."""

    type: Literal["avatar"]
    avatar_id: ShortText
    scale: Annotated[float, Field(ge=0, le=5)] | None = None
    avatar_style: Literal["circle", "normal", "closeUp"] | None = None
    offset: Offset | None = None
    matting: bool | None = None
    circle_background_color: Colour | None = None


class TalkingPhotoSettings(HeygenBody):
    """A photo that speaks."""

    type: Literal["talking_photo"]
    talking_photo_id: ShortText
    scale: Annotated[float, Field(ge=0, le=2)] | None = None
    talking_photo_style: Literal["square", "circle"] | None = None
    offset: Offset | None = None
    talking_style: Literal["stable", "expressive"] | None = None
    expression: Literal["default", "happy"] | None = None
    super_resolution: bool | None = None
    matting: bool | None = None
    circle_background_color: Colour | None = None


class ElevenlabsSettings(HeygenBody):
    """How an ElevenLabs voice speaks."""

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
    similarity_boost: Fraction | None = None
    stability: Fraction | None = None
    style: Fraction | None = None


class TextVoice(HeygenBody):
    """Words spoken by a voice."""

    type: Literal["text"]
    voice_id: ShortText
    input_text: LongText
    speed: Annotated[float, Field(ge=0.5, le=1.5)] | None = None
    pitch: Annotated[int, Field(ge=-50, le=50)] | None = None
    emotion: Emotion | None = None
    locale: ShortText | None = None
    elevenlabs_settings: ElevenlabsSettings | None = None


class AudioVoice(HeygenBody):
    """A sound that was given."""

    type: Literal["audio"]
    audio_url: Link | None = None
    audio_asset_id: ShortText | None = None

    @model_validator(mode="after")
    def _check_one_source(self) -> "AudioVoice":
        return _require_exactly_one(self, "audio_url", "audio_asset_id")


class SilenceVoice(HeygenBody):
    """Nothing, for a while."""

    type: Literal["silence"]
    duration: Annotated[float, Field(ge=1.0, le=100.0)] = 1.0


class ColorBackground(HeygenBody):
    """One colour."""

    type: Literal["color"]
    value: Colour = "#f6f6fc"


class ImageBackground(HeygenBody):
    """A picture."""

    type: Literal["image"]
    url: Link | None = None
    image_asset_id: ShortText | None = None
    fit: Fit | None = None

    @model_validator(mode="after")
    def _check_one_source(self) -> "ImageBackground":
        return _require_exactly_one(self, "url", "image_asset_id")


class VideoBackground(HeygenBody):
    """A film."""

    type: Literal["video"]
    url: Link | None = None
    video_asset_id: ShortText | None = None
    play_style: Play | None = None
    fit: Fit | None = None

    @model_validator(mode="after")
    def _check_one_source(self) -> "VideoBackground":
        return _require_exactly_one(self, "url", "video_asset_id")


class SceneV2(HeygenBody):
    """One scene."""

    character: Annotated[AvatarSettings | TalkingPhotoSettings, Field(discriminator="type")] | None = None
    voice: Annotated[TextVoice | AudioVoice | SilenceVoice, Field(discriminator="type")]
    background: Annotated[ColorBackground | ImageBackground | VideoBackground, Field(discriminator="type")] | None = (
        None
    )


class Dimension(HeygenBody):
    """Width and height."""

    width: SidePixels
    height: SidePixels


class VideoV2(HeygenBody):
    """POST /v2/video/generate."""

    video_inputs: Annotated[list[SceneV2], Field(min_length=1, max_length=50)]
    dimension: Dimension | None = None
    caption: bool | None = None
    title: ShortText | None = None
    callback_id: ShortText | None = None
    callback_url: Link | None = None
    folder_id: ShortText | None = None
    test: bool | None = None


class VariableProperties(HeygenBody):
    """What goes into a blank, by its kind."""

    content: str | None = None
    url: Link | None = None
    asset_id: ShortText | None = None
    voice_id: ShortText | None = None
    character_id: ShortText | None = None
    type: Literal["avatar", "talking_photo"] | None = None


class FilledVariable(HeygenBody):
    """A blank and what goes into it."""

    name: ShortText
    type: Literal["text", "image", "video", "audio", "voice", "character"]
    properties: VariableProperties


class TemplateV2(HeygenBody):
    """POST /v2/template/{id}/generate."""

    variables: dict[str, FilledVariable]
    dimension: Dimension | None = None
    caption: bool | None = None
    title: ShortText | None = None
    callback_id: ShortText | None = None
    callback_url: Link | None = None
    folder_id: ShortText | None = None
    test: bool | None = None
    fps: Annotated[float, Field(ge=25, le=60)] | None = None
    scene_ids: list[ShortText] | None = None
    reorder_music: bool | None = None
    keep_text_vertically_centered: bool | None = None
    include_gif: bool | None = None
    enable_sharing: bool | None = None


class TranslationV2(HeygenBody):
    """POST /v2/video_translate."""

    video_url: Link | None = None
    video_id: ShortText | None = None
    output_language: ShortText
    title: ShortText | None = None
    translate_audio_only: bool | None = None
    speaker_num: Annotated[int, Field(ge=1, le=50)] | None = None
    callback_id: ShortText | None = None
    callback_url: Link | None = None

    @model_validator(mode="after")
    def _check_one_source(self) -> "TranslationV2":
        return _require_exactly_one(self, "video_url", "video_id")


class FileInput(HeygenBody):
    """A file by link or by the id HeyGen gave it."""

    type: Literal["url", "asset_id"]
    url: Link | None = None
    asset_id: ShortText | None = None


class VoiceSettings(HeygenBody):
    """How a voice speaks, in v3."""

    speed: Annotated[float, Field(ge=0.5, le=1.5)] | None = None
    pitch: Annotated[int, Field(ge=-50, le=50)] | None = None
    volume: Fraction | None = None
    locale: ShortText | None = None
    engine_settings: dict[str, Any] | None = None


class BackgroundV3(HeygenBody):
    """A colour or a picture."""

    type: Literal["color", "image"]
    value: Colour | None = None
    url: Link | None = None
    asset_id: ShortText | None = None


class Caption(HeygenBody):
    """Captions beside the film; with a style, in it too."""

    file_format: Literal["srt"] = "srt"
    style: Literal["default"] | None = None


class AvatarEngine(HeygenBody):
    """Which generation of avatars moves the face."""

    type: Literal["avatar_iii", "avatar_iv", "avatar_v"]
    reference_look_id: ShortText | None = None


class VideoV3(HeygenBody):
    """POST /v3/videos."""

    type: Literal["avatar", "image"]
    avatar_id: ShortText | None = None
    image: FileInput | None = None
    script: LongText | None = None
    voice_id: ShortText | None = None
    audio_url: Link | None = None
    audio_asset_id: ShortText | None = None
    voice_settings: VoiceSettings | None = None
    aspect_ratio: Literal["16:9", "9:16", "4:5", "5:4", "1:1", "auto"] | None = None
    resolution: Literal["720p", "1080p", "4k"] | None = None
    background: BackgroundV3 | None = None
    output_format: Literal["mp4", "webm"] | None = None
    caption: Caption | None = None
    title: ShortText | None = None
    folder_id: ShortText | None = None
    callback_id: ShortText | None = None
    callback_url: Link | None = None
    engine: AvatarEngine | None = None
    motion_prompt: ShortText | None = None
    expressiveness: Literal["high", "medium", "low"] | None = None
    remove_background: bool | None = None
    fit: Literal["contain", "cover"] | None = None

    @model_validator(mode="after")
    def _check_one_source(self) -> "VideoV3":
        return _require_exactly_one(self, "script", "audio_url", "audio_asset_id")


class TranslationV3(HeygenBody):
    """POST /v3/video-translations."""

    video: FileInput
    output_languages: Annotated[list[ShortText], Field(min_length=1, max_length=50)]
    input_language: ShortText | None = None
    mode: Literal["speed", "precision"] | None = None
    title: ShortText | None = None
    folder_id: ShortText | None = None
    speaker_num: Annotated[int, Field(ge=1, le=50)] | None = None
    translate_audio_only: bool | None = None
    enable_caption: bool | None = None
    enable_dynamic_duration: bool | None = None
    enable_speech_enhancement: bool | None = None
    disable_music_track: bool | None = None
    keep_the_same_format: bool | None = None
    start_time: Annotated[float, Field(ge=0)] | None = None
    end_time: Annotated[float, Field(ge=0)] | None = None
    brand_voice_id: ShortText | None = None
    callback_id: ShortText | None = None
    callback_url: Link | None = None


AnyBody = TypeVar("AnyBody", bound=HeygenBody)


def _require_exactly_one(body: AnyBody, *names: str) -> AnyBody:
    given = [name for name in names if getattr(body, name) is not None]
    if len(given) != 1:
        raise ValueError(f"exactly one of {', '.join(names)} is needed")
    return body
