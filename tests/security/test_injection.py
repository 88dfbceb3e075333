"""People's and vendors' words stay words: nobody is called by them, and no link gets a false face."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chats.discord.outgoing.cards import OutgoingMessage, card_view
from adapters.chats.slack.outgoing.blocks import card_blocks, fallback_text
from adapters.chats.slack.outgoing.replies import SlackReplies, card_text
from bot.errors import Refused
from bot.jobs.job import Place
from bot.requests.media import Media, MediaKind, clean_file_name
from bot.wording.cards import Card
from storage.file_shelf import DiskShelf, safe_file_ending

HOSTILE_TEXTS = [
    "<!channel>", "<!here>", "<!everyone>", "<@U012345>", "<!subteam^S1>", "<#C1|general>", "<!date^1^{date}^http://x|y>",
    "<http://evil.example|your bank>", "<mailto:a@b.example|mail>", "&lt;!channel&gt;", "a & b < c > d",
    "@everyone", "@here", "@channel", "@Here",
    "<@1234567890>", "<@!123>", "<@&456>", "<#789>", "<:name:123>", "<a:name:123>", "</did:123>",
    "<t:1:R>", "<id:guide>", "[your bank](https://evil.example)", "[a](<https://evil.example>)",
    "https://a.example[bank](https://evil.example)", "# loud", "> quoted", "-# small", "||hidden||", "```\nout of\n```",
    "`code`", "**bold** __under__ ~~gone~~ *it*", "- list\n- list", "one\n# two", "\u202egpj.exe",
]  # fmt: skip
hostile_words = st.one_of(
    st.sampled_from(HOSTILE_TEXTS),
    st.text(alphabet="<>@!&|[](){}`*_~#\\:/ aehnorvy\n\u200b", max_size=60),
    st.text(max_size=30),
)
_SLACK_MARKUP = re.compile(r"<[^\s>]")
_SLACK_BROADCAST = re.compile(r"@(channel|here|everyone)\b", re.IGNORECASE)
_DISCORD_MENTION = re.compile(r"(?<!\\)<(?=@|#|:|a:|/|t:|id:)|@everyone|@here|\]\(")


def slack_texts(drawn: Any) -> list[str]:
    """Every text in what is drawn, wherever it lies."""
    if isinstance(drawn, dict):
        own = [drawn["text"]] if drawn.get("type") == "mrkdwn" else []
        return own + [each for value in drawn.values() for each in slack_texts(value)]
    return [each for value in drawn for each in slack_texts(value)] if isinstance(drawn, list) else []


def discord_texts(drawn: Any) -> list[str]:
    """Every text of a Discord message."""
    if isinstance(drawn, dict):
        own = [drawn["content"]] if isinstance(drawn.get("content"), str) else []
        return own + [each for value in drawn.values() for each in discord_texts(value)]
    return [each for value in drawn for each in discord_texts(value)] if isinstance(drawn, list) else []


def view_payload(view: Any) -> Any:
    """A view as it is sent."""
    return view.to_components()


@given(title=hostile_words, lines=st.lists(hostile_words, max_size=4))
def test_slack_shows_words_as_they_are(title: str, lines: list[str]) -> None:
    """In cards, answers and what screen readers read: no mark of Slack's is left standing."""
    card = Card(title=title, lines=tuple(lines), alt_text=title)
    for text in (fallback_text(card), card_text(card), *slack_texts(card_blocks(card))):
        assert not _SLACK_MARKUP.search(text), text
        assert not _SLACK_BROADCAST.search(text), text  # Slack reads these out of plain words as well


@given(sentence=hostile_words)
async def test_slack_s_refusals_quote_words_as_they_are(sentence: str) -> None:
    """A refusal repeats what somebody typed, or what a vendor said."""
    said: list[dict[str, Any]] = []

    class EchoingClient:
        async def respond(self, url: str, body: dict[str, Any]) -> None:
            said.append(body)

    class BareContext:
        api = EchoingClient()

    replies = SlackReplies(BareContext())  # type: ignore[arg-type]
    await replies.send_privately(Place(platform="slack", channel="C1"), "U1", sentence, "https://hooks.slack.com/x")
    assert not _SLACK_MARKUP.search(said[0]["text"])
    assert not _SLACK_BROADCAST.search(said[0]["text"])


@given(title=hostile_words, lines=st.lists(hostile_words, max_size=4), reason=hostile_words)
def test_discord_shows_words_as_they_are(title: str, lines: list[str], reason: str) -> None:
    """In flowing text; columns stand in a block of code, out of which nothing leads."""
    for view in (card_view(Card(title=title, lines=tuple(lines))), card_view(reason)):
        for text in discord_texts(view_payload(view)):
            if text.startswith("```"):
                assert text.count("```") == 2
                assert text.endswith("\n```")
            else:
                assert not _DISCORD_MENTION.search(text), text


def test_only_who_asked_is_ever_called_on_discord() -> None:
    """Whatever stands in the text, the message itself allows one person."""
    letter = OutgoingMessage(Card(title="@everyone", lines=("<@&1>",)), 7)
    allowed = letter.allowed_mentions.to_dict()
    assert (allowed["parse"], [int(each) for each in allowed["users"]]) == ([], [7])


def test_our_own_links_stay_links_on_discord() -> None:
    """What we wrote stands above the words of others, and is not cut up with them."""
    ours = "[Watch or download it](https://didtalk.example/media/x) until <t:1:f>."
    letter = OutgoingMessage(Card(title="A title", lines=("A line",)), 7, heading=ours)
    assert ours in discord_texts(view_payload(letter.view))
    assert ours in discord_texts(view_payload(letter.with_heading("Elsewhere.").view))[0]


HOSTILE_NAMES = [
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\evil.exe", "....//x", "a/../b", "..", ".", "/",
    "\u202egpj.exe", "a\u2066b\u2069.png", "a\r\nSet-Cookie: x=1.png", "a\0b.png", "\x1b[31mred.png", "a\u2028b.png",
    "“”.png", '"; rm -rf .png', "\u200f\u200e.png", "x" * 5000 + ".png", "%2e%2e%2f", "~root", "-rf", "CON", " ", "",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_of_files_lead_nowhere_and_hide_nothing(name: str, tmp_path: Path) -> None:
    """Neither as they are shown, nor as they are kept."""
    seen = Media(kind=MediaKind.PICTURE, address="https://example.com/x", name=name).name
    assert seen == clean_file_name(name) == clean_file_name(seen)
    assert not set(seen) & set('/\\\r\n\0\u202e\u2066\u2069\u200f\x1b\u2028"')
    assert len(seen) <= 120
    kept = safe_file_ending(name)
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,49}", kept), kept
    shelf = DiskShelf(tmp_path / "shelf")
    for key in (name, f"host-{name}", f"dt-{name}", f"0123456789abcdef0123456789abcdef-{name}"):
        try:
            path = shelf.path_of(key)
        except Refused:
            continue
        assert path.parent == shelf.folder


def test_a_name_in_a_header_starts_no_other_header() -> None:
    """Whatever is shown can be sent in a header as it is."""
    for name in HOSTILE_NAMES:
        httpx.Headers({b"Content-Disposition": f'attachment; filename="{clean_file_name(name)}"'.encode()})
