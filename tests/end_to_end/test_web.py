"""The HTTP surface of a running bot: health, numbers, hooks that only nudge, media under signed addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.chats.terminal import Terminal
from bot.app import App, open_app
from bot.cli.http_server import serve_app
from bot.jobs.job import Asker, Place, Stage
from bot.security.signed_tokens import TokenSigner
from bot.settings import Settings
from tests.end_to_end.cli import running_sandbox, wait_until

WEB_SIGNING_SECRET = "an invented secret for this test"


@asynccontextmanager
async def running_bot(folder: Path, **settings: Any) -> AsyncIterator[tuple[App, str]]:
    """A bot with its web server, for as long as we are inside."""
    facts = {"data_dir": folder / "data", "secret": WEB_SIGNING_SECRET, **settings}
    async with (
        open_app(Settings.model_validate(facts), chats=[Terminal()]) as app,
        serve_app(app.web, "127.0.0.1", 0) as url,
    ):
        yield app, url


@pytest.mark.slow
async def test_it_says_how_it_is_and_counts_what_happens(tmp_path: Path) -> None:
    """Health, readiness and numbers; a hook with a token of ours is a nudge, any other is unknown."""
    (tmp_path / "studio").mkdir()
    async with running_sandbox(tmp_path / "studio", "--instant") as books:
        key = {"did": {"api_url": books.url, "api_key": "sandbox:sandbox"}}
        async with running_bot(tmp_path, **key) as (app, url), httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/healthz")).json() == {"ok": True}
            assert (await client.get("/readyz")).json() == {"ready": True}
            place = Place(platform="terminal", channel=str(tmp_path / "out.mp4"))
            answer = await app.desk.run_command(Asker(platform="terminal", user="you"), place, "Hello from the web.")
            job = answer.jobs[0].id
            token = TokenSigner(WEB_SIGNING_SECRET).sign("hook", job, 4e9)
            assert (await client.post(f"/hooks/did/{token}", content=b"not even json")).status_code == 200
            assert (await client.post(f"/hooks/did/{token}x", content=b"{}")).status_code == 404
            assert (await client.post(f"/hooks/did/{token}", content=b"x" * 2_000_000)).status_code == 413

            async def delivered() -> bool:
                found = await app.jobs.get(job)
                return found is not None and found.stage is Stage.DELIVERED

            await wait_until(delivered)
            numbers = (await client.get("/metrics")).text
    assert 'didtalk_jobs_total{studio="did",what="delivered"} 1.0' in numbers


async def test_media_are_served_only_under_their_signed_address(tmp_path: Path) -> None:
    """A token opens one file, until its time, and ranges of it; nothing else on the shelf."""
    async with running_bot(tmp_path) as (app, url), httpx.AsyncClient(base_url=url) as client:
        path = app.shelf.path_of("host-film.mp4")
        path.write_bytes(bytes(range(200)))
        good, old = (TokenSigner(WEB_SIGNING_SECRET).sign("media", "host-film.mp4", until_) for until_ in (4e9, 1e9))
        whole = await client.get(f"/media/{good}/film.mp4")
        part = await client.get(f"/media/{good}/film.mp4", headers={"Range": "bytes=10-19"})
        assert whole.content == bytes(range(200))
        assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
        assert (await client.get(f"/media/{old}/film.mp4")).status_code == 404
        elsewhere = TokenSigner(WEB_SIGNING_SECRET).sign("media", "../secret", 4e9)
        assert (await client.get(f"/media/{elsewhere}/x")).status_code == 404
        hook = TokenSigner(WEB_SIGNING_SECRET).sign("hook", "host-film.mp4", 4e9)
        assert (await client.get(f"/media/{hook}/film.mp4")).status_code == 404
