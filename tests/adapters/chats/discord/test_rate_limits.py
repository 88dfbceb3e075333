"""Discord's limits: how often it lets itself be called, and what it wants of those whom it refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.chats.discord.outgoing.cards import card_view
from bot.jobs.job import Stage
from bot.wording.cards import Card, job_card
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_video, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.adapters.chats.discord.test_delivery import finish_videos, rendering_job
from tests.fakes.clock import FastClock
from tests.fakes.discord import rules as rules
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.rate_limits import FakeRateLimits
from tests.fakes.discord.server import BOT_ID, CHANNEL_ID, DM_ID


async def test_a_busy_channel_stays_within_its_buckets(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Twelve jobs by the bot's own right in one channel: slower, complete, told to wait until the limit is known."""
    discord.rate_limits = FakeRateLimits()
    async with running_bot(discord, tmp_path, clock, studio):
        for nth in range(12):
            await discord.write_message(f"<@{BOT_ID}> say Hello number {nth}")
        await discord.wait_until(lambda: len(discord.videos()) == 12, 60)
    assert discord.rate_limits.refused_calls * 3 <= len(discord.calls)
    assert discord.rate_limits.invalid_calls == discord.rate_limits.refused_calls


async def test_a_limit_for_everything_holds_everything_up_and_loses_nothing(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord counts all calls of a bot together as well."""
    discord.rate_limits = FakeRateLimits(calls_per_bucket=100, calls_per_second=8)
    async with running_bot(discord, tmp_path, clock, studio):
        for nth in range(8):
            await discord.write_message(f"<@{BOT_ID}> say Hello number {nth}")
        await discord.wait_until(lambda: len(discord.videos()) == 8, 60)
        assert len(discord.bot_messages()) == 8


@pytest.mark.slow
@pytest.mark.parametrize("late", [False, True])
async def test_a_pause_that_the_shield_demands_is_kept(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, late: bool
) -> None:
    """What stands before Discord bans whoever goes on: a page without Discord's headers; the next try comes later."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60 * late
        discord.fail_next("PATCH", "/messages/", "shield")
        before = len(discord.calls)
        finish_videos(studio)
        await bot.wait_for_trouble()
        waited = [each for each in discord.calls[before:] if each[0] in ("PATCH", "POST")]
        job = await bot.wait_until_ended()
    assert len(waited) <= 2  # one may be a word of progress
    assert discord.videos() == [make_video(job)]


@pytest.mark.parametrize("code", ["404", "token"])
async def test_a_token_that_was_refused_is_not_used_again(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, code: str
) -> None:
    """10,000 mistakes in ten minutes are a ban, and a dead webhook must not be used again."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        job = await rendering_job(discord, bot, studio)
        if code == "token":
            next(iter(discord.interactions.values())).created_at -= (
                16 * 60
            )  # dead for Discord, and we do not know it yet
        else:
            discord.fail_next("PATCH", "/webhooks/", "404")
        before = len(discord.calls)
        for words in ("first", "second"):
            await bot.chat.show_card(job, job_card(job.evolve(notes=(words,)), clock.now()))
            await discord.wait_until(lambda words=words: words in text_of(discord.bot_messages()[0]))  # type: ignore[misc]
        tried = [each for each in discord.calls[before:] if each[1].startswith("/webhooks/")]
    assert len(tried) == 1


async def test_a_bot_token_that_is_refused_for_a_while_fails_no_job(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Whoever runs the bot sets a new one; until then the video is kept."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60
        discord.fail_next("PATCH", "/channels/", "401")
        finish_videos(studio)
        job = await bot.wait_for_trouble()
        assert "rejects the bot's token" in (job.trouble or "")
        clock.offset_seconds += 400
        job = await bot.wait_until_ended()
    assert job.stage is Stage.DELIVERED
    assert discord.videos() == [make_video(job)]


@pytest.mark.parametrize("late", [False, True])
async def test_a_call_that_never_ends_is_ended(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, late: bool
) -> None:
    """By our own deadline; then it is tried again."""
    async with running_bot(discord, tmp_path, clock, studio, deadline=1.0) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60 * late
        discord.fail_next("PATCH", "/messages/", "hang")
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert job.stage is Stage.DELIVERED
    assert discord.videos() == [make_video(job)]


async def test_a_post_whose_answer_never_comes_is_looked_for(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The card is gone, so the video must be posted anew; that the answer was lost does not make it two."""
    async with running_bot(discord, tmp_path, clock, studio, deadline=1.0) as bot:
        await rendering_job(discord, bot, studio)
        clock.offset_seconds += 20 * 60
        discord.channels[CHANNEL_ID].messages.clear()
        discord.fail_next("POST", f"/channels/{CHANNEL_ID}/messages", "lose")
        finish_videos(studio)
        job = await bot.wait_until_ended()
        assert job.stage is Stage.DELIVERED
    assert discord.videos() == [make_video(job)]


async def test_nothing_is_posted_by_a_way_that_could_double_it(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody's own app: the first language comes in its place, others directly, never as a further message."""
    studio.file_limits = lambda request: {}  # type: ignore[method-assign]
    discord.installed = False
    discord.channels[CHANNEL_ID].bot_permissions.clear()
    async with running_bot(discord, tmp_path, clock, studio):
        clip = discord.attach_file(CHANNEL_ID, b"film", "film.mp4", "video/mp4")
        await discord.run_command("did translate", video=clip, languages="es fr")
        await discord.wait_until(lambda: len(discord.videos()) == len(discord.videos(DM_ID)) == 1)
    assert not [each for each in discord.calls if each[0] == "POST" and each[1].startswith("/webhooks/")]
    assert "I can't post where you requested" in text_of(discord.bot_messages(DM_ID)[0])


async def test_every_message_of_a_group_can_be_deleted_at_once(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The interaction's token reaches only the first of them; the bot itself reaches the others."""
    studio.file_limits = lambda request: {}  # type: ignore[method-assign]
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        clip = discord.attach_file(CHANNEL_ID, b"film", "film.mp4", "video/mp4")
        await discord.run_command("did translate", video=clip, languages="es fr")
        await discord.wait_until(lambda: len(discord.videos()) == 2)
        for job in await bot.list_jobs():
            ended = await bot.wait_until_ended(job.id)
            await bot.app.desk.press_button(ended.asker, ended.place, "confirm_delete", ended.id)
        assert discord.bot_messages() == []


def test_every_card_keeps_to_what_a_message_takes() -> None:
    """However long: 4,000 characters, and no words of people that lead elsewhere."""
    long = "x" * 5000
    cards = [
        Card(title=long[:200], lines=(long, long)),
        Card(title="“[click](https://elsewhere.invalid)”", lines=("[here](https://elsewhere.invalid) ||x||",)),
    ]
    for card in cards:
        view: Any = card_view(card, heading="Look here")
        rules.check_message({"flags": rules.COMPONENTS_V2_FLAG, "components": view.to_components()}, set())
    quoted: Any = card_view(cards[1])
    plain = text_of({"components": quoted.to_components()})
    assert "\\[click]" in plain
    assert "\\[here]" in plain


async def test_a_crowd_is_acknowledged_before_cards_and_videos(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Sixty people in one moment: each is told at once that it is taken on, and each gets a video."""
    async with running_bot(discord, tmp_path, clock, studio):
        given = [await discord.run_command("didtalk", script=f"Hello {nth}") for nth in range(60)]
        await asyncio.gather(*(discord.wait_for_response(each) for each in given))
        await discord.wait_until(lambda: len(discord.videos()) == 60, 40)
    assert all(each.ack_seconds is not None for each in given), "an answer after three seconds is refused"
