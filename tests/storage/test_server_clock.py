"""Processes on one database go by the server's time, however wrong the clocks of their machines are."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.chats.terminal import Terminal
from bot.app import App, open_app
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Stage
from bot.runtime.clock import SystemClock
from bot.settings import Settings
from storage.postgres.clock import server_clock
from storage.postgres.database import open_postgres
from tests.fakes.clock import HandClock
from tests.fakes.engines import fresh
from tests.fakes.postgres import Server
from tests.fakes.studio import FakeStudio
from tests.walks.cli import until

ANA = Asker(platform="terminal", user="ana", moderator=True)
NEAR = 1.5


class Wrong(SystemClock):
    """A machine's clock that somebody set wrong."""

    def __init__(self, by: float) -> None:
        self.by = by

    def now(self) -> float:
        """Seconds since 1970, and a few that are not."""
        return time.time() + self.by


@pytest.mark.parametrize("by", [60.0, -60.0, 86400.0])
async def test_the_time_is_the_servers_whatever_the_machine_says_and_whenever_it_is_set(
    postgres: Server, by: float
) -> None:
    """From the first moment, and when the machine's clock jumps later on."""
    machine = Wrong(by)
    async with open_postgres(postgres.url, schema=fresh()) as database:
        clock = await server_clock(database, machine)
        assert abs(clock.now() - time.time()) < NEAR
        machine.by = 3600.0
        assert abs(clock.now() - time.time()) < NEAR


async def test_a_clock_that_goes_too_fast_is_put_right(postgres: Server) -> None:
    """Now and then the server is asked again."""
    machine = HandClock()
    async with open_postgres(postgres.url, schema=fresh()) as database:
        clock = await server_clock(database, machine)
        machine.move(10)
        assert clock.now() - time.time() > 9
        await clock.compare()
        assert abs(clock.now() - time.time()) < NEAR


async def test_a_machine_that_is_ahead_takes_nothing_out_of_others_hands(postgres: Server, tmp_path: Path) -> None:
    """What one process has in hand stays there while another one, a minute ahead, works on the same database."""
    database, studio, held = await _database(postgres), FakeStudio(), asyncio.Event()
    parts: dict[str, Any] = {"chats": [Terminal()], "studios": {"did": studio}}
    studio.gate = held
    async with open_app(_settings(tmp_path / "a", database), **parts) as slow:
        job = await _ask(slow, tmp_path)
        await until(lambda: _calls(studio, "submit"))
        studio.gate = None
        before = await slow.jobs.get(job)
        async with open_app(_settings(tmp_path / "b", database), **parts, clock=Wrong(60)) as ahead:
            for _ in range(3):  # by then it has looked for work often enough
                other = await _ask(ahead, tmp_path)
                await until(partial(_at, ahead, other, Stage.DELIVERED))
            after = await slow.jobs.get(job)
            assert before
            assert after
            assert (after.owner, after.version) == (before.owner, before.version)
            held.set()
            await until(partial(_at, slow, job, Stage.DELIVERED))
    assert len(studio.charged) == 4


async def _database(server: Server) -> str:
    name = fresh()
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return server.of(name)


def _settings(folder: Path, url: str) -> Settings:
    return Settings.model_validate({"data_dir": folder, "database_url": url})


async def _ask(app: App, folder: Path) -> str:
    place = Place(platform="terminal", channel=str(folder / "out"))
    return (await app.desk.say(ANA, place, "A line.")).jobs[0].id


async def _calls(studio: FakeStudio, method: str) -> bool:
    return method in studio.calls


async def _at(app: App, job: str, stage: Stage) -> bool:
    found = await app.jobs.get(job)
    return found is not None and found.stage is stage
