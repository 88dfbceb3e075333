"""Reactions, mentions and message actions: the same gesture means the same in every chat."""

from pathlib import Path
from typing import Any

import pytest

from bot.desk.gestures import EMOJI, Gestures, Message, emoji_map
from bot.errors import Refused
from bot.jobs.job import Stage
from bot.requests.flag_emoji import flag, language_of
from bot.requests.media import Kind, Media
from tests.core.bench import ANA, BEN, GENERAL, Bench

PHOTO = Media(kind=Kind.PICTURE, at="test:p", name="p.jpg")
SOUND = Media(kind=Kind.SOUND, at="test:s", name="s.mp3")
CLIP = Media(kind=Kind.VIDEO, at="test:v", name="v.mp4")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("emoji", "message", "kind", "values"),
    [
        ("🎬", Message("1", "Hello there", (PHOTO,)), "talk", {"image": PHOTO, "script": "Hello there"}),
        ("🗣️", Message("1", "", (PHOTO, SOUND)), "talk", {"image": PHOTO, "audio": SOUND}),
        ("🎬", Message("1", "", (PHOTO,)), "animation", {"image": PHOTO, "driver": None}),
        ("🎬", Message("1", "Hello there"), "talk", {"image": None, "script": "Hello there"}),
        ("🕺", Message("1", "look", (PHOTO,)), "animation", {"driver": "bank://dance"}),
        ("😂", Message("1", "", (PHOTO,)), "animation", {"driver": "bank://fun"}),
        ("🕰️", Message("1", "", (PHOTO,)), "animation", {"driver": "bank://nostalgia"}),
        ("🎵", Message("1", "", (PHOTO,)), "animation", {"driver": "bank://classics"}),
        ("🇫🇷", Message("1", "", (CLIP,)), "translation", {"languages": ("French",), "video": CLIP}),
        ("🇧🇷", Message("1", "", (CLIP,)), "translation", {"languages": ("Portuguese",)}),
    ],
)
async def test_a_reaction_starts_the_right_job(
    bench: Bench, emoji: str, message: Message, kind: str, values: dict[str, Any]
) -> None:
    """What is there decides what an emoji makes."""
    _, desk = bench.engine()
    answer = await Gestures(desk).react(ANA, GENERAL, emoji, message)
    assert answer
    request = answer.jobs[0].request
    assert request.kind == kind
    assert {name: getattr(request, name) for name in values} == values


@pytest.mark.parametrize(
    ("emoji", "message"),
    [
        ("🙂", Message("1", "Hello there", (PHOTO,))),
        ("🕺", Message("1", "no picture here")),
        ("🇫🇷", Message("1", "a flag under words is just a flag")),
        ("🇦🇶", Message("1", "", (CLIP,))),
        ("🎬", Message("1", "")),
        ("❌", Message("1", "nothing was asked of this")),
    ],
)
async def test_other_reactions_start_nothing(bench: Bench, emoji: str, message: Message) -> None:
    """People may react as they like."""
    _, desk = bench.engine()
    assert await Gestures(desk).react(ANA, GENERAL, emoji, message) is None
    assert bench.jobs.kept == {}


async def test_a_repeated_reaction_is_one_job_and_anothers_is_another(bench: Bench) -> None:
    """Taking a reaction back and giving it again pays once; a second person asks for themselves."""
    _, desk = bench.engine()
    gestures, message = Gestures(desk), Message("1", "", (PHOTO,))
    for asker in (ANA, ANA, BEN):
        await gestures.react(asker, GENERAL, "🎬", message)
    assert len(bench.jobs.kept) == 2


async def test_a_card_of_ours_is_not_read_aloud(bench: Bench) -> None:
    """🎬 under a finished video, or a bare mention there, buys no video of its card's words."""
    _, desk = bench.engine()
    gestures, card = Gestures(desk), Message("1", "Talk: “Hello”\nDelivered.", (CLIP,), by_bot=True, job="j1")
    assert await gestures.react(ANA, GENERAL, "🎬", card) is None
    answer = await gestures.mention(ANA, GENERAL, "", Message("2"), card)
    assert answer.jobs == ()


async def test_a_job_is_cancelled_redone_and_deleted_by_reaction(bench: Bench) -> None:
    """On its card, or on the message it was asked of."""
    async with bench.running() as (_, desk):
        gestures = Gestures(desk)
        place = GENERAL.model_copy(update={"message": "1"})
        bench.studio.finish_at_once = False
        first = await gestures.react(ANA, place, "🎬", Message("1", "Hello there"))
        assert first
        await bench.clock.advance(3)
        cancelled = await gestures.react(ANA, place, "❌", Message("1", "Hello there"))
        assert cancelled
        assert cancelled.jobs[0].stage is Stage.CANCELLED
        bench.studio.finish_at_once = True
        again = await gestures.react(ANA, place, "🔁", Message("9", job=first.jobs[0].id))
        assert again
        job = await bench.until(again.jobs[0], "delivered")
        with pytest.raises(Refused, match="Only whoever asked"):
            await gestures.react(BEN, place, "🗑️", Message("9", job=job.id))
        await gestures.react(ANA, place, "🗑️", Message("9", job=job.id))
    assert bench.chat.videos == []


@pytest.mark.parametrize(
    ("text", "message", "around", "kind"),
    [
        ("say Hello there", Message("1"), None, "talk"),
        ("Hello there", Message("1"), Message("0", "", (PHOTO,)), "talk"),
        ("animate", Message("1"), Message("0", "", (PHOTO,)), "animation"),
        ("animate dance", Message("1", "", (PHOTO,)), None, "animation"),
        ("translate fr", Message("1"), Message("0", "", (PHOTO, CLIP)), "translation"),
        ("", Message("1", "", (PHOTO,)), None, "animation"),
    ],
)
async def test_a_mention_says_what_to_do(
    bench: Bench, text: str, message: Message, around: Message | None, kind: str
) -> None:
    """With a file of its own, or with that of the message the thread began with."""
    _, desk = bench.engine()
    answer = await Gestures(desk).mention(ANA, GENERAL, text, message, around)
    assert answer.jobs[0].request.kind == kind


async def test_an_empty_mention_explains(bench: Bench) -> None:
    """Nothing to do is answered with what could be done."""
    _, desk = bench.engine()
    answer = await Gestures(desk).mention(ANA, GENERAL, "", Message("1"))
    assert "didtalk makes talking videos" in answer.card.title


async def test_an_action_needs_its_file(bench: Bench) -> None:
    """What is missing is said."""
    _, desk = bench.engine()
    with pytest.raises(Refused, match="no video in this message"):
        await Gestures(desk).act(ANA, GENERAL, "translate", Message("1", "", (PHOTO,)))
    answer = await Gestures(desk).act(ANA, GENERAL, "translate", Message("1", "", (CLIP,)), "fr --from en")
    assert answer.jobs[0].request.kind == "translation"


def test_the_emoji_map_is_a_setting() -> None:
    """Any emoji can mean any of our words, and a slip is named."""
    assert emoji_map("") == dict(EMOJI)
    assert emoji_map("🕰️=nostalgia 🚀=make") == {"🕰": "nostalgia", "🚀": "make"}
    with pytest.raises(Refused, match="means nothing"):
        emoji_map("🚀=fly")


def test_flags_stand_for_languages() -> None:
    """By character, and by country for chats that send names."""
    assert language_of(flag("jp")) == "Japanese"
    assert language_of("🎬") is None
