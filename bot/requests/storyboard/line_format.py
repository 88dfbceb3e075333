"""A storyboard as a plain script: a line per scene.

It knows three kinds of lines. `@anna: Hello` is a scene; a line without a name goes on with the speaker before;
`[silence 2]` and `[audio speech.mp3]` are scenes without words. Any other `[word value]` after words speaks of that
scene; before any words of its line it holds for all scenes that follow, until `[word none]` takes it back.
`[title …]`, `[size …]`, `[captions]` and `[folder …]` speak of the whole video, wherever they stand.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise

from bot.requests.media import Kind, Media
from bot.requests.options import Shape
from bot.requests.storyboard.scene_builder import PLOT_WORDS, SCENE_WORDS, Sketch, checked, option_of, plain
from bot.requests.storyboard.scenes import Plot, Scene

_NAME = re.compile(r'@(?:"([^"\n]{1,80})"|“([^”\n]{1,80})”|([^\s:@"“\[\]]{1,80}))\s*:(?!//)')
_MARK = re.compile(r"\[\s*([A-Za-z][A-Za-z_-]*)(?:[\s:=]+([^\]\n]*))?\]")


def read(text: str, files: Mapping[str, Media]) -> Plot:
    """The plot of a plain script."""
    plot, held = Sketch(Plot, files, 1), Sketch(Scene, files, 1)
    scenes: list[Sketch] = []
    for line, piece in _pieces(text):
        mark = _MARK.fullmatch(piece)
        word = plain(mark[1]) if mark else ""
        if mark and word in PLOT_WORDS:
            plot.put(word, mark[2] if mark[2] is not None else "on", line)
        elif mark and option_of(Scene, word, line).field not in ("silence", "audio", "say"):
            # After words it speaks of these words alone; before any it holds for all that follow.
            own = scenes[-1] if scenes and scenes[-1].line == line else held
            own.put(word, mark[2] if mark[2] is not None else _bare(word, line), line)
        elif mark and _waits(scenes, line):
            scenes[-1].put(mark[1], mark[2] or "1", line)
        else:
            scenes.append(_scene(held, piece, mark, line))
    drawn: Plot = plot.made()
    return drawn.drawn(checked(each.made()) for each in scenes)


def _waits(scenes: list[Sketch], line: int) -> bool:
    """Whether a name stands before it on its line, and nothing is heard there yet: `@anna: [silence 2]`."""
    return bool(scenes) and scenes[-1].line == line and not {"say", "audio", "silence"} & set(scenes[-1].values)


def _scene(held: Sketch, piece: str, mark: re.Match[str] | None, line: int) -> Sketch:
    """One scene: words, a silence or a sound, with everything that was set before."""
    draft = Sketch(Scene, held.files, line, dict(held.values))
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


def _speaker(draft: Sketch, name: str, line: int) -> None:
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


def _bare(word: str, line: int) -> str:
    """A word without a value switches on what can be switched, and takes back the rest."""
    return "on" if option_of(Scene, word, line).shape is Shape.FLAG else "none"


def _known(word: str) -> bool:
    """Whether a word in brackets is meant for us; a slip of the pen is, so that it is told and not spoken."""
    return bool(get_close_matches(plain(word), (*SCENE_WORDS, *PLOT_WORDS), n=1, cutoff=0.8))
