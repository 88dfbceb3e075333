"""Whoever may ask for no more, or nowhere near here, is told so, whichever way they ask in Discord."""

from pathlib import Path

from tests.adapters.discord.bench import Studio, photo, running
from tests.adapters.discord.test_commands import text_of
from tests.fakes import discord_rules as rules
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import ANA, Discord
from tests.fakes.discord_server import CHANNEL, THREAD


def _told(discord: Discord, words: str) -> int:
    """How many messages say so."""
    return len([each for each in discord.posted() if words in text_of(each)])


async def test_a_full_limit_holds_for_command_menu_form_and_button(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """One job is all there is."""
    full = "You have asked for 1 video within a day"
    async with running(discord, tmp_path, clock, studio, settings={"user_limits": "day=1"}) as bot:
        message = await discord.write("Hello you", discord.upload(CHANNEL, photo(), "me.png", "image/png"))
        form = await discord.menu("Make it talk", message)
        await discord.acknowledged(form)
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
        card = discord.posted()[0]
        await discord.command("didtalk", script="Hello again")
        await discord.until(lambda: _told(discord, full) == 1)
        await discord.submit(form, script="Hello from a form")
        await discord.until(lambda: _told(discord, full) == 2)
        await discord.press(card, "redo")
        await discord.until(lambda: _told(discord, full) == 3)
        assert await bot.jobs() == [job]


async def test_a_thread_belongs_to_the_channel_it_hangs_from(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Where the channel is not allowed its threads are not either; and a job remembers both."""
    async with running(discord, tmp_path / "a", clock, studio, settings={"not_channels": str(CHANNEL)}) as bot:
        given = await discord.command("didtalk", channel=THREAD, script="Hello there")
        await discord.acknowledged(given)
        words = "No videos are made for what is asked in this channel"
        await discord.until(lambda: any(words in text_of(each) for each in discord.posted(THREAD)))
        assert await bot.jobs() == []
    async with running(discord, tmp_path / "b", clock, studio, settings={"channels": str(CHANNEL)}) as bot:
        await discord.command("didtalk", channel=THREAD, script="Hello there")
        place = (await bot.ended()).place
        assert (place.channel, place.above) == (str(THREAD), str(CHANNEL))


async def test_whoever_may_not_ask_is_told_before_a_form_is_shown(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Command, menu, edit and translate: a sentence instead of a form to fill in."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        await bot.ended()
        card = discord.posted()[0]
    words = "You may not ask for videos here"
    async with running(discord, tmp_path, clock, studio, settings={"not_askers": f"discord:{ANA}"}):
        message = await discord.write("Hello you", discord.upload(CHANNEL, photo(), "me.png", "image/png"))
        forms = [
            await discord.command("didtalk"),
            await discord.menu("Make it talk", message),
            await discord.press(card, "edit"),
            await discord.press(card, "translate"),
        ]
        for form in forms:
            answer = await discord.acknowledged(form)
            assert answer["type"] == 4
            assert answer["data"]["flags"] & rules.EPHEMERAL
            assert words in str(answer)
