"""Every sentence about a file that a person gave: what was found, what is accepted, what to do."""

import math
import unicodedata

from bot.errors import Broken, Refused
from bot.requests.media import FileLimits, MediaKind

MAX_NAME_CHARS = 60
KIND_NAMES = {
    MediaKind.PICTURE: "a picture",
    MediaKind.SOUND: "a sound file",
    MediaKind.VIDEO: "a video",
    MediaKind.TEXT: "a text file",
}


def display_name(name: str) -> str:
    """A given name fit to be shown: no folder, nothing invisible, at most 60 characters, its ending kept."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in last if c not in "“”")
    shown = " ".join(shown.split()) or "the file"
    if len(shown) <= MAX_NAME_CHARS:
        return shown
    return f"{shown[: MAX_NAME_CHARS - 13]}…{shown[-12:]}"


def quoted_name(name: str) -> str:
    return f"“{display_name(name)}”"


def size_text(amount: int, limit: int, *, over: bool = False) -> str:
    """Bytes in the unit that makes the limit a round number; what is over a limit never looks equal to it."""
    unit = 2**20 if limit % 2**20 == 0 else 10**6
    if max(amount, limit) < unit:
        return f"{amount:,} bytes"
    tenths = amount * 10 / unit
    return f"{(math.ceil(tenths) if over else round(tenths)) / 10:,g} MB"


def duration_text(seconds: float, *, over: bool = False) -> str:
    """A duration in words: 0.4 seconds, 11 minutes, 1 hour 5 minutes."""
    if seconds < 10 and not over:
        tenths = math.floor(seconds * 10) / 10
        return f"{tenths:g} second{'' if tenths == 1 else 's'}"
    whole = math.ceil(seconds) if over else round(seconds)
    hours, minutes, seconds_left = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "hour"), (minutes, "minute"), (0 if hours else seconds_left, "second")]
    return " ".join(f"{n:,} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "0 seconds"


def _refused(name: str, problem: str) -> Refused:
    return Refused(f"{quoted_name(name)} {problem}")


def empty_file(name: str) -> Refused:
    return _refused(name, "is empty (0 bytes). Send it again.")


def file_gone(name: str) -> Refused:
    return _refused(name, "is no longer available. Send it again.")


def web_page(name: str, wanted: MediaKind) -> Refused:
    return _refused(
        name, f"is a web page, not {KIND_NAMES[wanted]}. The link probably needs a sign-in. Send the file itself."
    )


def svg_drawing(name: str, wanted: MediaKind) -> Refused:
    return _refused(name, f"is an SVG drawing, not {KIND_NAMES[wanted]}. Export it as PNG and send that.")


def wrong_kind(name: str, found: MediaKind, wanted: MediaKind) -> Refused:
    return _refused(name, f"is {KIND_NAMES[found]}, not {KIND_NAMES[wanted]}. Send {KIND_NAMES[wanted]}.")


def unknown_kind(name: str, type_name: str | None, wanted: MediaKind) -> Refused:
    found = type_name or "not a file type that can be read here"
    return _refused(name, f"is {found}. Send {KIND_NAMES[wanted]}.")


def broken_file(name: str, kind: MediaKind) -> Refused:
    return _refused(name, f"looks like {KIND_NAMES[kind]} but is damaged or incomplete. Save it again and send that.")


def too_much_memory(name: str) -> Refused:
    return _refused(name, "needs too much memory to open. Send a smaller copy.")


def too_slow(name: str, seconds: float) -> Refused:
    return _refused(
        name,
        f"could not be processed within {duration_text(seconds)}. Send a smaller or shorter copy, "
        "or one in a common format.",
    )


def too_many_bytes(name: str, amount: int, limit: int) -> Refused:
    return _refused(name, f"is {size_text(amount, limit, over=True)}. The limit is {size_text(limit, limit)}.")


def too_many_pixels(name: str, width: int, height: int, limit: int) -> Refused:
    megapixels = math.ceil(width * height / 100_000) / 10
    return _refused(
        name,
        f"is {width:,} × {height:,} pixels ({megapixels:,g} megapixels). The limit is "
        f"{limit / 1e6:g} megapixels. Send a smaller copy.",
    )


def too_few_pixels(name: str, width: int, height: int, min_side: int) -> Refused:
    return _refused(name, f"is {width:,} × {height:,} pixels. Send one of at least {min_side:,} × {min_side:,}.")


def too_narrow(name: str, width: int, height: int, scaled: tuple[int, int], min_side: int) -> Refused:
    return _refused(
        name,
        f"is {width:,} × {height:,} pixels. Made small enough, it would be {scaled[0]:,} × "
        f"{scaled[1]:,}, but both sides need at least {min_side:,}. Crop it and send that.",
    )


def too_long(name: str, seconds: float, max_seconds: float) -> Refused:
    return _refused(
        name, f"is {duration_text(seconds, over=True)} long. Send one of at most {duration_text(max_seconds)}."
    )


def too_short(name: str, seconds: float, min_seconds: float) -> Refused:
    return _refused(name, f"is {duration_text(seconds)} long. Send one of at least {duration_text(min_seconds)}.")


def silent_sound(name: str) -> Refused:
    return _refused(name, "is silent. Send another recording.")


def no_sound(name: str) -> Refused:
    return _refused(name, "has no sound. Send one with sound.")


def no_moving_picture(name: str) -> Refused:
    return _refused(name, "has sound but no moving picture. Send a video.")


def format_not_accepted(name: str, format_: str, limits: FileLimits) -> Refused:
    *others, last = [accepted.upper() for accepted in limits.formats]
    accepted = f"{', '.join(others)} or {last}" if others else last
    return _refused(name, f"is {format_.upper()}, which is not accepted. Save it as {accepted}.")


def disk_full(name: str) -> Broken:
    return Broken(
        f"{quoted_name(name)} cannot be processed because this bot's disk is full or not writable. "
        "Tell the person who runs the bot."
    )
