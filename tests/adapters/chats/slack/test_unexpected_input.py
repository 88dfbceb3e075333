"""Everything odd has one clear outcome: nothing is lost, nothing repeated, no secret logged."""

import asyncio
from typing import Any

import pytest

from bot.jobs.job import JobFilter, Place
from bot.notices.subscriptions import Subscription
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until, wait_until_async
from tests.adapters.chats.slack.test_end_to_end import make_photo
from tests.fakes.slack.server import BOT_USER_ID, TOKEN, SlackServer
from tests.fakes.slack.user import FakeSlackUser

FORM_TYPE = "application/x-www-form-urlencoded"


async def test_only_slack_gets_in(walk: SlackHarness, slack: SlackServer) -> None:
    """Forged, stale, unsigned and malformed requests get 401, never an error of ours."""
    async with walk.running() as (app, ana):
        body = b"command=%2Fdidtalk&text=Hello&team_id=T1&user_id=U1&channel_id=C1&trigger_id=t"
        now = int(walk.clock.now())
        for stamp in (str(now), str(now - 600), str(now + 600), "soon", "", "-1", "9" * 30):
            wrong = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=00"}
            answer = await ana.client.post(
                f"{ana.app_url}/slack/events", content=body, headers={"Content-Type": FORM_TYPE} | wrong
            )
            assert answer.status_code == 401
        assert (await ana.client.post(f"{ana.app_url}/slack/events", content=body)).status_code == 401
        assert (await ana.client.get(f"{ana.app_url}/slack/events")).status_code == 405
        assert (await ana.post_signed(b"x" * 2_100_000, FORM_TYPE)).status_code == 413
        assert await app.jobs.list_jobs(JobFilter()) == []


async def test_slack_tries_our_certificate_without_signing(walk: SlackHarness) -> None:
    """It wants nothing but an answer."""
    async with walk.running() as (_, ana):
        answer = await ana.client.post(f"{ana.app_url}/slack/events", data={"ssl_check": "1", "token": "gone"})
        assert (answer.status_code, answer.content) == (200, b"")


async def test_an_event_that_quotes_a_command_stays_an_event(walk: SlackHarness, slack: SlackServer) -> None:
    """An address in it may well look like a form of ours."""
    async with walk.running() as (app, ana):
        await ana.mention_bot("say Hello there", permalink="https://invented.example/?a=1&command=/did&text=help")
        (job,) = await wait_for_jobs(app)
        assert job.request.kind == "talk"


async def test_what_breaks_inside_is_acknowledged_all_the_same(walk: SlackHarness, slack: SlackServer) -> None:
    """A command and a form say that it was not the person's fault; nothing is half taken on."""
    async with walk.running() as (app, ana):
        await ana.run_command("")
        walk.studio.fail_next("check", RuntimeError("broken"), RuntimeError("broken"))
        answer = await ana.run_command("Welcome aboard!")
        assert (answer.status_code, "Something went wrong" in answer.text) == (200, True)
        sent = await ana.submit_form(slack.views[0], script="Welcome aboard!")
        assert (sent.status_code, "Something went wrong" in sent.text) == (200, True)
        assert await app.jobs.list_jobs(JobFilter()) == []
        assert (await ana.submit_form(slack.views[0], script="Welcome aboard!")).content == b""
        await wait_for_jobs(app)


NONSENSE = [
    (b"", FORM_TYPE),
    (b"payload=%7B", FORM_TYPE),
    (b"payload=%7B%7D", FORM_TYPE),
    (b"payload=null", FORM_TYPE),
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b"null", "application/json"),
    (b'{"type":"event_callback","team_id":"T1"}', "application/json"),
    (b'{"type":"event_callback","team_id":"T1","event":"x"}', "application/json"),
    (b'{"type":"event_callback","team_id":"T1","event":[]}', "application/json"),
    (b'{"type":"app_rate_limited","team_id":"T1"}', "application/json"),
    (b'{"type":"something_new","team_id":"T1"}', "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"command=%2Fdidtalk&text=%FF%FE&team_id=T1&user_id=U1&channel_id=C1", FORM_TYPE),
    (b"command=%2Fdidtalk", FORM_TYPE),
    (b"ssl_check=1&token=x", FORM_TYPE),
]


async def test_nonsense_breaks_nothing(walk: SlackHarness) -> None:
    """Newer than we are, or broken: never a 404, never a 5xx."""
    async with walk.running() as (_, ana):
        for body, kind in NONSENSE:
            answer = await ana.post_signed(body, kind)
            assert answer.status_code in (200, 400), (body, answer.text)


async def test_half_a_character_is_no_reason_to_refuse_an_event(walk: SlackHarness, slack: SlackServer) -> None:
    """Clients cut texts in the middle of an emoji; what is left of it cannot be written down."""
    async with walk.running() as (app, ana):
        message = slack.post_message("C1", "hi")
        said = {**message, "type": "app_mention", "channel": "C1", "text": "say Hello there \ud83d"}
        assert (await ana.send_event(said)).status_code == 200
        (job,) = await wait_for_jobs(app)
        assert job.request.model_dump()["script"].startswith("Hello there")


async def test_the_address_is_confirmed(walk: SlackHarness) -> None:
    """What Slack asks when the manifest is saved."""
    async with walk.running() as (_, ana):
        answer = await ana.send_json({"type": "url_verification", "challenge": "abc"})
        assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


IGNORED_EVENTS: list[dict[str, Any]] = [
    {"type": "message", "channel": "D1", "channel_type": "im", "subtype": "message_changed", "ts": "1.0"},
    {"type": "message", "channel": "D1", "channel_type": "im", "bot_id": "B0", "text": "Hello there", "ts": "1.0"},
    {"type": "app_mention", "channel": "C1", "user": BOT_USER_ID, "text": "say Hello there", "ts": "1.0"},
    {"type": "app_mention", "channel": "C1", "text": "say Hello", "ts": "1.0", "edited": {"ts": "2.0"}},
    {"type": "reaction_added", "reaction": "clapper", "item": {"type": "file", "file": "F1"}},
    {"type": "reaction_added", "reaction": "thumbsup", "item": {"type": "message", "channel": "C1", "ts": "1.0"}},
    {
        "type": "reaction_added",
        "reaction": "clapper",
        "user": BOT_USER_ID,
        "item": {"type": "message", "channel": "C1", "ts": "1.0"},
    },
    {"type": "channel_archive", "channel": "C1"},
    {"type": "group_deleted", "channel": "C1"},
    {"type": "member_joined_channel", "channel": "C1", "user": "U9"},
    {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}},
    {"type": "something_new"},
]


async def test_no_event_is_answered_with_an_error_and_ours_start_nothing(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """Subscribed to or not, by ourselves or edited."""
    async with walk.running() as (app, ana):
        for event in IGNORED_EVENTS:
            assert (await ana.send_event(event)).status_code == 200, event
        await asyncio.sleep(0.2)
        assert await app.jobs.list_jobs(JobFilter()) == []
        assert slack.whispers == []


async def test_a_repeat_is_known(walk: SlackHarness, slack: SlackServer) -> None:
    """The same event three times, the same command, reaction, tap and form twice: one of each."""
    file = slack.store_file("p.jpg", make_photo(), "image/jpeg")
    message = slack.post_message("C1", "Hello you", files=(file,))
    item = {"type": "message", "channel": "C1", "ts": message["ts"]}
    async with walk.running() as (app, ana):
        event = ana.event_body({"type": "reaction_added", "reaction": "clapper", "item": item})
        for again in range(3):
            assert (await ana.send_json(event, **{"X-Slack-Retry-Num": str(again)})).status_code == 200
        await ana.add_reaction("C1", message["ts"], "clapper")  # taken back and given again
        typed = ana.command_body("Welcome aboard!")
        await asyncio.gather(ana.send_form(typed), ana.send_form(typed))
        await wait_for_jobs(app, count=2)
        await asyncio.sleep(0.2)
        assert len(await app.jobs.list_jobs(JobFilter())) == 2
    assert len(slack.videos()) == 2


REFUSED_COMMANDS = [
    ("/didtalk", "x", "3 to 40,000 characters; this has 1"),
    ("/didtalk", "Hello --vioce Sara", "Did you mean --voice"),
    ("/did", "anmate dance", "Did you mean /did animate"),
    ("/did", "cancel nothing", "There is no job"),
    ("/did", "help", "makes talking videos"),
    ("/didtalk", "help", "makes talking videos"),
    ("/did", "", "makes talking videos"),
]


async def test_a_refusal_is_a_private_sentence(walk: SlackHarness, slack: SlackServer) -> None:
    """Never a 5xx, never in the channel."""
    async with walk.running() as (_, ana):
        for command, text, says in REFUSED_COMMANDS:
            answer = await ana.run_command(text, command)
            assert answer.status_code == 200
            assert answer.json()["response_type"] == "ephemeral"
            assert says in answer.json()["text"].replace("&lt;", "<")
    assert slack.card_messages() == []


async def test_a_file_that_slack_does_not_show_is_not_called_deleted(walk: SlackHarness) -> None:
    """To Slack a file in a channel without us is no file; the invitation that would help is said."""
    async with walk.running() as (app, ana):
        await ana.run_command("animate https://invented.slack.com/files/U1/F404/p.png", "/did")
        (job,) = await wait_for_jobs(app, "failed")
        assert "in a channel that I'm not in" in (job.reason or "")
        assert "/invite @didtalk" in (job.reason or "")


async def test_unknown_and_dead_buttons(walk: SlackHarness, slack: SlackServer) -> None:
    """An action nobody knows is ignored; a job that is gone is said."""
    async with walk.running() as (_, ana):
        body = {"type": "block_actions", "response_url": f"{slack.url}/respond", "channel": {"id": "C1"}}
        for action in ("didtalk:fly", "other", "didtalk:redo"):
            tap = {"action_id": action, "value": "gone", "action_ts": action}
            assert (await ana.send_interaction(body | {"actions": [tap]})).status_code == 200
        await wait_until(lambda: slack.url_responses)
        await asyncio.sleep(0.1)
        (said,) = slack.url_responses
        assert "There is no job" in said["text"]
        await ana.send_interaction(
            body | {"actions": [{"action_id": "didtalk:edit", "value": "gone", "action_ts": "2"}]}
        )
        await wait_until(lambda: slack.views)
        assert "There is no job" in str(slack.views[0]["blocks"])


async def test_strangers_and_guests_spend_nothing(walk: SlackHarness, slack: SlackServer) -> None:
    """People of another organisation never, guests when they may not: a private sentence."""
    slack.users["U7"] = {"id": "U7", "team_id": "T9", "profile": {}}
    slack.users["U8"] = {"id": "U8", "team_id": "T1", "is_restricted": True, "profile": {}}
    message = slack.post_message("C1", "Hello there")
    async with walk.running(guests=False) as (app, ana):
        for user in ("U7", "U8"):
            other = FakeSlackUser(slack, ana.app_url, walk.clock.now, user)
            async with other.client:
                refused = (await other.run_command("Hello there")).text
                assert "use its credits" in refused or "Guests" in refused
                await other.add_reaction("C1", message["ts"], "clapper")
        await wait_until(lambda: len(slack.whispers) == 2)
        guest = FakeSlackUser(slack, ana.app_url, walk.clock.now, "U8")
        async with guest.client:
            assert "Guests can't" in (await guest.run_command("Hello there")).json()["text"]
        assert await app.jobs.list_jobs(JobFilter()) == []


async def test_whoever_may_be_a_stranger_spends_nothing_by_a_reaction(walk: SlackHarness, slack: SlackServer) -> None:
    """In a channel shared with others, where we may not ask who somebody is; the menu of the message tells us."""
    slack.declined_methods = {"users.info"}
    message = slack.post_message("C1", "Hello there")
    item = {"type": "message", "channel": "C1", "ts": message["ts"]}
    async with walk.running() as (app, ana):
        event = ana.event_body({"type": "reaction_added", "reaction": "clapper", "item": item})
        assert (await ana.send_json(event | {"is_ext_shared_channel": True})).status_code == 200
        await wait_until(lambda: slack.whispers)
        assert "shared with another organisation" in str(slack.whispers)
        assert await app.jobs.list_jobs(JobFilter()) == []
        await ana.add_reaction("C1", message["ts"], "clapper")  # elsewhere everybody is of this workspace
        await wait_for_jobs(app)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"gives_sign_in_page": True}, "allow me to read"),
        ({"mode": "tombstone"}, "was deleted"),
        ({"mode": "hidden_by_limit"}, "newer files only"),
        ({"mode": "external"}, "stored outside Slack"),
    ],
)
async def test_a_file_that_cannot_be_had_is_a_reason(
    walk: SlackHarness, slack: SlackServer, facts: dict[str, Any], says: str
) -> None:
    """Said under the card, and nothing is spent."""
    file = slack.store_file("p.jpg", make_photo(), "image/jpeg", **facts)
    async with walk.running() as (app, ana):
        await ana.mention_bot("animate", files=(file,))
        (job,) = await wait_for_jobs(app, "failed")
        assert says in (job.reason or "")
        await wait_until(lambda: any("You weren't charged" in text for _, text in slack.text_history))
    assert walk.studio.charged_markers == []


async def test_a_deleted_and_a_huge_file(walk: SlackHarness, slack: SlackServer) -> None:
    """Gone meanwhile; and a gigabyte, refused before a byte of it is read."""
    gone = slack.store_file("gone.jpg", make_photo(), "image/jpeg")
    async with walk.running() as (app, ana):
        message = slack.post_message("C1", f"<@{BOT_USER_ID}> animate", files=(gone,))
        del slack.files[gone.id]
        await ana.send_event({**message, "type": "app_mention", "channel": "C1"})
        (job,) = await wait_for_jobs(app, "failed")
        assert "was deleted" in (job.reason or "")
        huge = slack.store_file("huge.jpg", make_photo(), "image/jpeg")
        shown = slack.file_payload

        def big(file: Any) -> dict[str, Any]:
            return shown(file) | {"size": 1_000_000_000}

        slack.file_payload = big  # type: ignore[method-assign]
        await ana.mention_bot("animate", files=(huge,))
        jobs = await wait_for_jobs(app, "failed", count=2)
        assert any("too large" in (job.reason or "") for job in jobs)
    assert slack.downloads == []


async def test_files_are_waited_for_and_the_token_stays_with_slack(walk: SlackHarness, slack: SlackServer) -> None:
    """While Slack scans; and wherever a redirect leads."""
    file = slack.store_file("p.jpg", make_photo(), "image/jpeg", scans_left=3)
    async with SlackServer().running() as elsewhere, walk.running() as (app, ana):
        there = elsewhere.store_file("p.jpg", make_photo(), "image/jpeg")
        file.redirect_url = f"{elsewhere.url}/files/{there.id}/p.jpg"
        await ana.mention_bot("animate", files=(file,))
        await wait_for_jobs(app, "failed")
        assert slack.downloads[0][1] == f"Bearer {TOKEN}"
        assert elsewhere.downloads == [(there.id, None)]
        file.redirect_url = ""
        await ana.mention_bot("animate", files=(file,))
        await wait_for_jobs(app)


async def test_a_stand_in_for_slack_may_serve_files_at_another_port(walk: SlackHarness, slack: SlackServer) -> None:
    """Only because SLACK_API_URL says that its host is Slack."""
    async with SlackServer().running() as beside, walk.running() as (app, ana):
        there = beside.store_file("p.jpg", make_photo(), "image/jpeg")
        file = slack.store_file("p.jpg", make_photo(), "image/jpeg", content_url=f"{beside.url}/files/{there.id}/p.jpg")
        await ana.mention_bot("animate", files=(file,))
        await wait_for_jobs(app)
        assert beside.downloads == [(there.id, f"Bearer {TOKEN}")]


async def test_uninstalled_means_gone(walk: SlackHarness, slack: SlackServer) -> None:
    """Jobs are stopped, and what was said and made there is forgotten: here, on the shelf and at the studio."""
    slack.users["U1"]["is_admin"] = True
    async with walk.running() as (app, ana):
        file = slack.store_file("p.jpg", make_photo(), "image/jpeg")
        await ana.mention_bot("animate", files=(file,))
        (done,) = await wait_for_jobs(app)
        walk.studio.finish_at_once = False
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app, "rendering")
        await ana.run_command("")  # a form that nobody sends
        assert "changed the settings" in (await ana.run_command("settings who=moderators", "/did", channel="C7")).text
        await ana.run_command("settings mine --voice Sara", "/did")
        await ana.send_event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
        await wait_until(lambda: slack.home_tabs)
        await ana.send_event({"type": "app_uninstalled"})
        walk.studio.finished_tickets.update(
            walk.studio.tickets.values()
        )  # what is being made can be deleted only when it is made

        async def gone() -> bool:
            return await app.jobs.list_jobs(JobFilter()) == []

        await wait_until_async(gone)
        assert done.stored_video
        assert not app.shelf.path_of(done.stored_video.video).exists()
        assert not app.shelf.path_of(f"{done.marker}-image").exists()
        chat: Any = app.chats["slack"]
        database = chat._require_open().context.core.key_value._database

        async def forgotten() -> bool:
            theirs = "space = 'slack' OR key LIKE 'slack/T1/%'"
            return not await database.read(f"SELECT key FROM key_values WHERE {theirs}")  # noqa: S608 - our own words

        await wait_until_async(forgotten)
        assert done.ticket in walk.studio.deleted_tickets


async def test_archived_channels_hear_no_more(walk: SlackHarness, slack: SlackServer) -> None:
    """A notice to nowhere is nobody's."""
    async with walk.running() as (app, ana):
        subscribed = (await ana.run_command("subscribe done", "/did")).json()
        assert subscribed["response_type"] == "in_channel"
        await ana.send_event({"type": "channel_archive", "channel": "C1"})
        place = Place(platform="slack", workspace="T1", channel="C1")

        chat: Any = app.chats["slack"]

        async def paused() -> list[Subscription]:
            return [
                each
                for each in await chat._require_open().context.core.subscriptions.list_for_place(place)
                if each.pause_reason
            ]

        await wait_until_async(paused)


async def test_no_secret_is_logged(walk: SlackHarness, slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever goes wrong."""
    slack.tokens.clear()
    async with walk.running() as (_, ana):
        await ana.run_command("My own private words")
        await ana.post_signed(b"payload=%7B%22secret%22", FORM_TYPE)
        await asyncio.sleep(0.2)
    said = "".join(capsys.readouterr())
    assert "xoxb" not in said
    assert "private words" not in said
