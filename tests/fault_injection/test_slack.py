"""Every kind of fault between us and Slack, at each step of a delivery: one card and one video for each job."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import JobFilter
from tests.adapters.chats.slack.conftest import SlackHarness
from tests.fakes.slack.server import SlackServer
from tests.fakes.slack.user import FakeSlackUser
from tests.fault_injection.fault_proxy import FaultProxy, running_proxy
from tests.fault_injection.network_faults import NETWORK_FAULTS
from tests.fault_injection.whole_bot import wait_until

# Silence is waited for by the world's time; `tests/adapters/slack` has that.
SLACK_FAULTS = {kind: fault for kind, fault in NETWORK_FAULTS.items() if fault.ending != "silence"}
SLACK_STEPS = {
    "card": "/api/chat.postMessage",
    "edit": "/api/chat.update",
    "ticket": "/api/files.getUploadURLExternal",
    "upload": "^/upload/",
    "appearance": "/api/files.completeUploadExternal",
}


@asynccontextmanager
async def slack_behind_proxy(folder: Path) -> AsyncIterator[tuple[SlackHarness, FaultProxy, App, FakeSlackUser]]:
    """The whole bot, with Slack behind a proxy."""
    async with SlackServer().running() as slack, running_proxy(slack.url) as proxy:
        walk = SlackHarness(folder / "data", slack)
        async with walk.running(api_url=f"{proxy.url}/api") as (app, ana):
            yield walk, proxy, app, ana


@pytest.mark.slow
@pytest.mark.parametrize("step", SLACK_STEPS)
async def test_each_step_may_go_wrong_in_every_way(tmp_path: Path, step: str) -> None:
    """A job for each kind, all at once: delivered, paid for once, one card, one video."""
    async with slack_behind_proxy(tmp_path) as (walk, proxy, app, ana):
        rules = [proxy.inject_fault(fault, path=SLACK_STEPS[step]) for fault in SLACK_FAULTS.values()]
        for nth in range(len(SLACK_FAULTS)):
            assert (await ana.run_command(f"Hello number {nth}.")).status_code == 200

        async def all_told() -> bool:
            jobs = await app.jobs.list_jobs(JobFilter(limit=100))
            return len(jobs) == len(SLACK_FAULTS) and all(job.ended and job.asker_notified for job in jobs)

        async def left() -> list[tuple[str, str | None]]:
            jobs = await app.jobs.list_jobs(JobFilter(limit=100))
            return [(job.stage.value, job.trouble) for job in jobs if not (job.ended and job.asker_notified)]

        await wait_until(all_told, 180, left)
        jobs = await app.jobs.list_jobs(JobFilter(limit=100))
        assert Counter(job.reason or job.stage.value for job in jobs) == {"delivered": len(SLACK_FAULTS)}
        assert Counter(walk.studio.charged_markers) == Counter(job.marker for job in jobs)
        videos = Counter(video.removeprefix(b"a video of ").decode() for _, _, video in walk.slack.videos())
        assert videos == Counter(job.marker for job in jobs)
        cards = Counter(str(card["metadata"]["event_payload"]["job"]) for card in walk.slack.card_messages())
        assert cards == Counter(job.id for job in jobs)

        async def all_struck() -> bool:
            return all(rule.hit_count for rule in rules)

        async def all_finished() -> bool:
            return all("AI-generated" in str(card["blocks"]) for card in walk.slack.card_messages())

        await wait_until(all_struck, 60)
        await wait_until(all_finished, 120)
