"""The bodies D-ID takes, with its own types and limits: what we send is checked here, and so is every `--set`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

PICTURE_PATTERN = r"^(https|s3)://\S*\.(jpg|jpeg|png|JPG|JPEG|PNG)"
SOUND_PATTERN = r"^(https|s3)://\S+\.(m4a|flac|mp3|mp4|wav|M4A|FLAC|MP3|MP4|WAV)([?#][A-Za-z0-9_./=&#%-]*)?$"
VIDEO_PATTERN = r"^(https|s3)://\S*\.(mp4|mov|mpeg|MP4|MOV|MPEG)"
COLOUR_PATTERN = r"^#[0-9a-fA-F]{6}$"

Link = Annotated[str, StringConstraints(pattern=r"^(https|s3)://\S+$")]
NonBlankText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^.*\S.*$")]
PictureLink = Annotated[str, StringConstraints(pattern=PICTURE_PATTERN)]
StillLink = Annotated[str, StringConstraints(pattern=r"^(https|s3)://\S*\.(?i:jpg|jpeg|png|tiff|bmp)")]
VideoLink = Annotated[str, StringConstraints(pattern=VIDEO_PATTERN)]
WebhookUrl = Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
DriverLink = Annotated[str, StringConstraints(pattern=r"^(https|s3|bank)://\S+$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Pixel = Annotated[int, Field(ge=-8000, le=8000)]


class DidBody(BaseModel):
    """A part of what D-ID takes; nothing else gets in."""

    model_config = ConfigDict(extra="forbid")


class MicrosoftVoiceConfig(DidBody):
    """How a Microsoft voice speaks."""

    style: str | None = None
    rate: str | None = None
    pitch: str | None = None


class ElevenlabsVoiceConfig(DidBody):
    """How an ElevenLabs voice speaks."""

    stability: Fraction | None = None
    similarity_boost: Fraction | None = None
    rate: Annotated[str, StringConstraints(pattern=r"^(0\.[7-9]\d*|1(\.[01]\d*|\.20*)?)$")] | None = None
    style: Annotated[str, StringConstraints(pattern=r"^(0(\.\d+)?|1(\.0+)?)$")] | None = None
    use_speaker_boost: bool | None = None
    apply_language_text_normalization: bool | None = None


class MicrosoftVoice(DidBody):
    """A Microsoft voice."""

    type: Literal["microsoft"]
    voice_id: NonBlankText
    voice_config: MicrosoftVoiceConfig | None = None
    language: str | None = None


class AzureOpenaiVoice(DidBody):
    """An OpenAI voice at Azure."""

    type: Literal["azure-openai"]
    voice_id: NonBlankText
    voice_config: MicrosoftVoiceConfig | None = None
    language: str | None = None


class ElevenlabsVoice(DidBody):
    """An ElevenLabs voice."""

    type: Literal["elevenlabs"]
    voice_id: NonBlankText | None = None
    voice_config: ElevenlabsVoiceConfig | None = None
    model_id: str | None = None
    language: str | None = None
    access: Literal["public", "premium", "private", "external-private"] | None = None


class AmazonVoice(DidBody):
    """An Amazon voice."""

    type: Literal["amazon"]
    voice_id: Literal[
        "Amy", "Aria", "Ayanda", "Bianca", "Brian", "Camila", "Emma", "Gabrielle", "Ivy", "Joanna", "Joey", "Justin",
        "Kendra", "Kevin", "Kimberly", "Léa", "Lucia", "Lupe", "Matthew", "Olivia", "Salli", "Seoyeon", "Takumi",
        "Vicki",
    ]  # fmt: skip
    language: str | None = None


class GoogleVoice(DidBody):
    """A Google voice."""

    type: Literal["google"]
    voice_id: NonBlankText | None = None


VoiceProvider = Annotated[
    MicrosoftVoice | AzureOpenaiVoice | ElevenlabsVoice | AmazonVoice | GoogleVoice, Field(discriminator="type")
]


class TextScript(DidBody):
    """Words to say."""

    type: Literal["text"] = "text"
    input: Annotated[str, Field(min_length=3, max_length=40_000)]
    ssml: bool | None = None
    subtitles: bool | None = None
    provider: VoiceProvider | None = None


class AudioScript(DidBody):
    """A sound to speak with."""

    type: Literal["audio"] = "audio"
    audio_url: Annotated[str, StringConstraints(pattern=SOUND_PATTERN)]
    subtitles: bool | None = None


Script = Annotated[TextScript | AudioScript, Field(discriminator="type")]


class Logo(DidBody):
    """A picture over the video; negative positions count from the far edge."""

    url: Link
    position: tuple[Pixel, Pixel] | None = None


class FaceBox(DidBody):
    """Where a face is in the picture."""

    top_left: tuple[Pixel, Pixel]
    size: Annotated[int, Field(ge=1, le=8000)]
    overlap: str | None = None
    face_id: str | None = None
    detect_confidence: float | None = None


class ExpressionChange(DidBody):
    """From which frame on the face wears which mood."""

    start_frame: Annotated[int, Field(ge=0)]
    expression: Literal["neutral", "happy", "serious", "surprise"]
    intensity: Fraction


class DriverExpressions(DidBody):
    """The moods of a talk."""

    expressions: list[ExpressionChange]
    transition_frames: Annotated[int, Field(ge=0)] | None = None


class TalkConfig(DidBody):
    """How a talk is made."""

    stitch: bool | None = None
    result_format: Literal["mp4", "mov"] | None = None
    fluent: bool | None = None
    pad_audio: Annotated[float, Field(ge=0, le=60)] | None = None
    driver_expressions: DriverExpressions | None = None
    logo: Logo | bool | None = None
    output_resolution: Annotated[int, Field(ge=150, le=1080)] | None = None
    align_driver: bool | None = None
    align_expand_factor: float | None = None
    auto_match: bool | None = None
    motion_factor: float | None = None
    normalization_factor: Fraction | None = None
    sharpen: bool | None = None
    reduce_noise: bool | None = None


class Talk(DidBody):
    """POST /talks."""

    source_url: PictureLink
    script: Script
    driver_url: DriverLink | None = None
    config: TalkConfig | None = None
    face: FaceBox | None = None
    user_data: NonBlankText | None = None
    name: str | None = None
    webhook: WebhookUrl | None = None
    result_url: Link | None = None
    persist: bool | None = None


class AnimationConfig(DidBody):
    """How an animation is made."""

    mute: bool | None = None
    stitch: bool | None = None
    max_animated_faces: Annotated[int, Field(ge=1, le=5)] | None = None
    overlay: VideoLink | None = None
    logo: Logo | bool | None = None
    result_format: Literal["mp4", "mov"] | None = None
    motion_factor: float | None = None


class Animation(DidBody):
    """POST /animations."""

    source_url: StillLink
    driver_url: DriverLink | None = None
    face: FaceBox | None = None
    config: AnimationConfig | None = None
    user_data: NonBlankText | None = None
    webhook: WebhookUrl | None = None
    result_url: Link | None = None


class ExpressiveConfig(DidBody):
    """How a V4 video is made."""

    output_resolution: Literal[480, 720, 1080] | None = None
    result_format: Literal["mp4", "mov", "webm"] | None = None
    logo: Logo | bool | None = None


class V4ColorBackground(DidBody):
    """A colour behind a V4 presenter."""

    type: Literal["color"]
    value: Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)]


class V4PictureBackground(DidBody):
    """A picture behind a V4 presenter."""

    type: Literal["image_url"]
    value: Link


class V4TransparentBackground(DidBody):
    """Nothing behind a V4 presenter."""

    type: Literal["transparent"]


class Expressive(DidBody):
    """POST /expressives."""

    avatar_id: NonBlankText
    sentiment_id: str | None = None
    script: Script
    name: str | None = None
    config: ExpressiveConfig | None = None
    background: (
        Annotated[V4ColorBackground | V4PictureBackground | V4TransparentBackground, Field(discriminator="type")] | None
    ) = None
    user_data: NonBlankText | None = None
    webhook: WebhookUrl | None = None
    result_url: Link | None = None
    persist: bool | None = None


class V4Video(DidBody):
    """POST /videos, the older shape of V4."""

    presenter_id: NonBlankText | None = None
    script: Script
    config: ExpressiveConfig | None = None
    user_data: NonBlankText | None = None
    webhook: WebhookUrl | None = None
    result_url: Link | None = None


class ClipConfig(DidBody):
    """How a clip is made."""

    result_format: Literal["mp4", "mov", "webm"] | None = None
    output_resolution: Annotated[int, Field(ge=150, le=1080)] | None = None
    logo: Logo | None = None


class Rectangle(DidBody):
    """A part of the picture, from 0 to 1."""

    top: Fraction
    left: Fraction
    bottom: Fraction
    right: Fraction


class Crop(DidBody):
    """Which part of a clip is shown."""

    type: Literal["wide", "rectangle"]
    rectangle: Rectangle | None = None


class PresenterConfig(DidBody):
    """How a clip's presenter is shown."""

    crop: Crop | None = None


class Background(DidBody):
    """What is behind a presenter; a colour of `false` is nothing at all."""

    color: Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)] | Literal[False] | None = None
    source_url: Link | None = None


class Clip(DidBody):
    """POST /clips."""

    presenter_id: NonBlankText
    driver_id: str | None = None
    script: Script
    config: ClipConfig | None = None
    presenter_config: PresenterConfig | None = None
    background: Background | None = None
    user_data: NonBlankText | None = None
    name: str | None = None
    webhook: WebhookUrl | None = None
    result_url: Link | None = None


class SceneConfig(DidBody):
    """How a scene is made."""

    logo: Logo | None = None


class Scene(DidBody):
    """POST /scenes."""

    avatar_id: NonBlankText
    script: Script
    background: Background | None = None
    config: SceneConfig | None = None
    name: str | None = None
    user_data: NonBlankText | None = None
    webhook: WebhookUrl | None = None
    result_url: Link | None = None


class Translation(DidBody):
    """POST /translations."""

    source_url: VideoLink
    languages: Annotated[list[str], Field(min_length=1)]
    source_language: str | None = None
    webhook: WebhookUrl | None = None
    user_data: NonBlankText | None = None
    result_url: Link | None = None
