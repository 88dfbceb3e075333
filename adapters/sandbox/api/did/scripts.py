"""What is said and by which voice."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from adapters.sandbox.api.did.fields import AudioUrl, DidBodyModel, Fraction
from adapters.sandbox.api.did.voices import DEFAULT_VOICE_IDS


class _VoiceConfig(DidBodyModel):
    style: str | None = None
    rate: str | float | None = None
    pitch: str | None = None


def _check_rate(value: str | float) -> str | float:
    if not 0.7 <= float(value) <= 1.2:
        raise ValueError("must be 0.7 to 1.2")
    return value


def _check_share(value: str) -> str:
    if not 0 <= float(value) <= 1:
        raise ValueError("must be 0 to 1")
    return value


class _ElevenLabsVoiceConfig(DidBodyModel):
    stability: Fraction | None = None
    similarity_boost: Fraction | None = None
    rate: Annotated[str | float, AfterValidator(_check_rate)] | None = None
    style: Annotated[str, AfterValidator(_check_share)] | None = None
    use_speaker_boost: bool | None = None
    apply_language_text_normalization: bool | None = None


class Microsoft(DidBodyModel):
    """Azure's voices; Sara when none is named."""

    type: Literal["microsoft"] = "microsoft"
    voice_id: str = DEFAULT_VOICE_IDS["microsoft"]
    voice_config: _VoiceConfig | None = None
    language: str | None = None


class AzureOpenAI(DidBodyModel):
    """OpenAI's voices at Azure."""

    type: Literal["azure-openai"]
    voice_id: str
    voice_config: _VoiceConfig | None = None
    language: str | None = None


class ElevenLabs(DidBodyModel):
    """ElevenLabs' voices, D-ID's or the caller's own."""

    type: Literal["elevenlabs"]
    voice_id: str = DEFAULT_VOICE_IDS["elevenlabs"]
    voice_config: _ElevenLabsVoiceConfig | None = None
    model_id: str | None = None
    language: str | None = None
    access: Literal["public", "premium", "private", "external-private"] | None = None


class Amazon(DidBodyModel):
    """Polly's voices."""

    type: Literal["amazon"]
    voice_id: str
    language: str | None = None


class Google(DidBodyModel):
    """Google's voices."""

    type: Literal["google"]
    voice_id: str = DEFAULT_VOICE_IDS["google"]
    language: str | None = None


def _provider_type(value: Any) -> str:
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
        _provider_type,
        custom_error_type="provider",
        custom_error_message="type must be one of microsoft, azure-openai, elevenlabs, amazon, google",
    ),
]


class TextScript(DidBodyModel):
    """A text to be spoken."""

    type: Literal["text"]
    input: Annotated[str, Field(min_length=3, max_length=40_000)]
    ssml: bool = False
    subtitles: bool = False
    provider: Provider | None = None

    @model_validator(mode="after")
    def _check_not_blank(self) -> "TextScript":
        if not self.input.strip():
            raise ValueError("input must not be only white space")
        return self


class AudioScript(DidBodyModel):
    """Speech that exists already."""

    type: Literal["audio"]
    audio_url: AudioUrl
    subtitles: bool = False
    reduce_noise: bool | None = None


Script = Annotated[TextScript | AudioScript, Field(discriminator="type")]
