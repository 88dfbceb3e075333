"""What listening through a recording told, and what is refused for it."""

from dataclasses import dataclass

from adapters.media import texts
from bot.requests.media import FileLimits

SILENCE_PEAK = 33  # of 32,768: about -60 dB, where nobody hears a thing


@dataclass(frozen=True)
class AudioSummary:
    """How long a recording is, its largest sample of 32,768, and whether parts of it could not be read."""

    seconds: float
    peak: int
    damaged: bool = False


def check_recording(name: str, summary: AudioSummary, limits: FileLimits) -> None:
    """Refuse what has no sound, is too long, too short or silent."""
    if summary.seconds == 0:
        raise texts.no_sound(name)
    check_duration(name, summary.seconds, limits)
    if summary.peak < SILENCE_PEAK:
        raise texts.silent_sound(name)


def check_duration(name: str, seconds: float, limits: FileLimits) -> None:
    """Refuse what is too long or too short."""
    if limits.max_seconds is not None and seconds > limits.max_seconds:
        raise texts.too_long(name, seconds, limits.max_seconds)
    if limits.min_seconds is not None and seconds < limits.min_seconds:
        raise texts.too_short(name, seconds, limits.min_seconds)
