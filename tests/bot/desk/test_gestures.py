"""Reactions, mentions and message actions: the same gesture means the same in every chat."""

from pathlib import Path
from typing import Any

import pytest

from bot.desk.gestures import DEFAULT_EMOJI, ChatMessage, Gestures, parse_emoji_map, translation_values
from bot.errors import Refused
from bot.jobs.job import JobFilter, Stage
from bot.policy.access import AccessRules
from bot.requests.languages import flag_emoji, language_of_flag
from bot.requests.media import Media, MediaKind
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness
from tests.fakes.studio import FakeStudio

PHOTO = Media(kind=MediaKind.PICTURE, address="test:p", name="p.jpg")
SOUND = Media(kind=MediaKind.SOUND, address="test:s", name="s.mp3")
CLIP = Media(kind=MediaKind.VIDEO, address="test:v", name="v.mp4")


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path)


@pytest.mark.parametrize(
    ("emoji", "message", "kind", "values"),
    [
        ("🎬", ChatMessage("1", "Hello there", (PHOTO,)), "talk", {"image": PHOTO, "script": "Hello there"}),
        ("🗣️", ChatMessage("1", "", (PHOTO, SOUND)), "talk", {"image": PHOTO, "audio": SOUND}),
        ("🎬", ChatMessage("1", "Hello https://a.example/me.jpg"), "talk", {"script": "Hello"}),
        ("🕺", ChatMessage("1", "https://a.example/me.jpg"), "animation", {"driver": "bank://dance"}),
        ("🎬", ChatMessage("1", "Hello there"), "talk", {"image": None, "script": "Hello there"}),
        ("🕺", ChatMessage("1", "look", (PHOTO,)), "animation", {"driver": "bank://dance"}),
        ("😂", ChatMessage("1", "", (PHOTO,)), "animation", {"driver": "bank://fun"}),
        ("🕰️", ChatMessage("1", "", (PHOTO,)), "animation", {"driver": "bank://nostalgia"}),
        ("🎵", ChatMessage("1", "", (PHOTO,)), "animation", {"driver": "bank://classics"}),
        ("🇫🇷", ChatMessage("1", "", (CLIP,)), "translation", {"languages": ("French",), "video": CLIP}),
        ("🇧🇷", ChatMessage("1", "", (CLIP,)), "translation", {"languages": ("Portuguese",)}),
        ("🇫🇷", ChatMessage("1", "Bonjour"), "talk", {"script": "Bonjour", "language": "French"}),
    ],
)
async def test_a_reaction_starts_the_right_job(
    bench: BotHarness, emoji: str, message: ChatMessage, kind: str, values: dict[str, Any]
) -> None:
    """What is there decides what an emoji makes."""
    _, desk = bench.new_engine()
    answer = await Gestures(desk).handle_reaction(ANA, GENERAL, emoji, message)
    assert answer
    request = answer.jobs[0].request
    assert request.kind == kind
    assert {name: getattr(request, name) for name in values} == values


@pytest.mark.parametrize(
    ("emoji", "message"),
    [
        ("🙂", ChatMessage("1", "Hello there", (PHOTO,))),
        ("🕺", ChatMessage("1", "no picture here")),
        ("🇫🇷", ChatMessage("1", "", (PHOTO,))),
        ("🇦🇶", ChatMessage("1", "", (CLIP,))),
        ("🎬", ChatMessage("1", "")),
        ("❌", ChatMessage("1", "nothing was asked of this")),
    ],
)
async def test_other_reactions_start_nothing(bench: BotHarness, emoji: str, message: ChatMessage) -> None:
    """People may react as they like."""
    _, desk = bench.new_engine()
    assert await Gestures(desk).handle_reaction(ANA, GENERAL, emoji, message) is None
    assert bench.jobs.stored_jobs == {}


async def test_a_repeated_reaction_is_one_job_and_anothers_is_another(bench: BotHarness) -> None:
    """Taking a reaction back and giving it again pays once; a second person asks for themselves."""
    _, desk = bench.new_engine()
    gestures, message = Gestures(desk), ChatMessage("1", "Hello", (PHOTO,))
    for asker in (ANA, ANA, BEN):
        await gestures.handle_reaction(asker, GENERAL, "🎬", message)
    assert len(bench.jobs.stored_jobs) == 2


async def test_a_card_of_ours_is_not_read_aloud(bench: BotHarness) -> None:
    """🎬 under a finished video, or a bare mention there, buys no video of its card's words."""
    _, desk = bench.new_engine()
    gestures, card = Gestures(desk), ChatMessage("1", "“Hello”\nDelivered.", (CLIP,), by_bot=True, job="j1")
    with pytest.raises(Refused, match="This is a video of mine"):
        await gestures.handle_reaction(ANA, GENERAL, "🎬", card)
    answer = await gestures.handle_mention(ANA, GENERAL, "", ChatMessage("2"), card)
    assert answer.jobs == ()


async def test_a_job_is_cancelled_redone_and_deleted_by_reaction(bench: BotHarness) -> None:
    """On its card, or on the message it was asked of."""
    async with bench.running() as (_, desk):
        gestures = Gestures(desk)
        place = GENERAL.model_copy(update={"message": "1"})
        bench.studio.finish_at_once = False
        first = await gestures.handle_reaction(ANA, place, "🎬", ChatMessage("1", "Hello there"))
        assert first
        await bench.clock.advance(3)
        cancelled = await gestures.handle_reaction(ANA, place, "❌", ChatMessage("1", "Hello there"))
        assert cancelled
        assert cancelled.jobs[0].stage is Stage.CANCELLED
        bench.studio.finish_at_once = True
        again = await gestures.handle_reaction(ANA, place, "🔁", ChatMessage("9", job=first.jobs[0].id))
        assert again
        job = await bench.wait_for_stage(again.jobs[0], "delivered")
        with pytest.raises(Refused, match="Only the requester"):
            await gestures.handle_reaction(BEN, place, "🗑️", ChatMessage("9", job=job.id))
        asked = await gestures.handle_reaction(ANA, place, "🗑️", ChatMessage("9", job=job.id))
        assert asked
        assert (asked.card.title, len(bench.chat.videos)) == ("Delete “Hello there”?", 1)
        await desk.press_button(ANA, place, "confirm_delete", job.id)
    assert bench.chat.videos == []


@pytest.mark.parametrize(
    ("text", "message", "around", "kind"),
    [
        ("say Hello there", ChatMessage("1"), None, "talk"),
        ("say Hello there", ChatMessage("1"), ChatMessage("0", "", (PHOTO,)), "talk"),
        ("Hello there", ChatMessage("1", "Hello there", (PHOTO,)), None, "talk"),
        ("animate", ChatMessage("1"), ChatMessage("0", "", (PHOTO,)), "animation"),
        ("animate dance", ChatMessage("1", "", (PHOTO,)), None, "animation"),
        ("translate fr", ChatMessage("1"), ChatMessage("0", "", (PHOTO, CLIP)), "translation"),
        ("", ChatMessage("1", "", (PHOTO, SOUND)), None, "talk"),
        ("animate https://a.example/me.jpg", ChatMessage("1"), None, "animation"),
    ],
)
async def test_a_mention_says_what_to_do(
    bench: BotHarness, text: str, message: ChatMessage, around: ChatMessage | None, kind: str
) -> None:
    """With a file of its own, or with that of the message the thread began with."""
    _, desk = bench.new_engine()
    answer = await Gestures(desk).handle_mention(ANA, GENERAL, text, message, around)
    assert answer.jobs[0].request.kind == kind


async def test_an_empty_mention_explains(bench: BotHarness) -> None:
    """Nothing to do is answered with what could be done."""
    _, desk = bench.new_engine()
    answer = await Gestures(desk).handle_mention(ANA, GENERAL, "", ChatMessage("1"))
    assert "didtalk makes talking videos" in answer.card.title


SMALL_TALK = "thanks!"


async def test_small_talk_is_asked_about_and_bought_by_a_yes_alone(bench: BotHarness) -> None:
    """The yes of somebody else means nothing; two of the same person are one job."""
    _, desk = bench.new_engine()
    asked = await Gestures(desk).handle_mention(
        ANA, GENERAL, SMALL_TALK, ChatMessage("1"), ChatMessage("0", "", (PHOTO,))
    )
    assert (asked.card.title, asked.private) == ("Shall I make a video saying “thanks!”?", True)
    assert bench.jobs.stored_jobs == {}
    make, no = asked.card.buttons
    with pytest.raises(Refused, match="for somebody else"):
        await desk.press_button(BEN, GENERAL, "make", make.target)
    jobs = [(await desk.press_button(ANA, GENERAL, "make", make.target)).jobs[0] for _ in range(2)]
    assert jobs[0].id == jobs[1].id
    assert jobs[0].request.model_dump(include={"script", "image"}) == {
        "script": SMALL_TALK,
        "image": PHOTO.model_dump(),
    }
    await desk.press_button(ANA, GENERAL, "dismiss", no.target)
    with pytest.raises(Refused, match="too old"):
        await desk.press_button(ANA, GENERAL, "make", make.target)


@pytest.mark.parametrize("words", ["how do I change the voice?", "What can you do", "really?"])
async def test_a_question_gets_help(bench: BotHarness, words: str) -> None:
    """Nobody who asks how something works wants it said by a face."""
    _, desk = bench.new_engine()
    answer = await Gestures(desk).handle_mention(ANA, GENERAL, words, ChatMessage("1"))
    assert "didtalk makes talking videos" in answer.card.title


async def test_a_photo_without_words_is_asked_for_some(bench: BotHarness) -> None:
    """🎬 makes it talk, so something must be said; a photo can also only move."""
    _, desk = bench.new_engine()
    asked = await Gestures(desk).handle_reaction(ANA, GENERAL, "🎬", ChatMessage("1", "", (PHOTO,)))
    assert asked
    assert [button.action for button in asked.card.buttons] == ["fill", "make", "dismiss"]
    fill, make, _ = asked.card.buttons
    assert (await desk.questions.draft_of(ANA, fill.target)).values == {"image": PHOTO}
    job = (await desk.press_button(ANA, GENERAL, "make", make.target)).jobs[0]
    assert job.request.kind == "animation"


async def test_a_file_of_no_use_is_named(bench: BotHarness) -> None:
    """A PDF got the whole help."""
    _, desk = bench.new_engine()
    with pytest.raises(Refused, match=r"I can't use “report\.pdf”"):
        await Gestures(desk).handle_mention(ANA, GENERAL, "", ChatMessage("1", unusable_files=("report.pdf",)))


async def test_whoever_may_not_request_videos_is_asked_nothing(bench: BotHarness) -> None:
    """A question whose yes would be refused is none."""
    bench.rules = AccessRules(not_askers=frozenset({"ana"}))
    _, desk = bench.new_engine()
    with pytest.raises(Refused, match="can't request videos"):
        await Gestures(desk).handle_mention(ANA, GENERAL, SMALL_TALK, ChatMessage("1"))


async def test_a_flag_on_a_video_of_ours_translates_it_or_says_its_words_anew(bench: BotHarness) -> None:
    """One too short to be translated always failed; its words are known."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        card = ChatMessage("9", "“Hello there”", by_bot=True, job=job.id)
        for translatable, kind in ((True, "translation"), (False, "talk")):
            bench.jobs.stored_jobs[job.id] = bench.jobs.stored_jobs[job.id].evolve(translatable=translatable)
            answer = await Gestures(desk).handle_reaction(ANA, GENERAL, "🇫🇷", card)
            assert answer
            assert answer.jobs[0].request.kind == kind
            await bench.clock.advance(1)
            bench.jobs.stored_jobs.pop(answer.jobs[0].id)
            spoken = answer.jobs[0].request
    assert spoken.model_dump(include={"script", "language"}) == {"script": "Hello there", "language": "French"}


async def test_a_video_of_ours_that_is_too_short_is_not_translated_and_nobody_else_is_told(bench: BotHarness) -> None:
    """It failed in public after “on it”, and named the file on our shelf."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        assert translation_values(job)["video"].name == f"didtalk-talk-{job.id[-6:]}.mp4"
        bench.jobs.stored_jobs[job.id] = bench.jobs.stored_jobs[job.id].evolve(translatable=False)
        with pytest.raises(Refused, match=r"too short to be translated\. A flag on it, .* has its words spoken"):
            await Gestures(desk).action_request(ANA, "translate", ChatMessage("9", "", (CLIP,), job=job.id))
    assert list(bench.jobs.stored_jobs) == [job.id]


async def test_a_provider_that_takes_so_short_a_video_translates_it(bench: BotHarness) -> None:
    """Where the default one does not; where none does, that is said before a job is recorded."""
    bench.studio.min_translation_seconds = 10.0
    bench.other_studios["heygen"] = heygen = FakeStudio("heygen", "HeyGen")
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        flagged = ChatMessage("9", job=job.id)
        answer = await Gestures(desk).handle_reaction(ANA, GENERAL, "🇫🇷", flagged)
        assert answer
        assert (answer.jobs[0].request.kind, answer.jobs[0].studio) == ("translation", "heygen")
        heygen.min_translation_seconds = 5.0
        with pytest.raises(Refused, match=r"This video is 3\.0 s long\. D-ID translates videos of at least 10 s\."):
            await Gestures(desk).handle_reaction(ANA, GENERAL, "🇪🇸", flagged)
        assert len(await bench.jobs.list_jobs(JobFilter())) == 2


async def test_an_action_needs_its_file(bench: BotHarness) -> None:
    """What is missing is said."""
    _, desk = bench.new_engine()
    with pytest.raises(Refused, match="no video in this message"):
        await Gestures(desk).action_request(ANA, "translate", ChatMessage("1", "", (PHOTO,)))
    assert (await Gestures(desk).action_request(ANA, "translate", ChatMessage("1", "", (CLIP,))))[1] == {"video": CLIP}


async def test_make_it_talk_on_a_video_of_ours_begins_with_its_words(bench: BotHarness) -> None:
    """Not with those of its card."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        card = ChatMessage("9", "“Hello there”\nAI-generated", (CLIP,), by_bot=True, job=job.id)
        assert (await Gestures(desk).action_request(ANA, "talk", card))[1] == {"script": "Hello there"}


def test_the_emoji_map_is_a_setting() -> None:
    """Any emoji can mean any of our words, and a slip is named."""
    assert parse_emoji_map("") == dict(DEFAULT_EMOJI)
    assert parse_emoji_map("🕰️=nostalgia 🚀=make") == {"🕰": "nostalgia", "🚀": "make"}
    with pytest.raises(Refused, match="means nothing"):
        parse_emoji_map("🚀=fly")


def test_flags_stand_for_languages() -> None:
    """By character, and by country for chats that send names."""
    assert language_of_flag(flag_emoji("jp")) == "Japanese"
    assert language_of_flag("🎬") is None


async def test_a_plan_is_seen_by_its_asker_and_made_by_a_button(bench: BotHarness) -> None:
    """It was public, and to make it everything had to be typed again."""
    _, desk = bench.new_engine()
    planned = await desk.run_command(ANA, GENERAL, "/did storyboard --plan @anna: Hello [background #223344]")
    assert (planned.private, planned.jobs, [each.label for each in planned.card.buttons]) == (
        True,
        (),
        ["Create the video"],
    )
    job = (await desk.press_button(ANA, GENERAL, "make", planned.card.buttons[0].target)).jobs[0]
    assert job.request.kind == "storyboard"
    assert not getattr(job.request, "plan", True)
