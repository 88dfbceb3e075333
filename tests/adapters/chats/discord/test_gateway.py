"""The connection: broken, resumed, refused, begun anew; nothing is lost and nothing happens twice."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import Broken
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_video, running_bot
from tests.fakes.clock import FastClock
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import CHANNEL_ID


async def test_a_dropped_gateway_resumes_and_loses_nothing(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """What happened meanwhile comes with the resumption."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Before the break")
        await bot.wait_until_ended()
        await discord.break_connection()
        given = await discord.run_command("didtalk", script="During the break")
        given.sent_at += 10  # Discord's three seconds run from when we are there again
        await discord.wait_until(lambda: discord.resume_count == 1)
        await discord.wait_until(lambda: len(discord.videos()) == 2)
        assert len(await bot.list_jobs()) == 2
    assert discord.identify_count == 1


async def test_an_event_that_comes_twice_is_one_job(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A resumption may repeat what was already heard."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.wait_for_response(await discord.run_command("didtalk", script="Hello there"))
        (events,) = discord._sent_events.values()
        await discord.dispatch_event("INTERACTION_CREATE", events[-1]["d"])
        job = await bot.wait_until_ended()
        await discord.wait_for_response(await discord.run_command("did jobs"))
        assert len(await bot.list_jobs()) == 1
    assert discord.videos() == [make_video(job)]


async def test_an_acknowledgement_that_came_too_late_loses_nothing(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The job is recorded; its card is posted without the interaction."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        discord.fail_next("POST", "/callback", "404")
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
    assert discord.videos() == [make_video(job)]
    assert len(discord.bot_messages()) == 1


@pytest.mark.slow
async def test_a_session_that_died_is_begun_anew(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord may refuse to resume."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        discord.invalidate_next_resume = True
        await discord.break_connection()
        await discord.wait_until(lambda: discord.identify_count == 2, 15)
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage.value == "delivered"


async def test_without_the_intent_in_the_portal_the_bot_goes_on_without_it(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord ends the connection of who asks for more than it may have."""
    discord.refuse_content_intent = True
    async with running_bot(discord, tmp_path, clock, studio, message_content=True) as bot:
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage.value == "delivered"


async def test_a_wrong_token_is_said_at_once(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """In a sentence that names the setting."""
    with pytest.raises((Broken, BaseExceptionGroup)) as caught:
        async with running_bot(discord, tmp_path, clock, studio, token="wrong"):
            pass
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Broken)
    assert "DISCORD_BOT_TOKEN" in error.sentence


async def test_what_cannot_be_read_ends_nothing(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """One odd event is logged, and the next is served."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.dispatch_event("INTERACTION_CREATE", {"id": "1", "type": 2})
        await discord.dispatch_event("MESSAGE_CREATE", {"id": "x"})
        await discord.dispatch_event("SOMETHING_NEW", {})
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage.value == "delivered"
    assert discord.identify_count == 1


async def test_a_discord_that_is_away_is_waited_for(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The bot starts all the same, and comes in when the door opens."""
    discord.fail_next("GET", "/users/@me", "cut")
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage.value == "delivered"


@pytest.mark.slow
async def test_two_shards_are_one_bot(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord says how many it wants."""
    discord.shard_count = 2
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.wait_until(lambda: discord.identify_count == 2, 15)
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage.value == "delivered"


@pytest.mark.parametrize(
    ("command", "option", "typed", "value"),
    [
        ("didtalk", "voice", "sa", "Sara"),
        ("did help", "verb", "anim", "animate"),
        ("did subscribe", "topics", "done cre", "done credits:<10"),
        ("didtalk", "more", "--pa", "--pad "),
        ("didtalk", "more", "--pad 2 --na", "--pad 2 --name "),
    ],
)
async def test_suggestions_come_while_typing(
    discord: FakeDiscord,
    studio: FileTakingStudio,
    clock: FastClock,
    tmp_path: Path,
    command: str,
    option: str,
    typed: str,
    value: str,
) -> None:
    """Never more than Discord takes."""
    async with running_bot(discord, tmp_path, clock, studio):
        given = await discord.type_option(command, option, typed)
        answer = await discord.wait_for_response(given)
    assert answer["type"] == 8
    assert value in [each["value"] for each in answer["data"]["choices"]]


async def test_suggestions_for_nonsense_or_from_a_slow_studio_are_none(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """An empty list in time is better than none."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        assert (await discord.wait_for_response(await discord.type_option("didtalk", "voice", "qqq")))["data"][
            "choices"
        ] == []

        async def slow(what: str, typed: str, limit: int = 25) -> list[object]:
            await asyncio.sleep(30)
            return []

        studio.suggest = slow  # type: ignore[method-assign,assignment]
        given = await discord.type_option("didtalk", "voice", "zz")
        assert (await discord.wait_for_response(given))["data"]["choices"] == []
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
        found = await discord.wait_for_response(await discord.type_option("did redo", "job", "hello"))
        assert [each["value"] for each in found["data"]["choices"]] == [job.id]


async def test_many_at_once_are_all_acknowledged_in_time(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A hundred in one second, in a burst, with the engine at work."""
    async with running_bot(discord, tmp_path, clock, studio):
        given = [await discord.run_command("didtalk", CHANNEL_ID, script=f"Hello {nth}") for nth in range(100)]
        await asyncio.gather(*(discord.wait_for_response(each) for each in given))
    assert all(each.ack_seconds is not None for each in given), "an answer after three seconds is refused"
