"""Two didtalks on one server, as `didtalk run` starts them: processes, a studio with books, and one of them killed."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.chats.terminal import Terminal
from bot.app import App, open_app
from bot.jobs.job import Asker, JobFilter, Place, Stage
from bot.settings import Settings
from tests.end_to_end.cli import CommandLine, running_sandbox, wait_until
from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import LocalPostgres

ANA = Asker(platform="terminal", user="ana", moderator=True)


@pytest.fixture
async def url(postgres: LocalPostgres) -> str:
    """A database that no other test uses."""
    name = new_schema()
    connection = await asyncpg.connect(postgres.url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return postgres.database_url(name)


def _settings(folder: Path, url: str, books: dict[str, str]) -> Settings:
    facts: dict[str, Any] = {"data_dir": folder, "database_url": url}
    facts |= {"did": {"api_url": books["DID_API_URL"], "api_key": books["DID_API_KEY"]}}
    return Settings.model_validate(facts)


async def _ask_many(app: App, folder: Path, count: int) -> list[str]:
    async def ask_one(n: int) -> str:
        place = Place(platform="terminal", channel=str(folder / f"{n}.mp4"))
        return (await app.desk.run_command(ANA, place, f"Line number {n}", idempotency_key=f"Ev{n}")).jobs[0].id

    return list(await asyncio.gather(*(ask_one(n) for n in range(count))))


@pytest.mark.slow
async def test_a_killed_replicas_work_is_finished_by_the_other(url: str, tmp_path: Path) -> None:
    """Killed in the middle of twenty jobs: each ends once, in the chat and in the studio's books."""
    (tmp_path / "studio").mkdir()
    (tmp_path / "a").mkdir()
    async with running_sandbox(tmp_path / "studio", "--instant") as books:
        shared = books.settings | {"DIDTALK_DATABASE_URL": url, "DIDTALK_PORT": "0"}
        victim = await CommandLine(tmp_path / "a", shared).start_command("run")
        try:
            async with open_app(_settings(tmp_path / "b", url, books.settings), chats=[Terminal()]) as app:
                asked = await _ask_many(app, tmp_path / "out", 20)

                async def shared_out() -> bool:
                    jobs = await app.jobs.list_jobs(JobFilter(limit=100))
                    return len({job.owner for job in jobs if job.owner}) > 1 or all(job.ended for job in jobs)

                await wait_until(shared_out, 60)
                victim.send_signal(signal.SIGKILL)

                async def over() -> bool:
                    return (
                        len(await app.jobs.list_jobs(JobFilter(stages=frozenset({Stage.DELIVERED}), limit=100))) == 20
                    )

                await wait_until(over, 100)
                charged = [each for each in await books.read_charges() if each.get("amount", 1)]
        finally:
            if victim.returncode is None:
                victim.kill()
            await victim.communicate()
    assert len(charged) == len(asked)
    assert len(list((tmp_path / "out").glob("*.mp4"))) == 20


async def test_what_one_replica_signs_the_other_opens(url: str, tmp_path: Path) -> None:
    """Hooks and links lead to whichever replica the proxy picks, though nobody set a secret."""
    (tmp_path / "studio").mkdir()
    async with running_sandbox(tmp_path / "studio") as books:
        one, two = (_settings(tmp_path / name, url, books.settings) for name in "ab")
        async with open_app(one, chats=[Terminal()]) as a, open_app(two, chats=[Terminal()]) as b:
            kept = [await app.key_value.get("didtalk", "secret") for app in (a, b)]
            assert kept[0]
            assert kept[0] == kept[1]
            files = [(tmp_path / name / "secret").read_text() for name in "ab"]
            assert files[0] != files[1]  # each would have signed with its own
            assert kept[0] in files


async def test_migrate_brings_a_server_up_too(url: str, tmp_path: Path) -> None:
    """The same verb for both engines."""
    cli = CommandLine(tmp_path, {"DIDTALK_DATABASE_URL": url})
    first = await cli.run_command("migrate")
    assert "0001_schema.sql" in first.stdout + first.stderr
    again = await cli.run_command("migrate")
    assert again.exit_code == 0
    assert "Nothing to do" in again.stdout + again.stderr
