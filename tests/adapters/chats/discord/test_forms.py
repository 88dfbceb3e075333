"""Forms, menus and buttons: what leads to a request without typing a command."""

from pathlib import Path
from typing import Any

import pytest

from bot.requests.kinds import Animation, Talk, Translation
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_photo, make_video, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord import rules as rules
from tests.fakes.discord.people import ANA, BEN, FakeDiscord
from tests.fakes.discord.server import CHANNEL_ID, THREAD_ID, FakeInteraction


def form_fields(form: FakeInteraction) -> dict[str, Any]:
    """A form's fields by name, each with its label's words."""
    labels = form.response["data"]["components"]
    return {each["component"]["custom_id"]: each["component"] | {"hint": each["description"]} for each in labels}


async def test_a_command_with_nothing_opens_the_form(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """What is typed and attached there is asked for."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        form = await discord.run_command("didtalk")
        assert (await discord.wait_for_response(form))["type"] == 9
        face = discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        sent = await discord.submit_form(form, [face], script="Hello there", voice="Sara", more="--stitch --pad 2")
        assert (await discord.wait_for_response(sent))["type"] == 5
        request = (await bot.wait_until_ended()).request
    assert isinstance(request, Talk)
    assert (request.script, request.voice, request.stitch, request.pad) == ("Hello there", "Sara", True, 2.0)
    assert request.image
    assert request.image.name == "me.png"


async def test_what_is_wrong_with_a_form_stands_at_its_field_and_nothing_is_lost(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """A form cannot answer a form: a button leads back, and all that was filled in is still there."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        form = await discord.run_command("didtalk")
        await discord.wait_for_response(form)
        sent = await discord.submit_form(form, script="Hi", voice="Sara")
        assert (await discord.wait_for_response(sent))["data"]["flags"] & rules.EPHEMERAL_FLAG
        (message,) = discord.bot_messages()
        assert "3 to 40,000 characters; this has 2" in text_of(message)
        again = await discord.press_button(message, "reopen")
        await discord.wait_for_response(again)
        assert form_fields(again)["script"]["hint"].startswith("A talk must have 3")
        assert form_fields(again)["voice"]["value"] == "Sara"
        await discord.wait_for_response(await discord.submit_form(again, script="Hi there"))
        assert (await bot.wait_until_ended()).stage.value == "delivered"


async def test_a_form_that_waited_too_long_says_so(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Only a person's latest few are kept; a form that is closed leaves nothing behind."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        forms = []
        for _ in range(6):
            forms.append(await discord.run_command("didtalk"))
            await discord.wait_for_response(forms[-1])
        await discord.wait_for_response(await discord.submit_form(forms[0], script="Hello there"))
        assert "has expired" in text_of(discord.bot_messages()[0])
        assert await bot.list_jobs() == []


async def test_a_form_survives_a_restart(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """What it began with is kept."""
    async with running_bot(discord, tmp_path, clock, studio):
        form = await discord.run_command("didtalk")
        await discord.wait_for_response(form)
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.wait_for_response(await discord.submit_form(form, script="Hello there"))
        assert (await bot.wait_until_ended()).stage.value == "delivered"


@pytest.mark.parametrize(
    ("menu", "filled", "kind"),
    [
        ("Make it talk", {"script": "Hello there"}, Talk),
        ("Animate this photo", {"driver": "dance"}, Animation),
        ("Translate this video", {"languages": "es, fr"}, Translation),
    ],
)
async def test_an_action_on_a_message_takes_its_files(
    discord: FakeDiscord,
    studio: FileTakingStudio,
    clock: FastClock,
    tmp_path: Path,
    menu: str,
    filled: dict[str, Any],
    kind: type,
) -> None:
    """No intent is needed: the action carries the message whole."""
    studio.file_limits = lambda request: {}  # type: ignore[method-assign]
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        face = discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        clip = discord.attach_file(CHANNEL_ID, b"film", "film.mp4", "video/mp4")
        message = await discord.write_message("", face, clip)
        form = await discord.use_menu(menu, message)
        await discord.wait_for_response(form)
        await discord.wait_for_response(await discord.submit_form(form, **filled))
        job = await bot.wait_until_ended()
    assert isinstance(job.request, kind)
    assert job.place.message == message["id"]
    assert job.request.media


async def test_an_action_on_the_wrong_message_is_refused(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Said to the person who chose it."""
    async with running_bot(discord, tmp_path, clock, studio):
        message = await discord.write_message("only words")
        for menu in ("Animate this photo", "Translate this video"):
            await discord.wait_for_response(await discord.use_menu(menu, message))
        await discord.wait_for_response(await discord.use_menu("Make it talk", await discord.write_message("")))
    said = [text_of(each) for each in discord.bot_messages()]
    assert ["no picture" in said[0], "no video" in said[1], "no text" in said[2]] == [True] * 3


async def test_buttons_work_on_old_messages_after_a_restart(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Last week's message: redone, looked into, edited, translated, deleted."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there", voice="Sara", stitch=True)
        first = await bot.wait_until_ended()
    clock.offset_seconds += 7 * 86400
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        (message,) = discord.bot_messages()
        details = await discord.wait_for_response(await discord.press_button(message, "details"))
        assert details["data"]["flags"] & rules.EPHEMERAL_FLAG
        await discord.wait_for_response(await discord.press_button(message, "redo"))
        again = await bot.wait_until_ended((await bot.list_jobs())[0].id)
        assert again.redo_of == first.id
        assert len(discord.videos()) == 2

        form = await discord.press_button(message, "edit")
        await discord.wait_for_response(form)
        assert form_fields(form)["script"]["value"] == "Hello there"
        assert form_fields(form)["more"]["value"] == "--stitch"
        await discord.wait_for_response(await discord.submit_form(form, script="Hello again"))
        edited = await bot.wait_until_ended((await bot.list_jobs())[0].id)
        assert isinstance(edited.request, Talk)
        assert (edited.request.script, edited.request.stitch, edited.redo_of) == ("Hello again", True, first.id)

        studio.file_limits = lambda request: {}  # type: ignore[method-assign]
        form = await discord.press_button(message, "translate")
        await discord.wait_for_response(form)
        await discord.wait_for_response(await discord.submit_form(form, languages="fr"))
        translated = (await bot.list_jobs())[0]
        assert isinstance(translated.request, Translation)
        assert translated.request.video.address.startswith("shelf:")

        asked = await discord.press_button(message, "delete")
        await discord.wait_for_response(asked)
        question = discord.channels[CHANNEL_ID].messages[asked.message_id or 0]
        assert "Delete “Hello there”?" in text_of(question)
        await discord.wait_for_response(await discord.press_button(question, "confirm_delete"))
        await discord.wait_until(lambda: message["id"] not in {each["id"] for each in discord.bot_messages()})
        assert studio.deleted_tickets == [first.ticket]


@pytest.mark.parametrize("command", ["did animate", "did translate"])
async def test_what_needs_a_file_opens_its_form_and_takes_a_link(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, command: str
) -> None:
    """An attachment was demanded by Discord itself, and what a person may not upload could not be given at all."""
    studio.file_limits = lambda request: {}  # type: ignore[method-assign]
    given: dict[str, Any] = {"languages": "fr"} if command == "did translate" else {}
    link = f"https://files.example/clip.{'mp4' if given else 'jpg'}"
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        form = await discord.run_command(command)
        assert (await discord.wait_for_response(form))["type"] == 9
        assert not form_fields(form)["files"]["required"]
        await discord.wait_for_response(await discord.submit_form(form, link=link, **given))
        await discord.run_command(command, link=link, **given)
        await discord.wait_until(lambda: len(discord.videos()) == 2)
        jobs = await bot.list_jobs()
    assert [media.address for job in jobs for media in job.request.media.values()] == [link] * 2


async def test_a_file_and_a_link_are_one_too_many(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Which of them was meant is not guessed."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        file = discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        refused = await discord.run_command("did animate", image=file, link="https://files.example/me.jpg")
        await discord.wait_for_response(refused)
        assert "not both" in text_of(discord.channels[CHANNEL_ID].messages[refused.message_id or 0])
        assert await bot.list_jobs() == []


async def test_a_button_pressed_twice_is_one_press(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """And one that somebody else presses is refused, to them alone."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        await bot.wait_until_ended()
        (message,) = discord.bot_messages()
        for _ in range(2):
            await discord.wait_for_response(await discord.press_button(message, "redo"))
        assert len(await bot.list_jobs()) == 2
        discord.user, discord.member_permissions = BEN, "0"
        refused = await discord.press_button(message, "delete")
        await discord.wait_for_response(refused)
        assert "Only the requester" in text_of(discord.channels[CHANNEL_ID].messages[refused.message_id or 0])
        discord.user = ANA


async def test_a_job_is_cancelled_by_its_button(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """The press is acknowledged in silence; the card says the rest."""
    studio.finish_at_once = False
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", THREAD_ID, script="Hello there")
        await bot.wait_for_stage("rendering")
        message = await discord.wait_until(
            lambda: discord.bot_messages(THREAD_ID)[0]["components"] and discord.bot_messages(THREAD_ID)[0]
        )
        assert (await discord.wait_for_response(await discord.press_button(message, "cancel")))["type"] == 6
        await discord.wait_until(lambda: "Cancelled." in text_of(discord.bot_messages(THREAD_ID)[0]))


async def test_a_button_from_another_version_gets_an_answer(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Whatever it once did."""
    async with running_bot(discord, tmp_path, clock, studio):
        button = {"type": 2, "style": 2, "label": "Old", "custom_id": "didtalk:dance:1", "id": 2}
        row = {"type": 1, "components": [button], "id": 1}
        message = discord.new_message(CHANNEL_ID, 900, "", [], components=[row])
        await discord.wait_for_response(await discord.press_button(message, "dance"))
        button["custom_id"] = "something:else:1"
        await discord.wait_for_response(await discord.press_button(message, "else"))
        await discord.wait_for_response(await discord.interact(99, {}, CHANNEL_ID))
    assert all("I don't know this button or command" in text_of(each) for each in discord.bot_messages())
    assert len(discord.bot_messages()) == 3


async def test_the_video_in_a_form_stays_until_another_takes_its_place(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Edit & redo of an animation keeps its photo."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        face = discord.attach_file(CHANNEL_ID, make_photo(), "me.png", "image/png")
        await discord.run_command("did animate", image=face, driver="dance")
        first = await bot.wait_until_ended()
        form = await discord.press_button(discord.bot_messages()[0], "edit")
        await discord.wait_for_response(form)
        assert form_fields(form)["driver"]["value"] == "dance"
        assert "me.png" in form_fields(form)["files"]["hint"]
        await discord.wait_for_response(await discord.submit_form(form, driver="fun"))
        again = await bot.wait_until_ended((await bot.list_jobs())[0].id)
    assert isinstance(again.request, Animation)
    assert isinstance(first.request, Animation)
    assert again.request.image == first.request.image
    assert again.request.driver == "bank://fun"
    assert make_video(again) in discord.videos()


async def test_a_fault_nobody_foresaw_is_said_and_ends_nothing(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Behind a command, a button or a form: an answer with a number to look for, and the next gesture works."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        await discord.run_command("didtalk", script="Hello there")
        await bot.wait_until_ended()
        card = discord.bot_messages()[0]
        form = await discord.run_command("didtalk")
        await discord.wait_for_response(form)

        def broken(request: object) -> None:
            raise ZeroDivisionError

        studio.check = broken  # type: ignore[method-assign]
        for given in (
            await discord.run_command("didtalk", script="Hello there"),
            await discord.press_button(card, "redo"),
            await discord.submit_form(form, script="Hello there"),
        ):
            await discord.wait_for_response(given)
            said, words = discord.channels[CHANNEL_ID].messages[given.message_id or 0], f"server log under {given.id}"
            await discord.wait_until(lambda said=said, words=words: words in text_of(said))  # type: ignore[misc]
        assert len(await bot.list_jobs()) == 1
