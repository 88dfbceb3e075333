"""What Discord and people may do that nobody wished for: one clear outcome each."""

from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import Stage
from bot.requests.media import FileLimits, MediaKind
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_photo, make_video, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.adapters.chats.discord.test_delivery import finish_videos, rendering_job
from tests.fakes.clock import FastClock
from tests.fakes.discord.gateway import GUILD_ID
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import CHANNEL_ID, DM_ID, THREAD_ID


async def test_a_file_that_is_too_large_ends_with_its_size(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """It is not fetched to the end, and nothing is spent."""
    studio.file_limits = lambda request: {"image": FileLimits(MediaKind.PICTURE, 1000, ("png",))}  # type: ignore[method-assign]
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        large = discord.attach_file(CHANNEL_ID, b"x" * 500_000, "me.png", "image/png")
        await discord.run_command("did animate", image=large)
        job = await bot.wait_until_ended()
    assert job.stage is Stage.FAILED
    assert "“me.png” is too large" in (job.reason or "")
    assert studio.charged_markers == []


async def test_discord_asking_whether_we_are_there_is_answered(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """With the one word it wants."""
    async with running_bot(discord, tmp_path, clock, studio):
        answer = await discord.wait_for_response(await discord.interact(1, {}, CHANNEL_ID))
    assert answer == {"type": 1}


async def test_suggestions_for_an_unknown_command_are_none(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """An empty list instead of a wait that ends in an error."""
    async with running_bot(discord, tmp_path, clock, studio):
        for path in ("oldname", "did dance"):
            answer = await discord.wait_for_response(await discord.type_option(path, "voice", "sa"))
            assert answer == {"type": 8, "data": {"choices": []}}


async def test_an_interaction_without_what_nobody_needs_is_taken_on(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The library would drop it for a field that says nothing here."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        sent: dict[str, Any] = {}
        event = discord.dispatch_event

        async def lean(name: str, body: dict[str, Any]) -> None:
            spare = ("entitlements", "authorizing_integration_owners", "attachment_size_limit", "version")
            sent.update(body)
            await event(name, {key: each for key, each in body.items() if key not in spare})

        discord.dispatch_event = lean  # type: ignore[method-assign]
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
    assert sent
    assert discord.videos() == [make_video(job)]


@pytest.mark.parametrize("text", ["Hello there", ""])
async def test_who_may_not_attach_files_does_not_get_the_bot_to_do_it(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, text: str
) -> None:
    """Discord hides the commands from them; an admin may show them all the same, so it is looked at again."""
    discord.member_permissions = str(1 << 10 | 1 << 11)
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        given: dict[str, Any] = {"script": text} if text else {}
        await discord.wait_for_response(await discord.run_command("didtalk", **given))
        assert await bot.list_jobs() == []
    assert "You need the Attach Files permission" in text_of(discord.bot_messages()[0])


@pytest.mark.parametrize("channel", [CHANNEL_ID, THREAD_ID])
async def test_what_is_asked_in_a_channel_for_the_invited_stays_there(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, channel: int
) -> None:
    """Its threads are no more public than itself."""
    discord.channels[CHANNEL_ID].hidden = True
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", channel, script="Hello there")
        assert (await bot.wait_until_ended()).place.invite_only
        await discord.add_reaction("🔁", discord.bot_messages(channel)[0])
        await discord.wait_until(lambda: len(discord.videos(channel)) == 2)
        assert all(job.place.invite_only for job in await bot.list_jobs())


async def test_the_button_for_the_other_studio_is_answered(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Where there is no other, with that."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
        button = {"type": 2, "style": 2, "label": "Try", "custom_id": f"didtalk:switch:{job.id}", "id": 2}
        row = {"type": 1, "components": [button], "id": 1}
        message = discord.new_message(CHANNEL_ID, 900, "", [], components=[row])
        await discord.wait_for_response(await discord.press_button(message, "switch"))
        assert len(await bot.list_jobs()) == 1
    assert "Only D-ID can make this here." in text_of(discord.bot_messages()[-1])


async def test_a_thread_that_was_locked_sends_the_video_to_the_person(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Its card was deleted, so a new message would be needed there, and none is let in."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await rendering_job(discord, bot, studio, THREAD_ID)
        clock.offset_seconds += 20 * 60
        discord.channels[THREAD_ID].messages.clear()
        discord.channels[THREAD_ID].locked = True
        finish_videos(studio)
        job = await bot.wait_until_ended()
    assert job.stage is Stage.DELIVERED
    assert discord.videos(DM_ID) == [make_video(job)]


@pytest.mark.slow
async def test_a_line_on_which_no_heartbeat_is_answered_is_given_up(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """It looks alive and is not; the session is resumed on a new one, and what was said meanwhile is heard."""
    discord.heartbeat_milliseconds = 2500
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        discord.ignore_heartbeats = True
        await discord.wait_until(lambda: discord.resume_count or discord.identify_count > 1, 30)
        discord.ignore_heartbeats = False
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage is Stage.DELIVERED


@pytest.mark.parametrize("compressed", [False, True])
async def test_discord_may_send_us_to_another_door(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, compressed: bool
) -> None:
    """Compressed or not; the session goes on there."""
    discord.compressed = compressed
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.ask_to_reconnect()
        await discord.wait_until(lambda: discord.resume_count == 1, 15)
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage is Stage.DELIVERED
    assert discord.identify_count == 1


async def test_commands_that_stand_there_are_left_alone_and_missing_ones_are_put_back(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """What Discord has counts, not what we remember."""
    puts = ("PUT", "/applications/900/commands")
    for folder, tidied, expected in (("a", False, 1), ("b", False, 1), ("b", True, 2)):
        if tidied:
            discord.commands[""] = discord.commands[""][1:]
        before = len(discord.calls)
        async with running_bot(discord, tmp_path / folder, clock, studio):
            await discord.wait_until(lambda before=before: ("GET", puts[1]) in discord.calls[before:])  # type: ignore[misc]
            await discord.wait_until(lambda expected=expected: discord.calls.count(puts) == expected)  # type: ignore[misc]
            await discord.wait_for_response(await discord.run_command("did help"))
        assert discord.calls.count(puts) == expected
    assert len(discord.commands[""]) == 5


async def test_commands_are_put_there_when_discord_lets_us(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A first try that fails is not the last."""
    discord.fail_next("PUT", "/commands", "403")
    async with running_bot(discord, tmp_path, clock, studio, guild_id=GUILD_ID):
        await discord.wait_until(lambda: discord.commands.get(str(GUILD_ID)), 15)


async def test_a_message_that_vanished_is_no_reason_to_stop(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A form about a photo whose message was deleted meanwhile still has the photo, while its link lives."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        message = await discord.write_message("", discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png"))
        form = await discord.use_menu("Animate this photo", message)
        await discord.wait_for_response(form)
        discord.channels[CHANNEL_ID].messages.clear()
        await discord.wait_for_response(await discord.submit_form(form, driver="dance"))
        job = await bot.wait_until_ended()
    assert job.stage is Stage.DELIVERED
    assert discord.videos() == [make_video(job)]
