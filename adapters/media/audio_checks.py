"""What listening through a recording told, and what is refused for it."""

from dataclasses import dataclass

from adapters.media import texts
from bot.requests.media import Limits

QUIET = 33  # of 32,768: about -60 dB, where nobody hears a thing


@dataclass(frozen=True)
class Heard:
    """How long a recording is, its largest sample of 32,768, and whether parts of it could not be read."""

    seconds: float
    peak: int
    damaged: bool = False


def judge(name: str, heard: Heard, limits: Limits) -> None:
    """Refuse what has no sound, is too long, too short or silent."""
    if heard.seconds == 0:
        raise texts.soundless(name)
    judge_length(name, heard.seconds, limits)
    if heard.peak < QUIET:
        raise texts.silent(name)


def judge_length(name: str, seconds: float, limits: Limits) -> None:
    """Refuse what is too long or too short."""
    if limits.most_seconds is not None and seconds > limits.most_seconds:
        raise texts.too_long(name, seconds, limits.most_seconds)
    if limits.least_seconds is not None and seconds < limits.least_seconds:
        raise texts.too_short(name, seconds, limits.least_seconds)
