"""Who may ask, where and how much, as whoever runs didtalk set it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.jobs.limits import Limit
from bot.policy.access import AccessRules
from bot.settings import Settings
from bot.wiring.desk import rules_from_settings
from bot.wording.cards import DeskReply
from tests.bot.bot_harness import ANA, GENERAL, BotHarness

ASKER_FACTS = {"platform": "slack", "workspace": "T1", "user": "U1"}
MODERATOR = Asker(platform="test", user="chief", name="Chief", moderator=True)


def _new_asker(**facts: Any) -> Asker:
    return Asker(**(ASKER_FACTS | facts))


def _new_place(channel: str = "C1", **facts: Any) -> Place:
    return Place(**({"platform": "slack", "workspace": "T1", "channel": channel} | facts))


def _rules_from(**settings: Any) -> AccessRules:
    return rules_from_settings(Settings(_env_file=None, **settings))


def _is_allowed(rules: AccessRules, asker: Asker, place: Place) -> bool:
    try:
        rules.check(rules.with_moderator_flag(asker), place)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("named", "asker", "fits"),
    [
        ("U1", _new_asker(), True),
        ("u1", _new_asker(), True),
        ("slack:U1", _new_asker(), True),
        ("Slack:T1:U1", _new_asker(), True),
        ("U7, U1 U8", _new_asker(), True),
        ("R2", _new_asker(roles=("R1", "R2")), True),
        ("discord:R2", _new_asker(platform="discord", roles=("R1", "R2")), True),
        ("slack:R2", _new_asker(platform="discord", roles=("R2",)), False),
        ("discord:U1", _new_asker(), False),
        ("slack:T2:U1", _new_asker(), False),
        ("U11", _new_asker(), False),
        ("slack", _new_asker(), False),
        ("T1", _new_asker(), False),
    ],
)
def test_people_are_named_by_id_or_role_in_one_chat_or_in_all(named: str, asker: Asker, fits: bool) -> None:
    """The same names serve all three rules: who may ask, who may not, who is a moderator."""
    assert _is_allowed(_rules_from(askers=named), asker, _new_place()) is fits
    assert _is_allowed(_rules_from(not_askers=named), asker, _new_place()) is not fits
    assert _rules_from(moderators=named).with_moderator_flag(asker).moderator is fits


@pytest.mark.parametrize(
    ("named", "place", "fits"),
    [
        ("C1", _new_place(), True),
        ("slack:C1", _new_place(), True),
        ("slack:T1:c1", _new_place(), True),
        ("C2 C1", _new_place(), True),
        ("C1", _new_place("T77", parent_channel="C1"), True),  # a thread that is a channel of its own
        ("T77", _new_place("T77", parent_channel="C1"), True),
        ("C1", _new_place(thread="170.1"), True),
        ("private", _new_place("D1", private=True), True),
        ("slack:private", _new_place("D1", private=True), True),
        ("discord:private", _new_place("D1", private=True), False),
        ("private", _new_place(), False),
        ("C1", _new_place("C2"), False),
        ("discord:C1", _new_place(), False),
    ],
)
def test_places_are_named_by_channel_with_their_threads_or_as_private(named: str, place: Place, fits: bool) -> None:
    """The same names serve both rules: where videos are made, and where not."""
    assert _is_allowed(_rules_from(channels=named), _new_asker(), place) is fits
    assert _is_allowed(_rules_from(not_channels=named), _new_asker(), place) is not fits


def test_whoever_is_told_no_may_not_even_where_they_are_told_yes() -> None:
    """A list of those who may not is the stronger one."""
    assert not _is_allowed(_rules_from(askers="U1", not_askers="U1"), _new_asker(), _new_place())
    assert not _is_allowed(_rules_from(channels="C1", not_channels="C1"), _new_asker(), _new_place())
    assert _is_allowed(_rules_from(), _new_asker(), _new_place())


def test_a_refusal_says_whom_to_ask() -> None:
    """In the words of whoever runs didtalk, else in ours."""
    with pytest.raises(Refused, match=r"You can't request videos here\. Ask Mia in #help\."):
        _rules_from(askers="U2", contact="Ask Mia in #help.").check(_new_asker(), _new_place())
    with pytest.raises(Refused, match="The person who runs didtalk here can change that"):
        _rules_from(channels="C2").check(_new_asker(), _new_place())


def test_limits_are_read_as_they_are_written_and_none_hold_before() -> None:
    """How much is too much depends on who pays: there is no limit that nobody set."""
    assert _rules_from().limits == ()
    both = _rules_from(user_limits="running=2, hour=7", channel_limits="hour=0 day=9").limits
    assert both == (Limit("person", 2, "running"), Limit("person", 7, "hour"), Limit("channel", 9, "day"))
    assert _rules_from(user_limits="off").limits == ()


@pytest.mark.parametrize("typed", ["hours=5", "hour", "hour=-1", "hour=five", "5", "hour=1.5", "hour=9999999999"])
def test_a_slip_in_a_limit_is_told_when_didtalk_starts(typed: str) -> None:
    """A limit that nobody understood would be none."""
    with pytest.raises(ValidationError, match=r"is no limit\. Write running=…, minute=…, hour=…, day=… with a whole"):
        Settings(_env_file=None, user_limits=typed)


# At the desk.


async def _ask_for_video(bench: BotHarness, text: str = "Hello there", asker: Asker = ANA, **more: Any) -> DeskReply:
    _, desk = bench.new_engine()
    return await desk.run_command(asker, more.pop("place", GENERAL), text, **more)


async def test_a_refusal_says_the_limit_when_it_opens_and_whom_to_ask(tmp_path: Path) -> None:
    """Nothing is kept of it, and an hour later the same is taken on."""
    bench = BotHarness(tmp_path, rules=AccessRules(limits=(Limit("person", 2, "hour"),), contact="Ask Mia."))
    for _ in range(2):
        await _ask_for_video(bench)
    with pytest.raises(Refused) as refusal:
        await _ask_for_video(bench)
    said = refusal.value.sentence
    assert said.startswith("You have reached the limit of 2 videos an hour. Try again in about 60 minutes (at ")
    assert said.endswith("UTC). Ask Mia. You weren't charged.")
    assert len(bench.jobs.stored_jobs) == 2
    await bench.clock.advance(3600)
    await _ask_for_video(bench)


@pytest.mark.parametrize(
    ("cap", "sentence"),
    [
        (Limit("person", 1, "running"), "You have 1 video rendering"),
        (Limit("channel", 1, "running"), "This channel has 1 video rendering"),
        (Limit("channel", 1, "day"), r"This channel has reached the limit of 1 video a day.* in about 24 hours"),
        (Limit("person", 1, "minute"), "You have reached the limit of 1 video a minute.* Try again in a minute"),
    ],
)
async def test_each_kind_of_limit_has_its_words(tmp_path: Path, cap: Limit, sentence: str) -> None:
    """One sentence each that says what to wait for."""
    bench = BotHarness(tmp_path, rules=AccessRules(limits=(cap,)))
    await _ask_for_video(bench)
    with pytest.raises(Refused, match=sentence):
        await _ask_for_video(bench)


async def test_more_together_than_ever_fits_is_told_to_be_fewer(tmp_path: Path) -> None:
    """Waiting would not help, so nobody is told to wait."""
    bench = BotHarness(tmp_path, rules=AccessRules(limits=(Limit("person", 2, "hour"),)))
    with pytest.raises(Refused, match=r"You requested 3 videos at once.* Request fewer at once"):
        await _ask_for_video(bench, "/did translate es fr de --video https://example.test/a.mp4")
    assert bench.jobs.stored_jobs == {}


async def test_doing_it_again_counts_as_asking(tmp_path: Path) -> None:
    """By a button or by a word; else a limit would be one button away from none."""
    bench = BotHarness(tmp_path, rules=AccessRules(limits=(Limit("person", 2, "hour"),)))
    _, desk = bench.new_engine()
    (job,) = (await _ask_for_video(bench)).jobs
    again = await desk.press_button(ANA, GENERAL, "redo", job.id, "tap1")
    assert (await desk.press_button(ANA, GENERAL, "redo", job.id, "tap1")).jobs == again.jobs
    with pytest.raises(Refused, match="limit of 2 videos an hour"):
        await desk.press_button(ANA, GENERAL, "redo", job.id, "tap2")
    with pytest.raises(Refused, match="limit of 2 videos an hour"):
        await _ask_for_video(bench, f"/did redo {job.id}")


async def test_a_repeated_gesture_is_answered_as_before_when_the_limit_is_full(tmp_path: Path) -> None:
    """The chat did not hear our yes; it must not now hear a no."""
    bench = BotHarness(tmp_path, rules=AccessRules(limits=(Limit("person", 1, "hour"),)))
    first = await _ask_for_video(bench, idempotency_key="Ev1")
    assert (await _ask_for_video(bench, idempotency_key="Ev1")).jobs == first.jobs


async def test_moderators_are_counted_unless_that_is_switched_off(tmp_path: Path) -> None:
    """Whoever the setting names is one too; a loop in a moderator's name is still a loop."""
    counted = _rules_from(user_limits="hour=1", moderators="ana")
    free = _rules_from(user_limits="hour=1", moderators="ana", limit_moderators=False)
    for rules, most in ((counted, 1), (free, 4)):
        bench = BotHarness(tmp_path, rules=rules)
        for asker in (ANA, MODERATOR):
            for _ in range(most):
                await _ask_for_video(bench, asker=asker)
        if most == 1:
            with pytest.raises(Refused, match="limit of 1 video an hour"):
                await _ask_for_video(bench)


async def test_a_moderator_by_the_setting_may_cancel_anybodys_job(tmp_path: Path) -> None:
    """What the chat does not know of somebody, the rules may."""
    (job,) = (await _ask_for_video(BotHarness(tmp_path))).jobs
    for rules, may in ((AccessRules(), False), (AccessRules(moderators=frozenset({"test:ben"})), True)):
        bench = BotHarness(tmp_path, rules=rules)
        bench.jobs.stored_jobs[job.id] = job
        _, desk = bench.new_engine()
        ben = Asker(platform="test", user="ben")
        if may:
            assert (await desk.press_button(ben, GENERAL, "cancel", job.id)).jobs[0].stage == "cancelled"
        else:
            with pytest.raises(Refused, match="or a moderator"):
                await desk.press_button(ben, GENERAL, "cancel", job.id)


@pytest.mark.parametrize(
    ("settings", "asker", "may", "said"),
    [
        ({"askers": "R1"}, _new_asker(unknown_roles=("r1",)), False, "I can't look up your groups"),
        ({"askers": "slack:T1:R1"}, _new_asker(unknown_roles=("r1",)), False, "I can't look up your groups"),
        ({"askers": "R1 U1"}, _new_asker(unknown_roles=("r1",)), True, ""),
        ({"askers": "U7"}, _new_asker(unknown_roles=("r1",)), False, "You can't request"),
        ({"not_askers": "R1"}, _new_asker(unknown_roles=("r1",)), False, "I can't look up your groups"),
        ({"not_askers": "R1", "askers": "U1"}, _new_asker(unknown_roles=("r1",)), False, "I can't look up your groups"),
        ({"not_askers": "U1 R1"}, _new_asker(unknown_roles=("r1",)), False, "You can't request"),
        ({"moderators": "R1"}, _new_asker(unknown_roles=("r1",)), True, ""),
    ],
)
def test_what_nobody_knows_of_a_person_lets_nobody_in(
    settings: dict[str, str], asker: Asker, may: bool, said: str
) -> None:
    """A role that could not be looked up is held against whoever needs it, with a sentence that says so."""
    rules = _rules_from(**settings)
    assert not rules.with_moderator_flag(asker).moderator
    if may:
        rules.check(asker, _new_place())
    else:
        with pytest.raises(Refused, match=said):
            rules.check(asker, _new_place())
