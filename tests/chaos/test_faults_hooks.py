"""Webhooks that are lost, late, doubled, out of order or forged: polling alone delivers, and a hook is only a nudge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.security.signed_tokens import Seal
from bot.wiring.studios import HOOK_LIVES
from bot.worker.engine import NUDGES_APART
from tests.chaos.faults import HOOKS, WIRE
from tests.chaos.house import LOOKS, House, house
from tests.chaos.proxy import Proxy, proxied
from tests.fakes.serve import served

SECRET = "an invented secret of a house of faults"
PUBLIC = {"public_url": "https://didtalk.example", "secret": SecretStr(SECRET)}


@asynccontextmanager
async def hooked(folder: Path, which: str) -> AsyncIterator[tuple[House, App, Proxy]]:
    """A bot whose hooks come through a proxy of their own."""
    async with (
        proxied("http://127.0.0.1:9") as front,
        house(folder, which, hooks_to=front.url) as at,
        at.running(settings=PUBLIC) as app,
        served(app.web) as (_, url),
    ):
        front.lead(url)
        yield at, app, front


@pytest.mark.parametrize("which", ["did", "v2", "v3"])
@pytest.mark.parametrize("kind", [*HOOKS, "answer lost", "broken"])
async def test_whatever_becomes_of_hooks_each_job_is_delivered_once(tmp_path: Path, which: str, kind: str) -> None:
    """Three jobs whose hooks all go wrong, without anybody waiting for them for long."""
    async with hooked(tmp_path, which) as (at, app, front):
        front.suffer({**HOOKS, **WIRE}[kind], path="^/hooks/", times=None)
        began = at.clock.steady()
        jobs = [await at.ask(app, f"Hello number {nth}.") for nth in range(3)]
        done = await asyncio.gather(*(at.ended(app, job) for job in jobs))
        assert {job.stage.value for job in done} == {"delivered"}
        assert at.clock.steady() - began < 240
        await asyncio.sleep(0.1 if kind in ("hook doubled", "hook reordered") else 0)
        assert await at.verdict(app) == (3, 3, 3)


async def test_a_forged_hook_costs_no_look(tmp_path: Path) -> None:
    """Without our own token in the address it is not even read; with one it is a nudge and no more."""
    async with hooked(tmp_path, "did") as (at, app, front), httpx.AsyncClient() as stranger:
        at.proxy.suffer(WIRE["unavailable"], path=LOOKS["did"], times=None)
        job = await at.ask(app)
        await at.passed(LOOKS["did"])
        at.proxy.clear()
        assert (await at.ended(app, job)).stage.value == "delivered"
        before = len(at.proxy.seen)
        body = {"id": "tlk_invented", "status": "error", "user_data": job.marker}
        for token in ("", "guess", "a" * 400, job.id, job.marker):
            for studio in ("did", "heygen", "nobody"):
                answer = await stranger.post(f"{front.url}/hooks/{studio}/{token}", json=body)
                assert answer.status_code in (401, 404, 405), (studio, token)
        ours = next(each.target for each in front.seen if each.status == 200)
        for _ in range(5):  # the right address, a lie in the body, and the job is over
            assert (await stranger.post(f"{front.url}{ours}", json=body)).status_code == 200
        await at.clock.sleep(60)
        assert len(at.proxy.seen) == before
        assert await at.verdict(app) == (1, 1, 1)


async def test_a_flood_of_hooks_is_no_flood_of_looks(tmp_path: Path) -> None:
    """Whoever learned a job's own address can hasten one look at a time, and nothing else."""
    async with hooked(tmp_path, "did") as (at, app, front), httpx.AsyncClient() as stranger:
        at.proxy.suffer(WIRE["half JSON"], path=LOOKS["did"], times=None)  # nothing to be learned for now
        job = await at.ask(app)
        await at.passed(LOOKS["did"])
        token = Seal(SECRET).close("hook", job.id, job.asked_at + HOOK_LIVES)
        began, before = at.clock.steady(), len(at.proxy.calls(path=LOOKS["did"]))
        for _ in range(200):
            assert (await stranger.post(f"{front.url}/hooks/did/{token}", json={})).status_code == 200
        looks = len(at.proxy.calls(path=LOOKS["did"])) - before
        assert looks <= 3 + (at.clock.steady() - began) / NUDGES_APART, looks
        at.proxy.clear()
        assert (await at.ended(app, job)).stage.value == "delivered"
        assert await at.verdict(app) == (1, 1, 1)
