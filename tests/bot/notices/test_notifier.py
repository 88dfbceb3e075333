"""Notices: what happened is told once to every channel that wants to hear it, and to nobody else."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.job import Asker, Job, Place, Stage
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness

NEWS_CHANNEL = GENERAL.model_copy(update={"channel": "news"})
CREW_CHANNEL = GENERAL.model_copy(update={"channel": "crew"})
DONE_NOTICE = (
    "“Hello there”\nDone.\nAI-generated with D-ID · Requested by Ana\n"
    "Posted because @Ben subscribed this channel to finished videos."
)


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path)


async def _subscribe_channel(
    bench: BotHarness, place: Place = NEWS_CHANNEL, words: str = "", asker: Asker = BEN
) -> None:
    _, desk = bench.new_engine()
    await desk.run_command(asker, place, f"/did subscribe {words}")


async def _make_video(bench: BotHarness, stage: str = "delivered", text: str = "Hello there") -> Job:
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, text), stage)
        await bench.clock.advance(1)
    return job


def _notified_channels(bench: BotHarness) -> list[str]:
    return [channel for _, channel, _ in bench.chat.notices]


def _set_credit(bench: BotHarness, credits_: float) -> None:
    """What the studio's account still has."""
    bench.studio.credit_left = credits_


# job ends


async def test_a_finished_job_is_told_to_a_channel_that_subscribed(bench: BotHarness) -> None:
    """Once, with what was made, who asked, and who wanted to know."""
    await _subscribe_channel(bench)
    job = await _make_video(bench)
    assert bench.chat.notices == [(f"job:{job.id}:{NEWS_CHANNEL.key}", "news", DONE_NOTICE)]


async def test_every_subscribed_channel_hears_it_but_not_its_own(bench: BotHarness) -> None:
    """Where the job lives its own card says all of it."""
    for place in (NEWS_CHANNEL, CREW_CHANNEL, GENERAL):
        await _subscribe_channel(bench, place)
    await _make_video(bench)
    assert sorted(_notified_channels(bench)) == ["crew", "news"]


async def test_a_failure_is_told_with_its_reason(bench: BotHarness) -> None:
    """To those who want failures."""
    bench.studio.fail_next("submit", Refused("The picture shows no face."))
    await _subscribe_channel(bench)
    await _subscribe_channel(bench, CREW_CHANNEL, "done")
    await _make_video(bench, "failed")
    assert _notified_channels(bench) == ["news"]
    assert "Failed: The picture shows no face.\nRequested by Ana." in bench.chat.notices[0][2]


async def test_a_cancelled_job_is_nobodys_news(bench: BotHarness) -> None:
    """Whoever cancelled knows."""
    bench.studio.finish_at_once = False
    await _subscribe_channel(bench)
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(5)
        await desk.press_button(ANA, GENERAL, "cancel", job.id)
        await bench.wait_for_stage(job, "cancelled")
        await bench.clock.advance(60)
    assert bench.chat.notices == []


@pytest.mark.parametrize("kind", ["private", "invite_only"])
async def test_what_not_everybody_may_read_is_told_nowhere(bench: BotHarness, kind: str) -> None:
    """A conversation with one person, and a channel for the invited only."""
    await _subscribe_channel(bench)
    async with bench.running() as (_, desk):
        home = GENERAL.model_copy(update={kind: True})
        answer = await desk.run_command(ANA, home, "Hello there")
        await bench.wait_for_stage(answer.jobs[0], "delivered")
        await bench.clock.advance(60)
    assert bench.chat.notices == []


@pytest.mark.parametrize("place", [{"workspace": "W2"}, {"platform": "other"}])
async def test_another_workspace_hears_nothing(bench: BotHarness, place: dict[str, str]) -> None:
    """What happens in one is not told in another."""
    await _subscribe_channel(bench)
    (wanted, _) = await bench.subscriptions.unsubscribe(NEWS_CHANNEL, [])
    await bench.subscriptions.subscribe([wanted.model_copy(update={"place": NEWS_CHANNEL.model_copy(update=place)})])
    await _make_video(bench)
    assert bench.subscriptions.notices == {}


@pytest.mark.parametrize(
    ("words", "count"), [("done:@ana", 1), ("done:@ANA", 1), ("done:<@ana|Ana>", 1), ("done:@ben", 0)]
)
async def test_a_filter_narrows_a_topic_to_one_person(bench: BotHarness, words: str, count: int) -> None:
    """By their id or their name, as typed or as a chat writes a mention."""
    await _subscribe_channel(bench, NEWS_CHANNEL, words)
    await _make_video(bench)
    assert len(bench.chat.notices) == count


async def test_a_direct_message_may_subscribe_for_itself(bench: BotHarness) -> None:
    """A person hears of the jobs of others in their own conversation with the bot."""
    await _subscribe_channel(bench, GENERAL.model_copy(update={"channel": "dm-ben", "private": True}))
    await _make_video(bench)
    assert _notified_channels(bench) == ["dm-ben"]
    assert bench.chat.notices[0][2].endswith("Posted because you subscribed to finished videos.")


async def test_a_failure_deleted_before_its_notice_is_not_told(bench: BotHarness) -> None:
    """Its words are gone, and so is what there was to say."""
    await _subscribe_channel(bench, words="failed")
    bench.studio.fail_next("submit", Refused("Not so."))
    async with bench.running(posting=False) as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "failed")
        await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
    async with bench.running():
        await bench.clock.advance(200)
    assert bench.chat.notices == []


async def test_a_job_deleted_before_its_notice_is_not_told(bench: BotHarness) -> None:
    """What was taken away is no news."""
    await _subscribe_channel(bench)
    async with bench.running(posting=False) as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
    async with bench.running():
        await bench.clock.advance(200)
    assert bench.chat.notices == []


async def test_a_channel_that_unsubscribed_meanwhile_hears_nothing(bench: BotHarness) -> None:
    """What was announced before is not posted any more."""
    await _subscribe_channel(bench)
    async with bench.running(posting=False) as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        await desk.run_command(BEN, NEWS_CHANNEL, "/did unsubscribe")
    async with bench.running():
        await bench.clock.advance(200)
    assert bench.chat.notices == []


# crashes and lost answers


async def test_killed_between_announcing_and_posting_it_is_posted_after_all(bench: BotHarness) -> None:
    """What was kept survives."""
    await _subscribe_channel(bench)
    async with bench.running(crash=True, posting=False) as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert bench.chat.notices == []
    async with bench.running():
        await bench.clock.advance(1)
    assert _notified_channels(bench) == ["news"]


async def test_killed_while_posting_it_looks_before_it_posts_again(bench: BotHarness) -> None:
    """The notice was posted and nobody wrote that down."""
    await _subscribe_channel(bench)
    bench.chat.notify_gate = asyncio.Event()
    async with bench.running(crash=True) as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        await bench.clock.advance(1)
    assert _notified_channels(bench) == ["news"]
    bench.chat.notify_gate = None
    async with bench.running():
        await bench.clock.advance(600)
    assert _notified_channels(bench) == ["news"]
    assert await bench.subscriptions.next_due() is None


async def test_a_post_that_never_arrived_is_posted_once_that_is_certain(bench: BotHarness) -> None:
    """A look that fails proves nothing, so nothing is posted on the strength of it."""
    await _subscribe_channel(bench)
    bench.chat.fail_next("notify", Unsure("The answer was lost."))
    bench.chat.fail_next("noticed", TryAgain("Busy."), Unsure("No answer."))
    await _make_video(bench)
    async with bench.running():
        await bench.clock.advance(34)
        assert bench.chat.notices == []
        await bench.clock.advance(6)
    assert _notified_channels(bench) == ["news"]


async def test_what_a_dead_notifier_leased_is_told_within_its_lease_and_five_seconds(bench: BotHarness) -> None:
    """By another one on the same store: what it was posting is looked for, what it had not come to is posted."""
    await _subscribe_channel(bench)
    async with bench.running(posting=False) as (_, desk):
        jobs = [await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered") for _ in range(2)]
    bench.chat.notify_gate = asyncio.Event()
    async with bench.running(crash=True):
        await bench.clock.advance(1)
    assert _notified_channels(bench) == ["news"]
    bench.chat.notify_gate = None
    async with bench.running():
        await bench.clock.advance(30 + 5)
    assert sorted(key.split(":")[1] for key, *_ in bench.chat.notices) == [job.id for job in jobs]
    assert await bench.subscriptions.next_due() is None


async def test_a_lost_answer_of_a_post_that_arrived_is_found(bench: BotHarness) -> None:
    """One post, whatever was heard of it."""
    await _subscribe_channel(bench)
    async with bench.running(posting=False) as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    bench.chat.lost_responses = 1
    bench.chat.fail_next("noticed", TryAgain("Busy."))
    async with bench.running():
        await bench.clock.advance(600)
    assert _notified_channels(bench) == ["news"]


async def test_a_busy_chat_is_tried_again(bench: BotHarness) -> None:
    """After the pause it wants, and without ending anything."""
    await _subscribe_channel(bench)
    bench.chat.fail_next("notify", TryAgain("Too many messages.", retry_after=90), ValueError("a fault of ours"))
    async with bench.running() as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        await bench.clock.advance(60)
        assert bench.chat.notices == []
        await bench.clock.advance(300)
    assert _notified_channels(bench) == ["news"]


async def test_a_doubled_end_is_told_once(bench: BotHarness) -> None:
    """The job's post was found again after a crash; its channels hear of it once."""
    await _subscribe_channel(bench)
    bench.chat.lost_responses = 1
    job = await _make_video(bench)
    bench.jobs.stored_jobs[job.id] = job.to_stage(Stage.DELIVERING, bench.clock.now())
    async with bench.running():
        await bench.wait_for_stage(job, "delivered")
        await bench.clock.advance(600)
    assert _notified_channels(bench) == ["news"]


async def test_yesterdays_news_is_not_posted(bench: BotHarness) -> None:
    """A bot that was away for days does not flood its channels."""
    await _subscribe_channel(bench)
    async with bench.running(posting=False) as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    await bench.clock.advance(2 * 86400)
    async with bench.running():
        await bench.clock.advance(1)
    assert bench.chat.notices == []
    assert await bench.subscriptions.next_due() is None


async def test_a_fault_of_ours_in_one_channel_stops_no_other(bench: BotHarness) -> None:
    """And the one it happened in is looked at again."""
    await _subscribe_channel(bench)
    await _subscribe_channel(bench, CREW_CHANNEL)
    bench.chat.fail_next("notify", ValueError("a fault of ours"))
    await _make_video(bench)
    assert len(bench.chat.notices) == 1
    async with bench.running():
        await bench.clock.advance(300)
    assert sorted(_notified_channels(bench)) == ["crew", "news"]


# channels that are gone


async def test_a_channel_that_is_gone_is_paused_and_each_owner_told_once(bench: BotHarness) -> None:
    """Nothing more is tried there, other channels go on, and it comes back when it is subscribed again."""
    await _subscribe_channel(bench, NEWS_CHANNEL, "done")
    await _subscribe_channel(bench, NEWS_CHANNEL, "failed", ANA)
    await _subscribe_channel(bench, CREW_CHANNEL)
    bench.chat.unreachable_channels["news"] = "The channel is archived."
    for _ in range(3):
        await _make_video(bench)
    told = "Your notices there are paused. The channel is archived. Run /did subscribe again once I can post there."
    assert sorted(bench.chat.whispers) == [("ana", "news", told), ("ben", "news", told)]
    assert _notified_channels(bench) == ["crew"] * 3
    _, desk = bench.new_engine()
    listed = await desk.run_command(BEN, NEWS_CHANNEL, "/did subscribe list")
    assert listed.card.lines[0].endswith("Paused: The channel is archived.")
    bench.chat.unreachable_channels.clear()
    await _subscribe_channel(bench, NEWS_CHANNEL, "done", ANA)
    await _make_video(bench)
    assert _notified_channels(bench).count("news") == 1


async def test_an_owner_who_cannot_be_told_at_once_is_told_later(bench: BotHarness) -> None:
    """A whisper waits like any notice; one that is refused is given up."""
    await _subscribe_channel(bench, NEWS_CHANNEL, "done")
    await _subscribe_channel(bench, CREW_CHANNEL, "done", ANA)
    bench.chat.unreachable_channels |= {"news": "The channel is gone.", "crew": "The channel is gone."}
    bench.chat.fail_next("whisper", Refused("Ben takes no messages."), TryAgain("Busy."))
    await _make_video(bench)
    async with bench.running():
        await bench.clock.advance(300)
    assert len(bench.chat.whispers) == 1
    assert await bench.subscriptions.next_due() is None


# credits


async def test_falling_below_the_line_is_told_once(bench: BotHarness) -> None:
    """However many jobs follow."""
    await _subscribe_channel(bench, NEWS_CHANNEL, "credits:<9")
    async with bench.running() as (_, desk):
        await bench.clock.advance(70)
        assert bench.chat.notices == []
        for nth in range(3):
            await bench.wait_for_stage(await bench.ask_for_job(desk, once=f"e{nth}"), "delivered")
            await bench.clock.advance(70)
    assert [words for *_, words in bench.chat.notices] == [
        "Credits\nD-ID is low on credits: 8 left (alert set at 9).\n"
        "Posted because @Ben subscribed this channel to low credits (<9)."
    ]


@pytest.mark.slow
async def test_a_line_is_armed_again_above_it(bench: BotHarness) -> None:
    """Bought anew and spent anew is told anew, across restarts, at the latest after an hour."""
    await _subscribe_channel(bench, NEWS_CHANNEL, "credits:<5")
    await _subscribe_channel(bench, CREW_CHANNEL, "credits:<100")
    for left in (8, 4, 3, 20, 4, 4, 90, 2):
        _set_credit(bench, left)
        async with bench.running():
            await bench.clock.advance(3600)
    assert _notified_channels(bench).count("crew") == 1
    assert _notified_channels(bench).count("news") == 3


@pytest.mark.slow
async def test_a_line_drawn_below_the_water_is_told_at_once(bench: BotHarness) -> None:
    """Subscribing when little is left says so, and again when it is drawn anew."""
    _set_credit(bench, 1)
    for words in ("credits:<5", "credits:<6", "credits:<5"):
        await _subscribe_channel(bench, NEWS_CHANNEL, words)
        async with bench.running():
            await bench.clock.advance(3600)
    assert len(bench.chat.notices) == 3


@pytest.mark.slow
async def test_studios_are_asked_rarely_and_only_when_somebody_listens(bench: BotHarness) -> None:
    """Not more than once a minute, however much is delivered; at least once an hour."""
    async with bench.running() as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        await bench.clock.advance(7200)
        assert bench.studio.calls.count("credit") == 0
    await _subscribe_channel(bench, NEWS_CHANNEL, "credits")
    async with bench.running() as (_, desk):
        jobs = [await bench.ask_for_job(desk, once=f"e{nth}") for nth in range(20)]
        for job in jobs:
            await bench.wait_for_stage(job, "delivered")
        await bench.clock.advance(45)
        assert bench.studio.calls.count("credit") <= 2
        before = bench.studio.calls.count("credit")
        await bench.clock.advance(3 * 3600)
        assert 3 <= bench.studio.calls.count("credit") - before <= 4


async def test_a_crash_before_it_is_noted_tells_a_crossing_once(bench: BotHarness) -> None:
    """Announced and not noted is announced again under the same key."""
    await _subscribe_channel(bench, NEWS_CHANNEL, "credits:<5")
    _set_credit(bench, 4)
    for _ in range(2):
        bench.notes.values.clear()
        async with bench.running():
            await bench.clock.advance(1)
    assert len(bench.chat.notices) == 1


@pytest.mark.slow
async def test_a_studio_that_cannot_say_changes_nothing(bench: BotHarness) -> None:
    """Credits that are not known are neither low nor high."""
    await _subscribe_channel(bench, NEWS_CHANNEL, "credits:<5")
    _set_credit(bench, 4)
    bench.studio.fail_next("credit", TryAgain("D-ID cannot be reached."))
    async with bench.running():
        await bench.clock.advance(3000)
        assert bench.chat.notices == []
        await bench.clock.advance(700)
    assert len(bench.chat.notices) == 1
