"""Which jobs a person is shown, and can pick from."""

from pathlib import Path

import pytest

from bot.jobs.finder import JobFinder
from bot.jobs.job import Stage
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.sample_job import a_job

MIA = BEN.model_copy(update={"user": "mia", "name": "Mia", "moderator": True})


@pytest.mark.parametrize(
    ("verb", "stages"),
    [("", {"rendering", "delivered", "failed"}), ("cancel", {"rendering"}), ("delete", {"delivered", "failed"})],
)
async def test_a_verb_offers_only_jobs_it_can_act_on(verb: str, stages: set[str]) -> None:
    """`/did cancel` offered what was finished or deleted long ago."""
    jobs = MemoryJobs()
    for stage in (Stage.RENDERING, Stage.DELIVERED, Stage.FAILED):
        await jobs.add([a_job(asker=ANA, place=GENERAL).to_stage(stage, 1.0)])
    assert {job.stage.value for job in await JobFinder(jobs).list_for(ANA, verb)} == stages


async def test_a_moderator_sees_everybodys_jobs_but_nobodys_private_ones(tmp_path: Path) -> None:
    """With the name of whose each is."""
    bench = BotHarness(tmp_path)
    _, desk = bench.new_engine()
    await desk.run_command(ANA, GENERAL, "Hello from Ana")
    await desk.run_command(ANA, GENERAL.model_copy(update={"private": True}), "Between the two of us")
    assert "Hello from Ana” · by Ana" in (await desk.run_command(MIA, GENERAL, "/did jobs")).card.text
    assert "Between the two" not in (await desk.run_command(MIA, GENERAL, "/did jobs")).card.text
    assert "Hello from Ana" not in (await desk.run_command(BEN, GENERAL, "/did jobs")).card.text
