"""Reactions and mentions on ordinary messages."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from discord import Permissions

from bot.requests.kinds import Animation, Talk, Translation
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_photo, make_video, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord.people import BEN, OWNER, FakeDiscord
from tests.fakes.discord.server import BOT_ID, CHANNEL_ID, DM_ID, THREAD_ID

DEFERRED_UPDATE = 6  # the type of a response that leaves the message as it is meanwhile


@pytest.mark.parametrize(
    ("emoji", "text", "kind"),
    [("🎬", "Hello there", Talk), ("🗣️", "Hello there", Talk), ("🕺", "", Animation), ("🎵", "look", Animation)],
)
async def test_a_reaction_starts_the_right_job_where_messages_may_be_read(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, emoji: str, text: str, kind: type
) -> None:
    """A repeat starts nothing more."""
    async with running_bot(discord, tmp_path, clock, studio, message_content=True) as bot:
        message = await discord.write_message(
            text, discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        )
        for _ in range(2):
            await discord.add_reaction(emoji, message)
        job = await bot.wait_until_ended()
        assert len(await bot.list_jobs()) == 1
    assert isinstance(job.request, kind)
    assert job.place.message == message["id"]
    assert discord.videos() == [make_video(job)]


async def test_without_the_intent_a_reaction_says_once_how_it_goes_instead(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Only for emoji that are asked of us on purpose: laughing at a photo is no request."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        message = await discord.write_message(
            "Hello there", discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        )
        for emoji in ("😂", "🎬", "🎬", "🇫🇷"):
            await discord.add_reaction(emoji, message)
        await discord.wait_until(discord.bot_messages)
        await discord.run_command("did jobs")
        await discord.wait_until(lambda: len(discord.bot_messages()) == 2)
        assert await bot.list_jobs() == []
    assert "Make it talk" in text_of(discord.bot_messages()[0])


async def test_our_own_cards_are_understood_without_the_intent(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A flag under a video translates it; the recycling arrows make it once more; the bin takes it away."""
    studio.file_limits = lambda request: {}  # type: ignore[method-assign]
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        first = await bot.wait_until_ended()
        (card,) = discord.bot_messages()
        await discord.add_reaction("🇫🇷", card)
        await discord.wait_until(lambda: len(discord.videos()) == 2)
        translated = (await bot.list_jobs())[0]
        assert isinstance(translated.request, Translation)
        assert translated.request.video.address.startswith("discord:")
        await discord.add_reaction("🔁", card)
        await discord.wait_until(lambda: len(discord.videos()) == 3)
        await bot.wait_until_ended((await bot.list_jobs())[0].id)
        await discord.add_reaction("🗑️", card)
        await discord.wait_until(lambda: discord.bot_messages(DM_ID))
        question = discord.bot_messages(DM_ID)[0]
        assert "Delete “Hello there”?" in text_of(question)
        await discord.wait_for_response(await discord.press_button(question, "confirm_delete"))
        await discord.wait_until(lambda: make_video(first) not in discord.videos())


async def test_a_moderator_deletes_by_reaction_and_somebody_else_does_not(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The question comes as a direct message, where Discord knows of no rights."""
    discord.everyone_permissions &= ~Permissions(manage_guild=True, manage_messages=True).value
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
        (card,) = discord.bot_messages()
        told = {BEN: "Only the requester or a moderator", OWNER: "Delete “Hello there”?"}
        for discord.user, sentence in told.items():
            dm = DM_ID + discord.user
            await discord.add_reaction("🗑️", card)
            await discord.wait_until(lambda: dm in discord.channels and discord.bot_messages(dm))  # noqa: B023
            assert sentence in text_of(discord.bot_messages(dm)[0])
        question = discord.bot_messages(DM_ID + OWNER)[0]
        await discord.wait_for_response(await discord.press_button(question, "confirm_delete"))
        await discord.wait_until(lambda: make_video(job) not in discord.videos())


async def test_reactions_of_bots_and_to_nothing_start_nothing(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Ours, a message that is gone, an emoji that means nothing, a channel closed to us."""
    async with running_bot(discord, tmp_path, clock, studio, message_content=True) as bot:
        message = await discord.write_message("Hello there")
        discord.user = BOT_ID
        await discord.add_reaction("🎬", message)
        discord.user = 1
        await discord.add_reaction("🙂", message)
        gone = await discord.write_message("Hello there")
        del discord.channels[CHANNEL_ID].messages[int(gone["id"])]
        await discord.add_reaction("🎬", gone)
        await discord.wait_for_response(await discord.run_command("did jobs"))
        assert await bot.list_jobs() == []
        assert bot.chat.invite_link


@pytest.mark.parametrize(
    ("text", "kind"), [("say Hello there", Talk), ("Hello there --voice Sara", Talk), ("animate dance", Animation)]
)
async def test_a_mention_with_a_file_is_a_request(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, text: str, kind: type
) -> None:
    """A message that names us may be read without any intent."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        face = discord.attach_file(THREAD_ID, make_photo(), "me.png", "image/png")
        await discord.write_message(f"<@{BOT_ID}> {text}", face, channel=THREAD_ID)
        job = await bot.wait_until_ended()
    assert isinstance(job.request, kind)
    assert job.request.media["image"].name == "me.png"
    assert discord.videos(THREAD_ID) == [make_video(job)]


async def test_a_reply_that_names_us_takes_the_file_of_the_message_it_answers(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody posted a photo; somebody else asks for it to be animated."""
    async with running_bot(discord, tmp_path, clock, studio, message_content=True) as bot:
        shown = await discord.write_message("", discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png"))
        reference = {"message_id": shown["id"], "channel_id": str(CHANNEL_ID), "guild_id": "500", "type": 0}
        facts: dict[str, Any] = {"type": 19, "message_reference": reference}
        await discord.write_message(f"<@{BOT_ID}> animate", **facts)
        job = await bot.wait_until_ended()
    assert isinstance(job.request, Animation)


async def test_who_may_not_attach_files_does_not_get_the_bot_to_do_it_by_a_mention_either(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Nor by a reaction; Discord hides neither."""
    discord.everyone_permissions &= ~(1 << 15)
    async with running_bot(discord, tmp_path, clock, studio, message_content=True) as bot:
        shown = await discord.write_message(f"<@{BOT_ID}> Hello there")
        await discord.wait_until(discord.bot_messages)
        await discord.add_reaction("🎬", shown)
        await discord.wait_until(lambda: discord.bot_messages(DM_ID))
        assert await bot.list_jobs() == []
    assert "You need the Attach Files permission" in text_of(discord.bot_messages()[0])
    assert "You need the Attach Files permission" in text_of(discord.bot_messages(DM_ID)[0])


async def test_a_direct_message_needs_no_name(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Small talk is asked about; a yes makes it, and the question becomes its answer."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.write_message("Hello there", channel=DM_ID)
        await discord.wait_until(lambda: discord.bot_messages(DM_ID))
        question = discord.bot_messages(DM_ID)[0]
        assert "Shall I make a video saying “Hello there”?" in text_of(question)
        assert await bot.list_jobs() == []
        await discord.wait_for_response(await discord.press_button(question, "make"))
        assert "Shall I make" not in text_of(discord.bot_messages(DM_ID)[0])
        job = await bot.wait_until_ended()
    assert job.place.private
    assert discord.videos(DM_ID) == [make_video(job)]


async def test_a_slow_yes_keeps_the_question_until_it_is_known(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A studio that is asked for a name first may need longer than Discord waits."""
    answered = asyncio.Event()

    async def check_names(request: Any) -> None:
        await answered.wait()

    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.write_message("Hello there", channel=DM_ID)
        await discord.wait_until(lambda: discord.bot_messages(DM_ID))
        question = discord.bot_messages(DM_ID)[0]
        studio.check_names = check_names  # type: ignore[method-assign]
        response = await discord.wait_for_response(await discord.press_button(question, "make"))
        assert response["type"] == DEFERRED_UPDATE
        answered.set()
        await discord.wait_until(lambda: "Shall I make" not in text_of(discord.bot_messages(DM_ID)[0]))
        assert (await bot.wait_until_ended()).place.private


async def test_a_mention_that_asks_or_fails_is_answered_in_words(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Help, and a refusal."""
    async with running_bot(discord, tmp_path, clock, studio):
        await discord.write_message(f"<@{BOT_ID}>")
        await discord.wait_until(discord.bot_messages)
        await discord.write_message(f"<@{BOT_ID}> animate")
        await discord.wait_until(lambda: len(discord.bot_messages()) == 2)
    assert "didtalk makes talking videos" in text_of(discord.bot_messages()[0])
    assert "--image" in text_of(discord.bot_messages()[1])
    assert all(each["allowed_mentions"]["parse"] == [] for each in discord.bot_messages())
