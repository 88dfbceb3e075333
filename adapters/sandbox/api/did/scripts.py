"""What is said and by which voice."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from adapters.sandbox.api.did.fields import Fraction, Shape, SoundUrl
from adapters.sandbox.api.did.voices import DEFAULTS


class _Tone(Shape):
    style: str | None = None
    rate: str | float | None = None
    pitch: str | None = None


def _pace(value: str | float) -> str | float:
    if not 0.7 <= float(value) <= 1.2:
        raise ValueError("must be 0.7 to 1.2")
    return value


def _share(value: str) -> str:
    if not 0 <= float(value) <= 1:
        raise ValueError("must be 0 to 1")
    return value


class _ElevenTone(Shape):
    stability: Fraction | None = None
    similarity_boost: Fraction | None = None
    rate: Annotated[str | float, AfterValidator(_pace)] | None = None
    style: Annotated[str, AfterValidator(_share)] | None = None
    use_speaker_boost: bool | None = None
    apply_language_text_normalization: bool | None = None


class Microsoft(Shape):
    """Azure's voices; Sara when none is named."""

    type: Literal["microsoft"] = "microsoft"
    voice_id: str = DEFAULTS["microsoft"]
    voice_config: _Tone | None = None
    language: str | None = None


class AzureOpenAI(Shape):
    """OpenAI's voices at Azure."""

    type: Literal["azure-openai"]
    voice_id: str
    voice_config: _Tone | None = None
    language: str | None = None


class ElevenLabs(Shape):
    """ElevenLabs' voices, D-ID's or the caller's own."""

    type: Literal["elevenlabs"]
    voice_id: str = DEFAULTS["elevenlabs"]
    voice_config: _ElevenTone | None = None
    model_id: str | None = None
    language: str | None = None
    access: Literal["public", "premium", "private", "external-private"] | None = None


class Amazon(Shape):
    """Polly's voices."""

    type: Literal["amazon"]
    voice_id: str
    language: str | None = None


class Google(Shape):
    """Google's voices."""

    type: Literal["google"]
    voice_id: str = DEFAULTS["google"]
    language: str | None = None


def _kind(value: Any) -> str:
    # The customer's description requires no type; Microsoft is what D-ID falls back on.
    given = value.get("type", "microsoft") if isinstance(value, dict) else getattr(value, "type", None)
    return str(given)


Provider = Annotated[
    Annotated[Microsoft, Tag("microsoft")]
    | Annotated[AzureOpenAI, Tag("azure-openai")]
    | Annotated[ElevenLabs, Tag("elevenlabs")]
    | Annotated[Amazon, Tag("amazon")]
    | Annotated[Google, Tag("google")],
    Discriminator(
        _kind,
        custom_error_type="provider",
        custom_error_message="type must be one of microsoft, azure-openai, elevenlabs, amazon, google",
    ),
]


class TextScript(Shape):
    """A text to be spoken."""

    type: Literal["text"]
    input: Annotated[str, Field(min_length=3, max_length=40_000)]
    ssml: bool = False
    subtitles: bool = False
    provider: Provider | None = None

    @model_validator(mode="after")
    def _not_blank(self) -> "TextScript":
        if not self.input.strip():
            raise ValueError("input must not be only white space")
        return self


class AudioScript(Shape):
    """Speech that exists already."""

    type: Literal["audio"]
    audio_url: SoundUrl
    subtitles: bool = False
    reduce_noise: bool | None = None


Script = Annotated[TextScript | AudioScript, Field(discriminator="type")]
