"""The clock is set while jobs stand at every stage: nothing is lost, doubled, or waits as long as that."""

import time
from functools import partial
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import Job, Stage
from bot.worker.clock_shift import EVERY
from tests.chaos.faults import WIRE
from tests.chaos.house import DOWNLOADS, LOOKS, STUDIOS, SUBMITS, UPLOADS, House, house, until
from tests.chaos.proxy import Rule

HOUR, DAY = 3600.0, 86400.0
SOON = 12.0  # seconds of the world are ten minutes of this clock; an hour would be more than a minute


async def at_stage(at: House, app: App, job: Job, *stages: Stage) -> Job:
    """The job once it stands there."""

    async def there() -> Job | None:
        found = await app.jobs.get(job.id)
        return found if found and found.stage in stages else None

    found: Job = await until(there, told=lambda: app.jobs.get(job.id))
    return found


STOPS = {  # what holds a job up at a stage: which calls, and how
    Stage.ASKED: ("upload", "unavailable"),
    Stage.PREPARED: ("submit", "too many, wait"),
    Stage.SUBMITTING: ("submit", "answer lost"),
    Stage.RENDERING: ("look", "broken"),
    Stage.MADE: ("download", "unavailable"),
}


@pytest.mark.parametrize("jump", [HOUR, DAY, -HOUR])
@pytest.mark.parametrize("which", ["did", "v2", "v3"])
async def test_whatever_the_stage_a_jump_loses_and_doubles_nothing(tmp_path: Path, which: str, jump: float) -> None:
    """Held up at each stage in turn, the clock jumps, and all come out at once and once."""
    paths = {"upload": UPLOADS[which], "submit": SUBMITS[which], "look": LOOKS[which], "download": DOWNLOADS}
    async with house(tmp_path, which) as at, at.running() as app:
        jobs = []
        for stage, (point, kind) in STOPS.items():
            rule = at.proxy.suffer(WIRE[kind], path=paths[point], times=None)
            job = await at.ask(
                app, f"Hello from {stage.value}.", *((await at.picture(app),) if point == "upload" else ())
            )
            jobs.append(await at_stage(at, app, job, stage))
            await until(partial(_struck, rule))
            if point == "submit" and kind == "answer lost":
                at.proxy.clear()
                at.proxy.suffer(WIRE["broken"], method="GET", times=3)
            at.clock.set_by += jump
            at.proxy.clear()
            began = time.monotonic()
            done = await at.ended(app, job, SOON)
            assert (stage, done.stage, done.reason) == (stage, Stage.DELIVERED, None)
            assert time.monotonic() - began < SOON
            at.clock.set_by -= jump  # and back again, which is the other jump
            await at.clock.sleep(2 * EVERY)  # nobody sets a clock twice within seconds
        assert await at.verdict(app) == (len(STOPS),) * 3


async def _struck(rule: Rule) -> bool:
    return rule.struck > 0


async def _true(word: bool) -> bool:
    return word


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_clock_that_is_ahead_of_the_studio_finds_what_was_taken(tmp_path: Path, which: str) -> None:
    """What is older than our own idea of when it was sent is still ours, and is not bought again."""
    async with house(tmp_path, which) as at, at.running() as app:
        at.clock.set_by = HOUR
        at.proxy.suffer(WIRE["answer lost"], method="POST", path=SUBMITS[which])
        job = await at.ended(app, await at.ask(app))
        assert job.stage is Stage.DELIVERED
        assert await at.verdict(app) == (1, 1, 1)


async def test_a_clock_set_back_between_call_and_search_proves_nothing(tmp_path: Path) -> None:
    """Sent by a clock that was ahead, looked for by one that is right: found, and not bought again."""
    async with house(tmp_path) as at, at.running() as app:
        at.clock.set_by = HOUR
        at.proxy.suffer(WIRE["answer lost"], method="POST", path=SUBMITS["did"])
        at.proxy.suffer(WIRE["broken"], method="GET", times=1)
        job = await at.ask(app)
        await at_stage(at, app, job, Stage.SUBMITTING)
        await until(lambda: _true(bool(at.proxy.calls("POST", SUBMITS["did"]))))
        at.clock.set_by = 0.0
        assert (await at.ended(app, job, SOON)).stage is Stage.DELIVERED
        assert await at.verdict(app) == (1, 1, 1)


@pytest.mark.parametrize("which", ["did", "v2"])
async def test_a_clock_set_back_keeps_no_absence_in_doubt(tmp_path: Path, which: str) -> None:
    """What was never taken, as far as an hour ahead of now: sent again within minutes, and not in an hour."""
    async with house(tmp_path, which) as at, at.running() as app:
        at.clock.set_by = HOUR
        at.proxy.suffer(WIRE["request lost"], method="POST", path=SUBMITS[which])
        job = await at.ask(app)
        await at_stage(at, app, job, Stage.SUBMITTING)
        await at.passed(SUBMITS[which], "POST")
        at.clock.set_by = 0.0
        assert (await at.ended(app, job, SOON)).stage is Stage.DELIVERED
        assert await at.verdict(app) == (1, 1, 1)


async def test_a_jump_forwards_proves_no_absence(tmp_path: Path) -> None:
    """Half a minute must really pass before what is not there counts as never taken."""
    async with house(tmp_path) as at, at.running() as app:
        at.proxy.suffer(WIRE["request lost"], method="POST", path=SUBMITS["did"])
        job = await at.ask(app)
        await at_stage(at, app, job, Stage.SUBMITTING)
        began = at.clock.steady()
        at.clock.set_by = DAY
        assert (await at.ended(app, job)).stage is Stage.DELIVERED
        second = at.proxy.calls("POST", SUBMITS["did"])[1]
        assert second.at - at.proxy.calls("POST", SUBMITS["did"])[0].at > 29.0 / 50
        assert at.clock.steady() - began > 29.0


async def test_a_start_after_the_clock_was_set_back_waits_for_nothing(tmp_path: Path) -> None:
    """What an earlier process put off by a clock that was an hour ahead is done now."""
    async with house(tmp_path) as at:
        at.clock.set_by = HOUR
        at.proxy.suffer(WIRE["unavailable"], path=UPLOADS["did"], times=None)
        async with at.running() as app:
            job = await at.ask(app)
            await until(lambda: _true(len(at.proxy.calls("POST", UPLOADS["did"])) > 1))
        at.clock.set_by = 0.0
        at.proxy.clear()
        async with at.running() as app:
            assert (await at.ended(app, job, SOON)).stage is Stage.DELIVERED
            assert await at.verdict(app) == (1, 1, 1)
