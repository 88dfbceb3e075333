"""Captions for the page: providers write SubRip, browsers read WebVTT."""

import re

_TIMES_PATTERN = re.compile(
    r"^(\d{1,2}:\d{2}:\d{2})[,.](\d{3})\s*-->\s*(\d{1,2}:\d{2}:\d{2})[,.](\d{3}).*$", re.MULTILINE
)


def srt_to_vtt(srt: str) -> str:
    """SubRip as WebVTT; WebVTT is returned unchanged."""
    text = srt.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT"):
        return text
    cues = _TIMES_PATTERN.sub(lambda at: f"{_pad_hours(at[1])}.{at[2]} --> {_pad_hours(at[3])}.{at[4]}", text)
    return f"WEBVTT\n\n{cues.strip()}\n"


def _pad_hours(clock: str) -> str:
    return clock.rjust(8, "0")
