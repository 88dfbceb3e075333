"""Every sentence a person may read about a file they gave: what was found, what is taken, what to do."""

import math
import unicodedata
from collections.abc import Iterable

from bot.errors import Broken, Refused
from bot.requests.media import FileLimits, MediaKind

MAX_NAME_CHARS = 60
KIND_NAMES = {
    MediaKind.PICTURE: "a picture",
    MediaKind.SOUND: "sound",
    MediaKind.VIDEO: "a video",
    MediaKind.TEXT: "text",
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
    """The name in quotes, as sentences here begin."""
    return f"“{display_name(name)}”"


def size_text(amount: int, limit: int, *, over: bool = False) -> str:
    """Bytes in the unit that makes the limit a round number; what is over a limit never looks equal to it."""
    unit = 2**20 if limit % 2**20 == 0 else 10**6
    if max(amount, limit) < unit:
        return f"{amount:,} bytes"
    tenths = amount * 10 / unit
    return f"{(math.ceil(tenths) if over else round(tenths)) / 10:,g} MB"


def duration_text(seconds: float, *, over: bool = False) -> str:
    """A duration as people say it: 0.4 seconds, 11 minutes, 1 hour 5 minutes."""
    if seconds < 10 and not over:
        tenths = math.floor(seconds * 10) / 10
        return f"{tenths:g} second{'' if tenths == 1 else 's'}"
    whole = math.ceil(seconds) if over else round(seconds)
    hours, minutes, seconds_left = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "hour"), (minutes, "minute"), (0 if hours else seconds_left, "second")]
    return " ".join(f"{n:,} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "0 seconds"


def format_list(formats: Iterable[str]) -> str:
    """Formats as a person knows them: JPEG or PNG."""
    *others, last = [form.upper() for form in formats]
    return f"{', '.join(others)} or {last}" if others else last


def empty_file(name: str) -> Refused:
    """A file of no bytes."""
    return Refused(f"{quoted_name(name)} is empty (0 bytes). Send it again.")


def file_gone(name: str) -> Refused:
    """A file we no longer hold."""
    return Refused(f"{quoted_name(name)} is no longer here. Send it again.")


def web_page(name: str, wanted: MediaKind) -> Refused:
    """A sign-in or error page where a file was expected."""
    return Refused(
        f"{quoted_name(name)} is a web page, not {KIND_NAMES[wanted]}: the link probably asks for a sign-in. "
        "Send the file itself."
    )


def svg_drawing(name: str, wanted: MediaKind) -> Refused:
    """An SVG: text that looks like a picture."""
    return Refused(f"{quoted_name(name)} is an SVG drawing, not {KIND_NAMES[wanted]}. Export it as PNG and send that.")


def wrong_kind(name: str, found: MediaKind, wanted: MediaKind) -> Refused:
    """A picture where sound was wanted, and so on."""
    return Refused(f"{quoted_name(name)} is {KIND_NAMES[found]}, not {KIND_NAMES[wanted]}. Send {KIND_NAMES[wanted]}.")


def unknown_kind(name: str, type_name: str | None, wanted: MediaKind) -> Refused:
    """None of the kinds we know."""
    if type_name:
        return Refused(f"{quoted_name(name)} is {type_name}. Send {KIND_NAMES[wanted]}.")
    return Refused(f"{quoted_name(name)} is no kind of file that can be read here. Send {KIND_NAMES[wanted]}.")


def broken_file(name: str, kind: MediaKind) -> Refused:
    """Begins well and does not go on so."""
    return Refused(
        f"{quoted_name(name)} looks like {KIND_NAMES[kind]} but is broken or cut off. Save it anew and send that."
    )


def too_much_memory(name: str) -> Refused:
    """Needs more memory than we give one file."""
    return Refused(f"{quoted_name(name)} takes more memory to open than one file may. Save it smaller and send that.")


def too_slow(name: str, seconds: float) -> Refused:
    """Takes longer than we give one file."""
    return Refused(
        f"{quoted_name(name)} could not be opened and made fit within {duration_text(seconds)}. Save it smaller "
        "or shorter, "
        "or in a common format, and send that."
    )


def too_many_bytes(name: str, amount: int, limit: int) -> Refused:
    """Over the limit and nothing we may do about it."""
    return Refused(
        f"{quoted_name(name)} has {size_text(amount, limit, over=True)}; at most {size_text(limit, limit)} are taken."
    )


def too_many_pixels(name: str, width: int, height: int, limit: int) -> Refused:
    """A picture we will not unpack."""
    megapixels = math.ceil(width * height / 100_000) / 10
    return Refused(
        f"{quoted_name(name)} is {width:,} × {height:,} pixels, {megapixels:,g} megapixels; at most "
        f"{limit / 1e6:g} megapixels "
        "are opened. Save it smaller and send that."
    )


def too_few_pixels(name: str, width: int, height: int, min_side: int) -> Refused:
    """A picture or video too small to use."""
    return Refused(
        f"{quoted_name(name)} is {width:,} × {height:,} pixels; at least {min_side:,} × {min_side:,} are needed. "
        "Send a larger one."
    )


def too_narrow(name: str, width: int, height: int, scaled: tuple[int, int], min_side: int) -> Refused:
    """Long enough one way that made smaller it is too small the other."""
    return Refused(
        f"{quoted_name(name)} is {width:,} × {height:,} pixels; made small enough it would be {scaled[0]:,} × "
        f"{scaled[1]:,}, and at least {min_side:,} are needed each way. Crop it and send that."
    )


def too_long(name: str, seconds: float, max_seconds: float) -> Refused:
    """Sound or video over the limit."""
    return Refused(
        f"{quoted_name(name)} is {duration_text(seconds, over=True)} long; at most {duration_text(max_seconds)}. "
        "Send a shorter one."
    )


def too_short(name: str, seconds: float, min_seconds: float) -> Refused:
    """Sound or video under the limit."""
    return Refused(
        f"{quoted_name(name)} is {duration_text(seconds)} long; at least {duration_text(min_seconds)}. Send a "
        "longer one."
    )


def silent_sound(name: str) -> Refused:
    """Sound in which nothing sounds."""
    return Refused(f"{quoted_name(name)} is silent: there is nothing to hear in it. Send another recording.")


def no_sound(name: str) -> Refused:
    """No sound at all."""
    return Refused(f"{quoted_name(name)} has no sound: there is nothing to hear in it. Send one with sound.")


def no_moving_picture(name: str) -> Refused:
    """A video without a picture track."""
    return Refused(f"{quoted_name(name)} has sound but no moving picture. Send a video.")


def format_not_taken(name: str, format_: str, limits: FileLimits) -> Refused:
    """A format that is not taken and that we cannot make over."""
    return Refused(
        f"{quoted_name(name)} is {format_.upper()}; taken are {format_list(limits.formats)}. Save it as one of these."
    )


def disk_full(name: str) -> Broken:
    """The disk is full or may not be written: not the asker's fault."""
    return Broken(
        f"There is no room to work on {quoted_name(name)}: this bot's disk is full or may not be written. "
        "Tell whoever runs it."
    )
