"""The clock is set while jobs stand at every stage: nothing is lost, doubled, or waits as long as that."""

from functools import partial
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import Job, Stage
from bot.worker.clock_shift import CLOCK_CHECK_SECONDS
from tests.fault_injection.fault_proxy import FaultRule
from tests.fault_injection.network_faults import NETWORK_FAULTS
from tests.fault_injection.whole_bot import (
    DOWNLOAD_PATHS,
    STATUS_PATHS,
    SUBMIT_PATHS,
    UPLOAD_PATHS,
    WholeBot,
    open_whole_bot,
    wait_until,
)

HOUR_SECONDS, DAY_SECONDS = 3600.0, 86400.0
SOON_SECONDS = 12.0  # seconds of the world are ten minutes of this clock; an hour would be more than a minute


async def wait_for_stage(at: WholeBot, app: App, job: Job, *stages: Stage) -> Job:
    """The job once it stands there."""

    async def is_there() -> Job | None:
        found = await app.jobs.get(job.id)
        return found if found and found.stage in stages else None

    found: Job = await wait_until(is_there, describe=lambda: app.jobs.get(job.id))
    return found


STAGE_BLOCKERS = {  # what holds a job up at a stage: which calls, and how
    Stage.ASKED: ("upload", "unavailable"),
    Stage.PREPARED: ("submit", "too many, wait"),
    Stage.SUBMITTING: ("submit", "answer lost"),
    Stage.RENDERING: ("look", "broken"),
    Stage.MADE: ("download", "unavailable"),
}


@pytest.mark.slow
@pytest.mark.parametrize("jump", [HOUR_SECONDS, DAY_SECONDS, -HOUR_SECONDS])
@pytest.mark.parametrize("which", ["did", "v2", "v3"])
async def test_whatever_the_stage_a_jump_loses_and_doubles_nothing(tmp_path: Path, which: str, jump: float) -> None:
    """Held up at each stage in turn, the clock jumps, and all come out at once and once."""
    paths = {
        "upload": UPLOAD_PATHS[which],
        "submit": SUBMIT_PATHS[which],
        "look": STATUS_PATHS[which],
        "download": DOWNLOAD_PATHS,
    }
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        jobs = []
        for stage, (point, kind) in STAGE_BLOCKERS.items():
            rule = at.proxy.inject_fault(NETWORK_FAULTS[kind], path=paths[point], times=None)
            job = await at.ask(
                app, f"Hello from {stage.value}.", *((await at.new_picture(app),) if point == "upload" else ())
            )
            jobs.append(await wait_for_stage(at, app, job, stage))
            await wait_until(partial(_was_hit, rule))
            if point == "submit" and kind == "answer lost":
                at.proxy.clear_rules()
                at.proxy.inject_fault(NETWORK_FAULTS["broken"], method="GET", times=3)
            at.clock.offset_seconds += jump
            at.proxy.clear_rules()
            done = await at.wait_until_ended(app, job, SOON_SECONDS)
            assert (stage, done.stage, done.reason) == (stage, Stage.DELIVERED, None)
            at.clock.offset_seconds -= jump  # and back again, which is the other jump
            await at.clock.sleep(2 * CLOCK_CHECK_SECONDS)  # nobody sets a clock twice within seconds
        assert await at.count_outcomes(app) == (len(STAGE_BLOCKERS),) * 3


async def _was_hit(rule: FaultRule) -> bool:
    return rule.hit_count > 0


async def _as_awaitable(word: bool) -> bool:
    return word


@pytest.mark.parametrize("which", SUBMIT_PATHS)
async def test_a_clock_that_is_ahead_of_the_studio_finds_what_was_taken(tmp_path: Path, which: str) -> None:
    """What is older than our own idea of when it was sent is still ours, and is not bought again."""
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        at.clock.offset_seconds = HOUR_SECONDS
        at.proxy.inject_fault(NETWORK_FAULTS["answer lost"], method="POST", path=SUBMIT_PATHS[which])
        job = await at.wait_until_ended(app, await at.ask(app))
        assert job.stage is Stage.DELIVERED
        assert await at.count_outcomes(app) == (1, 1, 1)


async def test_a_clock_set_back_between_call_and_search_proves_nothing(tmp_path: Path) -> None:
    """Sent by a clock that was ahead, looked for by one that is right: found, and not bought again."""
    async with open_whole_bot(tmp_path) as at, at.running() as app:
        at.clock.offset_seconds = HOUR_SECONDS
        at.proxy.inject_fault(NETWORK_FAULTS["answer lost"], method="POST", path=SUBMIT_PATHS["did"])
        at.proxy.inject_fault(NETWORK_FAULTS["broken"], method="GET", times=1)
        job = await at.ask(app)
        await wait_for_stage(at, app, job, Stage.SUBMITTING)
        await wait_until(lambda: _as_awaitable(bool(at.proxy.find_calls("POST", SUBMIT_PATHS["did"]))))
        at.clock.offset_seconds = 0.0
        assert (await at.wait_until_ended(app, job, SOON_SECONDS)).stage is Stage.DELIVERED
        assert await at.count_outcomes(app) == (1, 1, 1)


@pytest.mark.parametrize("which", ["did", "v2"])
async def test_a_clock_set_back_keeps_no_absence_in_doubt(tmp_path: Path, which: str) -> None:
    """What was never taken, as far as an hour ahead of now: sent again within minutes, and not in an hour."""
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        at.clock.offset_seconds = HOUR_SECONDS
        at.proxy.inject_fault(NETWORK_FAULTS["request lost"], method="POST", path=SUBMIT_PATHS[which])
        job = await at.ask(app)
        await wait_for_stage(at, app, job, Stage.SUBMITTING)
        await at.wait_for_calls(SUBMIT_PATHS[which], "POST")
        at.clock.offset_seconds = 0.0
        assert (await at.wait_until_ended(app, job, SOON_SECONDS)).stage is Stage.DELIVERED
        assert await at.count_outcomes(app) == (1, 1, 1)


async def test_a_jump_forwards_proves_no_absence(tmp_path: Path) -> None:
    """Half a minute must really pass before what is not there counts as never taken."""
    async with open_whole_bot(tmp_path) as at, at.running() as app:
        at.proxy.inject_fault(NETWORK_FAULTS["request lost"], method="POST", path=SUBMIT_PATHS["did"])
        job = await at.ask(app)
        await wait_for_stage(at, app, job, Stage.SUBMITTING)
        began = at.clock.monotonic()
        at.clock.offset_seconds = DAY_SECONDS
        assert (await at.wait_until_ended(app, job)).stage is Stage.DELIVERED
        second = at.proxy.find_calls("POST", SUBMIT_PATHS["did"])[1]
        assert second.monotonic_time - at.proxy.find_calls("POST", SUBMIT_PATHS["did"])[0].monotonic_time > 29.0 / 50
        assert at.clock.monotonic() - began > 29.0


async def test_a_start_after_the_clock_was_set_back_waits_for_nothing(tmp_path: Path) -> None:
    """What an earlier process put off by a clock that was an hour ahead is done now."""
    async with open_whole_bot(tmp_path) as at:
        at.clock.offset_seconds = HOUR_SECONDS
        at.proxy.inject_fault(NETWORK_FAULTS["unavailable"], path=UPLOAD_PATHS["did"], times=None)
        async with at.running() as app:
            job = await at.ask(app)
            await wait_until(lambda: _as_awaitable(len(at.proxy.find_calls("POST", UPLOAD_PATHS["did"])) > 1))
        at.clock.offset_seconds = 0.0
        at.proxy.clear_rules()
        async with at.running() as app:
            assert (await at.wait_until_ended(app, job, SOON_SECONDS)).stage is Stage.DELIVERED
            assert await at.count_outcomes(app) == (1, 1, 1)
