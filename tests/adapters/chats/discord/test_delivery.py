"""The video comes where it was asked, whatever stands in the way, and once."""

import asyncio
from pathlib import Path

import pytest

from bot.chats.chat import VideoFiles
from bot.jobs.job import Job, Stage, new_id
from bot.wording.cards import job_card
from tests.adapters.chats.discord.discord_harness import DiscordHarness, FileTakingStudio, make_video, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord.people import ANA, FakeDiscord
from tests.fakes.discord.server import BOT_ID, CHANNEL_ID, DM_ID, THREAD_ID
from tests.fakes.studio import RefusingStudio


async def rendering_job(
    discord: FakeDiscord, bot: DiscordHarness, studio: FileTakingStudio, channel: int = CHANNEL_ID
) -> Job:
    """A job at the studio, its card shown."""
    studio.finish_at_once = False
    await discord.wait_for_response(await discord.run_command("didtalk", channel, script="Hello there"))
    job = await bot.wait_for_stage("rendering")
    await discord.wait_until(lambda: "is making your video" in text_of(discord.bot_messages(channel)[0]))
    return job


def finish_videos(studio: FileTakingStudio) -> None:
    """The studio has made everything it has."""
    studio.finished_tickets |= set(studio.tickets.values())


async def test_a_render_of_twenty_minutes_is_delivered_though_the_token_has_died(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The bot goes on by its own right, in the same message, and calls the person, for edits ring no bell."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60
        finish_videos(studio)
        job = await bot.wait_until_ended()
        card, call = discord.bot_messages()
    assert discord.videos() == [make_video(job)]
    assert card["id"] == (job.video_message or "").partition("/")[2]
    assert call["content"] == "<@1> Your video is ready."
    assert call["allowed_mentions"]["users"] == [1]
    assert call["reference"]["message_id"] in (card["id"], int(card["id"]))


async def test_a_deleted_card_is_posted_anew(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody tidied up while it was made."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        discord.channels[CHANNEL_ID].messages.clear()
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert discord.videos() == [make_video(job)]


@pytest.mark.parametrize("trouble", ["forbidden", "gone", "locked"])
async def test_a_closed_place_sends_the_video_to_the_person(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, trouble: str
) -> None:
    """Under a line that says why it comes there."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio, THREAD_ID)
        clock.offset_seconds += 20 * 60
        place = discord.channels[THREAD_ID]
        if trouble == "forbidden":
            place.bot_permissions.clear()
        place.deleted = trouble == "gone"
        place.archived = place.locked = trouble == "locked"
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert discord.videos(DM_ID) == [make_video(job)]
    assert "I can't post where you requested" in text_of(discord.bot_messages(DM_ID)[0])


async def test_an_archived_thread_is_opened_again(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Nobody locked it; it only fell asleep."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio, THREAD_ID)
        clock.offset_seconds += 20 * 60
        discord.channels[THREAD_ID].archived = True
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert discord.videos(THREAD_ID) == [make_video(job)]
    assert not discord.channels[THREAD_ID].archived


async def test_a_job_that_can_be_told_to_nobody_ends_with_that(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The place is gone and the person takes no direct messages."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60
        discord.channels[CHANNEL_ID].deleted = True
        discord.closed_dms.add(ANA)
        finish_videos(studio)
        job = await bot.wait_for_stage("failed")
    assert "I can't post in that channel" in (job.reason or "")


async def test_a_video_that_is_too_large_comes_as_a_link_that_says_until_when(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """When it cannot be made smaller and still be watched."""
    discord.max_upload_bytes = studio.video_bytes = 5000
    studio.video_bytes += 1
    async with running_bot(discord, tmp_path, clock, studio, public_url="https://bot.example.invalid") as bot:
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
    (message,) = discord.bot_messages()
    assert job.stage is Stage.DELIVERED
    assert "https://bot.example.invalid/media/" in text_of(message)
    assert "until <t:" in text_of(message)
    assert discord.videos() == []


async def test_without_a_public_address_that_is_the_reason(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """With the numbers, and what to do."""
    discord.max_upload_bytes, studio.video_bytes = 5000, 6000
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
    assert job.stage is Stage.FAILED
    assert "DIDTALK_PUBLIC_URL" in (job.reason or "")


async def test_a_video_that_is_too_large_is_made_smaller_where_that_is_possible(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Into the limit of the person who asked."""
    asked: list[int] = []

    async def shrink(video: Path, most: int) -> Path | None:
        asked.append(most)
        smaller = video.with_name("smaller.mp4")
        await asyncio.to_thread(smaller.write_bytes, b"smaller")
        return smaller

    discord.max_upload_bytes, studio.video_bytes = 5000, 6000
    async with running_bot(discord, tmp_path, clock, studio, shrink=shrink) as bot:
        await discord.run_command("didtalk", script="Hello there")
        await bot.wait_until_ended()
    assert asked == [5000]
    assert discord.videos() == [b"smaller"]


async def test_a_limit_that_is_lower_than_promised_is_believed(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The person's own right does not hold for the bot; Discord says so only when the file is there."""
    discord.guild_limit = 5000
    studio.video_bytes = 6000
    async with running_bot(discord, tmp_path, clock, studio, public_url="https://bot.example.invalid") as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert job.stage is Stage.DELIVERED
    assert "/media/" in text_of(discord.bot_messages()[0])


@pytest.mark.parametrize("kind", ["lose", "cut", "500", "429"])
@pytest.mark.parametrize("late", [False, True])
async def test_whatever_goes_wrong_while_uploading_the_video_is_there_once(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, kind: str, late: bool
) -> None:
    """Answers are lost, connections break, Discord asks for a pause; by token as by the bot itself."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60 * late
        discord.fail_next("PATCH", "/messages/", kind)
        finish_videos(studio)
        job = await bot.wait_until_ended()
        assert job.stage is Stage.DELIVERED
    assert discord.videos() == [make_video(job)]


async def test_a_refusal_without_discords_own_headers_is_a_pause(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The shield before Discord bans whoever goes on; a minute later it has let go."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60
        discord.fail_next("PATCH", "/channels/", "429")
        discord.faults[-1].kind = "403"  # first a plain refusal: the next way is taken
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert discord.videos() == [make_video(job)]


async def test_a_crash_between_post_and_record_posts_nothing_twice(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The message is recognised by its buttons; posting again within minutes gives the same message."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        discord.channels[CHANNEL_ID].messages.clear()
        finish_videos(studio)
        job = await bot.wait_until_ended()
        posted = await bot.chat.find_delivery(job)
        assert posted == job.video_message
        video = tmp_path / "again.mp4"
        video.write_bytes(make_video(job))
        done = job.to_stage(Stage.DELIVERED, clock.now())
        forgotten = job.evolve(card_message=None, video_message=None)
        await bot.chat.deliver(forgotten, job_card(done, clock.now()), VideoFiles(video, "again.mp4"))
    assert len(discord.bot_messages()) == 1


async def test_a_card_shown_twice_for_want_of_a_record_is_one_message(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """At once by Discord's own rule, later because it is looked for."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.write_message(f"<@{BOT_ID}> say Hello there")
        job = await bot.wait_until_ended()
        asked = job.to_stage(Stage.ASKED, clock.now()).evolve(
            card_message=None, video_message=None, id=new_id(clock.now()), asked_at=clock.now()
        )
        card = job_card(asked, clock.now())
        first = await bot.chat.show_card(asked, card)
        assert await bot.chat.show_card(asked, card) == first
        clock.offset_seconds += 3600
        assert await bot.chat.show_card(asked, card) == first
    assert len(discord.bot_messages()) == 2


async def test_busy_cards_are_edited_at_a_pace_and_last_words_at_once(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Twenty changes in a moment are two edits; what was overtaken is never shown."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        job = await rendering_job(discord, bot, studio)
        before = discord.bot_messages()[0]["edits"]
        for nth in range(20):
            card = job_card(job.evolve(notes=(f"note {nth}",)), clock.now())
            await bot.chat.show_card(job, card)
        await discord.wait_until(lambda: "note 19" in text_of(discord.bot_messages()[0]))
        assert discord.bot_messages()[0]["edits"] - before <= 3
        finish_videos(studio)
        await bot.wait_until_ended()
    assert "note" not in text_of(discord.bot_messages()[0])


async def test_what_one_studio_refuses_the_other_makes_with_one_button(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The card says what changes and what it costs."""
    async with running_bot(discord, tmp_path, clock, studio, others={"heygen": RefusingStudio()}) as bot:
        await discord.run_command("didtalk", CHANNEL_ID, script="Hello there", more="--studio heygen --driver lively")
        refused = await bot.wait_until_ended()
        assert (refused.stage, refused.other_studio) == (Stage.FAILED, "did")
        await discord.wait_until(lambda: "credits are used" in text_of(discord.bot_messages()[0]))
        await discord.press_button(discord.bot_messages()[0], "switch")
        made = await bot.wait_for_stage("delivered")
        assert (made.studio, made.redo_of) == ("did", refused.id)
