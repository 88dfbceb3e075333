"""Many jobs at once: the studio is asked for pages, not for each."""

import asyncio
from pathlib import Path

import pytest

from adapters.chats.terminal import Terminal
from bot.app import open_app
from bot.jobs.job import Asker, JobFilter, Place, Stage
from bot.settings import Settings
from tests.end_to_end.cli import running_sandbox, wait_until

JOB_COUNT = 300


@pytest.mark.slow
async def test_three_hundred_jobs_cost_few_calls(tmp_path: Path) -> None:
    """Beyond the submits, at most one call of the studio's for every two jobs; downloads are not calls of its API."""
    (tmp_path / "studio").mkdir()
    async with running_sandbox(tmp_path / "studio", "--instant") as books:
        settings = Settings.model_validate(
            {
                "data_dir": tmp_path / "data",
                "did": {"api_url": books.url, "api_key": "sandbox:sandbox"},
            }
        )
        async with open_app(settings, chats=[Terminal()]) as app:
            asker = Asker(platform="terminal", user="you", name="you")

            async def ask(nth: int) -> None:
                place = Place(platform="terminal", channel=str(tmp_path / "out" / f"{nth}.mp4"))
                await app.desk.run_command(asker, place, f"This is number {nth}.", idempotency_key=f"many:{nth}")

            await asyncio.gather(*(ask(nth) for nth in range(JOB_COUNT)))

            async def all_done() -> bool:
                done = await app.jobs.list_jobs(JobFilter(stages=frozenset({Stage.DELIVERED}), limit=JOB_COUNT + 1))
                return len(done) == JOB_COUNT

            await wait_until(all_done, seconds=110)
        charges, calls = await books.read_charges(), await books.read_call_counts()
    assert len(charges) == JOB_COUNT
    assert len({each["user_data"] for each in charges}) == JOB_COUNT
    assert len(list((tmp_path / "out").glob("*.mp4"))) == JOB_COUNT
    api = {route: times for route, times in calls.items() if "/sandbox" not in route and "/files" not in route}
    submits = sum(times for route, times in api.items() if route.startswith("POST /talks"))
    assert submits == JOB_COUNT
    assert sum(api.values()) - submits <= JOB_COUNT / 2, api
