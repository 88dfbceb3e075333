"""Slack's mrkdwn: reads what people typed, and escapes what we write."""

import re
from typing import Any

_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")  # a cut &amp; &lt; or &gt;
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKUP = re.compile(r"<([^<>\s][^<>]*)>")
# Slack also expands plain @channel and @here; an invisible character (word joiner) prevents it.
_BROADCAST_MENTION = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_BROADCAST_NAMES = {"!here": "@here", "!channel": "@channel", "!everyone": "@everyone"}


def unescape(text: str, names: dict[str, str] | None = None) -> str:
    """The typed text; `names` maps mentioned user ids to names."""
    if "<" not in text and "&" not in text:
        return text
    plain = _MARKUP.sub(lambda match: _markup_to_text(match[1], names or {}), text)
    # The ampersand last, since "&amp;lt;" means a typed "&lt;".
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """Escape formatting and mentions of everyone."""
    return _BROADCAST_MENTION.sub("@\u2060", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentioned_users(text: str) -> set[str]:
    return {match[1][1:].partition("|")[0] for match in _MARKUP.finditer(text) if match[1].startswith("@")}


def without_mention(text: str, user: str) -> str:
    """The text without the first mention of a user."""
    return re.sub(rf"<@{re.escape(user)}(\|[^<>]*)?>:?", "", text, count=1).strip() if user else text.strip()


def truncate(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{cut_to_length(text, max_chars - 1).rstrip()}…"


def cut_to_length(text: str, max_chars: int) -> str:
    """The start of a text, without half an escaped character."""
    return text[:max_chars] if len(text) <= max_chars else _CUT_ENTITY.sub("", text[:max_chars])


def replace_surrogates(received: Any) -> Any:
    """Replace lone surrogates, which some clients send, so that the data can be stored as UTF-8."""
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
    # Slack also links bare words like example.com; the label is the typed text.
    return label if bar and target in (f"http://{label}", f"https://{label}") else target
