"""The video comes where it was asked, whatever stands in the way, and once."""

import asyncio
from pathlib import Path

import pytest

from bot.chats.chat import Parcel
from bot.jobs.job import Job, Stage, new_id
from bot.wording.cards import job_card
from tests.adapters.discord.bench import Bot, Studio, film, running
from tests.adapters.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import ANA, Discord
from tests.fakes.discord_server import CHANNEL, DM, ME, THREAD
from tests.fakes.studio import ChoosyStudio


async def rendering(discord: Discord, bot: Bot, studio: Studio, channel: int = CHANNEL) -> Job:
    """A job at the studio, its card shown."""
    studio.finish_at_once = False
    await discord.acknowledged(await discord.command("didtalk", channel, script="Hello there"))
    job = await bot.at("rendering")
    await discord.until(lambda: "at work" in text_of(discord.posted(channel)[0]))
    return job


def finish(studio: Studio) -> None:
    """The studio has made everything it has."""
    studio.done |= set(studio.held.values())


async def test_a_render_of_twenty_minutes_is_delivered_though_the_token_has_died(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The bot goes on by its own right, in the same message, and calls the person, for edits ring no bell."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio)
        clock.moved += 20 * 60
        finish(studio)
        job = await bot.ended()
        card, call = discord.posted()
    assert discord.videos() == [film(job)]
    assert card["id"] == (job.post or "").partition("/")[2]
    assert call["content"] == "<@1> Your video is ready."
    assert call["allowed_mentions"]["users"] == [1]
    assert call["reference"]["message_id"] in (card["id"], int(card["id"]))


async def test_a_deleted_card_is_posted_anew(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody tidied up while it was made."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio)
        discord.channels[CHANNEL].messages.clear()
        finish(studio)
        job = await bot.ended()
    assert discord.videos() == [film(job)]


@pytest.mark.parametrize("trouble", ["forbidden", "gone", "locked"])
async def test_a_closed_place_sends_the_video_to_the_person(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, trouble: str
) -> None:
    """Under a line that says why it comes there."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio, THREAD)
        clock.moved += 20 * 60
        place = discord.channels[THREAD]
        if trouble == "forbidden":
            place.may.clear()
        place.gone = trouble == "gone"
        place.archived = place.locked = trouble == "locked"
        finish(studio)
        job = await bot.ended()
    assert discord.videos(DM) == [film(job)]
    assert "I may not write where you asked" in text_of(discord.posted(DM)[0])


async def test_an_archived_thread_is_opened_again(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Nobody locked it; it only fell asleep."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio, THREAD)
        clock.moved += 20 * 60
        discord.channels[THREAD].archived = True
        finish(studio)
        job = await bot.ended()
    assert discord.videos(THREAD) == [film(job)]
    assert not discord.channels[THREAD].archived


async def test_a_job_that_can_be_told_to_nobody_ends_with_that(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The place is gone and the person takes no direct messages."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio)
        clock.moved += 20 * 60
        discord.channels[CHANNEL].gone = True
        discord.closed_dms.add(ANA)
        finish(studio)
        job = await bot.at("failed")
    assert "Neither the place" in (job.reason or "")


async def test_a_video_that_is_too_large_comes_as_a_link_that_says_until_when(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """When it cannot be made smaller and still be watched."""
    discord.most = studio.size = 5000
    studio.size += 1
    async with running(discord, tmp_path, clock, studio, public_url="https://bot.example.invalid") as bot:
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
    (message,) = discord.posted()
    assert job.stage is Stage.DELIVERED
    assert "https://bot.example.invalid/media/" in text_of(message)
    assert "until <t:" in text_of(message)
    assert discord.videos() == []


async def test_without_a_public_address_that_is_the_reason(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """With the numbers, and what to do."""
    discord.most, studio.size = 5000, 6000
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
    assert job.stage is Stage.FAILED
    assert "DIDTALK_PUBLIC_URL" in (job.reason or "")


async def test_a_video_that_is_too_large_is_made_smaller_where_that_is_possible(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Into the limit of the person who asked."""
    asked: list[int] = []

    async def shrink(video: Path, most: int) -> Path | None:
        asked.append(most)
        smaller = video.with_name("smaller.mp4")
        await asyncio.to_thread(smaller.write_bytes, b"smaller")
        return smaller

    discord.most, studio.size = 5000, 6000
    async with running(discord, tmp_path, clock, studio, shrink=shrink) as bot:
        await discord.command("didtalk", script="Hello there")
        await bot.ended()
    assert asked == [5000]
    assert discord.videos() == [b"smaller"]


async def test_a_limit_that_is_lower_than_promised_is_believed(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The person's own right does not hold for the bot; Discord says so only when the file is there."""
    discord.guild_limit = 5000
    studio.size = 6000
    async with running(discord, tmp_path, clock, studio, public_url="https://bot.example.invalid") as bot:
        await rendering(discord, bot, studio)
        clock.moved += 20 * 60
        finish(studio)
        job = await bot.ended()
    assert job.stage is Stage.DELIVERED
    assert "/media/" in text_of(discord.posted()[0])


@pytest.mark.parametrize("kind", ["lose", "cut", "500", "429"])
@pytest.mark.parametrize("late", [False, True])
async def test_whatever_goes_wrong_while_uploading_the_video_is_there_once(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, kind: str, late: bool
) -> None:
    """Answers are lost, connections break, Discord asks for a pause; by token as by the bot itself."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio)
        clock.moved += 20 * 60 * late
        discord.fail("PATCH", "/messages/", kind)
        finish(studio)
        job = await bot.ended()
        assert job.stage is Stage.DELIVERED
    assert discord.videos() == [film(job)]


async def test_a_refusal_without_discords_own_headers_is_a_pause(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The shield before Discord bans whoever goes on; a minute later it has let go."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio)
        clock.moved += 20 * 60
        discord.fail("PATCH", "/channels/", "429")
        discord.faults[-1].kind = "403"  # first a plain refusal: the next way is taken
        finish(studio)
        job = await bot.ended()
    assert discord.videos() == [film(job)]


async def test_a_crash_between_post_and_record_posts_nothing_twice(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The message is recognised by its buttons; posting again within minutes gives the same message."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio)
        discord.channels[CHANNEL].messages.clear()
        finish(studio)
        job = await bot.ended()
        posted = await bot.chat.find(job)
        assert posted == job.post
        video = tmp_path / "again.mp4"
        video.write_bytes(film(job))
        done = job.at(Stage.DELIVERED, clock.now())
        forgotten = job.but(card=None, post=None)
        await bot.chat.deliver(forgotten, job_card(done, clock.now()), Parcel(video, "again.mp4"))
    assert len(discord.posted()) == 1


async def test_a_card_shown_twice_for_want_of_a_record_is_one_message(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """At once by Discord's own rule, later because it is looked for."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.write(f"<@{ME}> Hello there")
        job = await bot.ended()
        asked = job.at(Stage.ASKED, clock.now()).but(card=None, post=None, id=new_id(clock.now()), asked_at=clock.now())
        card = job_card(asked, clock.now())
        first = await bot.chat.show(asked, card)
        assert await bot.chat.show(asked, card) == first
        clock.moved += 3600
        assert await bot.chat.show(asked, card) == first
    assert len(discord.posted()) == 2


async def test_busy_cards_are_edited_at_a_pace_and_last_words_at_once(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Twenty changes in a moment are two edits; what was overtaken is never shown."""
    async with running(discord, tmp_path, clock, studio) as bot:
        job = await rendering(discord, bot, studio)
        before = discord.posted()[0]["edits"]
        for nth in range(20):
            card = job_card(job.but(notes=(f"note {nth}",)), clock.now())
            await bot.chat.show(job, card)
        await discord.until(lambda: "note 19" in text_of(discord.posted()[0]))
        assert discord.posted()[0]["edits"] - before <= 3
        finish(studio)
        await bot.ended()
    assert "note" not in text_of(discord.posted()[0])


async def test_what_one_studio_refuses_the_other_makes_with_one_button(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The card says what changes and what it costs."""
    async with running(discord, tmp_path, clock, studio, others={"heygen": ChoosyStudio()}) as bot:
        await discord.command("didtalk", CHANNEL, script="Hello there", more="--studio heygen --driver lively")
        refused = await bot.ended()
        assert (refused.stage, refused.elsewhere) == (Stage.FAILED, "did")
        await discord.until(lambda: "charges its own credits" in text_of(discord.posted()[0]))
        await discord.press(discord.posted()[0], "switch")
        made = await bot.at("delivered")
        assert (made.studio, made.again_of) == ("did", refused.id)
