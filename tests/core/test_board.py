"""Subscribing and unsubscribing: what is answered, who sees it, and who may change what."""

from pathlib import Path

import pytest

from bot.desk.desk import Answer
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from tests.core.bench import ANA, BEN, GENERAL, Bench

CHIEF = Asker(platform="test", user="chief", name="Chief", moderator=True)
DIRECT = GENERAL.model_copy(update={"channel": "dm-ana", "private": True})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def _say(bench: Bench, words: str, asker: Asker = ANA, place: Place = GENERAL) -> Answer:
    _, desk = bench.engine()
    return await desk.say(asker, place, f"/did {words}")


async def _held(bench: Bench, place: Place = GENERAL) -> list[str]:
    return [each.words for each in await bench.subscriptions.of(place)]


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
async def test_topics_are_words_with_filters(bench: Bench, typed: str, held: list[str]) -> None:
    """A modest default, and what is typed is understood kindly."""
    await _say(bench, f"subscribe {typed}")
    assert await _held(bench) == held


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("subscribe dune", "There is no topic “dune”. Did you mean done?"),
        ("subscribe credits:<ten", "credits takes a number"),
        ("subscribe done:ben", "narrowed to one person"),
        ("unsubscribe everything", "There is no topic “everything”. Topics are done, failed and credits:<10."),
        ("unsubscribe", "This channel is not subscribed to anything."),
    ],
)
async def test_a_slip_is_named_and_changes_nothing(bench: Bench, typed: str, sentence: str) -> None:
    """One clear sentence."""
    with pytest.raises(Refused, match=sentence):
        await _say(bench, typed)
    assert await _held(bench) == []


async def test_a_change_is_seen_by_all_with_who_made_it(bench: Bench) -> None:
    """The channel is everybody's."""
    answer = await _say(bench, "subscribe")
    assert answer.card.lines[0] == "@Ana subscribed this channel to: done, failed."
    assert not answer.private
    answer = await _say(bench, "unsubscribe done:@ben")
    assert answer.card.lines[0] == "@Ana unsubscribed this channel from: done."
    assert not answer.private
    assert await _held(bench) == ["failed"]


async def test_what_changes_nothing_is_for_the_person_alone(bench: Bench) -> None:
    """Subscribing twice, by anybody, says how it stands."""
    await _say(bench, "subscribe")
    answer = await _say(bench, "subscribe done", BEN)
    assert answer.card.lines == ("This channel is subscribed to: done, failed.",)
    assert answer.private
    assert [each.by for each in await bench.subscriptions.of(GENERAL)] == ["ana", "ana"]


async def test_topics_add_up(bench: Bench) -> None:
    """A second person adds a topic of their own, and only what is new is said."""
    await _say(bench, "subscribe")
    answer = await _say(bench, "subscribe done credits:<3", BEN)
    assert answer.card.lines[0] == "@Ben subscribed this channel to: credits:<3."
    assert await _held(bench) == ["credits:<3", "done", "failed"]


@pytest.mark.parametrize("typed", ["subscribe done:@ben credits", "unsubscribe done", "unsubscribe"])
async def test_only_whoever_set_it_or_a_moderator_changes_it(bench: Bench, typed: str) -> None:
    """And what is refused is refused whole."""
    await _say(bench, "subscribe")
    with pytest.raises(Refused, match="@Ana set “done” here; only they or a moderator"):
        await _say(bench, typed, BEN)
    assert await _held(bench) == ["done", "failed"]
    await _say(bench, typed, CHIEF)
    assert await _held(bench) != ["done", "failed"]


async def test_the_list_says_what_by_whom_and_when(bench: Bench) -> None:
    """For the person alone."""
    assert (await _say(bench, "subscribe list")).card.lines == ("This channel is not subscribed to anything.",)
    await _say(bench, "subscribe failed")
    answer = await _say(bench, "subscribe list", BEN)
    assert answer.card.lines == ("failed: set by @Ana on 15 January 2027.",)
    assert answer.private


async def test_in_a_thread_the_channel_is_meant(bench: Bench) -> None:
    """A notice belongs to no thread."""
    await _say(bench, "subscribe done", place=GENERAL.model_copy(update={"thread": "7", "message": "9"}))
    (held,) = await bench.subscriptions.of(GENERAL)
    assert held.place == GENERAL


async def test_a_person_subscribes_for_themselves_in_a_direct_message(bench: Bench) -> None:
    """In words that fit."""
    answer = await _say(bench, "subscribe done", place=DIRECT)
    assert answer.card.lines[0] == "You are subscribed to: done."
    assert await _held(bench, DIRECT) == ["done"]


async def test_a_chat_that_cannot_cry_takes_no_subscriptions(bench: Bench) -> None:
    """Nothing is promised that cannot be kept."""
    with pytest.raises(Refused, match="nothing to subscribe"):
        await _say(bench, "subscribe", place=GENERAL.model_copy(update={"platform": "nowhere"}))


async def test_settings_say_what_holds(bench: Bench) -> None:
    """For the channel and for the person who looks."""
    await _say(bench, "subscribe done")
    answer = await _say(bench, "settings", BEN)
    assert answer.private
    assert answer.card.lines[1] == "  done: set by @Ana on 15 January 2027."
    assert "Studio: D-ID." in answer.card.lines
    assert "🕺 or 💃 (dance), " in answer.card.text
    assert "your own jobs" in answer.card.lines[-1]
    assert "anybody's jobs" in (await _say(bench, "settings", CHIEF)).card.lines[-1]


@pytest.mark.parametrize("typed", ["voices", "drivers", "languages", "credits", "jobs", "help", "presenters"])
async def test_what_somebody_looks_up_is_theirs_alone(bench: Bench, typed: str) -> None:
    """Nobody else need read it."""
    assert (await _say(bench, typed)).private


async def test_a_job_is_answered_by_its_own_card(bench: Bench) -> None:
    """The request is everybody's; a word about cancelling or deleting is the person's."""
    bench.studio.finish_at_once = False
    _, desk = bench.engine()
    answer = await desk.say(ANA, GENERAL, "Hello there")
    assert not answer.private
    assert (await desk.press(ANA, GENERAL, "details", answer.jobs[0].id)).private
    assert (await desk.cancel(ANA, answer.jobs[0].id)).private
    assert (await desk.delete(ANA, answer.jobs[0].id)).private
