"""Forms, menus and buttons: what leads to a request without typing a command."""

from pathlib import Path
from typing import Any

import pytest

from bot.requests.kinds import Animation, Talk, Translation
from tests.adapters.discord.bench import Studio, film, photo, running
from tests.adapters.discord.test_commands import text_of
from tests.fakes import discord_rules as rules
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import ANA, BEN, Discord
from tests.fakes.discord_server import CHANNEL, THREAD, Given


def fields(form: Given) -> dict[str, Any]:
    """A form's fields by name, each with its label's words."""
    labels = form.answer["data"]["components"]
    return {each["component"]["custom_id"]: each["component"] | {"hint": each["description"]} for each in labels}


async def test_a_command_with_nothing_opens_the_form(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """What is typed and attached there is asked for."""
    async with running(discord, tmp_path, clock, studio) as bot:
        form = await discord.command("didtalk")
        assert (await discord.acknowledged(form))["type"] == 9
        face = discord.upload(CHANNEL, photo(), "me.png", "image/png")
        sent = await discord.submit(form, [face], script="Hello there", voice="Sara", more="--stitch --pad 2")
        assert (await discord.acknowledged(sent))["type"] == 5
        request = (await bot.ended()).request
    assert isinstance(request, Talk)
    assert (request.script, request.voice, request.stitch, request.pad) == ("Hello there", "Sara", True, 2.0)
    assert request.image
    assert request.image.name == "me.png"


async def test_what_is_wrong_with_a_form_stands_at_its_field_and_nothing_is_lost(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """A form cannot answer a form: a button leads back, and all that was filled in is still there."""
    async with running(discord, tmp_path, clock, studio) as bot:
        form = await discord.command("didtalk")
        await discord.acknowledged(form)
        sent = await discord.submit(form, script="Hi", voice="Sara")
        assert (await discord.acknowledged(sent))["data"]["flags"] & rules.EPHEMERAL
        (message,) = discord.posted()
        assert "3 to 40,000 characters, this has 2" in text_of(message)
        again = await discord.press(message, "again")
        await discord.acknowledged(again)
        assert fields(again)["script"]["hint"].startswith("A talk takes 3")
        assert fields(again)["voice"]["value"] == "Sara"
        await discord.acknowledged(await discord.submit(again, script="Hi there"))
        assert (await bot.ended()).stage.value == "delivered"


async def test_a_form_that_waited_too_long_says_so(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Only a person's latest few are kept; a form that is closed leaves nothing behind."""
    async with running(discord, tmp_path, clock, studio) as bot:
        forms = []
        for _ in range(6):
            forms.append(await discord.command("didtalk"))
            await discord.acknowledged(forms[-1])
        await discord.acknowledged(await discord.submit(forms[0], script="Hello there"))
        assert "too old" in text_of(discord.posted()[0])
        assert await bot.jobs() == []


async def test_a_form_survives_a_restart(discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path) -> None:
    """What it began with is kept."""
    async with running(discord, tmp_path, clock, studio):
        form = await discord.command("didtalk")
        await discord.acknowledged(form)
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.acknowledged(await discord.submit(form, script="Hello there"))
        assert (await bot.ended()).stage.value == "delivered"


@pytest.mark.parametrize(
    ("menu", "filled", "kind"),
    [
        ("Make it talk", {"script": "Hello there"}, Talk),
        ("Animate this photo", {"driver": "dance"}, Animation),
        ("Translate this video", {"languages": "es, fr"}, Translation),
    ],
)
async def test_an_action_on_a_message_takes_its_files(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path, menu: str, filled: dict[str, Any], kind: type
) -> None:
    """No intent is needed: the action carries the message whole."""
    studio.needs = lambda request: {}  # type: ignore[method-assign]
    async with running(discord, tmp_path, clock, studio) as bot:
        face = discord.upload(CHANNEL, photo(), "me.png", "image/png")
        clip = discord.upload(CHANNEL, b"film", "film.mp4", "video/mp4")
        message = await discord.write("", face, clip)
        form = await discord.menu(menu, message)
        await discord.acknowledged(form)
        await discord.acknowledged(await discord.submit(form, **filled))
        job = await bot.ended()
    assert isinstance(job.request, kind)
    assert job.place.message == message["id"]
    assert job.request.media


async def test_an_action_on_the_wrong_message_is_refused(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Said to the person who chose it."""
    async with running(discord, tmp_path, clock, studio):
        message = await discord.write("only words")
        for menu in ("Animate this photo", "Translate this video"):
            await discord.acknowledged(await discord.menu(menu, message))
        await discord.acknowledged(await discord.menu("Make it talk", await discord.write("")))
    said = [text_of(each) for each in discord.posted()]
    assert ["no picture" in said[0], "no video" in said[1], "no words" in said[2]] == [True] * 3


async def test_buttons_work_on_old_messages_after_a_restart(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Last week's message: redone, looked into, edited, translated, deleted."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there", voice="Sara", stitch=True)
        first = await bot.ended()
    clock.moved += 7 * 86400
    async with running(discord, tmp_path, clock, studio) as bot:
        (message,) = discord.posted()
        details = await discord.acknowledged(await discord.press(message, "details"))
        assert details["data"]["flags"] & rules.EPHEMERAL
        await discord.acknowledged(await discord.press(message, "redo"))
        again = await bot.ended((await bot.jobs())[0].id)
        assert again.again_of == first.id
        assert len(discord.videos()) == 2

        form = await discord.press(message, "edit")
        await discord.acknowledged(form)
        assert fields(form)["script"]["value"] == "Hello there"
        assert fields(form)["more"]["value"] == "--stitch"
        await discord.acknowledged(await discord.submit(form, script="Hello again"))
        edited = await bot.ended((await bot.jobs())[0].id)
        assert isinstance(edited.request, Talk)
        assert (edited.request.script, edited.request.stitch, edited.again_of) == ("Hello again", True, first.id)

        studio.needs = lambda request: {}  # type: ignore[method-assign]
        form = await discord.press(message, "translate")
        await discord.acknowledged(form)
        await discord.acknowledged(await discord.submit(form, languages="fr"))
        translated = (await bot.jobs())[0]
        assert isinstance(translated.request, Translation)
        assert translated.request.video.at.startswith("shelf:")

        await discord.acknowledged(await discord.press(message, "delete"))
        await discord.until(lambda: message["id"] not in {each["id"] for each in discord.posted()})
        assert studio.deleted == [first.ticket]


async def test_a_button_pressed_twice_is_one_press(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """And one that somebody else presses is refused, to them alone."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        await bot.ended()
        (message,) = discord.posted()
        for _ in range(2):
            await discord.acknowledged(await discord.press(message, "redo"))
        assert len(await bot.jobs()) == 2
        discord.user, discord.member_rights = BEN, "0"
        refused = await discord.press(message, "delete")
        await discord.acknowledged(refused)
        assert "Only whoever asked" in text_of(discord.channels[CHANNEL].messages[refused.message or 0])
        discord.user = ANA


async def test_a_job_is_cancelled_by_its_button(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """The press is acknowledged in silence; the card says the rest."""
    studio.finish_at_once = False
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", THREAD, script="Hello there")
        await bot.at("rendering")
        message = await discord.until(lambda: discord.posted(THREAD)[0]["components"] and discord.posted(THREAD)[0])
        assert (await discord.acknowledged(await discord.press(message, "cancel")))["type"] == 6
        await discord.until(lambda: "Cancelled." in text_of(discord.posted(THREAD)[0]))


async def test_a_button_from_another_version_gets_an_answer(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Whatever it once did."""
    async with running(discord, tmp_path, clock, studio):
        button = {"type": 2, "style": 2, "label": "Old", "custom_id": "didtalk:dance:1", "id": 2}
        row = {"type": 1, "components": [button], "id": 1}
        message = discord.message(CHANNEL, 900, "", [], components=[row])
        await discord.acknowledged(await discord.press(message, "dance"))
        button["custom_id"] = "something:else:1"
        await discord.acknowledged(await discord.press(message, "else"))
        await discord.acknowledged(await discord.interact(99, {}, CHANNEL))
    assert all("I do not know this one" in text_of(each) for each in discord.posted())
    assert len(discord.posted()) == 3


async def test_the_video_in_a_form_stays_until_another_takes_its_place(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Edit & redo of an animation keeps its photo."""
    async with running(discord, tmp_path, clock, studio) as bot:
        face = discord.upload(CHANNEL, photo(), "me.png", "image/png")
        await discord.command("did animate", image=face, driver="dance")
        first = await bot.ended()
        form = await discord.press(discord.posted()[0], "edit")
        await discord.acknowledged(form)
        assert fields(form)["driver"]["value"] == "dance"
        assert "me.png" in fields(form)["files"]["hint"]
        await discord.acknowledged(await discord.submit(form, driver="fun"))
        again = await bot.ended((await bot.jobs())[0].id)
    assert isinstance(again.request, Animation)
    assert isinstance(first.request, Animation)
    assert again.request.image == first.request.image
    assert again.request.driver == "bank://fun"
    assert film(again) in discord.videos()


async def test_a_fault_nobody_foresaw_is_said_and_ends_nothing(
    discord: Discord, studio: Studio, clock: FastClock, tmp_path: Path
) -> None:
    """Behind a command, a button or a form: an answer with a number to look for, and the next gesture works."""
    async with running(discord, tmp_path, clock, studio) as bot:
        await discord.command("didtalk", script="Hello there")
        await bot.ended()
        card = discord.posted()[0]
        form = await discord.command("didtalk")
        await discord.acknowledged(form)

        def broken(request: object) -> None:
            raise ZeroDivisionError

        studio.check = broken  # type: ignore[method-assign]
        for given in (
            await discord.command("didtalk", script="Hello there"),
            await discord.press(card, "redo"),
            await discord.submit(form, script="Hello there"),
        ):
            await discord.acknowledged(given)
            said, words = discord.channels[CHANNEL].messages[given.message or 0], f"logged under {given.id}"
            await discord.until(lambda said=said, words=words: words in text_of(said))  # type: ignore[misc]
        assert len(await bot.jobs()) == 1
