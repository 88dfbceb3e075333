"""Whoever may ask for no more, or nowhere near here, is told so, whichever way they ask in Discord."""

from pathlib import Path

from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_photo, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord import rules as rules
from tests.fakes.discord.people import ANA, FakeDiscord
from tests.fakes.discord.server import CHANNEL_ID, THREAD_ID


def _count_messages(discord: FakeDiscord, words: str) -> int:
    """How many messages say so."""
    return len([each for each in discord.bot_messages() if words in text_of(each)])


async def test_a_full_limit_holds_for_command_menu_form_and_button(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """One job is all there is."""
    full = "You have reached the limit of 1 video a day"
    async with running_bot(discord, tmp_path, clock, studio, settings={"user_limits": "day=1"}) as bot:
        message = await discord.write_message(
            "Hello you", discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        )
        form = await discord.use_menu("Make it talk", message)
        await discord.wait_for_response(form)
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
        card = discord.bot_messages()[0]
        await discord.run_command("didtalk", script="Hello again")
        await discord.wait_until(lambda: _count_messages(discord, full) == 1)
        await discord.submit_form(form, script="Hello from a form")
        await discord.wait_until(lambda: _count_messages(discord, full) == 2)
        await discord.press_button(card, "redo")
        await discord.wait_until(lambda: _count_messages(discord, full) == 3)
        opened = [
            await discord.run_command("didtalk"),
            await discord.run_command("did animate"),
            await discord.use_menu("Make it talk", message),
            await discord.press_button(card, "edit"),
        ]
        for answer in [await discord.wait_for_response(each) for each in opened]:
            assert answer["type"] == 4, "no form is filled in for a refusal"
            assert full in str(answer)
        assert await bot.list_jobs() == [job]


async def test_a_thread_belongs_to_the_channel_it_hangs_from(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Where the channel is not allowed its threads are not either; and a job remembers both."""
    async with running_bot(discord, tmp_path / "a", clock, studio, settings={"not_channels": str(CHANNEL_ID)}) as bot:
        given = await discord.run_command("didtalk", channel=THREAD_ID, script="Hello there")
        await discord.wait_for_response(given)
        words = "Videos can't be requested in this channel"
        await discord.wait_until(lambda: any(words in text_of(each) for each in discord.bot_messages(THREAD_ID)))
        assert await bot.list_jobs() == []
    async with running_bot(discord, tmp_path / "b", clock, studio, settings={"channels": str(CHANNEL_ID)}) as bot:
        await discord.run_command("didtalk", channel=THREAD_ID, script="Hello there")
        place = (await bot.wait_until_ended()).place
        assert (place.channel, place.parent_channel) == (str(THREAD_ID), str(CHANNEL_ID))


async def test_whoever_may_not_ask_is_told_before_a_form_is_shown(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Command, menu, edit and translate: a sentence instead of a form to fill in."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        await bot.wait_until_ended()
        card = discord.bot_messages()[0]
    words = "You can't request videos here"
    async with running_bot(discord, tmp_path, clock, studio, settings={"not_askers": f"discord:{ANA}"}):
        message = await discord.write_message(
            "Hello you", discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        )
        forms = [
            await discord.run_command("didtalk"),
            await discord.use_menu("Make it talk", message),
            await discord.press_button(card, "edit"),
            await discord.press_button(card, "translate"),
        ]
        for form in forms:
            answer = await discord.wait_for_response(form)
            assert answer["type"] == 4
            assert answer["data"]["flags"] & rules.EPHEMERAL_FLAG
            assert words in str(answer)
