"""Every word with which Slack refuses has one clear outcome: the video reaches its asker once, or a reason does."""

from typing import Any

import pytest

from adapters.chats.slack.api.errors import GONE, Out, Said, fault
from bot.errors import TryAgain, Unsure
from tests.adapters.slack.conftest import Walk, eventually, finished, until
from tests.adapters.slack.test_walks import photo
from tests.fakes.slack_server import TOKEN, SlackServer

SAYS = {
    "not_in_channel": "/invite @didtalk",
    "channel_not_found": "/invite @didtalk",
    "is_archived": "archived",
    "restricted_action": "does not let me post",
    "posting_to_general_channel_denied": "does not let me post",
    "restricted_action_read_only_channel": "does not let me post",
    "channel_is_limited_access": "does not let me post",
    "a_word_that_is_newer_than_we_are": "does not let me post",
}


@pytest.mark.parametrize("code", sorted(SAYS))
async def test_where_nothing_may_be_posted_the_asker_gets_card_and_video(
    walk: Walk, slack: SlackServer, code: str
) -> None:
    """In their own conversation with us, with the reason."""
    slack.closed, slack.closed_by = {"C1"}, code
    async with walk.running() as (app, ana):
        assert "On it" in (await ana.command("Welcome aboard!")).json()["text"]
        await finished(app)
        await until(lambda: "AI-generated" in slack.cards()[0]["text"])
        assert [where for where, _, _ in slack.videos()] == ["D1"]
    (card,) = slack.cards()
    assert SAYS[code] in card["text"]  # still, after every edit


async def test_a_conversation_between_two_others_is_said_to_be_one(walk: Walk, slack: SlackServer) -> None:
    """Nobody can invite a bot there."""
    slack.closed, slack.closed_by = {"D9"}, "channel_not_found"
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!", channel="D9", channel_name="directmessage")
        await finished(app)
        assert [where for where, _, _ in slack.videos()] == ["D1"]
        assert any("between other people" in text for _, text in slack.history)
        assert not any("/invite" in text for _, text in slack.history)


async def test_a_channel_archived_meanwhile_holds_nothing_up(walk: Walk, slack: SlackServer) -> None:
    """The card stays as it was; the video goes to its asker."""
    walk.studio.finish_at_once = False
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await finished(app, "rendering")
        await until(slack.cards)
        slack.closed, slack.closed_by = {"C1"}, "is_archived"
        walk.studio.done.update(walk.studio.held.values())
        await finished(app)
        assert [where for where, _, _ in slack.videos()] == ["D1"]
        assert "archived" in next(each["text"] for each in slack.messages["D1"] if each.get("files"))


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "invalid_blocks_format"])
async def test_what_slack_does_not_draw_is_said_in_plain_words(walk: Walk, slack: SlackServer, code: str) -> None:
    """A card without buttons is better than none."""
    slack.fail("chat.postMessage", code)
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await finished(app)
    assert slack.of("chat.postMessage")[1]["blocks"] == []
    assert len(slack.cards()) == len(slack.videos()) == 1


@pytest.mark.parametrize("code", ["thread_not_found", "thread_locked", "restricted_action_thread_locked"])
async def test_a_closed_thread_is_left_for_its_channel(walk: Walk, slack: SlackServer, code: str) -> None:
    """Somebody deleted or locked it."""
    slack.fail("chat.postMessage", code)
    async with walk.running() as (app, ana):
        message = slack.say("C1", "look", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
        await ana.mention("animate", thread_ts=message["ts"])
        await finished(app)
    (card,) = slack.cards()
    assert (card["channel"], card.get("thread_ts")) == ("C1", None)


NO_FILES = ["file_uploads_disabled", "storage_limit_reached", "blocked_file_type", "missing_scope", "malware_found"]


@pytest.mark.parametrize("code", NO_FILES)
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_workspace_that_takes_no_files_gets_a_link(
    walk: Walk, slack: SlackServer, code: str, method: str
) -> None:
    """At whichever step it says so, in a word that we know or in one that we do not."""
    walk.settings = {"DIDTALK_PUBLIC_URL": "https://didtalk.example"}
    slack.fail(method, code, code)  # the channel, then the asker's own conversation
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await finished(app)
        assert "https://didtalk.example/media/" in slack.cards()[0]["text"]
    assert slack.videos() == []


@pytest.mark.parametrize("code", ["channel_is_limited_access", "a_word_that_is_newer_than_we_are"])
async def test_a_video_that_its_channel_refuses_reaches_its_asker(walk: Walk, slack: SlackServer, code: str) -> None:
    """It is paid for, so it is handed over, whatever Slack calls the reason."""
    slack.fail("files.completeUploadExternal", code)
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await finished(app)
    assert [where for where, _, _ in slack.videos()] == ["D1"]
    assert "does not let me post" in next(each["text"] for each in slack.messages["D1"] if each.get("files"))


async def test_an_upload_that_slack_lost_is_sent_again(walk: Walk, slack: SlackServer) -> None:
    """It was seen by nobody, so a second one repeats nothing."""
    slack.fail("files.completeUploadExternal", "file_not_found")
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await finished(app)
    assert len(slack.videos()) == 1
    assert len(slack.of("files.getUploadURLExternal")) == 2


async def test_an_answer_finds_its_way_when_its_address_is_used_up(walk: Walk, slack: SlackServer) -> None:
    """Such addresses are good for five answers in half an hour."""
    async with walk.running() as (_, ana):
        await ana.command("Welcome aboard!")
        await until(lambda: slack.cards() and "AI-generated" in slack.cards()[0]["text"])
        slack.used = True
        await ana.press(slack.cards()[0], "details")
        await until(lambda: slack.whispers)
        assert "Job: " in slack.whispers[0]["text"]


@pytest.mark.parametrize("fault", ["expired_trigger_id", "trigger_exchanged", 429, "lost"])
async def test_a_form_that_does_not_open_is_said(walk: Walk, slack: SlackServer, fault: Any) -> None:
    """A menu or a shortcut must not seem dead."""
    message = slack.say("C1", "Hello there")
    action = {"type": "message_action", "callback_id": "didtalk_talk", "message": message, "channel": {"id": "C1"}}
    async with walk.running() as (_, ana):
        slack.fail("views.open", fault, fault, fault)
        assert (await ana.interact(action | {"response_url": f"{slack.url}/respond"})).status_code == 200
        await until(lambda: slack.responses)
        assert (await ana.interact({"type": "shortcut", "callback_id": "didtalk_new"})).status_code == 200
        await until(lambda: slack.messages["D1"])
        typed = (await ana.command("")).json()
        assert typed["response_type"] == "ephemeral"
        assert "try once more" in typed["text"]
        assert len({typed["text"], slack.responses[0]["text"], slack.messages["D1"][0]["text"]}) == 1


async def test_a_dead_token_is_said_before_anything_is_spent(walk: Walk, slack: SlackServer) -> None:
    """What nobody may post is not made; once Slack takes the token again, it is."""
    async with walk.running() as (app, ana):
        del slack.tokens[TOKEN]
        await ana.command("The first one")  # nobody knows yet

        async def refused() -> bool:
            return "does not let the bot in" in (await ana.command("Another one")).text

        await eventually(refused)
        charged = len(walk.studio.charged)
        await ana.mention("say Hello there")
        slack.tokens[TOKEN] = "T1"

        async def taken() -> bool:
            return "On it" in (await ana.command("Back again")).text

        await eventually(taken)
        assert charged <= 1
        await eventually(lambda: _counted(app, 3))


async def _counted(app: Any, count: int) -> bool:
    return len(await finished(app, count=count)) == count


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ratelimited", TryAgain),
        ("rate_limited", TryAgain),
        ("team_added_to_org", TryAgain),
        ("account_inactive", Out),
        ("token_revoked", Out),
        ("token_expired", Out),
        ("invalid_auth", Out),
        ("fatal_error", Unsure),
        ("internal_error", Unsure),
        ("request_timeout", Unsure),
        ("service_unavailable", Unsure),
        ("missing_scope", Said),
        ("something_new", Said),
        *((each, Said) for each in sorted(GONE)),
    ],
)
def test_a_word_of_slacks_says_what_to_do_next(code: str, kind: type[Exception]) -> None:
    """And always a sentence."""
    trouble = fault(code, needed="chat:write")
    assert type(trouble) is kind
    assert trouble.sentence.endswith((".", "@didtalk"))
    assert ("chat:write" in trouble.sentence) == (code == "missing_scope")
