"""Storyboards as people write them: a plain script with a line per scene, or a short YAML or JSON file.

A script knows three kinds of lines. `@anna: Hello` is a scene; a line without a name goes on with the speaker before;
`[silence 2]` and `[audio speech.mp3]` are scenes without words. Any other `[word value]` after words speaks of that
scene; before any words of its line it holds for all scenes that follow, until `[word none]` takes it back.
`[title …]`, `[size …]`, `[captions]` and `[folder …]` speak of the whole video, wherever they stand. Everything that
is wrong is said with its line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ValidationError

from bot import scenefile
from bot.errors import Refused
from bot.media import Kind, Media
from bot.options import Option, Shape, nearest, options
from bot.scenefile import Node
from bot.scenes import MOST, Plot, Scene

Files = tuple[tuple[str, Media], ...]

# HeyGen's own names for the parts of a scene: whoever pastes a body of theirs has written a storyboard.
_PARTS = ("character", "voice", "background", "elevenlabs_settings", "elevenlabs", "dimension")
_INNER = {
    ("background", "value"): "background",
    ("background", "url"): "background",
    ("elevenlabs_settings", "style"): "exaggeration",
    ("elevenlabs", "style"): "exaggeration",
    ("character", "talking_photo_style"): "style",
    ("character", "avatar_style"): "style",
}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r'@(?:"([^"\n]{1,80})"|“([^”\n]{1,80})”|([^\s:@"“\[\]]{1,80}))\s*:(?!//)')
_MARK = re.compile(r"\[\s*([A-Za-z][A-Za-z_-]*)(?:[\s:=]+([^\]\n]*))?\]")
_SIZE = re.compile(r"(\d{1,5})\s*[x×*, ]\s*(\d{1,5})")
_PAIR = re.compile(r"(-?\d{0,9}\.?\d{1,9})\s*[,; ]\s*(-?\d{0,9}\.?\d{1,9})")
_VIDEOS = (".mp4", ".webm", ".mov", ".m4v")
_NOTHING = ("none", "off", "-", "")


@lru_cache(maxsize=64)
def read(text: str, files: Files = ()) -> Plot:
    """The plot that a text describes, every value checked; Refused with the line of the first fault."""
    known = dict(files)
    plot = _file(text, known) if scenefile.looks_like_one(text) else _script(text, known)
    if not 1 <= len(plot.scenes) <= MOST:
        raise Refused(f"A storyboard takes 1 to {MOST} scenes, this has {len(plot.scenes)}.", "script")
    return plot


def sentences(text: str, most: int) -> list[str]:
    """A text in pieces of at most so many characters, cut at sentence ends, else at words, else anywhere."""
    pieces: list[str] = []
    while len(text := text.strip()) > most:
        head = text[: most + 1]
        ends = [match.end() for match in re.finditer(r"[.!?…。！？](?=\s)|[。！？\n]", head)]
        cut = ends[-1] if ends else head.rfind(" ")
        cut = cut if 0 < cut <= most else most
        pieces.append(text[:cut].strip())
        text = text[cut:]
    return [*pieces, text] if text else pieces


def drawn(plot: Plot, scenes: Iterable[Scene]) -> Plot:
    """The plot with these scenes on it."""
    return plot.model_copy(update={"scenes": tuple(scenes)})


@dataclass
class _Draft:
    """A scene or plot on its way from words to a value."""

    model: type[BaseModel]
    files: Mapping[str, Media]
    line: int
    values: dict[str, Any] = field(default_factory=dict)

    def put(self, word: str, given: str | None, line: int) -> None:
        """Write one word down, its value read as the field wants it."""
        option = _option(self.model, word, line)
        if given is None or (given.casefold() in _NOTHING and option.shape is not Shape.FLAG):
            self.values.pop(option.field, None)
            self.values.pop("backdrop" if option.field == "background" else "", None)
            return
        self._write(option, given.strip(), line)

    def _write(self, option: Option, given: str, line: int) -> None:
        if option.field == "background" and not _COLOUR.fullmatch(given):
            self.values.pop("background", None)
            self.values["backdrop"] = _media(given, self.files, line, None)
        elif option.field == "background":
            self.values.pop("backdrop", None)
            self.values["background"] = given
        elif option.takes:
            self.values[option.field] = _media(given, self.files, line, option.takes)
        else:
            self.values[option.field] = _value(option, given, line)

    def made(self) -> Any:
        """The checked value."""
        try:
            extra = {"line": self.line} if self.model is Scene else {}
            return self.model.model_validate(self.values | extra)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            option = next(each for each in options(self.model) if each.field == fault["loc"][0])
            raise Refused(f"Line {self.line}: {_takes(option, str(fault['input']))}", "script") from error


def _script(text: str, files: Mapping[str, Media]) -> Plot:
    """A plain script."""
    plot, held = _Draft(Plot, files, 1), _Draft(Scene, files, 1)
    scenes: list[_Draft] = []
    for line, piece in _pieces(text):
        mark = _MARK.fullmatch(piece)
        word = _plain_word(mark[1]) if mark else ""
        if mark and word in _PLOT_WORDS:
            plot.put(word, mark[2] if mark[2] is not None else "on", line)
        elif mark and _option(Scene, word, line).field not in ("silence", "audio", "say"):
            # After words it speaks of these words alone; before any it holds for all that follow.
            own = scenes[-1] if scenes and scenes[-1].line == line else held
            own.put(word, mark[2] if mark[2] is not None else _bare(word, line), line)
        else:
            scenes.append(_scene(held, piece, mark, line))
    return drawn(plot.made(), [_checked(each.made()) for each in scenes])


def _scene(held: _Draft, piece: str, mark: re.Match[str] | None, line: int) -> _Draft:
    """One scene: words, a silence or a sound, with everything that was set before."""
    draft = _Draft(Scene, held.files, line, dict(held.values))
    if mark:
        draft.put(mark[1], mark[2] or "1", line)
        return draft
    name = _NAME.match(piece)
    if name:
        _speaker(draft, next(each for each in name.groups() if each), line)
        for each in ("who", "photo"):
            held.values.pop(each, None)
        held.values |= {each: draft.values[each] for each in ("who", "photo") if each in draft.values}
    said = piece[name.end() :].strip() if name else piece
    if said:
        draft.values["say"] = said
    return draft


def _speaker(draft: _Draft, name: str, line: int) -> None:
    """Whoever is named: an attached photo by its file's name, else one of the studio's."""
    for each in ("who", "photo"):
        draft.values.pop(each, None)
    media = draft.files.get(name.casefold())
    if media and media.kind is Kind.PICTURE:
        draft.values["photo"] = media
    else:
        draft.values["who"] = name


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """What stands on each line: names and marks begin something new, wherever they stand."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("# "):
            continue
        starts = {0, len(line)}
        for match in (*_NAME.finditer(line), *_MARK.finditer(line)):
            known = match.re is _NAME or _known(match[1])
            if known and (match.start() == 0 or line[match.start() - 1] in " \t]"):
                starts |= {match.start(), match.end()} if match.re is _MARK else {match.start()}
        edges = sorted(starts)
        for start, end in pairwise(edges):
            if piece := line[start:end].strip():
                yield number, piece


def _file(text: str, files: Mapping[str, Media]) -> Plot:
    """A YAML or JSON file."""
    root = scenefile.read(text)
    pairs = root.pairs if root.pairs is not None else (("scenes", root),)
    plot, usual = _Draft(Plot, files, root.line), _Draft(Scene, files, root.line)
    listed: tuple[Node, ...] = ()
    for word, node in pairs:
        if word in ("scenes", "video_inputs"):
            listed = node.items if node.items is not None else (node,)
        elif word == "dimension" and node.pairs:
            plot.put("size", _dimension(node), node.line)
        elif _plain_word(word) in _PLOT_WORDS:
            plot.put(word, _text(word, node), node.line)
        elif word not in ("callback_id", "callback_url"):
            _spread(usual, word, node)
    scenes = [_from_node(node, usual) for node in listed]
    return drawn(plot.made(), scenes)


def _from_node(node: Node, usual: _Draft) -> Scene:
    draft = _Draft(Scene, usual.files, node.line, dict(usual.values))
    if node.text is not None:
        return _checked(_Draft(Scene, usual.files, node.line, usual.values | {"say": node.text}).made())
    if node.pairs is None:
        raise Refused(f"Line {node.line}: a scene is a list of “word: value” lines.", "script")
    for word, value in node.pairs:
        _spread(draft, word, value)
    if "photo" in (own := {_plain_word(word) for word, _ in node.pairs}) and "who" not in own:
        draft.values.pop("who", None)
    elif "who" in own and "photo" not in own:
        draft.values.pop("photo", None)
    if media := draft.files.get(str(draft.values.get("who", "")).casefold()):
        draft.values |= {"photo": media}
        draft.values.pop("who")
    return _checked(draft.made())


def _spread(draft: _Draft, word: str, node: Node) -> None:
    """One word of a scene; parts as HeyGen nests them lie flat here."""
    if node.pairs is None or word not in (*_PARTS, "offset"):
        draft.put(word, _text(word, node), node.line)
    elif word == "offset":
        inner = {name: value.text or "0" for name, value in node.pairs}
        draft.put("offset", f"{inner.get('x', '0')},{inner.get('y', '0')}", node.line)
    else:
        for name, value in node.pairs:
            if name == "type":
                continue
            _spread(draft, _INNER.get((word, name), name), value)


def _checked(scene: Scene) -> Scene:
    """A scene is heard in exactly one way, and a line says so before anything is sent."""
    given = [name for name in ("say", "audio", "silence") if getattr(scene, name) is not None]
    if not given:
        raise Refused(f"Line {scene.line}: a scene needs something to say, a sound or a silence.", "script")
    if len(given) > 1:
        raise Refused(f"Line {scene.line}: a scene has words, a sound or a silence; this has {len(given)}.", "script")
    if scene.who and scene.photo:
        raise Refused(f"Line {scene.line}: a scene shows one speaker: --who or a photo, not both.", "script")
    return scene


def _option(model: type[BaseModel], word: str, line: int) -> Option:
    """The field that a word means."""
    plain = _plain_word(word)
    known = {name: option for option in options(model) for name in (option.word, *option.also)}
    if plain in known:
        return known[plain]
    every = (*known, *(_PLOT_WORDS if model is Scene else ()))
    close = nearest(plain, every)
    meant = f" Did you mean “{close}”?" if close else ""
    raise Refused(f"Line {line}: a scene has no “{word[:40]}”.{meant}", "script")


def _plain_word(word: str) -> str:
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


def _value(option: Option, given: str, line: int) -> Any:
    """A value in the shape of its field; what cannot be is said with its line."""
    if option.field == "size":
        return _sized(given, line)
    if option.field == "offset":
        pair = _PAIR.fullmatch(given)
        if not pair:
            raise Refused(
                f"Line {line}: offset takes two numbers x,y such as 0.2,-0.1; “{given[:40]}” is not.", "script"
            )
        return f"{float(pair[1]):g},{float(pair[2]):g}"
    if option.field == "circle_background" and not _COLOUR.fullmatch(given):
        raise Refused(f"Line {line}: {option.word} takes a colour such as #ffffff; “{given[:40]}” is none.", "script")
    if option.choices:
        exact = {_plain_word(each).replace("-", ""): each for each in option.choices}
        given = exact.get(_plain_word(given).replace("-", ""), given)
    try:
        one = _ONE[option.shape](given) if option.shape in _ONE else given
    except ValueError:
        raise Refused(f"Line {line}: {_takes(option, given)}", "script") from None
    if option.low is not None and option.high is not None and not option.low <= float(one) <= option.high:
        raise Refused(f"Line {line}: {_takes(option, given)}", "script")
    if option.choices and one not in option.choices:
        raise Refused(f"Line {line}: {_takes(option, given)}", "script")
    return one


def _takes(option: Option, given: str) -> str:
    if option.choices:
        close = nearest(given, option.choices)
        meant = f" Did you mean {close}?" if close else ""
        return f"{option.word} is one of {', '.join(option.choices)}; “{given[:40]}” is not.{meant}"
    if option.low is not None and option.high is not None:
        whole = "a whole number" if option.shape is Shape.WHOLE else "a number"
        return f"{option.word} is {whole} from {option.low:g} to {option.high:g}; this is {given[:40]}."
    if option.shape is Shape.FLAG:
        return f"{option.word} is a switch: on or off, not “{given[:40]}”."
    return f"{option.word} cannot be “{given[:40]}”."


def sized(given: str) -> str | None:
    """Width and height as 1280x720, where they are what studios take."""
    match = _SIZE.fullmatch(given.strip())
    if not match:
        return None
    sides = int(match[1]), int(match[2])
    return f"{sides[0]}x{sides[1]}" if all(side % 2 == 0 and 128 <= side <= 4096 for side in sides) else None


def _sized(given: str, line: int) -> str:
    if found := sized(given):
        return found
    raise Refused(f"Line {line}: {SIZE} “{given[:40]}” is not.", "script")


SIZE = "size is two even numbers from 128 to 4096, such as 1280x720;"


def _media(given: str, files: Mapping[str, Media], line: int, kind: Kind | None) -> Media:
    """A file that was attached, a public link, or a face that ships with didtalk."""
    given = given.strip("<>")
    if media := files.get(given.casefold()):
        if kind and media.kind is not kind:
            raise Refused(f"Line {line}: “{given[:40]}” is no {kind.value} but a {media.kind.value}.", "script")
        return media
    if given.startswith("https://"):
        path = given.partition("?")[0]
        found = kind or (Kind.VIDEO if path.lower().endswith(_VIDEOS) else Kind.PICTURE)
        return Media(kind=found, at=given, name=path.rsplit("/", 1)[-1][:60])
    if kind is Kind.PICTURE and re.fullmatch(r"[a-z]{2,20}", given):
        return Media(kind=kind, at=f"portrait:{given}", name=given)
    names = ", ".join(sorted(files)) or "none was attached"
    takes = "a colour such as #223344, " if kind is None else ""
    raise Refused(
        f"Line {line}: “{given[:60]}” is neither {takes}an https link nor an attached file ({names}).", "script"
    )


def _text(word: str, node: Node) -> str | None:
    if node.items is not None:
        return ",".join(each.text or "" for each in node.items)
    if node.pairs is not None:
        raise Refused(f"Line {node.line}: “{word[:40]}” takes a plain value.", "script")
    return node.text


def _dimension(node: Node) -> str:
    inner = {word: value.text or "" for word, value in node.pairs or ()}
    return f"{inner.get('width', '')}x{inner.get('height', '')}"


def _bare(word: str, line: int) -> str:
    """A word without a value switches on what can be switched, and takes back the rest."""
    return "on" if _option(Scene, word, line).shape is Shape.FLAG else "none"


def _switch(given: str) -> bool:
    found = _SWITCHES.get(given.casefold())
    if found is None:
        raise ValueError(given)
    return found


def _known(word: str) -> bool:
    """Whether a word in brackets is meant for us; a slip of the pen is, so that it is told and not spoken."""
    return bool(get_close_matches(_plain_word(word), (*_SCENE_WORDS, *_PLOT_WORDS), n=1, cutoff=0.8))


_SWITCHES = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
_ONE: dict[Shape, Any] = {Shape.NUMBER: float, Shape.WHOLE: int, Shape.FLAG: _switch}
_PLOT_WORDS = tuple(name for each in options(Plot) for name in (each.word, *each.also))
_SCENE_WORDS = tuple(name for each in options(Scene) for name in (each.word, *each.also))
