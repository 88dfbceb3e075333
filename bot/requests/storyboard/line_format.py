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

from bot.requests.media import Media, MediaKind
from bot.requests.options import ValueType
from bot.requests.storyboard.scenes import (
    SCENE_WORDS,
    STORYBOARD_WORDS,
    Scene,
    SceneBuilder,
    StoryboardContent,
    check_scene,
    find_scene_option,
    normalise_word,
)

_NAME = re.compile(r'@(?:"([^"\n]{1,80})"|“([^”\n]{1,80})”|([^\s:@"“\[\]]{1,80}))\s*:(?!//)')
_MARK = re.compile(r"\[\s*([A-Za-z][A-Za-z_-]*)(?:[\s:=]+([^\]\n]*))?\]")


def parse_script(text: str, files: Mapping[str, Media]) -> StoryboardContent:
    plot, defaults = SceneBuilder(StoryboardContent, files, 1), SceneBuilder(Scene, files, 1)
    scenes: list[SceneBuilder] = []
    for line, piece in _split_pieces(text):
        mark = _MARK.fullmatch(piece)
        word = normalise_word(mark[1]) if mark else ""
        if mark and word in STORYBOARD_WORDS:
            plot.set_word(word, mark[2] if mark[2] is not None else "on", line)
        elif mark and find_scene_option(Scene, word, line).field not in ("silence", "audio", "say"):
            # After words it speaks of these words alone; before any it holds for all that follow.
            own = scenes[-1] if scenes and scenes[-1].line == line else defaults
            own.set_word(word, mark[2] if mark[2] is not None else _value_when_bare(word, line), line)
        elif mark and _awaits_sound(scenes, line):
            scenes[-1].set_word(mark[1], mark[2] or "1", line)
        else:
            scenes.append(_build_scene(defaults, piece, mark, line))
    content: StoryboardContent = plot.build()
    return content.with_scenes(check_scene(each.build()) for each in scenes)


def _awaits_sound(scenes: list[SceneBuilder], line: int) -> bool:
    """A name stands before it on its line, and nothing is heard there yet: `@anna: [silence 2]`."""
    return bool(scenes) and scenes[-1].line == line and not {"say", "audio", "silence"} & set(scenes[-1].values)


def _build_scene(defaults: SceneBuilder, piece: str, mark: re.Match[str] | None, line: int) -> SceneBuilder:
    """One scene, with everything that was set before."""
    builder = SceneBuilder(Scene, defaults.files, line, dict(defaults.values))
    if mark:
        builder.set_word(mark[1], mark[2] or "1", line)
        return builder
    name = _NAME.match(piece)
    if name:
        _set_speaker(builder, next(each for each in name.groups() if each), line)
        for each in ("who", "photo"):
            defaults.values.pop(each, None)
        defaults.values |= {each: builder.values[each] for each in ("who", "photo") if each in builder.values}
    words = piece[name.end() :].strip() if name else piece
    if words:
        builder.values["say"] = words
    return builder


def _set_speaker(builder: SceneBuilder, name: str, line: int) -> None:
    """An attached photo by its file's name, else one of the studio's presenters."""
    for each in ("who", "photo"):
        builder.values.pop(each, None)
    media = builder.files.get(name.casefold())
    if media and media.kind is MediaKind.PICTURE:
        builder.values["photo"] = media
    else:
        builder.values["who"] = name


def _split_pieces(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of each line: names and marks begin a new one."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("# "):
            continue
        starts = {0, len(line)}
        for match in (*_NAME.finditer(line), *_MARK.finditer(line)):
            is_mark = match.re is _NAME or _is_known_word(match[1])
            if is_mark and (match.start() == 0 or line[match.start() - 1] in " \t]"):
                starts |= {match.start(), match.end()} if match.re is _MARK else {match.start()}
        edges = sorted(starts)
        for start, end in pairwise(edges):
            if piece := line[start:end].strip():
                yield number, piece


def _value_when_bare(word: str, line: int) -> str:
    """A word without a value switches on what can be switched, and clears the rest."""
    return "on" if find_scene_option(Scene, word, line).value_type is ValueType.FLAG else "none"


def _is_known_word(word: str) -> bool:
    """Also for near misses, so that they are reported and not spoken."""
    return bool(get_close_matches(normalise_word(word), (*SCENE_WORDS, *STORYBOARD_WORDS), n=1, cutoff=0.8))
