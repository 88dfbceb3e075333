"""Deliveries to a registered endpoint: believed when signed, fresh and new, and never more than a nudge."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from adapters.http.routes import HttpRoutes
from adapters.studios.heygen.webhooks import WebhookVerifier
from bot.errors import Broken
from bot.security.signed_tokens import TokenSigner
from tests.fakes.clock import AutoAdvanceClock

ENDPOINT_SECRET = "invented-endpoint-secret"
SUCCESS_EVENT = {"event_type": "avatar_video.success", "event_data": {"video_id": "v1", "callback_id": "dt-job1"}}


class NudgeRecorder:
    """Whoever is nudged, and the door in front of them."""

    def __init__(self) -> None:
        self.clock = AutoAdvanceClock()
        self.nudged_jobs: list[str] = []
        self.tokens = TokenSigner("invented")
        self.database_down = False

    async def nudge(self, job: str) -> None:
        if self.database_down:
            raise Broken("The database does not answer.")
        self.nudged_jobs.append(job)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A stranger at the door."""

        async def ready() -> bool:
            return True

        endpoints = {"heygen": WebhookVerifier(ENDPOINT_SECRET, self.clock)}
        web = HttpRoutes(self.tokens, self.clock, self.nudge, Path, ready, CollectorRegistry(), (), endpoints)
        transport = httpx.ASGITransport(web.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot.example.invalid") as client:
            yield client

    def signed_headers(self, event: Any, name: str = "Heygen-Signature", **more: str) -> tuple[bytes, dict[str, str]]:
        """A delivery as HeyGen signs it."""
        body = json.dumps(event).encode()
        return body, {name: hmac.new(ENDPOINT_SECRET.encode(), body, hashlib.sha256).hexdigest()} | more


@pytest.fixture
def desk() -> NudgeRecorder:
    return NudgeRecorder()


@pytest.mark.parametrize("name", ["Heygen-Signature", "Signature", "X-Heygen-Signature"])
async def test_a_signed_delivery_nudges_its_job(desk: NudgeRecorder, name: str) -> None:
    """Under any of the three names that HeyGen has used."""
    body, headers = desk.signed_headers(SUCCESS_EVENT, name)
    async with desk.client() as client:
        answer = await client.post("/hooks/heygen/events", content=body, headers=headers)
    assert (answer.status_code, desk.nudged_jobs) == (200, ["job1"])


async def test_a_forged_delivery_is_refused(desk: NudgeRecorder) -> None:
    """Another key, another body or no signature at all."""
    body, headers = desk.signed_headers(SUCCESS_EVENT)
    async with desk.client() as client:
        for content, given in ((body + b" ", headers), (body, {"Signature": "0" * 64}), (body, {})):
            assert (await client.post("/hooks/heygen/events", content=content, headers=given)).status_code == 401
    assert not desk.nudged_jobs


async def test_a_replayed_or_stale_delivery_changes_nothing(desk: NudgeRecorder) -> None:
    """The same event counts once, and is not asked for again; an old one counts not at all."""
    moment = str(int(desk.clock.now()))
    body, headers = desk.signed_headers(SUCCESS_EVENT, **{"Heygen-Timestamp": moment, "Heygen-Event-Id": "e1"})
    async with desk.client() as client:
        first = await client.post("/hooks/heygen/events", content=body, headers=headers)
        again = await client.post("/hooks/heygen/events", content=body, headers=headers)
        desk.clock.jump(301)
        late = await client.post("/hooks/heygen/events", content=body, headers=headers | {"Heygen-Event-Id": "e2"})
    assert [first.status_code, again.status_code, late.status_code] == [200, 200, 401]
    assert desk.nudged_jobs == ["job1"]


async def test_news_that_nobody_could_take_are_asked_for_again(desk: NudgeRecorder) -> None:
    """While the database is away; the same delivery is then believed, and not called a repetition."""
    body, headers = desk.signed_headers(SUCCESS_EVENT, **{"Heygen-Event-Id": "e1"})
    own = f"/hooks/did/{desk.tokens.sign('hook', 'job2', desk.clock.now() + 60)}"
    async with desk.client() as client:
        desk.database_down = True
        refused = [await client.post("/hooks/heygen/events", content=body, headers=headers), await client.post(own)]
        desk.database_down = False
        taken = [await client.post("/hooks/heygen/events", content=body, headers=headers), await client.post(own)]
    assert [each.status_code for each in (*refused, *taken)] == [503, 503, 200, 200]
    assert all(each.headers["retry-after"] for each in refused)
    assert desk.nudged_jobs == ["job1", "job2"]


async def test_unknown_events_are_thanked_for_and_ignored(desk: NudgeRecorder) -> None:
    """HeyGen sends some unasked."""
    body, headers = desk.signed_headers(SUCCESS_EVENT | {"event_type": "avatar_video_gif.success"})
    async with desk.client() as client:
        assert (await client.post("/hooks/heygen/events", content=body, headers=headers)).status_code == 200
    assert not desk.nudged_jobs


async def test_the_address_is_tried_before_it_is_taken(desk: NudgeRecorder) -> None:
    """OPTIONS and GET are answered, and nudge nobody."""
    async with desk.client() as client:
        for method in ("OPTIONS", "GET"):
            assert (await client.request(method, "/hooks/heygen/events")).status_code == 200
    assert not desk.nudged_jobs


async def test_a_job_has_an_address_of_its_own(desk: NudgeRecorder) -> None:
    """Deliveries to it are unsigned; the address is the secret."""
    token = desk.tokens.sign("hook", "job2", desk.clock.now() + 60)
    async with desk.client() as client:
        assert (await client.post(f"/hooks/heygen/{token}", json=SUCCESS_EVENT)).status_code == 200
        assert (await client.post(f"/hooks/did/{token[:-1]}x", json=SUCCESS_EVENT)).status_code == 404
    assert desk.nudged_jobs == ["job2"]


async def test_a_wrong_signature_is_refused_at_a_jobs_own_address_too(desk: NudgeRecorder) -> None:
    """Where none is needed, a forged one is still a lie."""
    token = desk.tokens.sign("hook", "job2", desk.clock.now() + 60)
    body, headers = desk.signed_headers(SUCCESS_EVENT)
    async with desk.client() as client:
        forged = await client.post(f"/hooks/heygen/{token}", content=body, headers={"Heygen-Signature": "0" * 64})
        signed = await client.post(f"/hooks/heygen/{token}", content=body, headers=headers)
    assert (forged.status_code, signed.status_code) == (401, 200)
    assert desk.nudged_jobs == ["job2"]
