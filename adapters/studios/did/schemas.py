"""The bodies D-ID takes, with its own types and limits: what we send is checked here, and so is every `--set`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

PICTURE = r"^(https|s3)://\S*\.(jpg|jpeg|png|JPG|JPEG|PNG)"
SOUND = r"^(https|s3)://\S+\.(m4a|flac|mp3|mp4|wav|M4A|FLAC|MP3|MP4|WAV)([?#][A-Za-z0-9_./=&#%-]*)?$"
FILM = r"^(https|s3)://\S*\.(mp4|mov|mpeg|MP4|MOV|MPEG)"
COLOUR = r"^#[0-9a-fA-F]{6}$"

Address = Annotated[str, StringConstraints(pattern=r"^(https|s3)://\S+$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^.*\S.*$")]
Picture = Annotated[str, StringConstraints(pattern=PICTURE)]
Still = Annotated[str, StringConstraints(pattern=r"^(https|s3)://\S*\.(?i:jpg|jpeg|png|tiff|bmp)")]
Film = Annotated[str, StringConstraints(pattern=FILM)]
Hook = Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
Driver = Annotated[str, StringConstraints(pattern=r"^(https|s3|bank)://\S+$")]
Share = Annotated[float, Field(ge=0, le=1)]
Pixel = Annotated[int, Field(ge=-8000, le=8000)]


class Body(BaseModel):
    """A part of what D-ID takes; nothing else gets in."""

    model_config = ConfigDict(extra="forbid")


class Manner(Body):
    """How a Microsoft voice speaks."""

    style: str | None = None
    rate: str | None = None
    pitch: str | None = None


class Temper(Body):
    """How an ElevenLabs voice speaks."""

    stability: Share | None = None
    similarity_boost: Share | None = None
    rate: Annotated[str, StringConstraints(pattern=r"^(0\.[7-9]\d*|1(\.[01]\d*|\.20*)?)$")] | None = None
    style: Annotated[str, StringConstraints(pattern=r"^(0(\.\d+)?|1(\.0+)?)$")] | None = None
    use_speaker_boost: bool | None = None
    apply_language_text_normalization: bool | None = None


class Microsoft(Body):
    """A Microsoft voice."""

    type: Literal["microsoft"]
    voice_id: Word
    voice_config: Manner | None = None
    language: str | None = None


class AzureOpenai(Body):
    """An OpenAI voice at Azure."""

    type: Literal["azure-openai"]
    voice_id: Word
    voice_config: Manner | None = None
    language: str | None = None


class Elevenlabs(Body):
    """An ElevenLabs voice."""

    type: Literal["elevenlabs"]
    voice_id: Word | None = None
    voice_config: Temper | None = None
    model_id: str | None = None
    language: str | None = None
    access: Literal["public", "premium", "private", "external-private"] | None = None


class Amazon(Body):
    """An Amazon voice."""

    type: Literal["amazon"]
    voice_id: Literal[
        "Amy", "Aria", "Ayanda", "Bianca", "Brian", "Camila", "Emma", "Gabrielle", "Ivy", "Joanna", "Joey", "Justin",
        "Kendra", "Kevin", "Kimberly", "Léa", "Lucia", "Lupe", "Matthew", "Olivia", "Salli", "Seoyeon", "Takumi",
        "Vicki",
    ]  # fmt: skip
    language: str | None = None


class Google(Body):
    """A Google voice."""

    type: Literal["google"]
    voice_id: Word | None = None


Provider = Annotated[Microsoft | AzureOpenai | Elevenlabs | Amazon | Google, Field(discriminator="type")]


class TextScript(Body):
    """Words to say."""

    type: Literal["text"] = "text"
    input: Annotated[str, Field(min_length=3, max_length=40_000)]
    ssml: bool | None = None
    subtitles: bool | None = None
    provider: Provider | None = None


class AudioScript(Body):
    """A sound to speak with."""

    type: Literal["audio"] = "audio"
    audio_url: Annotated[str, StringConstraints(pattern=SOUND)]
    subtitles: bool | None = None


Script = Annotated[TextScript | AudioScript, Field(discriminator="type")]


class Logo(Body):
    """A picture over the video; negative positions count from the far edge."""

    url: Address
    position: tuple[Pixel, Pixel] | None = None


class Overlap(Body):
    """Where a face is in the picture."""

    top_left: tuple[Pixel, Pixel]
    size: Annotated[int, Field(ge=1, le=8000)]
    overlap: str | None = None
    face_id: str | None = None
    detect_confidence: float | None = None


class Moment(Body):
    """From which frame on the face wears which mood."""

    start_frame: Annotated[int, Field(ge=0)]
    expression: Literal["neutral", "happy", "serious", "surprise"]
    intensity: Share


class Moods(Body):
    """The moods of a talk."""

    expressions: list[Moment]
    transition_frames: Annotated[int, Field(ge=0)] | None = None


class TalkConfig(Body):
    """How a talk is made."""

    stitch: bool | None = None
    result_format: Literal["mp4", "mov"] | None = None
    fluent: bool | None = None
    pad_audio: Annotated[float, Field(ge=0, le=60)] | None = None
    driver_expressions: Moods | None = None
    logo: Logo | bool | None = None
    output_resolution: Annotated[int, Field(ge=150, le=1080)] | None = None
    align_driver: bool | None = None
    align_expand_factor: float | None = None
    auto_match: bool | None = None
    motion_factor: float | None = None
    normalization_factor: Share | None = None
    sharpen: bool | None = None
    reduce_noise: bool | None = None


class Talk(Body):
    """POST /talks."""

    source_url: Picture
    script: Script
    driver_url: Driver | None = None
    config: TalkConfig | None = None
    face: Overlap | None = None
    user_data: Word | None = None
    name: str | None = None
    webhook: Hook | None = None
    result_url: Address | None = None
    persist: bool | None = None


class AnimationConfig(Body):
    """How an animation is made."""

    mute: bool | None = None
    stitch: bool | None = None
    max_animated_faces: Annotated[int, Field(ge=1, le=5)] | None = None
    overlay: Film | None = None
    logo: Logo | bool | None = None
    result_format: Literal["mp4", "mov"] | None = None
    motion_factor: float | None = None


class Animation(Body):
    """POST /animations."""

    source_url: Still
    driver_url: Driver | None = None
    face: Overlap | None = None
    config: AnimationConfig | None = None
    user_data: Word | None = None
    webhook: Hook | None = None
    result_url: Address | None = None


class ExpressiveConfig(Body):
    """How a V4 video is made."""

    output_resolution: Literal[480, 720, 1080] | None = None
    result_format: Literal["mp4", "mov", "webm"] | None = None
    logo: Logo | bool | None = None


class Plain(Body):
    """A colour behind a V4 presenter."""

    type: Literal["color"]
    value: Annotated[str, StringConstraints(pattern=COLOUR)]


class Scenery(Body):
    """A picture behind a V4 presenter."""

    type: Literal["image_url"]
    value: Address


class Nothing(Body):
    """Nothing behind a V4 presenter."""

    type: Literal["transparent"]


class Expressive(Body):
    """POST /expressives."""

    avatar_id: Word
    sentiment_id: str | None = None
    script: Script
    name: str | None = None
    config: ExpressiveConfig | None = None
    background: Annotated[Plain | Scenery | Nothing, Field(discriminator="type")] | None = None
    user_data: Word | None = None
    webhook: Hook | None = None
    result_url: Address | None = None
    persist: bool | None = None


class V4Video(Body):
    """POST /videos, the older shape of V4."""

    presenter_id: Word | None = None
    script: Script
    config: ExpressiveConfig | None = None
    user_data: Word | None = None
    webhook: Hook | None = None
    result_url: Address | None = None


class ClipConfig(Body):
    """How a clip is made."""

    result_format: Literal["mp4", "mov", "webm"] | None = None
    output_resolution: Annotated[int, Field(ge=150, le=1080)] | None = None
    logo: Logo | None = None


class Rectangle(Body):
    """A part of the picture, from 0 to 1."""

    top: Share
    left: Share
    bottom: Share
    right: Share


class Crop(Body):
    """Which part of a clip is shown."""

    type: Literal["wide", "rectangle"]
    rectangle: Rectangle | None = None


class PresenterConfig(Body):
    """How a clip's presenter is shown."""

    crop: Crop | None = None


class Background(Body):
    """What is behind a presenter; a colour of `false` is nothing at all."""

    color: Annotated[str, StringConstraints(pattern=COLOUR)] | Literal[False] | None = None
    source_url: Address | None = None


class Clip(Body):
    """POST /clips."""

    presenter_id: Word
    driver_id: str | None = None
    script: Script
    config: ClipConfig | None = None
    presenter_config: PresenterConfig | None = None
    background: Background | None = None
    user_data: Word | None = None
    name: str | None = None
    webhook: Hook | None = None
    result_url: Address | None = None


class SceneConfig(Body):
    """How a scene is made."""

    logo: Logo | None = None


class Scene(Body):
    """POST /scenes."""

    avatar_id: Word
    script: Script
    background: Background | None = None
    config: SceneConfig | None = None
    name: str | None = None
    user_data: Word | None = None
    webhook: Hook | None = None
    result_url: Address | None = None


class Translation(Body):
    """POST /translations."""

    source_url: Film
    languages: Annotated[list[str], Field(min_length=1)]
    source_language: str | None = None
    webhook: Hook | None = None
    user_data: Word | None = None
    result_url: Address | None = None
