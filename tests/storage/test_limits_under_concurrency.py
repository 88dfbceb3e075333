"""Limits hold for all processes on one database together."""

import asyncio
import sys
from pathlib import Path

from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import LocalPostgres

REPOSITORY = Path(__file__).parents[2]


async def test_two_processes_together_accept_as_many_as_the_limit_allows(postgres: LocalPostgres) -> None:
    """One user asks fifty times at once through two replicas: five jobs are accepted."""
    schema = new_schema()
    both = [await _start_racer(postgres.url, schema) for _ in range(2)]
    async with asyncio.timeout(60):
        for each in both:
            while await _read_line(each) != "ready":
                assert each.returncode is None
        for each in both:
            assert each.stdin
            each.stdin.write(b"go\n")
        said = [(await _read_line(each)).split(" strange ") for each in both]
        assert [await each.wait() for each in both] == [0, 0]
    assert [strange for _, strange in said] == ["[]", "[]"]
    assert sum(int(taken.removeprefix("accepted ")) for taken, _ in said) == 5


async def _start_racer(url: str, schema: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.limit_racer", url, schema, "25", "running=5 hour=9"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def _read_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    return (await process.stdout.readline()).decode().strip()
