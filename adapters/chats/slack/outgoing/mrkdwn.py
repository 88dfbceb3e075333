"""Slack's way of writing: what people typed comes marked up, and what we write must not be taken for marks."""

import re
from typing import Any

_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")  # the first letters of &amp; &lt; &gt;
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKUP = re.compile(r"<([^<>\s][^<>]*)>")
# Outside of marks Slack also finds names in plain words, where nobody asked it not to; an invisible sign parts them.
_BROADCAST_MENTION = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_BROADCAST_NAMES = {"!here": "@here", "!channel": "@channel", "!everyone": "@everyone"}


def unescape(text: str, names: dict[str, str] | None = None) -> str:
    """What a person typed, from what Slack made of it; `names` says what the mentioned are called."""
    if "<" not in text and "&" not in text:
        return text
    plain = _MARKUP.sub(lambda match: _markup_to_text(match[1], names or {}), text)
    # The ampersand last: "&amp;lt;" is somebody's "&lt;".
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """Words as they are, wherever Slack would look for marks in them, or for names that call everybody."""
    return _BROADCAST_MENTION.sub("@\u2060", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentioned_users(text: str) -> set[str]:
    """Whom a text mentions, by id."""
    return {match[1][1:].partition("|")[0] for match in _MARKUP.finditer(text) if match[1].startswith("@")}


def without_mention(text: str, user: str) -> str:
    """The text without the mention it was addressed by."""
    return re.sub(rf"<@{re.escape(user)}(\|[^<>]*)?>:?", "", text, count=1).strip() if user else text.strip()


def truncate(text: str, max_chars: int) -> str:
    """The text, cut where Slack would refuse it."""
    return text if len(text) <= max_chars else f"{cut_to_length(text, max_chars - 1).rstrip()}…"


def cut_to_length(text: str, max_chars: int) -> str:
    """The beginning of a text; a sign that Slack spells with several letters stays whole."""
    return text[:max_chars] if len(text) <= max_chars else _CUT_ENTITY.sub("", text[:max_chars])


def replace_surrogates(received: Any) -> Any:
    """What came from outside, as it can be written down: half a character, as clients leave it, becomes a mark."""
    if isinstance(received, str):
        return (
            received.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if _LONE_SURROGATE.search(received)
            else received
        )
    if isinstance(received, dict):
        return {name: replace_surrogates(value) for name, value in received.items()}
    return [replace_surrogates(each) for each in received] if isinstance(received, list) else received


def _markup_to_text(markup: str, names: dict[str, str]) -> str:
    target, bar, label = markup.partition("|")
    if target[0] == "@":
        return "@" + (names.get(target[1:]) or label or target[1:])
    if target[0] == "#":
        return "#" + (label or target[1:])
    if target[0] == "!":
        return _BROADCAST_NAMES.get(target) or (label if bar else target.rpartition("^")[2].lstrip("!"))
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    # Slack makes links of bare words like example.com too: what was typed is the label.
    return label if bar and target in (f"http://{label}", f"https://{label}") else target
