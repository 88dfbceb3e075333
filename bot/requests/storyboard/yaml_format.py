"""Storyboards as YAML or JSON: read without trust, each value with the line it stands on.

A file from a chat may be a bomb: aliases multiply, nesting exhausts the stack, size exhausts everything. So the
parser's events are counted first, which builds nothing, and only what is small by every measure becomes values.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from bot.errors import Refused
from bot.requests.media import Media
from bot.requests.storyboard.scenes import (
    STORYBOARD_WORDS,
    Scene,
    SceneBuilder,
    StoryboardContent,
    check_scene,
    normalise_word,
)

MAX_FILE_CHARACTERS = 100_000
MAX_YAML_EVENTS = 8_000
MAX_YAML_DEPTH = 8

_FIRST = re.compile(r"\ufeff?(\s|#.*\n)*(\{|---\s|-\s|\[\s*\{)")
_LIST = re.compile(r"^(scenes|video_inputs)\s*:", re.MULTILINE)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)


@dataclass(frozen=True)
class SourceNode:
    """A value and its line."""

    line: int
    text: str | None = None
    items: "tuple[SourceNode, ...] | None" = None
    pairs: tuple[tuple[str, "SourceNode"], ...] | None = None


def is_structured_file(text: str) -> bool:
    return bool(_FIRST.match(text) or _LIST.search(text))


def parse_nodes(text: str) -> SourceNode:
    if len(text) > MAX_FILE_CHARACTERS:
        raise Refused(f"A storyboard takes up to {MAX_FILE_CHARACTERS:,} characters, this has {len(text):,}.", "file")
    # JSON allows tabs between its signs, YAML does not; inside strings JSON has no tabs.
    text = text.lstrip("\ufeff").replace("\t", "  ")
    try:
        _check_size(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _syntax_refusal(error) from error
    if node is None:
        raise Refused("The storyboard is empty.", "file")
    return _to_node(node)


def _check_size(text: str) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        depth += isinstance(event, _STARTS) - isinstance(event, _ENDS)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused(f"Line {line}: anchors and aliases (& and *) are not taken; write it out.", "file")
        if depth > MAX_YAML_DEPTH:
            raise Refused(f"Line {line}: a storyboard is not nested deeper than {MAX_YAML_DEPTH} levels.", "file")
        if count > MAX_YAML_EVENTS:
            raise Refused(f"Line {line}: a storyboard has no more than {MAX_YAML_EVENTS:,} values.", "file")


def _to_node(node: yaml.Node) -> SourceNode:
    line = node.start_mark.line + 1
    match node:
        case yaml.ScalarNode():
            return SourceNode(line, text=None if node.tag.endswith(":null") else _join_surrogates(node.value))
        case yaml.SequenceNode():
            return SourceNode(line, items=tuple(_to_node(each) for each in node.value))
        case yaml.MappingNode():
            return SourceNode(line, pairs=tuple(_to_pairs(node)))
    raise Refused(f"Line {line}: this cannot be read.", "file")


def _to_pairs(node: yaml.MappingNode) -> Iterator[tuple[str, SourceNode]]:
    for word, value in node.value:
        if not isinstance(word, yaml.ScalarNode):
            raise Refused(f"Line {word.start_mark.line + 1}: a word is expected before the colon.", "file")
        yield word.value, _to_node(value)


def _join_surrogates(text: str) -> str:
    """JSON writes an emoji as two halves, which YAML leaves apart."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _syntax_refusal(error: yaml.YAMLError) -> Refused:
    mark = getattr(error, "problem_mark", None)
    where = f"Line {mark.line + 1}: " if mark else ""
    problem = str(getattr(error, "problem", "") or "this is neither YAML nor JSON")
    return Refused(f"{where}{problem[:120]}." if where else "The storyboard is neither YAML nor JSON.", "file")


# HeyGen's own names for the parts of a scene, so that a body of its API is a storyboard, too.
_NESTED_PARTS = ("character", "voice", "background", "elevenlabs_settings", "elevenlabs", "dimension")
_NESTED_NAMES = {
    ("background", "value"): "background",
    ("background", "url"): "background",
    ("elevenlabs_settings", "style"): "exaggeration",
    ("elevenlabs", "style"): "exaggeration",
    ("character", "talking_photo_style"): "style",
    ("character", "avatar_style"): "style",
}


def parse_structured(text: str, files: Mapping[str, Media]) -> StoryboardContent:
    root = parse_nodes(text)
    pairs = root.pairs if root.pairs is not None else (("scenes", root),)
    plot, defaults = SceneBuilder(StoryboardContent, files, root.line), SceneBuilder(Scene, files, root.line)
    listed: tuple[SourceNode, ...] = ()
    for word, node in pairs:
        if word in ("scenes", "video_inputs"):
            listed = node.items if node.items is not None else (node,)
        elif word == "dimension" and node.pairs:
            sides = {name: value.text or "" for name, value in node.pairs}
            plot.set_word("size", f"{sides.get('width', '')}x{sides.get('height', '')}", node.line)
        elif normalise_word(word) in STORYBOARD_WORDS:
            plot.set_word(word, _node_text(word, node), node.line)
        elif word not in ("callback_id", "callback_url"):
            _set_word(defaults, word, node)
    scenes = [_scene_from_node(node, defaults) for node in listed]
    content: StoryboardContent = plot.build()
    return content.with_scenes(scenes)


def _scene_from_node(node: SourceNode, defaults: SceneBuilder) -> Scene:
    builder = SceneBuilder(Scene, defaults.files, node.line, dict(defaults.values))
    if node.text is not None:
        return check_scene(SceneBuilder(Scene, defaults.files, node.line, defaults.values | {"say": node.text}).build())
    if node.pairs is None:
        raise Refused(f"Line {node.line}: a scene is a list of “word: value” lines.", "script")
    for word, value in node.pairs:
        _set_word(builder, word, value)
    if "photo" in (own := {normalise_word(word) for word, _ in node.pairs}) and "who" not in own:
        builder.values.pop("who", None)
    elif "who" in own and "photo" not in own:
        builder.values.pop("photo", None)
    if media := builder.files.get(str(builder.values.get("who", "")).casefold()):
        builder.values |= {"photo": media}
        builder.values.pop("who")
    return check_scene(builder.build())


def _set_word(builder: SceneBuilder, word: str, node: SourceNode) -> None:
    """A word of a scene; parts that HeyGen nests are flat here."""
    if node.pairs is None or word not in (*_NESTED_PARTS, "offset"):
        builder.set_word(word, _node_text(word, node), node.line)
    elif word == "offset":
        inner = {name: value.text or "0" for name, value in node.pairs}
        builder.set_word("offset", f"{inner.get('x', '0')},{inner.get('y', '0')}", node.line)
    else:
        for name, value in node.pairs:
            if name == "type":
                continue
            _set_word(builder, _NESTED_NAMES.get((word, name), name), value)


def _node_text(word: str, node: SourceNode) -> str | None:
    if node.items is not None:
        return ",".join(each.text or "" for each in node.items)
    if node.pairs is not None:
        raise Refused(f"Line {node.line}: “{word[:40]}” takes a plain value.", "script")
    return node.text
