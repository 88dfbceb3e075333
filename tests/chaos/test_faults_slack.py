"""Every kind of fault between us and Slack, at each step of a delivery: one card and one video for each job."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import Wanted
from tests.adapters.slack.conftest import Walk
from tests.chaos.faults import WIRE
from tests.chaos.house import until
from tests.chaos.proxy import Proxy, proxied
from tests.fakes.slack_person import Person
from tests.fakes.slack_server import SlackServer

# Silence is waited for by the world's time; `tests/adapters/slack` has that.
KINDS = {kind: fault for kind, fault in WIRE.items() if fault.ending != "silence"}
STEPS = {
    "card": "/api/chat.postMessage",
    "edit": "/api/chat.update",
    "ticket": "/api/files.getUploadURLExternal",
    "upload": "^/upload/",
    "appearance": "/api/files.completeUploadExternal",
}


@asynccontextmanager
async def behind(folder: Path) -> AsyncIterator[tuple[Walk, Proxy, App, Person]]:
    """The whole bot, with Slack behind a proxy."""
    async with SlackServer().served() as slack, proxied(slack.url) as proxy:
        walk = Walk(folder / "data", slack)
        async with walk.running(api_url=f"{proxy.url}/api") as (app, ana):
            yield walk, proxy, app, ana


@pytest.mark.parametrize("step", STEPS)
async def test_each_step_may_go_wrong_in_every_way(tmp_path: Path, step: str) -> None:
    """A job for each kind, all at once: delivered, paid for once, one card, one video."""
    async with behind(tmp_path) as (walk, proxy, app, ana):
        rules = [proxy.suffer(fault, path=STEPS[step]) for fault in KINDS.values()]
        for nth in range(len(KINDS)):
            assert (await ana.command(f"Hello number {nth}.")).status_code == 200

        async def all_told() -> bool:
            jobs = await app.jobs.pick(Wanted(limit=100))
            return len(jobs) == len(KINDS) and all(job.ended and job.told for job in jobs)

        async def left() -> list[tuple[str, str | None]]:
            jobs = await app.jobs.pick(Wanted(limit=100))
            return [(job.stage.value, job.trouble) for job in jobs if not (job.ended and job.told)]

        await until(all_told, 180, left)
        jobs = await app.jobs.pick(Wanted(limit=100))
        assert Counter(job.reason or job.stage.value for job in jobs) == {"delivered": len(KINDS)}
        assert Counter(walk.studio.charged) == Counter(job.marker for job in jobs)
        videos = Counter(video.removeprefix(b"a video of ").decode() for _, _, video in walk.slack.videos())
        assert videos == Counter(job.marker for job in jobs)
        cards = Counter(str(card["metadata"]["event_payload"]["job"]) for card in walk.slack.cards())
        assert cards == Counter(job.id for job in jobs)

        async def all_struck() -> bool:
            return all(rule.struck for rule in rules)

        async def all_finished() -> bool:
            return all("AI-generated" in str(card["blocks"]) for card in walk.slack.cards())

        await until(all_struck, 60)
        await until(all_finished, 120)
