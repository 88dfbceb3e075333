"""Every way into Slack ends with the right bytes in the right thread."""

import io
from typing import Any

import pytest
from PIL import Image

from bot.app import App
from bot.jobs.job import JobFilter
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until
from tests.fakes.slack import rules
from tests.fakes.slack.server import APP_TOKEN, SlackServer
from tests.fakes.studio import RefusingStudio


def make_photo(colour: str = "teal") -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


async def delivered_thread(app: App, slack: SlackServer, channel: str = "C1") -> str:
    """The thread of the one video, when it is there and its card says so."""
    (job,) = await wait_for_jobs(app)
    ((where, thread, data),) = slack.videos()
    assert (where, data) == (channel, b"a video of " + job.marker.encode())
    (card,) = slack.card_messages()
    await wait_until(lambda: "AI-generated" in card["text"])
    assert {each["action_id"] for each in card["blocks"][-1]["elements"]} >= {"didtalk:redo", "didtalk:delete"}
    return thread


async def test_a_command_becomes_a_video_in_the_thread(walk: SlackHarness, slack: SlackServer) -> None:
    """Acknowledged privately, shown once, delivered under its card with the asker called."""
    async with walk.running() as (app, ana):
        answer = await ana.run_command("Welcome &amp; <@U1|ana>!")
        assert answer.status_code == 200
        assert answer.json()["response_type"] == "ephemeral"
        assert "On it" in answer.json()["text"]
        thread = await delivered_thread(app, slack)
        assert thread == slack.card_messages()[0]["ts"]
        (job,) = await wait_for_jobs(app)
        assert job.request.kind == "talk"
        assert job.request.script == "Welcome & @ana!"
        assert slack.calls_of("files.completeUploadExternal")[0]["initial_comment"].startswith("<@U1> ")
        (file,) = slack.files.values()
        assert "face saying: Welcome & @ana!" in file.alt_text


@pytest.mark.parametrize(
    ("text", "kind"), [("animate dance", "animation"), ("Hello you", "talk"), ("say Hello you", "talk")]
)
async def test_a_mention_with_a_photo_answers_in_its_thread(
    walk: SlackHarness, slack: SlackServer, text: str, kind: str
) -> None:
    """The photo's bytes reach the studio, and the message that asked is marked."""
    file = slack.store_file("p.jpg", make_photo(), "image/jpeg")
    async with walk.running() as (app, ana):
        message = await ana.mention_bot(text, files=(file,))
        assert await delivered_thread(app, slack) == message["ts"]
        assert (await wait_for_jobs(app))[0].request.kind == kind
        await wait_until(lambda: ("C1", message["ts"], "white_check_mark") in slack.reactions)
        assert ("C1", message["ts"], "eyes") not in slack.reactions
    assert len(walk.studio.pictures) == 1


async def test_a_mention_in_a_thread_means_the_photo_it_began_with(walk: SlackHarness, slack: SlackServer) -> None:
    """People need not post the picture twice."""
    first = slack.post_message("C1", "look at this", files=(slack.store_file("p.png", make_photo(), "image/png"),))
    async with walk.running() as (app, ana):
        await ana.mention_bot("animate", thread_ts=first["ts"])
        assert await delivered_thread(app, slack) == first["ts"]


async def test_a_message_to_the_bot_stays_between_the_two(walk: SlackHarness, slack: SlackServer) -> None:
    """Text and a file in the bot's own conversation."""
    async with walk.running() as (app, ana):
        message = slack.post_message(
            "D1", "Good morning", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),)
        )
        event = {**message, "type": "message", "channel": "D1", "channel_type": "im", "subtype": "file_share"}
        await ana.send_event(event)
        await delivered_thread(app, slack, "D1")
        (job,) = await wait_for_jobs(app)
        assert job.place.private
        assert job.request.kind == "talk"


@pytest.mark.parametrize(
    ("shown", "no_scope"),
    [(True, ()), (False, ()), (True, ("reactions.get",)), (True, ("reactions.get", "conversations.replies"))],
)
async def test_a_reaction_animates_a_photo(
    walk: SlackHarness, slack: SlackServer, shown: bool, no_scope: tuple[str, ...]
) -> None:
    """However little Slack lets us see of the message; the reactor asks, not who posted it."""
    slack.reactions_show_files, slack.declined_methods = shown, set(no_scope)
    parent = slack.post_message("C1", "holidays", user="U9")
    message = slack.post_message(
        "C1", "", user="U9", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),), thread_ts=parent["ts"]
    )
    async with walk.running() as (app, ana):
        assert (await ana.add_reaction("C1", message["ts"], "man_dancing::skin-tone-3")).status_code == 200
        thread = await delivered_thread(app, slack)
        # Only the file itself is to be seen without either: its own message then begins the thread.
        assert thread == (message["ts"] if len(no_scope) == 2 else parent["ts"])
        (job,) = await wait_for_jobs(app)
        assert (job.asker.user, job.asker.name, job.request.kind) == ("U1", "Ana", "animation")


async def test_what_slack_hides_is_said(walk: SlackHarness, slack: SlackServer) -> None:
    """Nothing to be seen: the menu is named, to the reactor alone."""
    slack.declined_methods = {"reactions.get", "conversations.replies", "files.list"}
    message = slack.post_message("C1", "Hello there")
    async with walk.running() as (app, ana):
        await ana.add_reaction("C1", message["ts"], "clapper")
        await wait_until(lambda: slack.whispers)
        assert "⋯ menu" in slack.whispers[0]["text"]
        assert not await app.jobs.list_jobs(JobFilter())


async def test_a_message_action_opens_a_form_and_the_form_makes_the_video(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """The main route for files: what the message gives is filled in already."""
    file = slack.store_file("p.jpg", make_photo(), "image/jpeg")
    message = slack.post_message("C1", "Happy birthday", files=(file,))
    async with walk.running() as (app, ana):
        body = {"type": "message_action", "callback_id": "didtalk_talk", "message": message, "channel": {"id": "C1"}}
        assert (await ana.send_interaction(body)).status_code == 200
        (view,) = slack.views
        assert view["blocks"][0]["element"]["initial_value"] == "Happy birthday"
        answer = await ana.submit_form(view, script="Happy birthday to you")
        assert (answer.status_code, answer.content) == (200, b"")
        again = await ana.submit_form(view, script="Happy birthday to you")
        assert again.status_code == 200
        assert await delivered_thread(app, slack) == message["ts"]
        (job,) = await wait_for_jobs(app)
        assert job.request.kind == "talk"
        assert job.request.script == "Happy birthday to you"
    assert len(walk.studio.pictures) == 1


async def test_a_form_says_what_is_wrong_at_its_field(walk: SlackHarness, slack: SlackServer) -> None:
    """Nothing is lost, nothing is asked."""
    async with walk.running() as (app, ana):
        await ana.run_command("")
        (view,) = slack.views
        answer = (await ana.submit_form(view, script="x")).json()
        assert answer["response_action"] == "errors"
        assert "3 to 40,000 characters" in answer["errors"]["field:script"]
        wrong = {"id": slack.store_file("p.pdf", b"%PDF-1.7", "application/pdf").id, "name": "p.pdf"}
        answer = (await ana.submit_form(view, script="Better now", image=[wrong])).json()
        assert "“p.pdf” can't be used here" in answer["errors"]["field:image"]
        assert not await app.jobs.list_jobs(JobFilter())
        uploaded = {
            "id": slack.store_file("p.jpg", make_photo(), "image/jpeg").id,
            "name": "p.jpg",
            "mimetype": "image/jpeg",
        }
        await ana.submit_form(view, script="Better now", image=[uploaded], voice="Sara", stitch=True)
        (job,) = await wait_for_jobs(app)
        request: Any = job.request
        assert (request.voice, request.stitch, request.image.name) == ("Sara", True, "p.jpg")


async def test_more_options_are_a_tap_away(walk: SlackHarness, slack: SlackServer) -> None:
    """Rare ones would bury the everyday ones."""
    async with walk.running() as (_, ana):
        await ana.run_command("")
        (view,) = slack.views
        action = {"action_id": "didtalk_more", "value": "more", "action_ts": "1"}
        await ana.send_interaction({"type": "block_actions", "actions": [action], "view": view})
        assert len(slack.views[-1]["blocks"]) > len(view["blocks"])


async def test_a_plan_is_shown_over_its_form(walk: SlackHarness, slack: SlackServer) -> None:
    """Nothing is asked for; the form below stays as it was filled in, to be sent again without the tick."""
    async with walk.running() as (app, ana):
        await ana.run_command("storyboard", "/did")
        (view,) = slack.views
        shown = (await ana.submit_form(view, script="@ada: Hello there", plan=True)).json()
        assert shown["response_action"] == "push"
        assert rules.check_view(shown["view"]) == []
        assert "Preview only" in str(shown["view"]["blocks"])
        assert await app.jobs.list_jobs(JobFilter()) == []
        assert (await ana.submit_form(view, script="@ada: Hello there")).content == b""
        await wait_for_jobs(app)


async def test_edit_and_redo_begins_with_what_was_asked(walk: SlackHarness, slack: SlackServer) -> None:
    """And the second video is in the first one's thread."""
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard! --voice Sara --pad 2 --set config.pad_audio=1")
        await delivered_thread(app, slack)
        card = slack.card_messages()[0]
        await ana.press_button(card, "edit")
        (view,) = slack.views
        assert view["blocks"][0]["element"]["initial_value"] == "Welcome aboard!"
        await ana.submit_form(view, script="Welcome back!")
        jobs = await wait_for_jobs(app, count=2)
        request: Any = jobs[0].request
        assert (request.script, request.voice, request.pad) == ("Welcome back!", "Sara", 2.0)
        assert jobs[0].redo_of == jobs[1].id


async def test_buttons_work_on_any_old_message_after_a_restart(walk: SlackHarness, slack: SlackServer) -> None:
    """The button names the job; nothing else is needed."""
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await delivered_thread(app, slack)
    card = slack.card_messages()[0]
    async with walk.running() as (app, ana):
        await ana.press_button(card, "details")
        await wait_until(lambda: slack.url_responses)
        assert "Job: " in slack.url_responses[0]["text"]
        assert slack.url_responses[0]["replace_original"] is False
        await ana.press_button(card, "redo")
        await wait_for_jobs(app, count=2)
        assert len(slack.videos()) == 2
        await ana.press_button(card, "delete")
        await wait_until(lambda: len(slack.videos()) == 1)
        await wait_until(lambda: len(slack.url_responses) == 2)
        assert "Video deleted." in slack.url_responses[1]["text"]


async def test_what_one_studio_refuses_the_other_makes_with_one_button(walk: SlackHarness, slack: SlackServer) -> None:
    """The card says what changes and what it costs."""
    walk.other_studios["heygen"] = RefusingStudio()
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome! --studio heygen --driver lively")
        await wait_until(lambda: any("credits are used" in str(card["blocks"]) for card in slack.card_messages()))
        await ana.press_button(slack.card_messages()[0], "switch")
        (job, *_) = await wait_for_jobs(app)
        assert job.studio == "did"
        assert len(slack.videos()) == 1


async def test_a_form_opens_from_nowhere_and_asks_where(walk: SlackHarness, slack: SlackServer) -> None:
    """The shortcut: to a channel, or to oneself."""
    async with walk.running() as (app, ana):
        await ana.send_interaction({"type": "shortcut", "callback_id": "didtalk_new"})
        await ana.submit_form(slack.views[0], script="To the channel", where="C7")
        await delivered_thread(app, slack, "C7")
        await ana.send_interaction({"type": "shortcut", "callback_id": "didtalk_new"})
        await ana.submit_form(slack.views[1], script="To myself")
        await wait_for_jobs(app, count=2)
        assert {where for where, _, _ in slack.videos()} == {"C7", "D1"}


async def test_lists_are_answered_from_memory(walk: SlackHarness, slack: SlackServer) -> None:
    """Voices and the like, and an empty list rather than an error."""
    async with walk.running() as (_, ana):
        body = {"type": "block_suggestion", "action_id": "pick:voices", "block_id": "field:voice", "value": "sa"}
        answer = await ana.send_interaction(body)
        assert answer.json() == {
            "options": [{"text": {"type": "plain_text", "text": "Sara · English"}, "value": "Sara"}]
        }
        answer = await ana.send_interaction(body | {"value": "nobody"})
        assert answer.json() == {"options": []}


async def test_socket_mode_is_the_same_by_another_way(walk: SlackHarness, slack: SlackServer) -> None:
    """Commands, events, forms and lists over our own connection."""
    async with walk.running(app_token=APP_TOKEN, signing_secret="") as (app, ana):
        await wait_until(lambda: slack._socket)
        answer = await slack.send_envelope("slash_commands", ana.command_body("Welcome aboard!"))
        assert "On it" in answer["text"]
        await delivered_thread(app, slack)
        file = slack.store_file("p.jpg", make_photo(), "image/jpeg")
        message = slack.post_message("C1", "Hello you", files=(file,))
        item = {"type": "message", "channel": "C1", "ts": message["ts"]}
        body = ana.event_body({"type": "reaction_added", "reaction": "clapper", "item": item})
        for again in range(3):
            await slack.send_envelope("events_api", body, retry_attempt=again)
        jobs = await wait_for_jobs(app, count=2)
        assert len(jobs) == 2
        await slack.send_envelope("slash_commands", ana.command_body("", "/did"))
        assert (
            await slack.send_envelope(
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


INCOMPLETE_REQUESTS = [
    ("animate dance", "animation", {"driver": "dance"}),
    ("translate es fr", "translation", {"languages": "Spanish, French"}),
]


@pytest.mark.parametrize("socket", [False, True])
@pytest.mark.parametrize(("text", "kind", "said"), INCOMPLETE_REQUESTS)
async def test_what_lacks_a_file_opens_its_form_filled_with_what_was_said(
    walk: SlackHarness, slack: SlackServer, text: str, kind: str, said: dict[str, str], socket: bool
) -> None:
    """A command can carry no file, so the form asks for it; nothing typed is lost."""
    keys = {"app_token": APP_TOKEN, "signing_secret": ""} if socket else {}
    async with walk.running(**keys) as (app, ana):
        if socket:
            await wait_until(lambda: slack._socket)
            assert await slack.send_envelope("slash_commands", ana.command_body(text, "/did")) == {}
        else:
            answer = await ana.run_command(text, "/did")
            assert (answer.status_code, answer.content) == (200, b"")
        (view,) = slack.views
        for field, value in said.items():
            (block,) = [each for each in view["blocks"] if each.get("block_id") == f"field:{field}"]
            chosen = block["element"].get("initial_options") or [block["element"].get("initial_option")]
            assert ", ".join(each["value"] for each in chosen) == value
        name, mime = ("v.mp4", "video/mp4") if kind == "translation" else ("p.jpg", "image/jpeg")
        file = slack.store_file(name, make_photo(), mime)
        uploaded = {"id": file.id, "name": name, "mimetype": mime}
        if not socket:
            await ana.submit_form(view, **{"video" if kind == "translation" else "image": [uploaded]})
            jobs = await wait_for_jobs(app, count=2 if kind == "translation" else 1)
            assert {job.request.kind for job in jobs} == {kind}


async def test_translate_asks_for_the_language(walk: SlackHarness, slack: SlackServer) -> None:
    """A video in a message, and a button on our own."""
    file = slack.store_file("v.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")
    message = slack.post_message("C1", "", files=(file,))
    async with walk.running() as (app, ana):
        body = {
            "type": "message_action",
            "callback_id": "didtalk_translate",
            "message": message,
            "channel": {"id": "C1"},
        }
        await ana.send_interaction(body)
        await ana.submit_form(slack.views[0], languages=["French", "Spanish"])
        jobs = await wait_for_jobs(app, count=2)
        assert {each.request.languages for each in jobs if each.request.kind == "translation"} == {
            ("French",),
            ("Spanish",),
        }
        assert len(slack.videos()) == 2


async def test_small_talk_is_asked_about_and_a_yes_makes_it(walk: SlackHarness, slack: SlackServer) -> None:
    """Only the person who spoke sees the question, which goes away with the answer."""
    async with walk.running() as (app, ana):
        await ana.mention_bot("thanks!")
        await wait_until(lambda: bool(slack.calls_of("chat.postEphemeral")))
        question = slack.calls_of("chat.postEphemeral")[0]
        assert "Shall I make a video saying “thanks!”?" in question["text"]
        assert await app.jobs.list_jobs(JobFilter()) == []
        asked = {"blocks": question["blocks"], "channel": "C1", "ts": "9.9"}
        for _ in range(2):
            await ana.press_button(asked, "make")
        await wait_until(lambda: len(slack.url_responses) == 2)
        assert slack.url_responses == [{"delete_original": True}] * 2
        assert len(await wait_for_jobs(app)) == 1


async def test_a_bin_asks_with_the_title_before_it_deletes(walk: SlackHarness, slack: SlackServer) -> None:
    """A reaction is given in a moment; what it deletes cannot be brought back."""
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await delivered_thread(app, slack)
        card = slack.card_messages()[0]
        await ana.add_reaction("C1", card["ts"], "wastebasket")
        await wait_until(lambda: bool(slack.calls_of("chat.postEphemeral")))
        question = slack.calls_of("chat.postEphemeral")[0]
        assert question["text"].startswith("*Delete “Welcome aboard!”?*")
        assert slack.videos()
        await ana.press_button({"blocks": question["blocks"], "channel": "C1", "ts": "9.9"}, "confirm_delete")
        await wait_until(lambda: not slack.videos())
        await wait_until(lambda: bool(slack.url_responses))
        assert slack.url_responses[-1]["replace_original"]


@pytest.mark.parametrize("reaction", ["flag-fr", "fr"])
async def test_a_flag_on_our_own_card_means_its_video(walk: SlackHarness, slack: SlackServer, reaction: str) -> None:
    """Slack's card holds no file, and the reaction was answered by silence."""
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await delivered_thread(app, slack)
        await ana.add_reaction("C1", slack.card_messages()[0]["ts"], reaction)
        translated = (await wait_for_jobs(app, count=2))[0]
        assert translated.request.kind == "translation"
        assert translated.request.media["video"].address.startswith("shelf:")


@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_a_card_leads_to_is_where_the_card_is(
    walk: SlackHarness, slack: SlackServer, in_thread: bool
) -> None:
    """Redo went into the thread that the card's own video began, the form's video beside the card."""
    async with walk.running() as (app, ana):
        root = slack.post_message("C1", "Welcome aboard!")["ts"] if in_thread else ""
        await (ana.add_reaction("C1", root, "clapper") if in_thread else ana.run_command("Welcome aboard!"))
        await delivered_thread(app, slack)
        card = slack.card_messages()[0]
        await ana.press_button(card, "redo")
        await ana.add_reaction("C1", card["ts"], "repeat")
        for action, filled in (("edit", {"script": "Welcome again!"}), ("translate", {"languages": ["French"]})):
            await ana.press_button(card, action)
            await wait_until(lambda: bool(slack.views))
            await ana.submit_form(slack.views.pop(), **filled)
        jobs = await wait_for_jobs(app, count=5)
        assert {job.place.thread for job in jobs} == {root}
