"""Turns typed text into a verb and its values. Keyboards are kind to nobody: smart quotes, long dashes and line breaks
all mean what the person meant.

Words that start with two dashes (or one long dash) are options, the rest is what is said; `\\--` is two plain dashes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.commands.verbs import Verb, find_verb, nearest_verb
from bot.errors import Refused
from bot.requests.file_links import take_file_links
from bot.requests.media import Media, MediaKind
from bot.requests.options import Option, ValueType, did_you_mean, options_of, suggest_names
from bot.requests.storyboard.storyboard import Storyboard
from bot.requests.template import Template

_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“”", "”": "”", "‘": "’", "‚": "‘’", "«": "»", "»": "«", "「": "」"}
_OPTION = re.compile(r"(--|[—–―])(no-)?([A-Za-z][A-Za-z0-9_-]*)(=)?")
_WORD = re.compile(r"\S+")
_DASH = re.compile(r"(?<!\S)[-—–―]")
_WIDE_SPACES = re.compile(r"[ \t]{2,}")
_FLAG_VALUES = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
_BARE_FLAG_WORDS = {"true", "false", "on", "off"}  # "yes" and "no" after a flag are more likely words to say
_COMMAND = re.compile(r"/(didtalk|did)(?:\s+|$)", re.IGNORECASE)

_KIND_NOUNS = {
    MediaKind.PICTURE: "a picture",
    MediaKind.SOUND: "a sound file",
    MediaKind.VIDEO: "a video",
    MediaKind.TEXT: "a text file",
}


@dataclass(frozen=True)
class ParsedCommand:
    """A verb with the values of its request by field, or the text after a verb that fills none."""

    verb: Verb
    values: dict[str, Any] = field(default_factory=dict)
    argument: str = ""


def parse_command(text: str, media: Sequence[Media] = ()) -> ParsedCommand:
    """Bare text is spoken; `/did` without a verb shows the help."""
    verb, argument = _split_verb(text)
    if verb.request is None:
        return ParsedCommand(verb, argument=argument)
    if "https://" in argument and verb.request not in (Storyboard, Template):  # their links have a place in the text
        argument, linked = take_file_links(argument)
        media = (*media, *linked)
    values = parse_options(argument, options_of(verb.request), verb.typed_form)
    return ParsedCommand(verb, attach_media(values, media, verb), argument)


def parse_options(text: str, known_options: Sequence[Option], typed: str = "This") -> dict[str, Any]:
    """Option values; the rest of the text goes to the positional option."""
    values: dict[str, Any] = {}
    plain_pieces: list[str] = []
    for piece in _split_options(text, known_options, typed):
        if isinstance(piece, str):
            plain_pieces.append(piece)
        else:
            _store_value(values, *piece)
    rest = _strip_quotes(_WIDE_SPACES.sub(" ", "".join(plain_pieces)).strip())
    rest_option = next((option for option in known_options if option.positional), None)
    if rest and rest_option is None:
        raise Refused(f"{typed} accepts options only, not “{_shorten(rest)}”.")
    if rest and rest_option:
        values[rest_option.field] = (rest,) if rest_option.value_type is ValueType.TEXT_LIST else rest
    return values


def attach_media(values: dict[str, Any], media: Sequence[Media], verb: Verb) -> dict[str, Any]:
    """Put each attachment into the first free option of its kind, everyday options first."""
    if not media:
        return values
    media_options = [each for each in options_of(verb.request) if each.media_kind] if verb.request else []
    media_options.sort(key=lambda option: option.advanced)
    takes_more = verb.request is not None and "files" in verb.request.model_fields
    filled = dict(values)
    for item in media:
        free_options = [each for each in media_options if each.field not in filled]
        free_option = next((each for each in free_options if each.media_kind is item.kind), None)
        if free_option:
            filled[free_option.field] = item
        elif takes_more and item.kind is not MediaKind.TEXT:
            filled["files"] = (*filled.get("files", ()), item)
        else:
            raise _not_accepted(verb, item, free_options)
    return filled


def _not_accepted(verb: Verb, item: Media, free_options: Sequence[Option]) -> Refused:
    accepted = sorted({_KIND_NOUNS[each.media_kind] for each in free_options if each.media_kind})
    hint = f" It accepts {' or '.join(accepted)}." if accepted else ""
    return Refused(f"{verb.typed_form} does not accept {_KIND_NOUNS[item.kind]} (“{_shorten(item.name)}”).{hint}")


def _split_verb(text: str) -> tuple[Verb, str]:
    text = text.strip()
    match = _COMMAND.match(text)
    if match and match[1].casefold() == "did":
        word, _, argument = _split_word(text[match.end() :])
        return _require_verb(word or "help"), argument
    spoken = text[match.end() :] if match else text
    if spoken.strip().casefold() == "help":
        return _require_verb("help"), ""
    return _require_verb("say"), spoken


def _split_word(text: str) -> tuple[str, str, str]:
    match = _WORD.match(text)
    return (match[0], "", text[match.end() :].lstrip()) if match else ("", "", "")


def _require_verb(word: str) -> Verb:
    if found := find_verb(word):
        return found
    close = nearest_verb(word)
    meant = suggest_names([close.typed_form] if close else [])
    raise Refused(f"There is no /did {_shorten(word)}.{meant} /did help lists all commands.")


def _split_options(text: str, known_options: Sequence[Option], typed: str) -> Iterator[str | tuple[Option, Any]]:
    """Pieces of plain text, and options with their values, in the order typed."""
    position = 0
    for start in _dash_positions(text):
        if start < position:
            continue  # inside the value of the option before
        match = _OPTION.match(text, start)
        option = _match_option(match, known_options, typed) if match else None
        if not match or not option:
            continue
        yield text[position:start]
        value, position = _read_value(text, match, option)
        yield option, value
    yield text[position:].replace("\\--", "--")


def _dash_positions(text: str) -> Iterator[int]:
    """Where a word begins with a dash."""
    return (match.start() for match in _DASH.finditer(text))


def _match_option(match: re.Match[str], known_options: Sequence[Option], typed: str) -> Option | None:
    word = match[3].replace("_", "-").casefold().rstrip("-")
    if found := next((option for option in known_options if word == option.word or word in option.aliases), None):
        return found
    meant = did_you_mean(word, (name for option in known_options for name in (option.word, *option.aliases)), "--{}")
    if match[1] != "--" and not meant:
        return None  # a long dash in ordinary prose
    raise Refused(f"{typed} has no option --{_shorten(word)}.{meant}", word)


def _read_value(text: str, match: re.Match[str], option: Option) -> tuple[Any, int]:
    end = match.end()
    if option.value_type is ValueType.FLAG:
        return _read_flag(text, match, option)
    if match[2]:
        raise Refused(f"--{option.word} is not an on/off option, so there is no --no-{option.word}.", option.field)
    if not match[4]:
        end = _skip_spaces(text, end)
    value, end = _read_quoted(text, end)
    if value is None or value == "":
        example = option.example or (option.choices[0] if option.choices else "")
        raise Refused(f"--{option.word} needs a value" + (f", such as --{option.word} {example}." if example else "."))
    return (media_from_text(value, option) if option.media_kind else value), end


def _read_flag(text: str, match: re.Match[str], option: Option) -> tuple[bool, int]:
    end = match.end()
    if match[4]:
        value, end = _read_quoted(text, end)
        if (value or "").casefold() not in _FLAG_VALUES:
            raise Refused(f"--{option.word} must be on or off, not “{_shorten(value or '')}”.", option.field)
        return _FLAG_VALUES[(value or "").casefold()] is not bool(match[2]), end
    following = _WORD.match(text, _skip_spaces(text, end))
    if following and following[0].casefold() in _BARE_FLAG_WORDS:
        return _FLAG_VALUES[following[0].casefold()] is not bool(match[2]), following.end()
    return not match[2], end


def _read_quoted(text: str, at: int) -> tuple[str | None, int]:
    """One value: a word, or everything between a pair of quotes."""
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


def _skip_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _store_value(values: dict[str, Any], option: Option, value: Any) -> None:
    """Lists grow; of any other option the last value counts."""
    if option.value_type is ValueType.TEXT_LIST:
        value = (*values.get(option.field, ()), value)
    values[option.field] = value


def media_from_text(value: str, option: Option) -> Media:
    """A link or a built-in face, where a file is expected."""
    assert option.media_kind  # noqa: S101 - only called for options that take media
    value = value.strip("<>")
    if value.startswith("https://"):
        return Media(kind=option.media_kind, address=value, name=value.partition("?")[0].rsplit("/", 1)[-1][:60])
    if option.media_kind is MediaKind.PICTURE and re.fullmatch(r"[a-z]{2,20}", value):
        return Media(kind=option.media_kind, address=f"portrait:{value}", name=value)
    raise Refused(
        f"--{option.word} must be {_KIND_NOUNS[option.media_kind]}: an attachment or an https link. "
        f"“{_shorten(value)}” is neither.",
        option.field,
    )


def _strip_quotes(text: str) -> str:
    """Quotes around the whole text are not part of it."""
    closing = _QUOTES.get(text[:1])
    inner = text[1:-1]
    is_quoted = (
        len(text) > 1 and closing and text[-1] in closing and not any(mark in inner for mark in text[0] + closing)
    )
    return inner.strip() if is_quoted else text


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"
