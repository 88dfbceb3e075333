"""Webhooks over real HTTP: a studio's news bring the next look forward, and are never believed by themselves."""

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.chats.terminal import Terminal
from bot.app import open_app
from bot.cli.http_server import serve_app
from bot.jobs.job import Asker, Job, Place, Stage
from bot.settings import Settings
from tests.end_to_end.cli import running_sandbox, wait_until


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["", "[fault:double-hook]", "[fault:no-hook]", "[fault:forged-hook]"])
async def test_whichever_comes_first_the_video_comes_once(tmp_path: Path, fault: str) -> None:
    """Hook or clock, one hook or two, a forged one or none: one video, one charge."""
    (tmp_path / "studio").mkdir()
    port = free_port()
    async with running_sandbox(tmp_path / "studio", "--instant", "--hooks-to", f"http://127.0.0.1:{port}") as books:
        settings = Settings.model_validate(
            {
                "data_dir": tmp_path / "data",
                "did": {"api_url": books.url, "api_key": "sandbox:sandbox"},
                "public_url": "https://didtalk.example",
            }
        )
        out = tmp_path / "out.mp4"
        async with open_app(settings, chats=[Terminal()]) as app, serve_app(app.web, "127.0.0.1", port):
            place = Place(platform="terminal", channel=str(out))
            answer = await app.desk.run_command(Asker(platform="terminal", user="you"), place, f"Hello hooks. {fault}")

            async def is_delivered() -> Job | None:
                found = await app.jobs.get(answer.jobs[0].id)
                return found if found and found.stage is Stage.DELIVERED else None

            await wait_until(is_delivered)
            entries = await app.jobs.ledger_of(answer.jobs[0].id)
        charges = await books.read_charges()
        body = await _get_talk(books.url, charges[0]["job"])
    assert out.exists()
    assert len(charges) == 1
    assert [entry.event for entry in entries] == ["submitted", "made", "delivered"]
    assert body["webhook"].startswith("https://didtalk.example/hooks/did/")


async def _get_talk(url: str, ident: str) -> dict[str, Any]:
    async with httpx.AsyncClient(auth=("sandbox", "sandbox")) as client:
        return dict((await client.get(f"{url}/talks/{ident}")).json())
