"""Reactions and mentions on ordinary messages."""

from pathlib import Path
from typing import Any

import pytest

from bot.requests.kinds import Animation, Talk, Translation
from tests.adapters.discord.bench import Studio, film, photo, running
from tests.adapters.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import CHANNEL, DM, ME, THREAD


@pytest.mark.parametrize(
    ("emoji", "text", "kind"),
    [("🎬", "Hello there", Talk), ("🗣️", "", Animation), ("🕺", "", Animation), ("🎵", "look", Animation)],
)
async def test_a_reaction_starts_the_right_job_where_messages_may_be_read(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, emoji: str, text: str, kind: type
) -> None:
    """A repeat starts nothing more."""
    async with running(discord, tmp_path, clock, studio, content=True) as bot:
        message = await discord.write(text, discord.upload(CHANNEL, photo(), "me.png", "image/png"))
        for _ in range(2):
            await discord.react(emoji, message)
        job = await bot.ended()
        assert len(await bot.jobs()) == 1
    assert isinstance(job.request, kind)
    assert job.place.message == message["id"]
    assert discord.videos() == [film(job)]


async def test_without_the_intent_a_reaction_says_once_how_it_goes_instead(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Only for emoji that are asked of us on purpose: laughing at a photo is no request."""
    async with running(discord, tmp_path, clock, studio) as bot:
        message = await discord.write("Hello there", discord.upload(CHANNEL, photo(), "me.png", "image/png"))
        for emoji in ("😂", "🎬", "🎬", "🇫🇷"):
            await discord.react(emoji, message)
        await discord.until(discord.posted)
        await discord.command("did jobs")
        await discord.until(lambda: len(discord.posted()) == 2)
        assert await bot.jobs() == []
    assert "Make it talk" in text_of(discord.posted()[0])


async def test_our_own_cards_are_understood_without_the_intent(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """A flag under a video translates it; the recycling arrows make it once more; the bin takes it away."""
    studio.needs = lambda request: {}  # type: ignore[method-assign]
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        first = await bot.ended()
        (card,) = discord.posted()
        await discord.react("🇫🇷", card)
        await discord.until(lambda: len(discord.videos()) == 2)
        translated = (await bot.jobs())[0]
        assert isinstance(translated.request, Translation)
        assert translated.request.video.at.startswith("discord:")
        await discord.react("🔁", card)
        await discord.until(lambda: len(discord.videos()) == 3)
        await bot.ended((await bot.jobs())[0].id)
        await discord.react("🗑️", card)
        await discord.until(lambda: film(first) not in discord.videos())


async def test_reactions_of_bots_and_to_nothing_start_nothing(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Ours, a message that is gone, an emoji that means nothing, a channel closed to us."""
    async with running(discord, tmp_path, clock, studio, content=True) as bot:
        message = await discord.write("Hello there")
        discord.user = ME
        await discord.react("🎬", message)
        discord.user = 1
        await discord.react("🙂", message)
        gone = await discord.write("Hello there")
        del discord.channels[CHANNEL].messages[int(gone["id"])]
        await discord.react("🎬", gone)
        await discord.acknowledged(await discord.command("did jobs"))
        assert await bot.jobs() == []
        assert bot.chat.invite


@pytest.mark.parametrize(
    ("text", "kind"), [("say Hello there", Talk), ("Hello there --voice Sara", Talk), ("animate dance", Animation)]
)
async def test_a_mention_with_a_file_is_a_request(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, text: str, kind: type
) -> None:
    """A message that names us may be read without any intent."""
    async with running(discord, tmp_path, clock, studio) as bot:
        face = discord.upload(THREAD, photo(), "me.png", "image/png")
        await discord.write(f"<@{ME}> {text}", face, channel=THREAD)
        job = await bot.ended()
    assert isinstance(job.request, kind)
    assert job.request.media["image"].name == "me.png"
    assert discord.videos(THREAD) == [film(job)]


async def test_a_reply_that_names_us_takes_the_file_of_the_message_it_answers(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody posted a photo; somebody else asks for it to be animated."""
    async with running(discord, tmp_path, clock, studio, content=True) as bot:
        shown = await discord.write("", discord.upload(CHANNEL, photo(), "me.png", "image/png"))
        reference = {"message_id": shown["id"], "channel_id": str(CHANNEL), "guild_id": "500", "type": 0}
        facts: dict[str, Any] = {"type": 19, "message_reference": reference}
        await discord.write(f"<@{ME}> animate", **facts)
        job = await bot.ended()
    assert isinstance(job.request, Animation)


async def test_who_may_not_attach_files_does_not_get_the_bot_to_do_it_by_a_mention_either(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Nor by a reaction; Discord hides neither."""
    discord.everybody &= ~(1 << 15)
    async with running(discord, tmp_path, clock, studio, content=True) as bot:
        shown = await discord.write(f"<@{ME}> Hello there")
        await discord.until(discord.posted)
        await discord.react("🎬", shown)
        await discord.until(lambda: discord.posted(DM))
        assert await bot.jobs() == []
    assert "You may not attach files" in text_of(discord.posted()[0])
    assert "You may not attach files" in text_of(discord.posted(DM)[0])


async def test_a_direct_message_needs_no_name(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Bare text speaks."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.write("Hello there", channel=DM)
        job = await bot.ended()
    assert job.place.private
    assert discord.videos(DM) == [film(job)]


async def test_a_mention_that_asks_or_fails_is_answered_in_words(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Help, and a refusal."""
    async with running(discord, tmp_path, clock, studio):
        await discord.write(f"<@{ME}>")
        await discord.until(discord.posted)
        await discord.write(f"<@{ME}> animate")
        await discord.until(lambda: len(discord.posted()) == 2)
    assert "didtalk makes talking videos" in text_of(discord.posted()[0])
    assert "--image" in text_of(discord.posted()[1])
    assert all(each["allowed_mentions"]["parse"] == [] for each in discord.posted())
