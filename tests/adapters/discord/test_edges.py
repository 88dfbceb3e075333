"""What Discord and people may do that nobody wished for: one clear outcome each."""

from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import Stage
from bot.requests.media import Kind, Limits
from tests.adapters.discord.bench import Studio, film, photo, running
from tests.adapters.discord.test_commands import text_of
from tests.adapters.discord.test_delivery import finish, rendering
from tests.fakes.clock import FastClock
from tests.fakes.discord_gateway import GUILD
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import CHANNEL, DM, THREAD


async def test_a_file_that_is_too_large_ends_with_its_size(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """It is not fetched to the end, and nothing is spent."""
    studio.needs = lambda request: {"image": Limits(Kind.PICTURE, 1000, ("png",))}  # type: ignore[method-assign]
    async with running(discord, tmp_path, clock, studio) as bot:
        large = discord.upload(CHANNEL, b"x" * 500_000, "me.png", "image/png")
        await discord.command("did animate", image=large)
        job = await bot.ended()
    assert job.stage is Stage.FAILED
    assert "“me.png” is larger than" in (job.reason or "")
    assert studio.charged == []


async def test_discord_asking_whether_we_are_there_is_answered(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """With the one word it wants."""
    async with running(discord, tmp_path, clock, studio):
        answer = await discord.acknowledged(await discord.interact(1, {}, CHANNEL))
    assert answer == {"type": 1}


async def test_suggestions_for_an_unknown_command_are_none(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """An empty list instead of a wait that ends in an error."""
    async with running(discord, tmp_path, clock, studio):
        for path in ("oldname", "did dance"):
            answer = await discord.acknowledged(await discord.typing(path, "voice", "sa"))
            assert answer == {"type": 8, "data": {"choices": []}}


async def test_an_interaction_without_what_nobody_needs_is_taken_on(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The library would drop it for a field that says nothing here."""
    async with running(discord, tmp_path, clock, studio) as bot:
        sent: dict[str, Any] = {}
        event = discord.event

        async def lean(name: str, body: dict[str, Any]) -> None:
            spare = ("entitlements", "authorizing_integration_owners", "attachment_size_limit", "version")
            sent.update(body)
            await event(name, {key: each for key, each in body.items() if key not in spare})

        discord.event = lean  # type: ignore[method-assign]
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
    assert sent
    assert discord.videos() == [film(job)]


@pytest.mark.parametrize("text", ["Hello there", ""])
async def test_who_may_not_attach_files_does_not_get_the_bot_to_do_it(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, text: str
) -> None:
    """Discord hides the commands from them; an admin may show them all the same, so it is looked at again."""
    discord.member_rights = str(1 << 10 | 1 << 11)
    async with running(discord, tmp_path, clock, studio) as bot:
        given: dict[str, Any] = {"script": text} if text else {}
        await discord.acknowledged(await discord.command("didtalk", **given))
        assert await bot.jobs() == []
    assert "You may not attach files" in text_of(discord.posted()[0])


@pytest.mark.parametrize("channel", [CHANNEL, THREAD])
async def test_what_is_asked_in_a_channel_for_the_invited_stays_there(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, channel: int
) -> None:
    """Its threads are no more public than itself."""
    discord.channels[CHANNEL].hidden = True
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", channel, script="Hello there")
        assert (await bot.ended()).place.closed
        await discord.react("🔁", discord.posted(channel)[0])
        await discord.until(lambda: len(discord.videos(channel)) == 2)
        assert all(job.place.closed for job in await bot.jobs())


async def test_the_button_for_the_other_studio_is_answered(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Where there is no other, with that."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
        button = {"type": 2, "style": 2, "label": "Try", "custom_id": f"didtalk:switch:{job.id}", "id": 2}
        row = {"type": 1, "components": [button], "id": 1}
        message = discord.message(CHANNEL, 900, "", [], components=[row])
        await discord.acknowledged(await discord.press(message, "switch"))
        assert len(await bot.jobs()) == 1
    assert "No studio here besides D-ID" in text_of(discord.posted()[-1])


async def test_a_thread_that_was_locked_sends_the_video_to_the_person(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Its card was deleted, so a new message would be needed there, and none is let in."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await rendering(discord, bot, studio, THREAD)
        clock.moved += 20 * 60
        discord.channels[THREAD].messages.clear()
        discord.channels[THREAD].locked = True
        finish(studio)
        job = await bot.ended()
    assert job.stage is Stage.DELIVERED
    assert discord.videos(DM) == [film(job)]


async def test_a_line_on_which_no_heartbeat_is_answered_is_given_up(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """It looks alive and is not; the session is resumed on a new one, and what was said meanwhile is heard."""
    discord.interval = 2500
    async with running(discord, tmp_path, clock, studio) as bot:
        discord.mute = True
        await discord.until(lambda: discord.resumed or discord.identified > 1, 30)
        discord.mute = False
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage is Stage.DELIVERED


@pytest.mark.parametrize("compressed", [False, True])
async def test_discord_may_send_us_to_another_door(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, compressed: bool
) -> None:
    """Compressed or not; the session goes on there."""
    discord.compressed = compressed
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.ask_to_reconnect()
        await discord.until(lambda: discord.resumed == 1, 15)
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage is Stage.DELIVERED
    assert discord.identified == 1


async def test_commands_that_stand_there_are_left_alone_and_missing_ones_are_put_back(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """What Discord has counts, not what we remember."""
    puts = ("PUT", "/applications/900/commands")
    for folder, tidied, expected in (("a", False, 1), ("b", False, 1), ("b", True, 2)):
        if tidied:
            discord.commands[""] = discord.commands[""][1:]
        before = len(discord.calls)
        async with running(discord, tmp_path / folder, clock, studio):
            await discord.until(lambda before=before: ("GET", puts[1]) in discord.calls[before:])  # type: ignore[misc]
            await discord.until(lambda expected=expected: discord.calls.count(puts) == expected)  # type: ignore[misc]
            await discord.acknowledged(await discord.command("did help"))
        assert discord.calls.count(puts) == expected
    assert len(discord.commands[""]) == 5


async def test_commands_are_put_there_when_discord_lets_us(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """A first try that fails is not the last."""
    discord.fail("PUT", "/commands", "403")
    async with running(discord, tmp_path, clock, studio, guild=GUILD):
        await discord.until(lambda: discord.commands.get(str(GUILD)), 15)


async def test_a_message_that_vanished_is_no_reason_to_stop(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """A form about a photo whose message was deleted meanwhile still has the photo, while its link lives."""
    async with running(discord, tmp_path, clock, studio) as bot:
        message = await discord.write("", discord.upload(CHANNEL, photo(), "me.png", "image/png"))
        form = await discord.menu("Animate this photo", message)
        await discord.acknowledged(form)
        discord.channels[CHANNEL].messages.clear()
        await discord.acknowledged(await discord.submit(form, driver="dance"))
        job = await bot.ended()
    assert job.stage is Stage.DELIVERED
    assert discord.videos() == [film(job)]
