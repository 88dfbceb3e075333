"""Every word with which Slack refuses has one clear outcome: the video reaches its asker once, or a reason does."""

from typing import Any

import pytest

from adapters.chats.slack.client import UNPOSTABLE_CODES, SlackRefused, TokenRejected, error_from_code
from bot.errors import TryAgain, Unsure
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until, wait_until_async
from tests.adapters.chats.slack.test_end_to_end import make_photo
from tests.fakes.slack.server import TOKEN, SlackServer

ERROR_OUTCOMES = {
    "not_in_channel": "/invite @didtalk",
    "channel_not_found": "/invite @didtalk",
    "is_archived": "archived",
    "restricted_action": "doesn't allow me to post",
    "posting_to_general_channel_denied": "doesn't allow me to post",
    "restricted_action_read_only_channel": "doesn't allow me to post",
    "channel_is_limited_access": "doesn't allow me to post",
    "a_word_that_is_newer_than_we_are": "doesn't allow me to post",
}


@pytest.mark.parametrize("code", sorted(ERROR_OUTCOMES))
async def test_where_nothing_may_be_posted_the_asker_gets_card_and_video(
    walk: SlackHarness, slack: SlackServer, code: str
) -> None:
    """In their own conversation with us, with the reason."""
    slack.closed_channels, slack.closed_error = {"C1"}, code
    async with walk.running() as (app, ana):
        assert "On it" in (await ana.run_command("Welcome aboard!")).json()["text"]
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
        assert [where for where, _, _ in slack.videos()] == ["D1"]
    (card,) = slack.card_messages()
    assert ERROR_OUTCOMES[code] in card["text"]  # still, after every edit


async def test_a_conversation_between_two_others_is_said_to_be_one(walk: SlackHarness, slack: SlackServer) -> None:
    """Nobody can invite a bot there."""
    slack.closed_channels, slack.closed_error = {"D9"}, "channel_not_found"
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!", channel="D9", channel_name="directmessage")
        await wait_for_jobs(app)
        assert [where for where, _, _ in slack.videos()] == ["D1"]
        assert any("between other people" in text for _, text in slack.text_history)
        assert not any("/invite" in text for _, text in slack.text_history)


async def test_a_channel_archived_meanwhile_holds_nothing_up(walk: SlackHarness, slack: SlackServer) -> None:
    """The card stays as it was; the video goes to its asker."""
    walk.studio.finish_at_once = False
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app, "rendering")
        await wait_until(slack.card_messages)
        slack.closed_channels, slack.closed_error = {"C1"}, "is_archived"
        walk.studio.finished_tickets.update(walk.studio.tickets.values())
        await wait_for_jobs(app)
        assert [where for where, _, _ in slack.videos()] == ["D1"]
        assert "archived" in next(each["text"] for each in slack.messages["D1"] if each.get("files"))


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "invalid_blocks_format"])
async def test_what_slack_does_not_draw_is_said_in_plain_words(
    walk: SlackHarness, slack: SlackServer, code: str
) -> None:
    """A card without buttons is better than none."""
    slack.fail_next("chat.postMessage", code)
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
    assert slack.calls_of("chat.postMessage")[1]["blocks"] == []
    assert len(slack.card_messages()) == len(slack.videos()) == 1


@pytest.mark.parametrize("code", ["thread_not_found", "thread_locked", "restricted_action_thread_locked"])
async def test_a_closed_thread_is_left_for_its_channel(walk: SlackHarness, slack: SlackServer, code: str) -> None:
    """Somebody deleted or locked it."""
    slack.fail_next("chat.postMessage", code)
    async with walk.running() as (app, ana):
        message = slack.post_message("C1", "look", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),))
        await ana.mention_bot("animate", thread_ts=message["ts"])
        await wait_for_jobs(app)
    (card,) = slack.card_messages()
    assert (card["channel"], card.get("thread_ts")) == ("C1", None)


FILE_ERRORS = ["file_uploads_disabled", "storage_limit_reached", "blocked_file_type", "missing_scope", "malware_found"]


@pytest.mark.parametrize("code", FILE_ERRORS)
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_workspace_that_takes_no_files_gets_a_link(
    walk: SlackHarness, slack: SlackServer, code: str, method: str
) -> None:
    """At whichever step it says so, in a word that we know or in one that we do not."""
    walk.settings = {"public_url": "https://didtalk.example"}
    slack.fail_next(method, code, code)  # the channel, then the asker's own conversation
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        assert "https://didtalk.example/media/" in slack.card_messages()[0]["text"]
    assert slack.videos() == []


@pytest.mark.parametrize("code", ["channel_is_limited_access", "a_word_that_is_newer_than_we_are"])
async def test_a_video_that_its_channel_refuses_reaches_its_asker(
    walk: SlackHarness, slack: SlackServer, code: str
) -> None:
    """It is paid for, so it is handed over, whatever Slack calls the reason."""
    slack.fail_next("files.completeUploadExternal", code)
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
    assert [where for where, _, _ in slack.videos()] == ["D1"]
    assert "doesn't allow me to post" in next(each["text"] for each in slack.messages["D1"] if each.get("files"))


async def test_an_upload_that_slack_lost_is_sent_again(walk: SlackHarness, slack: SlackServer) -> None:
    """It was seen by nobody, so a second one repeats nothing."""
    slack.fail_next("files.completeUploadExternal", "file_not_found")
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
    assert len(slack.videos()) == 1
    assert len(slack.calls_of("files.getUploadURLExternal")) == 2


async def test_an_answer_finds_its_way_when_its_address_is_used_up(walk: SlackHarness, slack: SlackServer) -> None:
    """Such addresses are good for five answers in half an hour."""
    async with walk.running() as (_, ana):
        await ana.run_command("Welcome aboard!")
        await wait_until(lambda: slack.card_messages() and "AI-generated" in slack.card_messages()[0]["text"])
        slack.response_urls_used = True
        await ana.press_button(slack.card_messages()[0], "details")
        await wait_until(lambda: slack.whispers)
        assert "Job: " in slack.whispers[0]["text"]


@pytest.mark.parametrize("fault", ["expired_trigger_id", "trigger_exchanged", 429, "lost"])
async def test_a_form_that_does_not_open_is_said(walk: SlackHarness, slack: SlackServer, fault: Any) -> None:
    """A menu or a shortcut must not seem dead."""
    message = slack.post_message("C1", "Hello there")
    action = {"type": "message_action", "callback_id": "didtalk_talk", "message": message, "channel": {"id": "C1"}}
    async with walk.running() as (_, ana):
        slack.fail_next("views.open", fault, fault, fault)
        assert (await ana.send_interaction(action | {"response_url": f"{slack.url}/respond"})).status_code == 200
        await wait_until(lambda: slack.url_responses)
        assert (await ana.send_interaction({"type": "shortcut", "callback_id": "didtalk_new"})).status_code == 200
        await wait_until(lambda: slack.messages["D1"])
        typed = (await ana.run_command("")).json()
        assert typed["response_type"] == "ephemeral"
        assert "try again" in typed["text"]
        assert len({typed["text"], slack.url_responses[0]["text"], slack.messages["D1"][0]["text"]}) == 1


async def test_a_dead_token_is_said_before_anything_is_spent(walk: SlackHarness, slack: SlackServer) -> None:
    """What nobody may post is not made; once Slack takes the token again, it is."""
    async with walk.running() as (app, ana):
        del slack.tokens[TOKEN]
        await ana.run_command("The first one")  # nobody knows yet

        async def refused() -> bool:
            return "rejects didtalk's token" in (await ana.run_command("Another one")).text

        await wait_until_async(refused)
        charged = len(walk.studio.charged_markers)
        await ana.mention_bot("say Hello there")
        slack.tokens[TOKEN] = "T1"

        async def taken() -> bool:
            return "On it" in (await ana.run_command("Back again")).text

        await wait_until_async(taken)
        assert charged <= 1
        await wait_until_async(lambda: _has_finished(app, 3))


async def _has_finished(app: Any, count: int) -> bool:
    return len(await wait_for_jobs(app, count=count)) == count


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ratelimited", TryAgain),
        ("rate_limited", TryAgain),
        ("team_added_to_org", TryAgain),
        ("account_inactive", TokenRejected),
        ("token_revoked", TokenRejected),
        ("token_expired", TokenRejected),
        ("invalid_auth", TokenRejected),
        ("fatal_error", Unsure),
        ("internal_error", Unsure),
        ("request_timeout", Unsure),
        ("service_unavailable", Unsure),
        ("missing_scope", SlackRefused),
        ("something_new", SlackRefused),
        *((each, SlackRefused) for each in sorted(UNPOSTABLE_CODES)),
    ],
)
def test_a_word_of_slacks_says_what_to_do_next(code: str, kind: type[Exception]) -> None:
    """And always a sentence."""
    trouble = error_from_code(code, needed="chat:write")
    assert type(trouble) is kind
    assert trouble.sentence.endswith((".", "@didtalk"))
    assert ("chat:write" in trouble.sentence) == (code == "missing_scope")
