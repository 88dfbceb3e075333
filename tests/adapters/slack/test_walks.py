"""Every way into Slack ends with the right bytes in the right thread."""

import io
from typing import Any

import pytest
from PIL import Image

from bot.app import App
from bot.jobs.job import Wanted
from tests.adapters.slack.conftest import Walk, finished, until
from tests.fakes import slack_rules
from tests.fakes.slack_server import APP_TOKEN, SlackServer
from tests.fakes.studio import ChoosyStudio


def photo(colour: str = "teal") -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


async def delivered(app: App, slack: SlackServer, channel: str = "C1") -> str:
    """The thread of the one video, when it is there and its card says so."""
    (job,) = await finished(app)
    ((where, thread, data),) = slack.videos()
    assert (where, data) == (channel, b"a video of " + job.marker.encode())
    (card,) = slack.cards()
    await until(lambda: "AI-generated" in card["text"])
    assert {each["action_id"] for each in card["blocks"][-1]["elements"]} >= {"didtalk:redo", "didtalk:delete"}
    return thread


async def test_a_command_becomes_a_video_in_the_thread(walk: Walk, slack: SlackServer) -> None:
    """Acknowledged privately, shown once, delivered under its card with the asker called."""
    async with walk.running() as (app, ana):
        answer = await ana.command("Welcome &amp; <@U1|ana>!")
        assert answer.status_code == 200
        assert answer.json()["response_type"] == "ephemeral"
        assert "On it" in answer.json()["text"]
        thread = await delivered(app, slack)
        assert thread == slack.cards()[0]["ts"]
        (job,) = await finished(app)
        assert job.request.kind == "talk"
        assert job.request.script == "Welcome & @ana!"
        assert slack.of("files.completeUploadExternal")[0]["initial_comment"].startswith("<@U1> ")
        (file,) = slack.files.values()
        assert "face saying: Welcome & @ana!" in file.alt


@pytest.mark.parametrize(
    ("text", "kind"), [("animate dance", "animation"), ("", "animation"), ("say Hello you", "talk")]
)
async def test_a_mention_with_a_photo_answers_in_its_thread(
    walk: Walk, slack: SlackServer, text: str, kind: str
) -> None:
    """The photo's bytes reach the studio, and the message that asked is marked."""
    file = slack.store("p.jpg", photo(), "image/jpeg")
    async with walk.running() as (app, ana):
        message = await ana.mention(text, files=(file,))
        assert await delivered(app, slack) == message["ts"]
        assert (await finished(app))[0].request.kind == kind
        await until(lambda: ("C1", message["ts"], "white_check_mark") in slack.reactions)
        assert ("C1", message["ts"], "eyes") not in slack.reactions
    assert len(walk.studio.pictures) == 1


async def test_a_mention_in_a_thread_means_the_photo_it_began_with(walk: Walk, slack: SlackServer) -> None:
    """People need not post the picture twice."""
    first = slack.say("C1", "look at this", files=(slack.store("p.png", photo(), "image/png"),))
    async with walk.running() as (app, ana):
        await ana.mention("animate", thread_ts=first["ts"])
        assert await delivered(app, slack) == first["ts"]


async def test_a_message_to_the_bot_stays_between_the_two(walk: Walk, slack: SlackServer) -> None:
    """Text and a file in the bot's own conversation."""
    async with walk.running() as (app, ana):
        message = slack.say("D1", "Good morning", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
        event = {**message, "type": "message", "channel": "D1", "channel_type": "im", "subtype": "file_share"}
        await ana.event(event)
        await delivered(app, slack, "D1")
        (job,) = await finished(app)
        assert job.place.private
        assert job.request.kind == "talk"


@pytest.mark.parametrize(
    ("shown", "no_scope"),
    [(True, ()), (False, ()), (True, ("reactions.get",)), (True, ("reactions.get", "conversations.replies"))],
)
async def test_a_reaction_animates_a_photo(
    walk: Walk, slack: SlackServer, shown: bool, no_scope: tuple[str, ...]
) -> None:
    """However little Slack lets us see of the message; the reactor asks, not who posted it."""
    slack.reactions_show_files, slack.no_scope = shown, set(no_scope)
    parent = slack.say("C1", "holidays", user="U9")
    message = slack.say(
        "C1", "", user="U9", files=(slack.store("p.jpg", photo(), "image/jpeg"),), thread_ts=parent["ts"]
    )
    async with walk.running() as (app, ana):
        assert (await ana.react("C1", message["ts"], "man_dancing::skin-tone-3")).status_code == 200
        thread = await delivered(app, slack)
        # Only the file itself is to be seen without either: its own message then begins the thread.
        assert thread == (message["ts"] if len(no_scope) == 2 else parent["ts"])
        (job,) = await finished(app)
        assert (job.asker.user, job.asker.name, job.request.kind) == ("U1", "Ana", "animation")


async def test_what_slack_hides_is_said(walk: Walk, slack: SlackServer) -> None:
    """Nothing to be seen: the menu is named, to the reactor alone."""
    slack.no_scope = {"reactions.get", "conversations.replies", "files.list"}
    message = slack.say("C1", "Hello there")
    async with walk.running() as (app, ana):
        await ana.react("C1", message["ts"], "clapper")
        await until(lambda: slack.whispers)
        assert "⋯ menu" in slack.whispers[0]["text"]
        assert not await app.jobs.pick(Wanted())


async def test_a_message_action_opens_a_form_and_the_form_makes_the_video(walk: Walk, slack: SlackServer) -> None:
    """The main route for files: what the message gives is filled in already."""
    file = slack.store("p.jpg", photo(), "image/jpeg")
    message = slack.say("C1", "Happy birthday", files=(file,))
    async with walk.running() as (app, ana):
        body = {"type": "message_action", "callback_id": "didtalk_talk", "message": message, "channel": {"id": "C1"}}
        assert (await ana.interact(body)).status_code == 200
        (view,) = slack.views
        assert view["blocks"][0]["element"]["initial_value"] == "Happy birthday"
        answer = await ana.submit(view, script="Happy birthday to you")
        assert (answer.status_code, answer.content) == (200, b"")
        again = await ana.submit(view, script="Happy birthday to you")
        assert again.status_code == 200
        assert await delivered(app, slack) == message["ts"]
        (job,) = await finished(app)
        assert job.request.kind == "talk"
        assert job.request.script == "Happy birthday to you"
    assert len(walk.studio.pictures) == 1


async def test_a_form_says_what_is_wrong_at_its_field(walk: Walk, slack: SlackServer) -> None:
    """Nothing is lost, nothing is asked."""
    async with walk.running() as (app, ana):
        await ana.command("")
        (view,) = slack.views
        answer = (await ana.submit(view, script="x")).json()
        assert answer["response_action"] == "errors"
        assert "3 to 40,000 characters" in answer["errors"]["field:script"]
        wrong = {"id": slack.store("p.pdf", b"%PDF-1.7", "application/pdf").id, "name": "p.pdf"}
        answer = (await ana.submit(view, script="Better now", image=[wrong])).json()
        assert "“p.pdf” is of no use here" in answer["errors"]["field:image"]
        assert not await app.jobs.pick(Wanted())
        uploaded = {"id": slack.store("p.jpg", photo(), "image/jpeg").id, "name": "p.jpg", "mimetype": "image/jpeg"}
        await ana.submit(view, script="Better now", image=[uploaded], voice="Sara", stitch=True)
        (job,) = await finished(app)
        request: Any = job.request
        assert (request.voice, request.stitch, request.image.name) == ("Sara", True, "p.jpg")


async def test_more_options_are_a_tap_away(walk: Walk, slack: SlackServer) -> None:
    """Rare ones would bury the everyday ones."""
    async with walk.running() as (_, ana):
        await ana.command("")
        (view,) = slack.views
        action = {"action_id": "didtalk_more", "value": "more", "action_ts": "1"}
        await ana.interact({"type": "block_actions", "actions": [action], "view": view})
        assert len(slack.views[-1]["blocks"]) > len(view["blocks"])


async def test_a_plan_is_shown_over_its_form(walk: Walk, slack: SlackServer) -> None:
    """Nothing is asked for; the form below stays as it was filled in, to be sent again without the tick."""
    async with walk.running() as (app, ana):
        await ana.command("storyboard", "/did")
        (view,) = slack.views
        shown = (await ana.submit(view, script="@ada: Hello there", plan=True)).json()
        assert shown["response_action"] == "push"
        assert slack_rules.view(shown["view"]) == []
        assert "Nothing was sent" in str(shown["view"]["blocks"])
        assert await app.jobs.pick(Wanted()) == []
        assert (await ana.submit(view, script="@ada: Hello there")).content == b""
        await finished(app)


async def test_edit_and_redo_begins_with_what_was_asked(walk: Walk, slack: SlackServer) -> None:
    """And the second video is in the first one's thread."""
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard! --voice Sara --pad 2 --set config.pad_audio=1")
        await delivered(app, slack)
        card = slack.cards()[0]
        await ana.press(card, "edit")
        (view,) = slack.views
        assert view["blocks"][0]["element"]["initial_value"] == "Welcome aboard!"
        await ana.submit(view, script="Welcome back!")
        jobs = await finished(app, count=2)
        request: Any = jobs[0].request
        assert (request.script, request.voice, request.pad) == ("Welcome back!", "Sara", 2.0)
        assert jobs[0].again_of == jobs[1].id


async def test_buttons_work_on_any_old_message_after_a_restart(walk: Walk, slack: SlackServer) -> None:
    """The button names the job; nothing else is needed."""
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await delivered(app, slack)
    card = slack.cards()[0]
    async with walk.running() as (app, ana):
        await ana.press(card, "details")
        await until(lambda: slack.responses)
        assert "Job: " in slack.responses[0]["text"]
        assert slack.responses[0]["replace_original"] is False
        await ana.press(card, "redo")
        await finished(app, count=2)
        assert len(slack.videos()) == 2
        await ana.press(card, "delete")
        await until(lambda: len(slack.videos()) == 1)
        await until(lambda: len(slack.responses) == 2)
        assert "Deleted" in slack.responses[1]["text"]


async def test_what_one_studio_refuses_the_other_makes_with_one_button(walk: Walk, slack: SlackServer) -> None:
    """The card says what changes and what it costs."""
    walk.others["heygen"] = ChoosyStudio()
    async with walk.running() as (app, ana):
        await ana.command("Welcome! --studio heygen --driver lively")
        await until(lambda: any("charges its own credits" in str(card["blocks"]) for card in slack.cards()))
        await ana.press(slack.cards()[0], "switch")
        (job, *_) = await finished(app)
        assert job.studio == "did"
        assert len(slack.videos()) == 1


async def test_a_form_opens_from_nowhere_and_asks_where(walk: Walk, slack: SlackServer) -> None:
    """The shortcut: to a channel, or to oneself."""
    async with walk.running() as (app, ana):
        await ana.interact({"type": "shortcut", "callback_id": "didtalk_new"})
        await ana.submit(slack.views[0], script="To the channel", where="C7")
        await delivered(app, slack, "C7")
        await ana.interact({"type": "shortcut", "callback_id": "didtalk_new"})
        await ana.submit(slack.views[1], script="To myself")
        await finished(app, count=2)
        assert {where for where, _, _ in slack.videos()} == {"C7", "D1"}


async def test_lists_are_answered_from_memory(walk: Walk, slack: SlackServer) -> None:
    """Voices and the like, and an empty list rather than an error."""
    async with walk.running() as (_, ana):
        body = {"type": "block_suggestion", "action_id": "pick:voices", "block_id": "field:voice", "value": "sa"}
        answer = await ana.interact(body)
        assert answer.json() == {
            "options": [{"text": {"type": "plain_text", "text": "Sara · English"}, "value": "Sara"}]
        }
        answer = await ana.interact(body | {"value": "nobody"})
        assert answer.json() == {"options": []}


async def test_socket_mode_is_the_same_by_another_way(walk: Walk, slack: SlackServer) -> None:
    """Commands, events, forms and lists over our own connection."""
    async with walk.running(app_token=APP_TOKEN, signing_secret="") as (app, ana):
        await until(lambda: slack._socket)
        answer = await slack.send("slash_commands", ana.typed("Welcome aboard!"))
        assert "On it" in answer["text"]
        await delivered(app, slack)
        file = slack.store("p.jpg", photo(), "image/jpeg")
        message = slack.say("C1", "", files=(file,))
        item = {"type": "message", "channel": "C1", "ts": message["ts"]}
        body = ana.happened({"type": "reaction_added", "reaction": "clapper", "item": item})
        for again in range(3):
            await slack.send("events_api", body, retry_attempt=again)
        jobs = await finished(app, count=2)
        assert len(jobs) == 2
        await slack.send("slash_commands", ana.typed("", "/did"))
        assert (
            await slack.send(
                "interactive",
                {
                    "type": "view_closed",
                    "team": {"id": "T1"},
                    "user": {"id": "U1"},
                    "view": {"callback_id": "didtalk_form", "private_metadata": "x"},
                },
            )
            == {}
        )


LACKING = [
    ("animate dance", "animation", {"driver": "dance"}),
    ("translate es fr", "translation", {"languages": "Spanish, French"}),
]


@pytest.mark.parametrize("socket", [False, True])
@pytest.mark.parametrize(("text", "kind", "said"), LACKING)
async def test_what_lacks_a_file_opens_its_form_filled_with_what_was_said(
    walk: Walk, slack: SlackServer, text: str, kind: str, said: dict[str, str], socket: bool
) -> None:
    """A command can carry no file, so the form asks for it; nothing typed is lost."""
    keys = {"app_token": APP_TOKEN, "signing_secret": ""} if socket else {}
    async with walk.running(**keys) as (app, ana):
        if socket:
            await until(lambda: slack._socket)
            assert await slack.send("slash_commands", ana.typed(text, "/did")) == {}
        else:
            answer = await ana.command(text, "/did")
            assert (answer.status_code, answer.content) == (200, b"")
        (view,) = slack.views
        for field, value in said.items():
            (block,) = [each for each in view["blocks"] if each.get("block_id") == f"field:{field}"]
            chosen = block["element"].get("initial_options") or [block["element"].get("initial_option")]
            assert ", ".join(each["value"] for each in chosen) == value
        name, mime = ("v.mp4", "video/mp4") if kind == "translation" else ("p.jpg", "image/jpeg")
        file = slack.store(name, photo(), mime)
        uploaded = {"id": file.id, "name": name, "mimetype": mime}
        if not socket:
            await ana.submit(view, **{"video" if kind == "translation" else "image": [uploaded]})
            jobs = await finished(app, count=2 if kind == "translation" else 1)
            assert {job.request.kind for job in jobs} == {kind}


async def test_translate_asks_for_the_language(walk: Walk, slack: SlackServer) -> None:
    """A video in a message, and a button on our own."""
    file = slack.store("v.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")
    message = slack.say("C1", "", files=(file,))
    async with walk.running() as (app, ana):
        body = {
            "type": "message_action",
            "callback_id": "didtalk_translate",
            "message": message,
            "channel": {"id": "C1"},
        }
        await ana.interact(body)
        await ana.submit(slack.views[0], languages=["French", "Spanish"])
        jobs = await finished(app, count=2)
        assert {each.request.languages for each in jobs if each.request.kind == "translation"} == {
            ("French",),
            ("Spanish",),
        }
        assert len(slack.videos()) == 2
