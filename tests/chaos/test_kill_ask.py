"""`didtalk ask`, killed at any moment and started again: one video, one charge."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.walks.cli import Books, Cli, sandbox, until
from tests.walks.films import look


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with sandbox(tmp_path / "studio", "--instant") as open_:
        yield open_


@pytest.fixture(autouse=True)
def _studio(tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()


async def test_killed_again_and_again_it_pays_once(tmp_path: Path, books: Books) -> None:
    """Each start lives a little longer than the one before, so that the kills fall everywhere on the way."""
    cli = Cli(tmp_path, books.settings)
    out = tmp_path / "out.mp4"
    for lived in itertools.count(0.5, 0.12):
        process = await cli.start("ask", "Hello from a process that is killed.", "--json", "--out", str(out))
        try:
            async with asyncio.timeout(lived):
                await process.communicate()
            break
        except TimeoutError:
            process.kill()
            await process.communicate()
    assert process.returncode == 0
    assert look(out).video == "h264"
    charges = await books.ledger()
    assert len(charges) == 1, charges


async def test_what_a_killed_ask_left_behind_is_finished_by_run(tmp_path: Path, books: Books) -> None:
    """Nothing accepted is lost, whoever goes on with it."""
    cli = Cli(tmp_path, books.settings | {"DIDTALK_PORT": "0"})
    out = tmp_path / "out.mp4"
    process = await cli.start("ask", "Hello [fault:slow=2]", "--out", str(out))
    await until(books.ledger)
    process.kill()
    await process.communicate()
    assert not out.exists()
    running = await cli.start("run")
    try:
        await until(lambda: asyncio.to_thread(out.exists))
    finally:
        running.terminate()
        await running.communicate()
    assert len(await books.ledger()) == 1


async def test_a_lost_answer_is_paid_once(tmp_path: Path, books: Books) -> None:
    """The studio takes the job and the line is cut: the job is found again, not bought again."""
    cli = Cli(tmp_path, books.settings)
    ran = await cli.ask("Hello there [fault:lost]", "--out", str(tmp_path / "out.mp4"))
    assert ran.code == 0, ran.out + ran.err
    assert len(await books.ledger()) == 1
