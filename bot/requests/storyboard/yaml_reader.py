"""A storyboard as a YAML or JSON file: a list of scenes, and around it what holds for all of them."""

from collections.abc import Mapping

from bot.errors import Refused
from bot.requests.media import Media
from bot.requests.storyboard import yaml_format
from bot.requests.storyboard.scene_builder import PLOT_WORDS, Sketch, checked, plain
from bot.requests.storyboard.scenes import Plot, Scene
from bot.requests.storyboard.yaml_format import Node

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


def read(text: str, files: Mapping[str, Media]) -> Plot:
    """The plot of a file."""
    root = yaml_format.read(text)
    pairs = root.pairs if root.pairs is not None else (("scenes", root),)
    plot, usual = Sketch(Plot, files, root.line), Sketch(Scene, files, root.line)
    listed: tuple[Node, ...] = ()
    for word, node in pairs:
        if word in ("scenes", "video_inputs"):
            listed = node.items if node.items is not None else (node,)
        elif word == "dimension" and node.pairs:
            plot.put("size", _dimension(node), node.line)
        elif plain(word) in PLOT_WORDS:
            plot.put(word, _text(word, node), node.line)
        elif word not in ("callback_id", "callback_url"):
            _spread(usual, word, node)
    scenes = [_from_node(node, usual) for node in listed]
    drawn: Plot = plot.made()
    return drawn.drawn(scenes)


def _from_node(node: Node, usual: Sketch) -> Scene:
    draft = Sketch(Scene, usual.files, node.line, dict(usual.values))
    if node.text is not None:
        return checked(Sketch(Scene, usual.files, node.line, usual.values | {"say": node.text}).made())
    if node.pairs is None:
        raise Refused(f"Line {node.line}: a scene is a list of “word: value” lines.", "script")
    for word, value in node.pairs:
        _spread(draft, word, value)
    if "photo" in (own := {plain(word) for word, _ in node.pairs}) and "who" not in own:
        draft.values.pop("who", None)
    elif "who" in own and "photo" not in own:
        draft.values.pop("photo", None)
    if media := draft.files.get(str(draft.values.get("who", "")).casefold()):
        draft.values |= {"photo": media}
        draft.values.pop("who")
    return checked(draft.made())


def _spread(draft: Sketch, word: str, node: Node) -> None:
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


def _text(word: str, node: Node) -> str | None:
    if node.items is not None:
        return ",".join(each.text or "" for each in node.items)
    if node.pairs is not None:
        raise Refused(f"Line {node.line}: “{word[:40]}” takes a plain value.", "script")
    return node.text


def _dimension(node: Node) -> str:
    inner = {word: value.text or "" for word, value in node.pairs or ()}
    return f"{inner.get('width', '')}x{inner.get('height', '')}"
