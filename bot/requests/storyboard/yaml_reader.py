"""A storyboard as a YAML or JSON file: a list of scenes, and around it what holds for all of them."""

from collections.abc import Mapping

from bot.errors import Refused
from bot.requests.media import Media
from bot.requests.storyboard import yaml_format
from bot.requests.storyboard.scene_builder import STORYBOARD_WORDS, SceneBuilder, check_scene, normalise_word
from bot.requests.storyboard.scenes import Scene, StoryboardContent
from bot.requests.storyboard.yaml_format import SourceNode

# HeyGen's own names for the parts of a scene: whoever pastes a body of theirs has written a storyboard.
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
    """The plot of a file."""
    root = yaml_format.parse_nodes(text)
    pairs = root.pairs if root.pairs is not None else (("scenes", root),)
    plot, defaults = SceneBuilder(StoryboardContent, files, root.line), SceneBuilder(Scene, files, root.line)
    listed: tuple[SourceNode, ...] = ()
    for word, node in pairs:
        if word in ("scenes", "video_inputs"):
            listed = node.items if node.items is not None else (node,)
        elif word == "dimension" and node.pairs:
            plot.set_word("size", _dimension_text(node), node.line)
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
    """One word of a scene; parts as HeyGen nests them lie flat here."""
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


def _dimension_text(node: SourceNode) -> str:
    inner = {word: value.text or "" for word, value in node.pairs or ()}
    return f"{inner.get('width', '')}x{inner.get('height', '')}"
