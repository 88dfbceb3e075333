"""Turns typed text into a verb and its values. Keyboards are kind to nobody: smart quotes, long dashes and line breaks
all mean what the person meant.

Words that start with two dashes (or one long dash) are options, the rest is what is said; `\\--` is two plain dashes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.commands.verbs import Verb, nearest_verb, verb
from bot.errors import Refused
from bot.requests.media import Kind, Media
from bot.requests.options import Option, Shape, nearest, options

_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“”", "”": "”", "‘": "’", "‚": "‘’", "«": "»", "»": "«", "「": "」"}
_OPTION = re.compile(r"(--|[—–―])(no-)?([A-Za-z][A-Za-z0-9_-]*)(=)?")
_WORD = re.compile(r"\S+")
_DASH = re.compile(r"(?<!\S)[-—–―]")
_GAP = re.compile(r"[ \t]{2,}")
_YES = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
_BARE_FLAG = {"true", "false", "on", "off"}  # "yes" and "no" after a flag are more likely words to say
_COMMAND = re.compile(r"/(didtalk|did)(?:\s+|$)", re.IGNORECASE)

_FITS = {Kind.PICTURE: "a picture", Kind.SOUND: "a sound file", Kind.VIDEO: "a video", Kind.TEXT: "a text file"}


@dataclass(frozen=True)
class Typed:
    """What a person typed, taken apart: for a request its values by field, else the words after the verb."""

    verb: Verb
    values: dict[str, Any] = field(default_factory=dict)
    rest: str = ""


def read(text: str, media: Sequence[Media] = ()) -> Typed:
    """Take a typed line apart; bare text speaks, `/did` without a verb asks for help."""
    named, rest = _verb(text)
    if named.request is None:
        return Typed(named, rest=rest)
    values = read_options(rest, options(named.request), named.typed)
    return Typed(named, attach(values, media, named), rest)


def read_options(text: str, known: Sequence[Option], typed: str = "This") -> dict[str, Any]:
    """The values of the options in a text; what is left goes to the option that takes the rest."""
    values: dict[str, Any] = {}
    kept: list[str] = []
    for piece in _pieces(text, known, typed):
        if isinstance(piece, str):
            kept.append(piece)
        else:
            _put(values, *piece)
    rest = _unwrap(_GAP.sub(" ", "".join(kept)).strip())
    home = next((option for option in known if option.rest), None)
    if rest and home is None:
        raise Refused(f"{typed} takes options only; what is “{_short(rest)}”?")
    if rest and home:
        values[home.field] = (rest,) if home.shape is Shape.WORDS else rest
    return values


def attach(values: dict[str, Any], media: Sequence[Media], named: Verb) -> dict[str, Any]:
    """Put each attachment into the first free option that takes its kind, everyday options first."""
    if not media:
        return values
    takers = [each for each in options(named.request) if each.takes] if named.request else []
    takers.sort(key=lambda option: option.advanced)
    filled = dict(values)
    for item in media:
        home = next((each for each in takers if each.takes is item.kind and each.field not in filled), None)
        if home is None:
            taken = sorted({_FITS[each.takes] for each in takers if each.takes and each.field not in filled})
            hint = f" It takes {' or '.join(taken)}." if taken else ""
            raise Refused(f"{named.typed} has no use for {_FITS[item.kind]} (“{_short(item.name)}”).{hint}")
        filled[home.field] = item
    return filled


def _verb(text: str) -> tuple[Verb, str]:
    text = text.strip()
    match = _COMMAND.match(text)
    if match and match[1].casefold() == "did":
        word, _, rest = _cut(text[match.end() :])
        return _known_verb(word or "help"), rest
    spoken = text[match.end() :] if match else text
    if spoken.strip().casefold() == "help":
        return _known_verb("help"), ""
    return _known_verb("say"), spoken


def _cut(text: str) -> tuple[str, str, str]:
    match = _WORD.match(text)
    return (match[0], "", text[match.end() :].lstrip()) if match else ("", "", "")


def _known_verb(word: str) -> Verb:
    if found := verb(word):
        return found
    close = nearest_verb(word)
    meant = f" Did you mean {close.typed}?" if close else ""
    raise Refused(f"There is no /did {_short(word)}.{meant} /did help lists what there is.")


def _pieces(text: str, known: Sequence[Option], typed: str) -> Iterator[str | tuple[Option, Any]]:
    """Stretches of plain text, and options with their values, in the order they were typed."""
    at = 0
    for start in _starts(text):
        if start < at:
            continue  # inside the value of the option before
        match = _OPTION.match(text, start)
        option = _named(match, known, typed) if match else None
        if not match or not option:
            continue
        yield text[at:start]
        value, at = _value(text, match, option)
        yield option, value
    yield text[at:].replace("\\--", "--")


def _starts(text: str) -> Iterator[int]:
    """Where a word begins with dashes."""
    return (match.start() for match in _DASH.finditer(text))


def _named(match: re.Match[str], known: Sequence[Option], typed: str) -> Option | None:
    word = match[3].replace("_", "-").casefold().rstrip("-")
    if found := next((option for option in known if word == option.word or word in option.also), None):
        return found
    close = nearest(word, (name for option in known for name in (option.word, *option.also)))
    if match[1] != "--" and not close:
        return None  # a long dash in ordinary prose
    meant = f" Did you mean --{close}?" if close else ""
    raise Refused(f"{typed} has no option --{_short(word)}.{meant}", word)


def _value(text: str, match: re.Match[str], option: Option) -> tuple[Any, int]:
    end = match.end()
    if option.shape is Shape.FLAG:
        return _flag(text, match, option)
    if match[2]:
        raise Refused(f"--{option.word} is not a switch, so it has no --no-{option.word}.", option.field)
    if not match[4]:
        end = _skip(text, end)
    value, end = _quoted(text, end)
    if value is None or value == "":
        example = option.example or (option.choices[0] if option.choices else "")
        raise Refused(f"--{option.word} needs a value" + (f", such as --{option.word} {example}." if example else "."))
    return (media_of(value, option) if option.takes else value), end


def _flag(text: str, match: re.Match[str], option: Option) -> tuple[bool, int]:
    end = match.end()
    if match[4]:
        value, end = _quoted(text, end)
        if (value or "").casefold() not in _YES:
            raise Refused(f"--{option.word} is a switch: on or off, not “{_short(value or '')}”.", option.field)
        return _YES[(value or "").casefold()] is not bool(match[2]), end
    following = _WORD.match(text, _skip(text, end))
    if following and following[0].casefold() in _BARE_FLAG:
        return _YES[following[0].casefold()] is not bool(match[2]), following.end()
    return not match[2], end


def _quoted(text: str, at: int) -> tuple[str | None, int]:
    """One value: a word, or everything between a pair of quotes of any make."""
    if at >= len(text) or text[at].isspace():
        return None, at
    if closing := _QUOTES.get(text[at]):
        for end in range(at + 1, len(text)):
            if text[end] in closing and (end + 1 == len(text) or text[end + 1].isspace()):
                return text[at + 1 : end], end + 1
    match = _WORD.match(text, at)
    if match is None or _OPTION.match(match[0]):
        return None, at
    return match[0], match.end()


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _put(values: dict[str, Any], option: Option, value: Any) -> None:
    """Lists grow; of anything else said twice, the last word counts."""
    if option.shape is Shape.WORDS:
        value = (*values.get(option.field, ()), value)
    values[option.field] = value


def media_of(value: str, option: Option) -> Media:
    """A link or a shipped face typed where a file belongs."""
    assert option.takes  # noqa: S101 - only called for options that take media
    value = value.strip("<>")
    if value.startswith("https://"):
        return Media(kind=option.takes, at=value, name=value.partition("?")[0].rsplit("/", 1)[-1][:60])
    if option.takes is Kind.PICTURE and re.fullmatch(r"[a-z]{2,20}", value):
        return Media(kind=option.takes, at=f"portrait:{value}", name=value)
    raise Refused(
        f"--{option.word} takes {_FITS[option.takes]} as an attachment or an https link; “{_short(value)}” is neither.",
        option.field,
    )


def _unwrap(text: str) -> str:
    """Quotes round the whole of it were typed for our sake, not to be said."""
    closing = _QUOTES.get(text[:1])
    inner = text[1:-1]
    whole = len(text) > 1 and closing and text[-1] in closing and not any(mark in inner for mark in text[0] + closing)
    return inner.strip() if whole else text


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"
