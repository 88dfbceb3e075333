"""Who may ask, where and how much, as whoever runs didtalk set it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.desk.desk import Answer
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import Cap
from bot.policy.access import Rules, rules_of
from bot.settings import Settings
from tests.core.bench import ANA, GENERAL, Bench

WHO = {"platform": "slack", "workspace": "T1", "user": "U1"}
CHIEF = Asker(platform="test", user="chief", name="Chief", moderator=True)


def _asker(**facts: Any) -> Asker:
    return Asker(**(WHO | facts))


def _place(channel: str = "C1", **facts: Any) -> Place:
    return Place(**({"platform": "slack", "workspace": "T1", "channel": channel} | facts))


def _rules(**settings: Any) -> Rules:
    return rules_of(Settings(_env_file=None, **settings))


def _may(rules: Rules, asker: Asker, place: Place) -> bool:
    try:
        rules.check(rules.known(asker), place)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("named", "asker", "fits"),
    [
        ("U1", _asker(), True),
        ("u1", _asker(), True),
        ("slack:U1", _asker(), True),
        ("Slack:T1:U1", _asker(), True),
        ("U7, U1 U8", _asker(), True),
        ("R2", _asker(roles=("R1", "R2")), True),
        ("discord:R2", _asker(platform="discord", roles=("R1", "R2")), True),
        ("slack:R2", _asker(platform="discord", roles=("R2",)), False),
        ("discord:U1", _asker(), False),
        ("slack:T2:U1", _asker(), False),
        ("U11", _asker(), False),
        ("slack", _asker(), False),
        ("T1", _asker(), False),
    ],
)
def test_people_are_named_by_id_or_role_in_one_chat_or_in_all(named: str, asker: Asker, fits: bool) -> None:
    """The same names serve all three rules: who may ask, who may not, who is a moderator."""
    assert _may(_rules(askers=named), asker, _place()) is fits
    assert _may(_rules(not_askers=named), asker, _place()) is not fits
    assert _rules(moderators=named).known(asker).moderator is fits


@pytest.mark.parametrize(
    ("named", "place", "fits"),
    [
        ("C1", _place(), True),
        ("slack:C1", _place(), True),
        ("slack:T1:c1", _place(), True),
        ("C2 C1", _place(), True),
        ("C1", _place("T77", above="C1"), True),  # a thread that is a channel of its own
        ("T77", _place("T77", above="C1"), True),
        ("C1", _place(thread="170.1"), True),
        ("private", _place("D1", private=True), True),
        ("slack:private", _place("D1", private=True), True),
        ("discord:private", _place("D1", private=True), False),
        ("private", _place(), False),
        ("C1", _place("C2"), False),
        ("discord:C1", _place(), False),
    ],
)
def test_places_are_named_by_channel_with_their_threads_or_as_private(named: str, place: Place, fits: bool) -> None:
    """The same names serve both rules: where videos are made, and where not."""
    assert _may(_rules(channels=named), _asker(), place) is fits
    assert _may(_rules(not_channels=named), _asker(), place) is not fits


def test_whoever_is_told_no_may_not_even_where_they_are_told_yes() -> None:
    """A list of those who may not is the stronger one."""
    assert not _may(_rules(askers="U1", not_askers="U1"), _asker(), _place())
    assert not _may(_rules(channels="C1", not_channels="C1"), _asker(), _place())
    assert _may(_rules(), _asker(), _place())


def test_a_refusal_says_whom_to_ask() -> None:
    """In the words of whoever runs didtalk, else in ours."""
    with pytest.raises(Refused, match=r"You may not ask for videos here\. Ask Mia in #help\."):
        _rules(askers="U2", contact="Ask Mia in #help.").check(_asker(), _place())
    with pytest.raises(Refused, match="Whoever runs didtalk here can change that"):
        _rules(channels="C2").check(_asker(), _place())


def test_limits_are_read_as_they_are_written_and_none_hold_before() -> None:
    """How much is too much depends on who pays: there is no limit that nobody set."""
    assert _rules().caps == ()
    both = _rules(user_limits="running=2, hour=7", channel_limits="hour=0 day=9").caps
    assert both == (Cap("person", 2, "running"), Cap("person", 7, "hour"), Cap("channel", 9, "day"))
    assert _rules(user_limits="off").caps == ()


@pytest.mark.parametrize("typed", ["hours=5", "hour", "hour=-1", "hour=five", "5", "hour=1.5", "hour=9999999999"])
def test_a_slip_in_a_limit_is_told_when_didtalk_starts(typed: str) -> None:
    """A limit that nobody understood would be none."""
    with pytest.raises(ValidationError, match=r"is no limit\. Write running=…, minute=…, hour=…, day=… with a whole"):
        Settings(_env_file=None, user_limits=typed)


# At the desk.


async def _ask(bench: Bench, text: str = "Hello there", asker: Asker = ANA, **more: Any) -> Answer:
    _, desk = bench.engine()
    return await desk.say(asker, more.pop("place", GENERAL), text, **more)


async def test_a_refusal_says_the_limit_when_it_opens_and_whom_to_ask(tmp_path: Path) -> None:
    """Nothing is kept of it, and an hour later the same is taken on."""
    bench = Bench(tmp_path, rules=Rules(caps=(Cap("person", 2, "hour"),), contact="Ask Mia."))
    for _ in range(2):
        await _ask(bench)
    with pytest.raises(Refused) as refusal:
        await _ask(bench)
    said = refusal.value.sentence
    assert said.startswith(
        "You have asked for 2 videos within an hour, the most there may be. Ask again in about 60 minutes (at "
    )
    assert said.endswith("UTC). Ask Mia. Nothing was spent.")
    assert len(bench.jobs.kept) == 2
    await bench.clock.advance(3600)
    await _ask(bench)


@pytest.mark.parametrize(
    ("cap", "sentence"),
    [
        (Cap("person", 1, "running"), "You have 1 video in the making"),
        (Cap("channel", 1, "running"), "This channel has 1 video in the making"),
        (Cap("channel", 1, "day"), r"This channel has asked for 1 video within a day.* in about 24 hours"),
        (Cap("person", 1, "minute"), "You have asked for 1 video within a minute.* Ask again in a minute"),
    ],
)
async def test_each_kind_of_limit_has_its_words(tmp_path: Path, cap: Cap, sentence: str) -> None:
    """One sentence each that says what to wait for."""
    bench = Bench(tmp_path, rules=Rules(caps=(cap,)))
    await _ask(bench)
    with pytest.raises(Refused, match=sentence):
        await _ask(bench)


async def test_more_together_than_ever_fits_is_told_to_be_fewer(tmp_path: Path) -> None:
    """Waiting would not help, so nobody is told to wait."""
    bench = Bench(tmp_path, rules=Rules(caps=(Cap("person", 2, "hour"),)))
    with pytest.raises(Refused, match=r"asks for 3 videos together.* Ask for fewer together"):
        await _ask(bench, "/did translate es fr de --video https://example.test/a.mp4")
    assert bench.jobs.kept == {}


async def test_doing_it_again_counts_as_asking(tmp_path: Path) -> None:
    """By a button or by a word; else a limit would be one button away from none."""
    bench = Bench(tmp_path, rules=Rules(caps=(Cap("person", 2, "hour"),)))
    _, desk = bench.engine()
    (job,) = (await _ask(bench)).jobs
    again = await desk.press(ANA, GENERAL, "redo", job.id, "tap1")
    assert (await desk.press(ANA, GENERAL, "redo", job.id, "tap1")).jobs == again.jobs
    with pytest.raises(Refused, match="2 videos within an hour"):
        await desk.press(ANA, GENERAL, "redo", job.id, "tap2")
    with pytest.raises(Refused, match="2 videos within an hour"):
        await _ask(bench, f"/did redo {job.id}")


async def test_a_repeated_gesture_is_answered_as_before_when_the_limit_is_full(tmp_path: Path) -> None:
    """The chat did not hear our yes; it must not now hear a no."""
    bench = Bench(tmp_path, rules=Rules(caps=(Cap("person", 1, "hour"),)))
    first = await _ask(bench, once="Ev1")
    assert (await _ask(bench, once="Ev1")).jobs == first.jobs


async def test_moderators_are_counted_unless_that_is_switched_off(tmp_path: Path) -> None:
    """Whoever the setting names is one too; a loop in a moderator's name is still a loop."""
    counted = _rules(user_limits="hour=1", moderators="ana")
    free = _rules(user_limits="hour=1", moderators="ana", limit_moderators=False)
    for rules, most in ((counted, 1), (free, 4)):
        bench = Bench(tmp_path, rules=rules)
        for asker in (ANA, CHIEF):
            for _ in range(most):
                await _ask(bench, asker=asker)
        if most == 1:
            with pytest.raises(Refused, match="1 video within an hour"):
                await _ask(bench)


async def test_a_moderator_by_the_setting_may_cancel_anybodys_job(tmp_path: Path) -> None:
    """What the chat does not know of somebody, the rules may."""
    (job,) = (await _ask(Bench(tmp_path))).jobs
    for rules, may in ((Rules(), False), (Rules(moderators=frozenset({"test:ben"})), True)):
        bench = Bench(tmp_path, rules=rules)
        bench.jobs.kept[job.id] = job
        _, desk = bench.engine()
        ben = Asker(platform="test", user="ben")
        if may:
            assert (await desk.cancel(ben, job.id)).jobs[0].stage == "cancelled"
        else:
            with pytest.raises(Refused, match="or a moderator"):
                await desk.cancel(ben, job.id)


@pytest.mark.parametrize(
    ("settings", "asker", "may", "said"),
    [
        ({"askers": "R1"}, _asker(perhaps=("r1",)), False, "I cannot look up"),
        ({"askers": "slack:T1:R1"}, _asker(perhaps=("r1",)), False, "I cannot look up"),
        ({"askers": "R1 U1"}, _asker(perhaps=("r1",)), True, ""),
        ({"askers": "U7"}, _asker(perhaps=("r1",)), False, "You may not ask"),
        ({"not_askers": "R1"}, _asker(perhaps=("r1",)), False, "I cannot look up"),
        ({"not_askers": "R1", "askers": "U1"}, _asker(perhaps=("r1",)), False, "I cannot look up"),
        ({"not_askers": "U1 R1"}, _asker(perhaps=("r1",)), False, "You may not ask"),
        ({"moderators": "R1"}, _asker(perhaps=("r1",)), True, ""),
    ],
)
def test_what_nobody_knows_of_a_person_lets_nobody_in(
    settings: dict[str, str], asker: Asker, may: bool, said: str
) -> None:
    """A role that could not be looked up is held against whoever needs it, with a sentence that says so."""
    rules = _rules(**settings)
    assert not rules.known(asker).moderator
    if may:
        rules.check(asker, _place())
    else:
        with pytest.raises(Refused, match=said):
            rules.check(asker, _place())
