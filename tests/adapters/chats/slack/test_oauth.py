"""Many workspaces: installed by themselves, kept sealed, spoken to with their own token, forgotten when they leave."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.app import App
from bot.chats.installations import Installation
from storage.sqlite.open import open_sqlite
from storage.tables.installations import SqlInstallations
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until, wait_until_async
from tests.fakes.slack.server import SlackServer
from tests.fakes.slack.user import FakeSlackUser

SECOND_TOKEN = "xoxb-second"


@asynccontextmanager
async def multi_workspace_app(walk: SlackHarness) -> AsyncIterator[tuple[App, FakeSlackUser]]:
    """The app without a token of its own, and somebody of the second workspace."""
    keys: dict[str, Any] = {"bot_token": "", "client_id": "1.2", "client_secret": "hush"}
    async with walk.running(public_url="https://didtalk.example", **keys) as (app, ana):
        ana.team_id = "T2"
        walk.slack.users["U1"]["team_id"] = "T2"
        yield app, ana


async def install_app(ana: FakeSlackUser, slack: SlackServer) -> None:
    """Go through the whole dance."""
    slack.tokens[SECOND_TOKEN] = "T2"
    begun = await ana.client.get(f"{ana.app_url}/slack/install")
    assert begun.status_code == 302
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    assert {"commands", "files:write"} <= set(query["scope"][0].split(","))
    assert query["redirect_uri"] == ["https://didtalk.example/slack/oauth_redirect"]
    cookie = begun.headers["set-cookie"].partition(";")[0]
    back = f"{ana.app_url}/slack/oauth_redirect?code=good&state={query['state'][0]}"
    assert (await ana.client.get(back)).status_code == 400  # another browser
    assert (await ana.client.get(back, headers={"Cookie": cookie})).status_code == 200
    assert (await ana.client.get(back, headers={"Cookie": cookie})).status_code == 401  # a state is good once


async def test_from_installing_to_uninstalling(walk: SlackHarness, slack: SlackServer) -> None:
    """Its own token for each workspace, no question to Slack on the way in, nothing kept afterwards."""
    async with multi_workspace_app(walk) as (app, ana):
        assert "removed" in (await ana.run_command("Hello there")).json()["text"]
        await install_app(ana, slack)
        await wait_until(lambda: any("didtalk is installed" in text for _, text in slack.text_history))
        asked = len(slack.calls_of("auth.test"))
        assert "On it" in (await ana.run_command("Hello there")).json()["text"]
        await wait_for_jobs(app)
        assert {token for token, method, _ in slack.calls if method.startswith(("chat.", "files."))} == {SECOND_TOKEN}
        assert len(slack.calls_of("auth.test")) == asked
        database = sqlite3.connect(walk.folder / "didtalk.sqlite3")
        try:
            assert SECOND_TOKEN not in str(database.execute("SELECT * FROM installations").fetchall())
        finally:
            database.close()
        await ana.send_event({"type": "app_uninstalled"})

        async def gone() -> bool:
            return "removed" in (await ana.run_command("Hello again")).text

        await wait_until_async(gone)


@pytest.mark.parametrize("query", ["", "?code=good", "?code=good&state=forged", "?error=access_denied&state=x"])
async def test_nobody_is_installed_by_another_way(walk: SlackHarness, slack: SlackServer, query: str) -> None:
    """Without a state of ours there is no workspace, and the page says what happened and where to begin again."""
    async with multi_workspace_app(walk) as (_, ana):
        answer = await ana.client.get(f"{ana.app_url}/slack/oauth_redirect{query}")
        assert answer.status_code in (200, 400, 401)
        assert "was not installed" in answer.text
        assert "/slack/install" in answer.text
        assert slack.calls_of("oauth.v2.access") == []


async def test_another_secret_reads_nothing(tmp_path: Path) -> None:
    """Who has the file but not the secret has no token."""
    kept = Installation(platform="slack", workspace="T1", token="xoxb-x", refresh_token="xoxe-y", scopes=("commands",))
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        await SqlInstallations(database, "one").save(kept)
        assert await SqlInstallations(database, "one").get("slack", "T1") == kept
        assert await SqlInstallations(database, "other").get("slack", "T1") is None
        assert await SqlInstallations(database, "one").delete("slack", "T1")
        assert not await SqlInstallations(database, "one").delete("slack", "T1")
    assert "xoxb" not in repr(kept)
    assert b"xoxb-x" not in (tmp_path / "a.sqlite3").read_bytes()
