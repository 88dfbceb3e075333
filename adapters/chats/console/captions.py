"""Captions for the page: studios write SubRip, browsers read WebVTT."""

import re

_TIMES = re.compile(r"^(\d{1,2}:\d{2}:\d{2})[,.](\d{3})\s*-->\s*(\d{1,2}:\d{2}:\d{2})[,.](\d{3}).*$", re.MULTILINE)


def vtt(srt: str) -> str:
    """SubRip as WebVTT; what is WebVTT already stays as it is."""
    text = srt.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT"):
        return text
    cues = _TIMES.sub(lambda at: f"{_full(at[1])}.{at[2]} --> {_full(at[3])}.{at[4]}", text)
    return f"WEBVTT\n\n{cues.strip()}\n"


def _full(clock: str) -> str:
    return clock.rjust(8, "0")
