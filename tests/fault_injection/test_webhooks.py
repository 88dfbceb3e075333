"""Webhooks that are lost, late, doubled, out of order or forged: polling alone delivers, and a hook is only a nudge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.security.signed_tokens import TokenSigner
from bot.wiring.studios import WEBHOOK_LINK_LIFETIME_SECONDS
from bot.worker.engine import MIN_NUDGE_INTERVAL_SECONDS
from tests.fakes.http_server import serve_app
from tests.fault_injection.fault_proxy import FaultProxy, running_proxy
from tests.fault_injection.network_faults import NETWORK_FAULTS, WEBHOOK_FAULTS
from tests.fault_injection.whole_bot import STATUS_PATHS, WholeBot, open_whole_bot

HOOK_SIGNING_SECRET = "an invented secret of a house of faults"
PUBLIC_SETTINGS = {"public_url": "https://didtalk.example", "secret": SecretStr(HOOK_SIGNING_SECRET)}


@asynccontextmanager
async def bot_with_webhooks(folder: Path, which: str) -> AsyncIterator[tuple[WholeBot, App, FaultProxy]]:
    """A bot whose hooks come through a proxy of their own."""
    async with (
        running_proxy("http://127.0.0.1:9") as front,
        open_whole_bot(folder, which, hooks_to=front.url) as at,
        at.running(settings=PUBLIC_SETTINGS) as app,
        serve_app(app.web) as (_, url),
    ):
        front.set_upstream(url)
        yield at, app, front


@pytest.mark.parametrize("which", ["did", "v2", "v3"])
@pytest.mark.parametrize("kind", [*WEBHOOK_FAULTS, "answer lost", "broken"])
async def test_whatever_becomes_of_hooks_each_job_is_delivered_once(tmp_path: Path, which: str, kind: str) -> None:
    """Three jobs whose hooks all go wrong, without anybody waiting for them for long."""
    async with bot_with_webhooks(tmp_path, which) as (at, app, front):
        front.inject_fault({**WEBHOOK_FAULTS, **NETWORK_FAULTS}[kind], path="^/hooks/", times=None)
        jobs = [await at.ask(app, f"Hello number {nth}.") for nth in range(3)]
        done = await asyncio.gather(*(at.wait_until_ended(app, job) for job in jobs))
        assert {job.stage.value for job in done} == {"delivered"}
        await asyncio.sleep(0.1 if kind in ("hook doubled", "hook reordered") else 0)
        assert await at.count_outcomes(app) == (3, 3, 3)


async def test_a_forged_hook_costs_no_look(tmp_path: Path) -> None:
    """Without our own token in the address it is not even read; with one it is a nudge and no more."""
    async with bot_with_webhooks(tmp_path, "did") as (at, app, front), httpx.AsyncClient() as stranger:
        at.proxy.inject_fault(NETWORK_FAULTS["unavailable"], path=STATUS_PATHS["did"], times=None)
        job = await at.ask(app)
        await at.wait_for_calls(STATUS_PATHS["did"])
        at.proxy.clear_rules()
        assert (await at.wait_until_ended(app, job)).stage.value == "delivered"
        before = len(at.proxy.seen_calls)
        body = {"id": "tlk_invented", "status": "error", "user_data": job.marker}
        for token in ("", "guess", "a" * 400, job.id, job.marker):
            for studio in ("did", "heygen", "nobody"):
                answer = await stranger.post(f"{front.url}/hooks/{studio}/{token}", json=body)
                assert answer.status_code in (401, 404, 405), (studio, token)
        ours = next(each.target for each in front.seen_calls if each.status == 200)
        for _ in range(5):  # the right address, a lie in the body, and the job is over
            assert (await stranger.post(f"{front.url}{ours}", json=body)).status_code == 200
        await at.clock.sleep(60)
        assert len(at.proxy.seen_calls) == before
        assert await at.count_outcomes(app) == (1, 1, 1)


@pytest.mark.slow
async def test_a_flood_of_hooks_is_no_flood_of_looks(tmp_path: Path) -> None:
    """Whoever learned a job's own address can hasten one look at a time, and nothing else."""
    async with bot_with_webhooks(tmp_path, "did") as (at, app, front), httpx.AsyncClient() as stranger:
        at.proxy.inject_fault(
            NETWORK_FAULTS["half JSON"], path=STATUS_PATHS["did"], times=None
        )  # nothing to be learned for now
        job = await at.ask(app)
        await at.wait_for_calls(STATUS_PATHS["did"])
        token = TokenSigner(HOOK_SIGNING_SECRET).sign("hook", job.id, job.asked_at + WEBHOOK_LINK_LIFETIME_SECONDS)
        began, before = at.clock.monotonic(), len(at.proxy.find_calls(path=STATUS_PATHS["did"]))
        for _ in range(200):
            assert (await stranger.post(f"{front.url}/hooks/did/{token}", json={})).status_code == 200
        looks = len(at.proxy.find_calls(path=STATUS_PATHS["did"])) - before
        assert looks <= 3 + (at.clock.monotonic() - began) / MIN_NUDGE_INTERVAL_SECONDS, looks
        at.proxy.clear_rules()
        assert (await at.wait_until_ended(app, job)).stage.value == "delivered"
        assert await at.count_outcomes(app) == (1, 1, 1)
