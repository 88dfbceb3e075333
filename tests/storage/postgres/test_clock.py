"""Processes on one database use the server's time, however wrong their machines' clocks are."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.chats.terminal import Terminal
from bot.app import App, open_app
from bot.jobs.job import Asker, Place, Stage
from bot.runtime.clock import SystemClock
from bot.settings import Settings
from storage.postgres.clock import open_server_clock
from storage.postgres.open import open_postgres
from tests.end_to_end.cli import wait_until
from tests.fakes.clock import ManualClock
from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import LocalPostgres
from tests.fakes.studio import FakeStudio

ANA = Asker(platform="terminal", user="ana", moderator=True)
TOLERANCE_SECONDS = 1.5


class WrongClock(SystemClock):
    """A machine's clock that is wrong."""

    def __init__(self, by: float) -> None:
        self.offset_seconds = by

    def now(self) -> float:
        """Seconds since 1970, and a few that are not."""
        return time.time() + self.offset_seconds


@pytest.mark.parametrize("by", [60.0, -60.0, 86400.0])
async def test_the_time_is_the_servers_whatever_the_machine_says_and_whenever_it_is_set(
    postgres: LocalPostgres, by: float
) -> None:
    """From the start, and when the machine's clock jumps later."""
    machine = WrongClock(by)
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        clock = await open_server_clock(database, machine)
        assert abs(clock.now() - time.time()) < TOLERANCE_SECONDS
        machine.offset_seconds = 3600.0
        assert abs(clock.now() - time.time()) < TOLERANCE_SECONDS


async def test_a_clock_that_goes_too_fast_is_put_right(postgres: LocalPostgres) -> None:
    """The server is asked again every minute."""
    machine = ManualClock()
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        clock = await open_server_clock(database, machine)
        machine.jump(10)
        assert clock.now() - time.time() > 9
        await clock.synchronise()
        assert abs(clock.now() - time.time()) < TOLERANCE_SECONDS


@pytest.mark.slow
async def test_a_machine_that_is_ahead_takes_nothing_out_of_others_hands(
    postgres: LocalPostgres, tmp_path: Path
) -> None:
    """A replica whose clock is a minute ahead does not take over the leases of another one."""
    database, studio, held = await _new_database(postgres), FakeStudio(), asyncio.Event()
    parts: dict[str, Any] = {"chats": [Terminal()], "studios": {"did": studio}}
    studio.submit_gate = held
    async with open_app(_settings(tmp_path / "a", database), **parts) as slow:
        job = await _ask_for_video(slow, tmp_path)
        await wait_until(lambda: _was_called(studio, "submit"))
        studio.submit_gate = None
        before = await slow.jobs.get(job)
        async with open_app(_settings(tmp_path / "b", database), **parts, clock=WrongClock(60)) as ahead:
            for _ in range(3):  # by then it has looked for work often enough
                other = await _ask_for_video(ahead, tmp_path)
                await wait_until(partial(_is_at_stage, ahead, other, Stage.DELIVERED))
            after = await slow.jobs.get(job)
            assert before
            assert after
            assert (after.owner, after.version) == (before.owner, before.version)
            held.set()
            await wait_until(partial(_is_at_stage, slow, job, Stage.DELIVERED))
    assert len(studio.charged_markers) == 4


async def _new_database(server: LocalPostgres) -> str:
    name = new_schema()
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return server.database_url(name)


def _settings(folder: Path, url: str) -> Settings:
    return Settings.model_validate({"data_dir": folder, "database_url": url})


async def _ask_for_video(app: App, folder: Path) -> str:
    place = Place(platform="terminal", channel=str(folder / "out"))
    return (await app.desk.run_command(ANA, place, "A line.")).jobs[0].id


async def _was_called(studio: FakeStudio, method: str) -> bool:
    return method in studio.calls


async def _is_at_stage(app: App, job: str, stage: Stage) -> bool:
    found = await app.jobs.get(job)
    return found is not None and found.stage is stage
