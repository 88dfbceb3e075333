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
from storage.sqlite.database import open_sqlite
from storage.tables.installations import SqlInstallations
from tests.adapters.slack.conftest import Walk, eventually, finished, until
from tests.fakes.slack_person import Person
from tests.fakes.slack_server import SlackServer

SECOND = "xoxb-second"


@asynccontextmanager
async def many(walk: Walk) -> AsyncIterator[tuple[App, Person]]:
    """The app without a token of its own, and somebody of the second workspace."""
    keys: dict[str, Any] = {"bot_token": None, "client_id": "1.2", "client_secret": "hush"}
    async with walk.running(public_url="https://didtalk.example", **keys) as (app, ana):
        ana.team = "T2"
        walk.slack.users["U1"]["team_id"] = "T2"
        yield app, ana


async def installed(ana: Person, slack: SlackServer) -> None:
    """Go through the whole dance."""
    slack.tokens[SECOND] = "T2"
    begun = await ana.client.get(f"{ana.app}/slack/install")
    assert begun.status_code == 302
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    assert {"commands", "files:write"} <= set(query["scope"][0].split(","))
    assert query["redirect_uri"] == ["https://didtalk.example/slack/oauth_redirect"]
    cookie = begun.headers["set-cookie"].partition(";")[0]
    back = f"{ana.app}/slack/oauth_redirect?code=good&state={query['state'][0]}"
    assert (await ana.client.get(back)).status_code == 400  # another browser
    assert (await ana.client.get(back, headers={"Cookie": cookie})).status_code == 200
    assert (await ana.client.get(back, headers={"Cookie": cookie})).status_code == 401  # a state is good once


async def test_from_installing_to_uninstalling(walk: Walk, slack: SlackServer) -> None:
    """Its own token for each workspace, no question to Slack on the way in, nothing kept afterwards."""
    async with many(walk) as (app, ana):
        assert "removed" in (await ana.command("Hello there")).json()["text"]
        await installed(ana, slack)
        await until(lambda: any("didtalk is installed" in text for _, text in slack.history))
        asked = len(slack.of("auth.test"))
        assert "On it" in (await ana.command("Hello there")).json()["text"]
        await finished(app)
        assert {token for token, method, _ in slack.calls if method.startswith(("chat.", "files."))} == {SECOND}
        assert len(slack.of("auth.test")) == asked
        database = sqlite3.connect(walk.folder / "didtalk.sqlite3")
        try:
            assert SECOND not in str(database.execute("SELECT * FROM installations").fetchall())
        finally:
            database.close()
        await ana.event({"type": "app_uninstalled"})

        async def gone() -> bool:
            return "removed" in (await ana.command("Hello again")).text

        await eventually(gone)


@pytest.mark.parametrize("query", ["", "?code=good", "?code=good&state=forged", "?error=access_denied&state=x"])
async def test_nobody_is_installed_by_another_way(walk: Walk, slack: SlackServer, query: str) -> None:
    """Without a state of ours there is no workspace, and the page says what happened and where to begin again."""
    async with many(walk) as (_, ana):
        answer = await ana.client.get(f"{ana.app}/slack/oauth_redirect{query}")
        assert answer.status_code in (200, 400, 401)
        assert "was not installed" in answer.text
        assert "/slack/install" in answer.text
        assert slack.of("oauth.v2.access") == []


async def test_another_secret_reads_nothing(tmp_path: Path) -> None:
    """Who has the file but not the secret has no token."""
    kept = Installation(platform="slack", workspace="T1", token="xoxb-x", refresh="xoxe-y", scopes=("commands",))
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        await SqlInstallations(database, "one").put(kept)
        assert await SqlInstallations(database, "one").get("slack", "T1") == kept
        assert await SqlInstallations(database, "other").get("slack", "T1") is None
        assert await SqlInstallations(database, "one").drop("slack", "T1")
        assert not await SqlInstallations(database, "one").drop("slack", "T1")
    assert "xoxb" not in repr(kept)
    assert b"xoxb-x" not in (tmp_path / "a.sqlite3").read_bytes()
