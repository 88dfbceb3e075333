"""Subscribing and unsubscribing: what is answered, who sees it, and who may change what."""

from pathlib import Path

import pytest

from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.wording.cards import DeskReply
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness

MODERATOR = Asker(platform="test", user="chief", name="Chief", moderator=True)
DIRECT_MESSAGE = GENERAL.model_copy(update={"channel": "dm-ana", "private": True})


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path)


async def _run_command(bench: BotHarness, words: str, asker: Asker = ANA, place: Place = GENERAL) -> DeskReply:
    _, desk = bench.new_engine()
    return await desk.run_command(asker, place, f"/did {words}")


async def _subscribed_topics(bench: BotHarness, place: Place = GENERAL) -> list[str]:
    return [each.typed_form for each in await bench.subscriptions.list_for_place(place)]


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("", ["done", "failed"]),
        ("done", ["done"]),
        ("Done, FAILED credits:<25", ["credits:<25", "done", "failed"]),
        ("credits", ["credits:<10"]),
        ("credits:7", ["credits:<7"]),
        ("done:@Ben", ["done:@ben"]),
        ("done:<@U7|ben>", ["done:@u7"]),
    ],
)
async def test_topics_are_words_with_filters(bench: BotHarness, typed: str, held: list[str]) -> None:
    """A modest default, and what is typed is understood kindly."""
    await _run_command(bench, f"subscribe {typed}")
    assert await _subscribed_topics(bench) == held


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("subscribe dune", "No topic is called “dune”. Did you mean done?"),
        ("subscribe credits:<ten", "credits takes a number"),
        ("subscribe done:ben", "narrowed to one person"),
        ("unsubscribe everything", "No topic is called “everything”. Topics are done, failed and credits:<10."),
        ("unsubscribe", "This channel is not subscribed to anything."),
    ],
)
async def test_a_slip_is_named_and_changes_nothing(bench: BotHarness, typed: str, sentence: str) -> None:
    """One clear sentence."""
    with pytest.raises(Refused, match=sentence):
        await _run_command(bench, typed)
    assert await _subscribed_topics(bench) == []


async def test_a_change_is_seen_by_all_with_who_made_it(bench: BotHarness) -> None:
    """The channel is everybody's."""
    answer = await _run_command(bench, "subscribe")
    assert answer.card.lines[0] == "@Ana subscribed this channel to: done, failed."
    assert not answer.private
    answer = await _run_command(bench, "unsubscribe done:@ben")
    assert answer.card.lines[0] == "@Ana unsubscribed this channel from: done."
    assert not answer.private
    assert await _subscribed_topics(bench) == ["failed"]


async def test_what_changes_nothing_is_for_the_person_alone(bench: BotHarness) -> None:
    """Subscribing twice, by anybody, says how it stands."""
    await _run_command(bench, "subscribe")
    answer = await _run_command(bench, "subscribe done", BEN)
    assert answer.card.lines == ("This channel is subscribed to: done, failed.",)
    assert answer.private
    assert [each.subscriber for each in await bench.subscriptions.list_for_place(GENERAL)] == ["ana", "ana"]


async def test_topics_add_up(bench: BotHarness) -> None:
    """A second person adds a topic of their own, and only what is new is said."""
    await _run_command(bench, "subscribe")
    answer = await _run_command(bench, "subscribe done credits:<3", BEN)
    assert answer.card.lines[0] == "@Ben subscribed this channel to: credits:<3."
    assert await _subscribed_topics(bench) == ["credits:<3", "done", "failed"]


@pytest.mark.parametrize("typed", ["subscribe done:@ben credits", "unsubscribe done", "unsubscribe"])
async def test_only_whoever_set_it_or_a_moderator_changes_it(bench: BotHarness, typed: str) -> None:
    """And what is refused is refused whole."""
    await _run_command(bench, "subscribe")
    with pytest.raises(Refused, match="@Ana set “done” here; only they or a moderator"):
        await _run_command(bench, typed, BEN)
    assert await _subscribed_topics(bench) == ["done", "failed"]
    await _run_command(bench, typed, MODERATOR)
    assert await _subscribed_topics(bench) != ["done", "failed"]


async def test_the_list_says_what_by_whom_and_when(bench: BotHarness) -> None:
    """For the person alone."""
    assert (await _run_command(bench, "subscribe list")).card.lines == ("This channel is not subscribed to anything.",)
    await _run_command(bench, "subscribe failed")
    answer = await _run_command(bench, "subscribe list", BEN)
    assert answer.card.lines == ("Subscribed to failed by @Ana on 15 January 2027.",)
    assert answer.private


async def test_in_a_thread_the_channel_is_meant(bench: BotHarness) -> None:
    """A notice belongs to no thread."""
    await _run_command(bench, "subscribe done", place=GENERAL.model_copy(update={"thread": "7", "message": "9"}))
    (held,) = await bench.subscriptions.list_for_place(GENERAL)
    assert held.place == GENERAL


async def test_a_person_subscribes_for_themselves_in_a_direct_message(bench: BotHarness) -> None:
    """In words that fit."""
    answer = await _run_command(bench, "subscribe done", place=DIRECT_MESSAGE)
    assert answer.card.lines[0] == "You are subscribed to: done."
    assert await _subscribed_topics(bench, DIRECT_MESSAGE) == ["done"]


async def test_a_chat_that_cannot_cry_takes_no_subscriptions(bench: BotHarness) -> None:
    """Nothing is promised that cannot be kept."""
    with pytest.raises(Refused, match="Notices cannot be posted here"):
        await _run_command(bench, "subscribe", place=GENERAL.model_copy(update={"platform": "nowhere"}))


async def test_settings_say_what_holds(bench: BotHarness) -> None:
    """For the channel and for the person who looks."""
    await _run_command(bench, "subscribe done")
    answer = await _run_command(bench, "settings", BEN)
    assert answer.private
    assert answer.card.lines[0] == "Subscribed to done by @Ana on 15 January 2027."
    assert "Provider: D-ID." in answer.card.lines
    assert "🕺 or 💃 (dance), " in answer.card.text
    assert "your own jobs" in answer.card.lines[-1]
    assert "everyone's jobs" in (await _run_command(bench, "settings", MODERATOR)).card.lines[-1]


@pytest.mark.parametrize("typed", ["voices", "drivers", "languages", "credits", "jobs", "help", "presenters"])
async def test_what_somebody_looks_up_is_theirs_alone(bench: BotHarness, typed: str) -> None:
    """Nobody else need read it."""
    assert (await _run_command(bench, typed)).private


async def test_a_job_is_answered_by_its_own_card(bench: BotHarness) -> None:
    """The request is everybody's; a word about cancelling or deleting is the person's."""
    bench.studio.finish_at_once = False
    _, desk = bench.new_engine()
    answer = await desk.run_command(ANA, GENERAL, "Hello there")
    assert not answer.private
    assert (await desk.press_button(ANA, GENERAL, "details", answer.jobs[0].id)).private
    assert (await desk.press_button(ANA, GENERAL, "cancel", answer.jobs[0].id)).private
    assert (await desk.press_button(ANA, GENERAL, "confirm_delete", answer.jobs[0].id)).private
