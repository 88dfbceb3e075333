"""Whoever may ask for no more, or nowhere near here, is told so, whichever way they ask in Discord."""

from pathlib import Path

from tests.adapters.discord.bench import FastClock, Studio, photo, running
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import CHANNEL, THREAD, Given


async def _refused(discord: Discord, given: Given, words: str) -> None:
    """The answer to the person alone, at once or in the form's place."""
    await discord.acknowledged(given)
    await discord.until(lambda: words in str(given.answers) + str(list(discord.channels.values())) + str(vars(given)))


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
        await _refused(discord, await discord.command("didtalk", script="Hello again"), full)
        await _refused(discord, await discord.submit(form, script="Hello from a form"), full)
        await _refused(discord, await discord.press(card, "redo"), full)
        assert await bot.jobs() == [job]


async def test_a_thread_belongs_to_the_channel_it_hangs_from(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Where the channel is not allowed its threads are not either; and a job remembers both."""
    async with running(discord, tmp_path / "a", clock, studio, settings={"not_channels": str(CHANNEL)}) as bot:
        given = await discord.command("didtalk", channel=THREAD, script="Hello there")
        await _refused(discord, given, "No videos are made for what is asked in this channel")
        assert await bot.jobs() == []
    async with running(discord, tmp_path / "b", clock, studio, settings={"channels": str(CHANNEL)}) as bot:
        await discord.command("didtalk", channel=THREAD, script="Hello there")
        place = (await bot.ended()).place
        assert (place.channel, place.above) == (str(THREAD), str(CHANNEL))
