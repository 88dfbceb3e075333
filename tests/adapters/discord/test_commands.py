"""Slash commands: what they look like to Discord, and what comes of them."""

from pathlib import Path
from typing import Any

import pytest

from bot.commands.verbs import VERBS
from bot.jobs.asker import Asker
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import Kind
from bot.requests.options import options
from tests.adapters.discord.bench import Studio, film, photo, running
from tests.fakes import discord_rules as rules
from tests.fakes.clock import FastClock
from tests.fakes.discord_gateway import ROLE
from tests.fakes.discord_people import ANA, Discord
from tests.fakes.discord_server import CHANNEL, DM, THREAD


def text_of(message: dict[str, Any]) -> str:
    """All words of a message."""
    return "\n".join(each["content"] for each in rules.walk(message["components"]) if each.get("content"))


async def test_a_command_becomes_a_video_in_the_message_that_acknowledged_it(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Deferred first, then one message from the first word to the video, with its words, captions and alt text."""
    studio.captions = True
    async with running(discord, tmp_path, clock, studio) as bot:
        given = await discord.command("didtalk", script="Welcome aboard, @everyone!")
        assert (await discord.acknowledged(given))["type"] == 5
        job = await bot.ended()
    (message,) = discord.posted()
    assert discord.videos() == [film(job)]
    assert job.card == job.post == f"{CHANNEL}/{message['id']}"
    assert [each["filename"].rpartition(".")[2] for each in message["attachments"]] == ["mp4", "srt"]
    assert "Welcome aboard" in message["attachments"][0]["description"]
    assert "AI-generated with D-ID, asked by Person 1" in text_of(message)
    assert message["allowed_mentions"]["users"] == [1]
    assert not message["allowed_mentions"].get("parse")


async def test_every_command_keeps_to_what_discord_takes(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Every verb is there, every option can be reached, and all limits hold for the whole table."""
    async with running(discord, tmp_path, clock, studio) as bot:
        commands = await discord.until(lambda: discord.commands.get(""))
        del bot
    by_name = {each["name"]: each for each in commands}
    assert set(by_name) == {"didtalk", "did", "Make it talk", "Animate this photo", "Translate this video"}
    subs = {each["name"]: each for each in by_name["did"]["options"]}
    assert set(subs) == {verb.word for verb in VERBS} - {"say"}
    assert max(rules.size(each) for each in commands) < 8000
    for verb in VERBS:
        if verb.request:
            command = by_name["didtalk"] if verb.request is Talk else subs[verb.word]
            offered = {each["name"]: each for each in command["options"]}
            assert len(offered) <= 25
            for option in options(verb.request):
                native = not option.advanced or option.takes or option.field == "set"
                assert (option.word in offered) is bool(native)
                if native and option.takes in (Kind.PICTURE, Kind.SOUND, Kind.VIDEO):
                    assert offered[option.word]["type"] == 11


async def test_options_reach_the_request_as_typed(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Native options, rare ones in `more`, and fields of the studio's own."""
    async with running(discord, tmp_path, clock, studio) as bot:
        face = discord.upload(CHANNEL, photo(), "me.png", "image/png")
        await discord.command(
            "didtalk", script="Hello there", image=face, voice="Sara", stitch=True, expression="happy",
            set="config.a=1 config.b=two words", more='--pad 2.5 --name "A title"',
        )  # fmt: skip
        job = await bot.ended()
    request = job.request
    assert isinstance(request, Talk)
    assert (request.voice, request.stitch, request.pad, request.name) == ("Sara", True, 2.5, "A title")
    assert request.set == ("config.a=1", "config.b=two words")
    assert request.expression == ("0:happy:1",)
    assert list(studio.took[0]) == ["image"]


@pytest.mark.parametrize(
    ("command", "given", "kind"),
    [
        ("did animate", {"driver": "dance"}, Animation),
        ("did video", {"script": "Good morning", "background": "#223344"}, Video),
        ("did translate", {"languages": "es fr"}, Translation),
    ],
)
async def test_every_request_has_its_command(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, command: str, given: dict[str, Any], kind: type
) -> None:
    """Several languages are several jobs: the first in the message that acknowledged, the others beside it."""
    media = "image" if kind is Animation else "video" if kind is Translation else ""
    async with running(discord, tmp_path, clock, studio) as bot:
        if media == "image":
            given = given | {"image": discord.upload(CHANNEL, photo(), "me.png", "image/png")}
        if media == "video":
            studio.needs = lambda request: {}  # type: ignore[method-assign]
            given = given | {"video": discord.upload(CHANNEL, b"film", "film.mp4", "video/mp4")}
        await discord.command(command, **given)
        await discord.until(lambda: len(discord.videos()) == (2 if kind is Translation else 1))
        jobs = await bot.jobs()
        assert all(isinstance(job.request, kind) for job in jobs)
        assert len(discord.posted()) == len(jobs)


@pytest.mark.parametrize("channel", [THREAD, DM])
async def test_threads_and_direct_messages_are_places_too(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, channel: int
) -> None:
    """The video comes where it was asked."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", channel, script="Hello there")
        job = await bot.ended()
    assert discord.videos(channel) == [film(job)]
    assert job.place.private is (channel == DM)


@pytest.mark.parametrize(
    ("command", "given", "words"),
    [
        ("did help", {}, "didtalk makes talking videos"),
        ("did help", {"verb": "animate"}, "driver"),
        ("did jobs", {}, "None yet"),
        ("did languages", {"name": "fren"}, "French"),
        ("did drivers", {"family": "dance"}, "01"),
        ("did credits", {}, "credits left"),
        ("did voices", {"name": "sara"}, "Sara"),
        ("did cancel", {"job": "nonsense"}, "There is no job"),
        ("didtalk", {"script": "Hello", "more": "--padd 2"}, "Did you mean --pad?"),
        ("didtalk", {"script": "Hello", "more": "what is this"}, "takes options only"),
        ("didtalk", {"script": "   ", "voice": "Sara"}, "Say something"),
    ],
)
async def test_answers_and_refusals_are_for_the_person_only(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, command: str, given: dict[str, Any], words: str
) -> None:
    """Nobody else need read them, and nothing is spent."""
    async with running(discord, tmp_path, clock, studio) as bot:
        answer = await discord.acknowledged(await discord.command(command, **given))
        assert await bot.jobs() == []
    assert answer["type"] == 4
    assert answer["data"]["flags"] & rules.EPHEMERAL
    (message,) = discord.posted()
    assert words in text_of(message)


async def test_a_file_of_the_wrong_kind_is_refused_at_once(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Its own name tells."""
    async with running(discord, tmp_path, clock, studio) as bot:
        text = discord.upload(CHANNEL, b"words", "notes.txt", "text/plain")
        await discord.acknowledged(await discord.command("did animate", image=text))
        assert await bot.jobs() == []
    assert "“notes.txt” is not a picture" in text_of(discord.posted()[0])


async def test_a_file_that_lies_about_its_kind_ends_with_the_reason(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """What it really is shows when it is opened."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("did animate", image=discord.upload(CHANNEL, b"words only", "me.png", "image/png"))
        job = await bot.ended()
    assert job.stage.value == "failed"
    assert (job.reason or "?") in text_of(discord.posted()[0]).replace("\\", "")
    assert studio.charged == []


async def test_a_link_that_died_is_said_so(discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path) -> None:
    """An option's file lies in no message, so there is no fresh link to be had."""
    async with running(discord, tmp_path, clock, studio) as bot:
        face = discord.upload(CHANNEL, photo(), "me.png", "image/png")
        del discord.bytes[int(face["id"])]
        await discord.command("did animate", image=face)
        job = await bot.ended()
    assert "“me.png” is no longer to be had" in (job.reason or "")


async def test_people_without_the_role_are_refused(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Where a role is required; those who have it go through."""
    discord.member_rights = "0"
    async with running(discord, tmp_path, clock, studio, role=str(ROLE)) as bot:
        await discord.acknowledged(await discord.command("didtalk", script="Hello there"))
        assert await bot.jobs() == []
        assert "certain role" in text_of(discord.posted()[0])
        await discord.acknowledged(await discord.command("didtalk"))
        assert "certain role" in text_of(discord.posted()[1])
        discord.member_roles = [str(ROLE)]
        await discord.command("didtalk", script="Hello there")
        assert (await bot.ended()).stage.value == "delivered"


async def test_a_missing_permission_is_named_before_anything_is_spent(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """It is the video that could not be posted."""
    discord.app_rights = str(1 << 10 | 1 << 11)  # sees and sends, but attaches nothing
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.acknowledged(await discord.command("didtalk", script="Hello there"))
        assert await bot.jobs() == []
    assert "I lack Attach Files" in text_of(discord.posted()[0])


async def test_somebodys_own_app_answers_by_the_interaction_alone(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The bot has no rights there; the token needs none."""
    discord.installed = False
    discord.channels[CHANNEL].may.clear()
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        job = await bot.ended()
    assert discord.videos() == [film(job)]


async def test_a_command_nobody_knows_gets_an_answer(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody's client may be older than we are."""
    async with running(discord, tmp_path, clock, studio):
        await discord.acknowledged(await discord.command("did dance"))
        await discord.acknowledged(await discord.command("oldname", script="Hello"))
    assert all("I do not know this one" in text_of(each) for each in discord.posted())


async def test_a_slow_answer_is_deferred_in_time(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Asking a studio may take longer than the three seconds."""
    import asyncio

    async def slow(what: str, typed: str, limit: int = 25) -> list[Any]:
        await asyncio.sleep(2.0)
        return []

    async with running(discord, tmp_path, clock, studio):
        studio.suggest = slow  # type: ignore[method-assign]
        answer = await discord.acknowledged(await discord.command("did voices", name="zzz"))
        assert (answer["type"], answer["data"]["flags"]) == (5, rules.EPHEMERAL)
        await discord.until(lambda: "None match" in text_of(discord.posted()[0]))


async def test_commands_are_registered_only_when_they_changed(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord counts creations; a restart creates nothing."""
    for _ in range(2):
        async with running(discord, tmp_path, clock, studio, guild=500) as bot:
            await discord.until(lambda: "500" in discord.commands)
            await bot.app.desk.suggest("voices", "")
    assert [call for call in discord.calls if call[0] == "PUT"] == [("PUT", "/applications/900/guilds/500/commands")]


async def test_a_persons_own_defaults_hold_on_a_server_and_in_private(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """On Discord a person is the same everywhere, so what they like is too."""
    async with running(discord, tmp_path, clock, studio) as bot:
        said = await discord.acknowledged(await discord.command("did settings", change="mine --voice Sara"))
        assert said["data"]["flags"] & rules.EPHEMERAL
        assert "Voice: Sara" in str(said)
        await discord.command("didtalk", script="Hello there")
        request = (await bot.ended()).request
        assert isinstance(request, Talk)
        assert request.voice == "Sara"
        anywhere = Asker(platform="discord", user=str(ANA), roams=True)
        assert (await bot.app.desk.taste(anywhere)).voice == "Sara"
