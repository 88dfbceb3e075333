"""Text as Slack writes it, signatures, emoji and links."""

import re
import time
from typing import Any

import pytest

from adapters.chats.slack.files import take_links
from adapters.chats.slack.forms.view import notice_view, select_option
from adapters.chats.slack.incoming.events import emoji_character
from adapters.chats.slack.incoming.http import sign_body, verify_signature
from adapters.chats.slack.outgoing.blocks import (
    actions_block,
    card_blocks,
    escape,
    plain_section_block,
    truncate,
)
from adapters.chats.slack.people import unescape, without_mention
from bot.desk.gestures import DEFAULT_EMOJI
from bot.wording.cards import Button, Card


@pytest.mark.parametrize(
    ("marked", "meant"),
    [
        ("Welcome &amp; hello", "Welcome & hello"),
        ("&amp;lt;", "&lt;"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("<@U1|ana>, hello", "@ana, hello"),
        ("<@U2>, hello", "@Ben, hello"),
        ("<@U3>", "@U3"),
        ("see <#C1|general> and <#C2|>", "see #general and #C2"),
        ("<!here> and <!subteam^S1|@team>", "@here and @team"),
        ("<https://example.com/p.jpg>", "https://example.com/p.jpg"),
        ("<http://example.com|example.com>", "example.com"),
        ("<https://example.com|our page>", "https://example.com"),
        ("<https://x.slack.com/files/U1/F1/p.jpg|p.jpg>", "https://x.slack.com/files/U1/F1/p.jpg"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_what_people_typed_is_turned_back(marked: str, meant: str) -> None:
    """Nobody wants to hear an entity spoken."""
    assert unescape(marked, {"U2": "Ben"}) == meant


def test_what_we_write_is_never_taken_for_marks() -> None:
    """And comes back as it was."""
    text = "<!channel> & <@U1>"
    assert "<" not in escape(text)
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("most", range(1, 12))
def test_a_sign_is_never_cut_in_two(most: int) -> None:
    """Slack would show what is left of it as letters."""
    assert not re.search(r"&(?!(amp|lt|gt);)", truncate(escape("a&b<c>d"), most))


def test_only_our_own_mention_is_left_out() -> None:
    """Others are part of what is said."""
    assert without_mention("<@U0> greet <@U1>", "U0") == "greet <@U1>"


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1e9", "９９", "9" * 30, "0"])
def test_a_strange_time_is_a_false_signature(stamp: str) -> None:
    """Never an error of ours."""
    assert not verify_signature(b"s", stamp, sign_body(b"s", stamp, b"x"), b"x", time.time())


def test_old_forged_and_foreign_signatures_are_refused() -> None:
    """Five minutes either way, one secret, one body."""
    now = 1_800_000_000.0
    stamp = str(int(now))
    assert verify_signature(b"s", stamp, sign_body(b"s", stamp, b"x"), b"x", now)
    assert not verify_signature(b"s", stamp, sign_body(b"s", stamp, b"x"), b"x", now + 600)
    assert not verify_signature(b"s", stamp, sign_body(b"s", stamp, b"x"), b"y", now)
    assert not verify_signature(b"s", stamp, sign_body(b"other", stamp, b"x"), b"x", now)
    assert not verify_signature(b"s", stamp, "v0=é", b"x", now)


def test_every_emoji_of_ours_has_a_name_in_slack() -> None:
    """Or nobody there could use it."""
    named = {emoji_character(name) for name in (
        "clapper", "speaking_head_in_silhouette", "man_dancing", "dancer", "joy", "mantelpiece_clock", "musical_note",
        "x", "repeat", "wastebasket",
    )}  # fmt: skip
    assert named == set(DEFAULT_EMOJI)
    assert [emoji_character(name) for name in ("flag-fr", "fr", "uk", "clapper::skin-tone-2", "party_parrot")] == [
        "🇫🇷", "🇫🇷", "🇬🇧", "🎬", "party_parrot",
    ]  # fmt: skip
    assert [emoji_character(name) for name in ("fox_face", "+1", "heart_eyes", "saluting_face", "robot_face")] == [
        "🦊", "👍", "😍", "🫡", "🤖",
    ], "any emoji of the setting has a name in Slack"  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rest", "at"),
    [
        ("Hello https://example.com/p.jpg?w=1", "Hello", ["https://example.com/p.jpg?w=1"]),
        ("Hello --image https://example.com/p.jpg", "Hello --image https://example.com/p.jpg", []),
        ("see https://example.com/page", "see https://example.com/page", []),
        ("/did animate https://x.slack.com/files/U1/F123/p.png dance", "/did animate dance", ["slack:T1/F123"]),
        ("Hello https://files.slack.com/files-pri/T1-F123/p.png", "Hello", ["slack:T1/F123"]),
        ("Hello https://files.slack.com/files-pri/T1-F123/download/p.png?t=x", "Hello", ["slack:T1/F123"]),
    ],
)
def test_links_to_files_are_files(text: str, rest: str, at: list[str]) -> None:
    """Those in Slack are fetched with our token, those on the web like any link."""
    said, media = take_links(text, "T1")
    assert (said, [each.address for each in media]) == (rest, at)


@pytest.mark.parametrize("words", ["Hello *bold* _it_ ~no~ `code`", "a & b <c>", "*", "<!channel> <@U1>"])
def test_words_of_people_are_never_formatted(words: str) -> None:
    """Stars inside a bold title ended it; rich text knows no marks."""
    (block,) = card_blocks(Card(words, (words,)))
    (section,) = block["elements"]
    title, line = section["elements"]
    assert (title["text"], title["style"], line["text"]) == (words, {"bold": True}, f"\n{words}")


@pytest.mark.parametrize(
    "block",
    [
        actions_block(Card("Hello *bold* & <b>", buttons=(Button("Delete", "delete", "j1"),)))["elements"][0][
            "confirm"
        ],
        plain_section_block(["My voice: Hello *bold* & <b>"]),
        notice_view("Hello *bold* & <b>")["blocks"][0],
    ],
    ids=["question before a deletion", "line of the Home tab", "notice in a form"],
)
def test_words_of_people_are_never_formatted_elsewhere(block: dict[str, Any]) -> None:
    """They are in none of Slack's formatted texts, and nothing in them is escaped for one."""
    assert "mrkdwn" not in str(block)
    assert "Hello *bold* & <b>" in str(block)


def test_a_link_in_a_card_can_be_followed() -> None:
    """A large video is only a link."""
    (block,) = card_blocks(Card("A video", ("See https://example.com/v.mp4 within 7 days.",)))
    assert {"type": "link", "url": "https://example.com/v.mp4"} in block["elements"][0]["elements"]


def test_a_long_label_is_cut_between_words() -> None:
    """Half a word tells nobody anything."""
    label = select_option("v", "A voice that speaks French and German and Spanish and quite a lot of other languages")[
        "text"
    ]["text"]
    assert label == "A voice that speaks French and German and Spanish and quite a lot of…"
