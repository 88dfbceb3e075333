"""What a channel's moderators set for their channel by `/did settings`."""

from pathlib import Path

import pytest

from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.jobs.limits import Limit
from bot.policy.access import AccessRules, ChannelSettingsStore
from bot.runtime.cache import SETTINGS_CACHE_SECONDS
from bot.wording.cards import DeskReply
from storage.sqlite.open import open_sqlite
from storage.tables.key_value import SqlKeyValueStore
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness

MODERATOR = Asker(platform="test", user="chief", name="Chief", moderator=True)
DIRECT_MESSAGE = GENERAL.model_copy(update={"channel": "dm-ana", "private": True})
OTHER = GENERAL.model_copy(update={"channel": "other"})
THREAD = GENERAL.model_copy(update={"channel": "t1", "parent_channel": "general"})


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path, rules=AccessRules(limits=(Limit("person", 50, "hour"),)))


async def _run_settings(
    bench: BotHarness, typed: str = "", asker: Asker = MODERATOR, place: Place = GENERAL
) -> DeskReply:
    _, desk = bench.new_engine()
    return await desk.run_command(asker, place, f"/did settings {typed}".strip())


async def _ask_for_video(bench: BotHarness, asker: Asker = ANA, place: Place = GENERAL) -> DeskReply:
    _, desk = bench.new_engine()
    return await desk.run_command(asker, place, "Hello there")


async def test_videos_are_switched_off_and_on_for_one_channel_and_its_threads(bench: BotHarness) -> None:
    """Everybody is refused with the reason, moderators too; the channel next door goes on."""
    said = await _run_settings(bench, "videos=off")
    assert not said.private
    assert said.card.lines == (
        "@Chief changed the settings for this channel.",
        "Videos are turned off in this channel.",
    )
    for asker, place in ((ANA, GENERAL), (MODERATOR, GENERAL), (ANA, THREAD)):
        with pytest.raises(Refused, match=r"Videos are turned off in this channel\. A moderator can"):
            await _ask_for_video(bench, asker, place)
    await _ask_for_video(bench, place=OTHER)
    said = await _run_settings(bench, "videos=on", place=THREAD)
    assert "Settings reset" in said.card.text
    await _ask_for_video(bench)


async def test_moderators_who_change_different_things_at_once_both_have_their_way(bench: BotHarness) -> None:
    """On two replicas, each of which has just read how it stood before."""
    houses = [ChannelSettingsStore(bench.notes, bench.clock) for _ in range(2)]
    for each in houses:
        await each.read(GENERAL.rules_key)
    await houses[0].change(MODERATOR, GENERAL, "who=moderators")
    house = await houses[1].change(MODERATOR, GENERAL, "hour=20")
    assert (house.moderators_only, house.limits) == (True, {"hour": 20})


async def test_a_channel_may_be_for_moderators_only(bench: BotHarness) -> None:
    """Until it is for everybody again."""
    await _run_settings(bench, "who=moderators")
    with pytest.raises(Refused, match="Only moderators can request videos"):
        await _ask_for_video(bench)
    await _ask_for_video(bench, MODERATOR)
    await _run_settings(bench, "who=everybody")
    await _ask_for_video(bench)


async def test_a_channels_own_limit_holds_besides_the_usual_ones(bench: BotHarness) -> None:
    """For all who ask there together, threads included; `off` takes one away and `reset` takes all."""
    await _run_settings(bench, "hour=2 day=9")
    await _ask_for_video(bench)
    await _ask_for_video(bench, BEN, THREAD)
    for asker in (ANA, MODERATOR):
        with pytest.raises(Refused, match="This channel has reached the limit of 2 videos an hour") as refused:
            await _ask_for_video(bench, asker)
        assert "@Chief set this limit; a moderator can change it" in refused.value.sentence
        assert "runs didtalk" not in refused.value.sentence, "who runs it has nothing to do with it"
    assert (await _run_settings(bench)).card.text.count("This channel: 2 an hour, 9 a day.") == 1
    assert "This channel: 9 a day." in (await _run_settings(bench, "hour=off")).card.text
    await _ask_for_video(bench)
    assert "Settings reset" in (await _run_settings(bench, "reset")).card.text


@pytest.mark.parametrize(
    ("asker", "place", "typed", "sentence"),
    [
        (ANA, GENERAL, "videos=off", "Only a moderator can change the channel settings. See /did settings"),
        (MODERATOR, DIRECT_MESSAGE, "videos=off", "Channel settings are not available in DMs"),
        (MODERATOR, GENERAL, "video=off", "“video=off” is not a setting. You can set videos=on or off"),
        (MODERATOR, GENERAL, "videos=perhaps", "“videos=perhaps” is not a setting"),
        (MODERATOR, GENERAL, "hour=many", "“hour=many” is no limit"),
        (MODERATOR, GENERAL, "videos=off hour=many", "“hour=many” is no limit"),
    ],
)
async def test_a_change_that_cannot_be_made_is_named_and_changes_nothing(
    bench: BotHarness, asker: Asker, place: Place, typed: str, sentence: str
) -> None:
    """One clear sentence with what could be."""
    with pytest.raises(Refused, match=sentence):
        await _run_settings(bench, typed, asker, place)
    await _ask_for_video(bench, place=place)
    assert bench.notes.values == {}


async def test_settings_show_what_holds_here_and_for_me(bench: BotHarness) -> None:
    """For whoever looks, alone: whether they may ask, what limits them, who set what, what they may change."""
    await _run_settings(bench, "who=moderators hour=2")
    mine = await _run_settings(bench, asker=ANA)
    assert mine.private
    for words in (
        "Only moderators can request videos in this channel.",
        "This channel: 2 an hour.",
        "Set by @Chief on ",
        "You can't request videos here. Only moderators can request videos in this channel.",
        "Videos for one person: 50 an hour.",
        "A moderator can change the channel settings.",
    ):
        assert words in mine.card.text
    chiefs = (await _run_settings(bench)).card.text
    assert "You can request videos here." in chiefs
    assert "You can change the channel settings: /did settings videos=on or off" in chiefs


async def test_whoever_the_rules_name_a_moderator_may_change_it(bench: BotHarness) -> None:
    """They need not be one in the chat."""
    bench.rules = AccessRules(moderators=frozenset({"ana"}))
    await _run_settings(bench, "videos=off", ANA)
    with pytest.raises(Refused, match="turned off"):
        await _ask_for_video(bench, BEN)


async def test_it_survives_a_restart_and_reaches_other_processes_in_seconds(bench: BotHarness, tmp_path: Path) -> None:
    """It is kept in the store, and what another process remembers of it is soon too old."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        here, there = (ChannelSettingsStore(SqlKeyValueStore(database), bench.clock) for _ in range(2))
        assert (await there.read(GENERAL.rules_key)).videos
        await here.change(MODERATOR, GENERAL, "videos=off hour=3")
        assert not (await here.read(GENERAL.rules_key)).videos
        await bench.clock.advance(SETTINGS_CACHE_SECONDS + 0.1)
        assert not (await there.read(GENERAL.rules_key)).videos
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        house = await ChannelSettingsStore(SqlKeyValueStore(database), bench.clock).read(THREAD.rules_key)
        assert (house.videos, house.job_limits, house.set_by_name) == (
            False,
            (Limit("channel", 3, "hour", "Chief"),),
            "Chief",
        )
