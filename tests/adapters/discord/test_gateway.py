"""The connection: broken, resumed, refused, begun anew; nothing is lost and nothing happens twice."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import Broken
from tests.adapters.discord.bench import Studio, film, running
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import CHANNEL


async def test_a_dropped_gateway_resumes_and_loses_nothing(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """What happened meanwhile comes with the resumption."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Before the break")
        await bot.ended()
        await discord.drop()
        given = await discord.command("didtalk", script="During the break")
        given.sent += 10  # Discord's three seconds run from when we are there again
        await discord.until(lambda: discord.resumed == 1)
        await discord.until(lambda: len(discord.videos()) == 2)
        assert len(await bot.jobs()) == 2
    assert discord.identified == 1


async def test_an_event_that_comes_twice_is_one_job(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """A resumption may repeat what was already heard."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.acknowledged(await discord.command("didtalk", script="Hello there"))
        (events,) = discord._sent.values()
        await discord.event("INTERACTION_CREATE", events[-1]["d"])
        job = await bot.ended()
        await discord.acknowledged(await discord.command("did jobs"))
        assert len(await bot.jobs()) == 1
    assert discord.videos() == [film(job)]


async def test_an_acknowledgement_that_came_too_late_loses_nothing(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The job is recorded; its card is posted without the interaction."""
    async with running(discord, tmp_path, clock, studio) as bot:
        discord.fail("POST", "/callback", "404")
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
    assert discord.videos() == [film(job)]
    assert len(discord.posted()) == 1


async def test_a_session_that_died_is_begun_anew(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord may refuse to resume."""
    async with running(discord, tmp_path, clock, studio) as bot:
        discord.invalid_next = True
        await discord.drop()
        await discord.until(lambda: discord.identified == 2, 15)
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage.value == "delivered"


async def test_without_the_intent_in_the_portal_the_bot_goes_on_without_it(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord ends the connection of who asks for more than it may have."""
    discord.refuse_content = True
    async with running(discord, tmp_path, clock, studio, content=True) as bot:
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage.value == "delivered"


async def test_a_wrong_token_is_said_at_once(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """In a sentence that names the setting."""
    with pytest.raises((Broken, BaseExceptionGroup)) as caught:
        async with running(discord, tmp_path, clock, studio, token="wrong"):
            pass
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Broken)
    assert "DISCORD_BOT_TOKEN" in error.sentence


async def test_what_cannot_be_read_ends_nothing(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """One odd event is logged, and the next is served."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.event("INTERACTION_CREATE", {"id": "1", "type": 2})
        await discord.event("MESSAGE_CREATE", {"id": "x"})
        await discord.event("SOMETHING_NEW", {})
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage.value == "delivered"
    assert discord.identified == 1


async def test_a_discord_that_is_away_is_waited_for(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The bot starts all the same, and comes in when the door opens."""
    discord.fail("GET", "/users/@me", "cut")
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage.value == "delivered"


async def test_two_shards_are_one_bot(discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path) -> None:
    """Discord says how many it wants."""
    discord.shards = 2
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.until(lambda: discord.identified == 2, 15)
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage.value == "delivered"


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
    discord: Discord,
    studio: Studio,
    clock: FastClock,
    tmp_path: Path,
    command: str,
    option: str,
    typed: str,
    value: str,
) -> None:
    """Within a second, and never more than Discord takes."""
    async with running(discord, tmp_path, clock, studio):
        given = await discord.typing(command, option, typed)
        answer = await discord.acknowledged(given)
    assert answer["type"] == 8
    assert value in [each["value"] for each in answer["data"]["choices"]]
    assert given.took is not None
    assert given.took < 1.0


async def test_suggestions_for_nonsense_or_from_a_slow_studio_are_none(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """An empty list in time is better than none."""
    async with running(discord, tmp_path, clock, studio) as bot:
        assert (await discord.acknowledged(await discord.typing("didtalk", "voice", "qqq")))["data"]["choices"] == []

        async def slow(what: str, typed: str, limit: int = 25) -> list[object]:
            await asyncio.sleep(30)
            return []

        studio.suggest = slow  # type: ignore[method-assign,assignment]
        given = await discord.typing("didtalk", "voice", "zz")
        assert (await discord.acknowledged(given))["data"]["choices"] == []
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
        found = await discord.acknowledged(await discord.typing("did redo", "job", "hello"))
        assert [each["value"] for each in found["data"]["choices"]] == [job.id]


async def test_many_at_once_are_all_acknowledged_in_time(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """A hundred in one second, in a burst, with the engine at work."""
    async with running(discord, tmp_path, clock, studio):
        given = [await discord.command("didtalk", CHANNEL, script=f"Hello {nth}") for nth in range(100)]
        await asyncio.gather(*(discord.acknowledged(each) for each in given))
    assert max(each.took or 9 for each in given) < 3.0
