"""Tokens that change twice a day, and whole organisations that installed the app at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.chats.slack.context import SlackWorkspaces
from bot.app import App
from bot.chats.installations import Installation
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until, wait_until_async
from tests.adapters.chats.slack.test_end_to_end import make_photo
from tests.fakes.slack.server import BOT_ID, BOT_USER_ID, SlackServer
from tests.fakes.slack.user import FakeSlackUser

HOUR_SECONDS = 3600.0


def known_workspaces(app: App) -> SlackWorkspaces:
    """The ones the app knows."""
    chat: Any = app.chats["slack"]
    known: SlackWorkspaces = chat._require_open().context.workspaces
    return known


@asynccontextmanager
async def installed_app(walk: SlackHarness, **facts: Any) -> AsyncIterator[tuple[App, FakeSlackUser]]:
    """The app in a workspace that installed it by itself."""
    keys: dict[str, Any] = {"bot_token": "", "client_id": "1.2", "client_secret": "hush"}
    known = {"platform": "slack", "workspace": "T1", "token": "xoxb-old", "bot_id": BOT_ID, "bot_user": BOT_USER_ID}
    walk.slack.tokens = {"xoxb-old": "T1"}
    async with walk.running(**keys) as (app, ana):
        await known_workspaces(app).save_installation(Installation(**known | facts))
        yield app, ana


async def test_a_token_that_ends_is_changed_once_for_all_who_wait(walk: SlackHarness, slack: SlackServer) -> None:
    """A refresh token is good once, so one of many commands uses it."""
    slack.refresh_tokens = {"xoxe-0": "T1"}
    async with installed_app(walk, refresh_token="xoxe-0", expires_at=walk.clock.now() + 60) as (app, ana):
        answers = await asyncio.gather(*(ana.run_command(f"Welcome number {n}") for n in range(8)))
        assert all("On it" in answer.text for answer in answers)
        await wait_for_jobs(app, count=8)
        kept = await known_workspaces(app).find_installation("T1")
        assert kept is not None
        assert kept.token in slack.tokens
        assert kept.refresh_token in slack.refresh_tokens
        assert (kept.expires_at or 0) > walk.clock.now() + 11 * HOUR_SECONDS
    assert len(slack.calls_of("oauth.v2.access")) == 1
    assert {token for token, method, _ in slack.calls if method == "chat.postMessage"} == {kept.token}


async def test_a_token_that_ends_within_two_hours_is_changed_beside_the_work(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """Nobody waits for it."""
    slack.refresh_tokens = {"xoxe-0": "T1"}
    async with installed_app(walk, refresh_token="xoxe-0", expires_at=walk.clock.now() + HOUR_SECONDS) as (app, ana):
        await ana.run_command("Welcome aboard!")

        async def changed() -> bool:
            kept = await known_workspaces(app).find_installation("T1")
            return kept is not None and kept.token.startswith("xoxe.")

        await wait_until_async(changed)
        await wait_for_jobs(app)
    assert len(slack.calls_of("oauth.v2.access")) == 1


@pytest.mark.parametrize("fault", ["invalid_refresh_token", 429, "hang_up"])
async def test_a_token_that_cannot_be_changed_yet_is_used_as_it_is(
    walk: SlackHarness, slack: SlackServer, fault: Any
) -> None:
    """It may well be good for another minute."""
    slack.fail_next("oauth.v2.access", *[fault] * 50)
    async with installed_app(walk, refresh_token="xoxe-0", expires_at=walk.clock.now() + 100) as (app, ana):
        assert "On it" in (await ana.run_command("Welcome aboard!")).text
        await wait_for_jobs(app)


WHOLE_ORGANISATION = {"workspace": "E1", "enterprise": "E1"}
ONE_WORKSPACE = {"workspace": "T1", "enterprise": "E1"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("facts", "team", "enterprise", "may"),
    [
        (WHOLE_ORGANISATION, "T5", "E1", True),
        (WHOLE_ORGANISATION, "T9", "", False),
        (WHOLE_ORGANISATION, "T9", "E9", False),
        (ONE_WORKSPACE, "T1", "E1", True),
        (ONE_WORKSPACE, "T5", "E1", True),
        (ONE_WORKSPACE, "T9", "E9", False),
        (ONE_WORKSPACE, "T9", "", False),
    ],
)
async def test_colleagues_of_one_organisation_may_ask_and_others_not(
    walk: SlackHarness, slack: SlackServer, facts: dict[str, str], team: str, enterprise: str, may: bool
) -> None:
    """Whichever workspace of it they are of; people in a shared channel are guests of their own organisation."""
    person = {"id": "U1", "team_id": team, "profile": {}}
    slack.users["U1"] = person | ({"enterprise_user": {"enterprise_id": enterprise}} if enterprise else {})
    async with installed_app(walk, **facts) as (app, ana):
        ana.team_id = "T1"
        answer = await ana.run_command("Welcome aboard!", enterprise_id="E1", is_enterprise_install="true")
        assert ("On it" in answer.text) is may, answer.text
        message = slack.post_message("C1", "Hello there")
        event = ana.event_body(
            {
                "type": "reaction_added",
                "reaction": "clapper",
                "item": {"type": "message", "channel": "C1", "ts": message["ts"]},
            }
        )
        event["authorizations"] = [{"team_id": None if facts is WHOLE_ORGANISATION else "T1", "enterprise_id": "E1"}]
        await ana.send_json(event | {"enterprise_id": "E1"})
        if may:
            jobs = await wait_for_jobs(app, count=2)
            assert {job.asker.workspace for job in jobs} == {facts["workspace"]}
        else:
            await wait_until(lambda: slack.whispers)
            assert "use its credits" in slack.whispers[0]["text"]
            assert walk.studio.charged_markers == []


@pytest.mark.slow
async def test_a_whole_organisations_token_says_which_workspace_to_list(walk: SlackHarness, slack: SlackServer) -> None:
    """Slack lists files and groups of one workspace: of the one where it happened, of the one the person is of."""
    walk.settings = {"askers": "S0ASK1"}
    slack.groups = {"S0ASK1": ["U1"]}
    slack.users["U1"] = {"id": "U1", "team_id": "T5", "profile": {}, "enterprise_user": {"enterprise_id": "E1"}}
    slack.reactions_show_files = False
    message = slack.post_message(
        "C1", "Hello you", user="U9", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),)
    )
    async with installed_app(walk, **WHOLE_ORGANISATION) as (app, ana):
        slack.tokens = {"xoxb-old": "E1"}
        item = {"type": "message", "channel": "C1", "ts": message["ts"]}
        event = ana.event_body({"type": "reaction_added", "reaction": "clapper", "item": item})
        event["authorizations"] = [{"team_id": None, "enterprise_id": "E1", "is_enterprise_install": True}]
        await ana.send_json(event | {"enterprise_id": "E1"})
        (job,) = await wait_for_jobs(app)
        assert job.request.media["image"].name == "p.jpg"
    assert {each.get("team_id") for each in slack.calls_of("files.list")} == {"T1"}
    assert {each.get("team_id") for each in slack.calls_of("usergroups.list")} == {"T5"}
