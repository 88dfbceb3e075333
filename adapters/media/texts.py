"""Every sentence a person may read about a file they gave: what was found, what is taken, what to do."""

import math
import unicodedata
from collections.abc import Iterable

from bot.errors import Broken, Refused
from bot.requests.media import Kind, Limits

LONGEST_NAME = 60
CALLED = {Kind.PICTURE: "a picture", Kind.SOUND: "sound", Kind.VIDEO: "a video", Kind.TEXT: "text"}


def clean(name: str) -> str:
    """A given name fit to be shown: no folder, nothing invisible, at most 60 characters, its ending kept."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in last if c not in "“”")
    shown = " ".join(shown.split()) or "the file"
    if len(shown) <= LONGEST_NAME:
        return shown
    return f"{shown[: LONGEST_NAME - 13]}…{shown[-12:]}"


def quoted(name: str) -> str:
    """The name in quotes, as sentences here begin."""
    return f"“{clean(name)}”"


def size(amount: int, most: int, *, over: bool = False) -> str:
    """Bytes in the unit that makes the limit a round number; what is over a limit never looks equal to it."""
    unit = 2**20 if most % 2**20 == 0 else 10**6
    if max(amount, most) < unit:
        return f"{amount:,} bytes"
    tenths = amount * 10 / unit
    return f"{(math.ceil(tenths) if over else round(tenths)) / 10:,g} MB"


def span(seconds: float, *, over: bool = False) -> str:
    """A duration as people say it: 0.4 seconds, 11 minutes, 1 hour 5 minutes."""
    if seconds < 10 and not over:
        tenths = math.floor(seconds * 10) / 10
        return f"{tenths:g} second{'' if tenths == 1 else 's'}"
    whole = math.ceil(seconds) if over else round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "hour"), (minutes, "minute"), (0 if hours else rest, "second")]
    return " ".join(f"{n:,} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "0 seconds"


def listed(formats: Iterable[str]) -> str:
    """Formats as a person knows them: JPEG or PNG."""
    *most, last = [form.upper() for form in formats]
    return f"{', '.join(most)} or {last}" if most else last


def empty(name: str) -> Refused:
    """A file of no bytes."""
    return Refused(f"{quoted(name)} is empty (0 bytes). Send it again.")


def gone(name: str) -> Refused:
    """A file we no longer hold."""
    return Refused(f"{quoted(name)} is no longer here. Send it again.")


def web_page(name: str, wanted: Kind) -> Refused:
    """A sign-in or error page where a file was expected."""
    return Refused(
        f"{quoted(name)} is a web page, not {CALLED[wanted]}: the link probably asks for a sign-in. "
        "Send the file itself."
    )


def drawing(name: str, wanted: Kind) -> Refused:
    """An SVG: text that looks like a picture."""
    return Refused(f"{quoted(name)} is an SVG drawing, not {CALLED[wanted]}. Export it as PNG and send that.")


def other_kind(name: str, found: Kind, wanted: Kind) -> Refused:
    """A picture where sound was wanted, and so on."""
    return Refused(f"{quoted(name)} is {CALLED[found]}, not {CALLED[wanted]}. Send {CALLED[wanted]}.")


def unknown(name: str, called: str | None, wanted: Kind) -> Refused:
    """None of the kinds we know."""
    if called:
        return Refused(f"{quoted(name)} is {called}. Send {CALLED[wanted]}.")
    return Refused(f"{quoted(name)} is no kind of file that can be read here. Send {CALLED[wanted]}.")


def spoilt(name: str, found: Kind) -> Refused:
    """Begins well and does not go on so."""
    return Refused(f"{quoted(name)} looks like {CALLED[found]} but is broken or cut off. Save it anew and send that.")


def too_heavy(name: str) -> Refused:
    """Needs more memory than we give one file."""
    return Refused(f"{quoted(name)} takes more memory to open than one file may. Save it smaller and send that.")


def too_slow(name: str, seconds: float) -> Refused:
    """Takes longer than we give one file."""
    return Refused(
        f"{quoted(name)} could not be opened and made fit within {span(seconds)}. Save it smaller or shorter, "
        "or in a common format, and send that."
    )


def too_many_bytes(name: str, amount: int, most: int) -> Refused:
    """Over the limit and nothing we may do about it."""
    return Refused(f"{quoted(name)} has {size(amount, most, over=True)}; at most {size(most, most)} are taken.")


def too_many_pixels(name: str, width: int, height: int, most: int) -> Refused:
    """A picture we will not unpack."""
    found = math.ceil(width * height / 100_000) / 10
    return Refused(
        f"{quoted(name)} is {width:,} × {height:,} pixels, {found:,g} megapixels; at most {most / 1e6:g} megapixels "
        "are opened. Save it smaller and send that."
    )


def too_few_pixels(name: str, width: int, height: int, least: int) -> Refused:
    """A picture or video too small to use."""
    return Refused(
        f"{quoted(name)} is {width:,} × {height:,} pixels; at least {least:,} × {least:,} are needed. "
        "Send a larger one."
    )


def too_narrow(name: str, width: int, height: int, fitted: tuple[int, int], least: int) -> Refused:
    """Long enough one way that made smaller it is too small the other."""
    return Refused(
        f"{quoted(name)} is {width:,} × {height:,} pixels; made small enough it would be {fitted[0]:,} × "
        f"{fitted[1]:,}, and at least {least:,} are needed each way. Crop it and send that."
    )


def too_long(name: str, seconds: float, most: float) -> Refused:
    """Sound or video over the limit."""
    return Refused(f"{quoted(name)} is {span(seconds, over=True)} long; at most {span(most)}. Send a shorter one.")


def too_short(name: str, seconds: float, least: float) -> Refused:
    """Sound or video under the limit."""
    return Refused(f"{quoted(name)} is {span(seconds)} long; at least {span(least)}. Send a longer one.")


def silent(name: str) -> Refused:
    """Sound in which nothing sounds."""
    return Refused(f"{quoted(name)} is silent: there is nothing to hear in it. Send another recording.")


def soundless(name: str) -> Refused:
    """No sound at all."""
    return Refused(f"{quoted(name)} has no sound: there is nothing to hear in it. Send one with sound.")


def sightless(name: str) -> Refused:
    """A video without a picture track."""
    return Refused(f"{quoted(name)} has sound but no moving picture. Send a video.")


def not_taken(name: str, form: str, limits: Limits) -> Refused:
    """A format that is not taken and that we cannot make over."""
    return Refused(f"{quoted(name)} is {form.upper()}; taken are {listed(limits.formats)}. Save it as one of these.")


def no_room(name: str) -> Broken:
    """The disk is full or may not be written: not the asker's fault."""
    return Broken(
        f"There is no room to work on {quoted(name)}: this bot's disk is full or may not be written. "
        "Tell whoever runs it."
    )
