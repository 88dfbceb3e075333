"""Slash commands: what they look like to Discord, and what comes of them."""

from pathlib import Path
from typing import Any

import pytest

from bot.commands.verbs import VERBS
from bot.jobs.job import Asker
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import MediaKind
from bot.requests.options import options_of
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_photo, make_video, running_bot
from tests.fakes.clock import FastClock
from tests.fakes.discord import rules as rules
from tests.fakes.discord.gateway import FILMERS_ROLE
from tests.fakes.discord.people import ANA, FakeDiscord
from tests.fakes.discord.server import CHANNEL_ID, DM_ID, THREAD_ID


def text_of(message: dict[str, Any]) -> str:
    """All words of a message."""
    return "\n".join(each["content"] for each in rules.walk_components(message["components"]) if each.get("content"))


async def test_a_command_becomes_a_video_in_the_message_that_acknowledged_it(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Deferred first, then one message from the first word to the video, with its words, captions and alt text."""
    studio.gives_captions = True
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        given = await discord.run_command("didtalk", script="Welcome aboard, @everyone!")
        assert (await discord.wait_for_response(given))["type"] == 5
        job = await bot.wait_until_ended()
    (message,) = discord.bot_messages()
    assert discord.videos() == [make_video(job)]
    assert job.card_message == job.video_message == f"{CHANNEL_ID}/{message['id']}"
    assert [each["filename"].rpartition(".")[2] for each in message["attachments"]] == ["mp4", "srt"]
    assert "Welcome aboard" in message["attachments"][0]["description"]
    assert "AI-generated with D-ID · Requested by Person 1" in text_of(message)
    assert message["allowed_mentions"]["users"] == [1]
    assert not message["allowed_mentions"].get("parse")


async def test_every_command_keeps_to_what_discord_takes(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Every verb is there, every option can be reached, and all limits hold for the whole table."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        commands = await discord.wait_until(lambda: discord.commands.get(""))
        del bot
    by_name = {each["name"]: each for each in commands}
    assert set(by_name) == {"didtalk", "did", "Make it talk", "Animate this photo", "Translate this video"}
    subs = {each["name"]: each for each in by_name["did"]["options"]}
    assert set(subs) == {verb.word for verb in VERBS} - {"say"}
    assert max(rules.command_size(each) for each in commands) < 8000
    for verb in VERBS:
        if verb.request:
            command = by_name["didtalk"] if verb.request is Talk else subs[verb.word]
            offered = {each["name"]: each for each in command["options"]}
            assert len(offered) <= 25
            for option in options_of(verb.request):
                native = not option.advanced or option.media_kind or option.field == "set"
                assert (option.word in offered) is bool(native)
                if native and option.media_kind in (MediaKind.PICTURE, MediaKind.SOUND, MediaKind.VIDEO):
                    assert offered[option.word]["type"] == 11


async def test_help_names_exactly_what_can_be_entered(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """It left out `link`, explained `job` as "job", and suggested `say`, which is no command here."""
    async with running_bot(discord, tmp_path, clock, studio):
        commands = {each["name"]: each for each in await discord.wait_until(lambda: discord.commands.get(""))}
        entered = {"say": commands["didtalk"]} | {each["name"]: each for each in commands["did"]["options"]}
        for word, command in entered.items():
            answer = await discord.wait_for_response(await discord.run_command("did help", verb=word))
            lines = [line.split(" — ") for line in text_of(answer["data"]).splitlines() if " — " in line]
            assert [name for name, *_ in lines] == [each["name"] for each in command.get("options", ())]
            assert not any(name.casefold() == explained.casefold() for name, explained in lines)
        typing = await discord.wait_for_response(await discord.type_option("did help", "verb", "talking"))
    assert [each["name"] for each in typing["data"]["choices"]] == ["/didtalk: Make a talking-head video"]


async def test_options_reach_the_request_as_typed(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Native options, rare ones in `more`, and fields of the studio's own."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        face = discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        await discord.run_command(
            "didtalk", script="Hello there", image=face, voice="Sara", stitch=True, expression="happy",
            set="config.a=1 config.b=two words", more='--pad 2.5 --name "A title"',
        )  # fmt: skip
        job = await bot.wait_until_ended()
    request = job.request
    assert isinstance(request, Talk)
    assert (request.voice, request.stitch, request.pad, request.name) == ("Sara", True, 2.5, "A title")
    assert request.set == ("config.a=1", "config.b=two words")
    assert request.expression == ("0:happy:1",)
    assert list(studio.taken_files[0]) == ["image"]


@pytest.mark.parametrize(
    ("command", "given", "kind"),
    [
        ("did animate", {"driver": "dance"}, Animation),
        ("did video", {"script": "Good morning", "background": "#223344"}, Video),
        ("did translate", {"languages": "es fr"}, Translation),
    ],
)
async def test_every_request_has_its_command(
    discord: FakeDiscord,
    studio: FileTakingStudio,
    clock: FastClock,
    tmp_path: Path,
    command: str,
    given: dict[str, Any],
    kind: type,
) -> None:
    """Several languages are several jobs: the first in the message that acknowledged, the others beside it."""
    media = "image" if kind is Animation else "video" if kind is Translation else ""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        if media == "image":
            given = given | {"image": discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")}
        if media == "video":
            studio.file_limits = lambda request: {}  # type: ignore[method-assign]
            given = given | {"video": discord.attach_file(CHANNEL_ID, b"film", "film.mp4", "video/mp4")}
        await discord.run_command(command, **given)
        await discord.wait_until(lambda: len(discord.videos()) == (2 if kind is Translation else 1))
        jobs = await bot.list_jobs()
        assert all(isinstance(job.request, kind) for job in jobs)
        assert len(discord.bot_messages()) == len(jobs)


@pytest.mark.parametrize("channel", [THREAD_ID, DM_ID])
async def test_threads_and_direct_messages_are_places_too(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, channel: int
) -> None:
    """The video comes where it was asked."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", channel, script="Hello there")
        job = await bot.wait_until_ended()
    assert discord.videos(channel) == [make_video(job)]
    assert job.place.private is (channel == DM_ID)


@pytest.mark.parametrize(
    ("command", "given", "words"),
    [
        ("did help", {}, "didtalk makes talking videos"),
        ("did help", {"verb": "animate"}, "Example: /did animate image:\\<picture> driver:dance"),
        ("did help", {"verb": "template"}, "/did template template:Welcome fill:name=Ana"),
        ("did jobs", {}, "None yet"),
        ("did languages", {"name": "fren"}, "French"),
        ("did drivers", {"family": "dance"}, "01"),
        ("did credits", {}, "credits left"),
        ("did voices", {"name": "sara"}, "Sara"),
        ("did cancel", {"job": "nonsense"}, "There is no job"),
        ("didtalk", {"script": "Hello", "more": "--padd 2"}, "Did you mean --pad?"),
        ("didtalk", {"script": "Hello", "more": "what is this"}, "accepts options only"),
        ("didtalk", {"script": "   ", "voice": "Sara"}, "What should they say?"),
    ],
)
async def test_answers_and_refusals_are_for_the_person_only(
    discord: FakeDiscord,
    studio: FileTakingStudio,
    clock: FastClock,
    tmp_path: Path,
    command: str,
    given: dict[str, Any],
    words: str,
) -> None:
    """Nobody else need read them, and nothing is spent."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        answer = await discord.wait_for_response(await discord.run_command(command, **given))
        assert await bot.list_jobs() == []
    assert answer["type"] == 4
    assert answer["data"]["flags"] & rules.EPHEMERAL_FLAG
    (message,) = discord.bot_messages()
    assert words in text_of(message)


async def test_a_file_of_the_wrong_kind_is_refused_at_once(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Its own name tells."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        text = discord.attach_file(CHANNEL_ID, b"words", "notes.txt", "text/plain")
        await discord.wait_for_response(await discord.run_command("did animate", image=text))
        assert await bot.list_jobs() == []
    assert "“notes.txt” is not a picture" in text_of(discord.bot_messages()[0])


async def test_a_file_that_lies_about_its_kind_ends_with_the_reason(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """What it really is shows when it is opened."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command(
            "did animate", image=discord.attach_file(CHANNEL_ID, b"words only", "me.png", "image/png")
        )
        job = await bot.wait_until_ended()
    assert job.stage.value == "failed"
    assert (job.reason or "?") in text_of(discord.bot_messages()[0]).replace("\\", "")
    assert studio.charged_markers == []


async def test_a_link_that_died_is_said_so(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """An option's file lies in no message, so there is no fresh link to be had."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        face = discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        del discord.file_contents[int(face["id"])]
        await discord.run_command("did animate", image=face)
        job = await bot.wait_until_ended()
    assert "“me.png” is no longer available" in (job.reason or "")


async def test_people_without_the_role_are_refused(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Where a role is required; those who have it go through."""
    discord.member_permissions = "0"
    async with running_bot(discord, tmp_path, clock, studio, role_id=FILMERS_ROLE) as bot:
        await discord.wait_for_response(await discord.run_command("didtalk", script="Hello there"))
        assert await bot.list_jobs() == []
        assert "certain role" in text_of(discord.bot_messages()[0])
        await discord.wait_for_response(await discord.run_command("didtalk"))
        assert "certain role" in text_of(discord.bot_messages()[1])
        discord.member_roles = [str(FILMERS_ROLE)]
        await discord.run_command("didtalk", script="Hello there")
        assert (await bot.wait_until_ended()).stage.value == "delivered"


async def test_a_missing_permission_is_named_before_anything_is_spent(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """It is the video that could not be posted."""
    discord.app_permissions = str(1 << 10 | 1 << 11)  # sees and sends, but attaches nothing
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.wait_for_response(await discord.run_command("didtalk", script="Hello there"))
        assert await bot.list_jobs() == []
    assert "I'm missing the Attach Files permission" in text_of(discord.bot_messages()[0])


async def test_somebodys_own_app_answers_by_the_interaction_alone(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The bot has no rights there; the token needs none."""
    discord.installed = False
    discord.channels[CHANNEL_ID].bot_permissions.clear()
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        job = await bot.wait_until_ended()
    assert discord.videos() == [make_video(job)]


async def test_a_command_nobody_knows_gets_an_answer(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Somebody's client may be older than we are."""
    async with running_bot(discord, tmp_path, clock, studio):
        await discord.wait_for_response(await discord.run_command("did dance"))
        await discord.wait_for_response(await discord.run_command("oldname", script="Hello"))
    assert all("I don't know this button or command" in text_of(each) for each in discord.bot_messages())


async def test_a_slow_answer_is_deferred_in_time(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Asking a studio may take longer than the three seconds."""
    import asyncio

    async def slow(what: str, typed: str, limit: int = 25) -> list[Any]:
        await asyncio.sleep(2.0)
        return []

    async with running_bot(discord, tmp_path, clock, studio):
        studio.suggest = slow  # type: ignore[method-assign]
        answer = await discord.wait_for_response(await discord.run_command("did voices", name="zzz"))
        assert (answer["type"], answer["data"]["flags"]) == (5, rules.EPHEMERAL_FLAG)
        await discord.wait_until(lambda: "No voices match" in text_of(discord.bot_messages()[0]))


async def test_commands_are_registered_only_when_they_changed(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Discord counts creations; a restart creates nothing."""
    for _ in range(2):
        async with running_bot(discord, tmp_path, clock, studio, guild_id=500) as bot:
            await discord.wait_until(lambda: "500" in discord.commands)
            await bot.app.chat_context.lookups.suggest("voices", "")
    assert [call for call in discord.calls if call[0] == "PUT"] == [("PUT", "/applications/900/guilds/500/commands")]


async def test_a_persons_own_defaults_hold_on_a_server_and_in_private(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """On Discord a person is the same everywhere, so what they like is too."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        said = await discord.wait_for_response(await discord.run_command("did settings", change="mine --voice Sara"))
        assert said["data"]["flags"] & rules.EPHEMERAL_FLAG
        assert "Voice: Sara" in str(said)
        await discord.run_command("didtalk", script="Hello there")
        request = (await bot.wait_until_ended()).request
        assert isinstance(request, Talk)
        assert request.voice == "Sara"
        anywhere = Asker(platform="discord", user=str(ANA), same_id_everywhere=True)
        assert (await bot.app.desk.defaults_of(anywhere)).voice == "Sara"
