"""`didtalk ask`, killed at any moment and started again: one video, one charge."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.cli import CommandLine, SandboxLedger, running_sandbox, wait_until
from tests.end_to_end.video_probe import probe_video
from tests.kill_tests.ask_command import ask_until_done
from tests.kill_tests.bot_control.kill_points import KillPoint, points_on_both_sides


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[SandboxLedger]:
    async with running_sandbox(tmp_path / "studio", "--instant") as open_:
        yield open_


def _ask_arguments(out: Path) -> tuple[str, ...]:
    return ("Hello from a process that is killed.", "--json", "--out", str(out))


@pytest.fixture(autouse=True)
def _studio(tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()


KILL_POINT_STEP = 3  # every so many-th point; all of them take most of a minute


@pytest.mark.slow
async def test_killed_at_any_step_it_pays_once(tmp_path: Path, books: SandboxLedger) -> None:
    """Before and after all that is written, and each call; only after its very last act is a repeat a new line."""
    whole = await ask_until_done(tmp_path / "whole", books, _ask_arguments(tmp_path / "whole.mp4"))
    assert (whole.exit_codes, whole.job_count) == ((0,), 1)
    points = points_on_both_sides(list(whole.points_passed), max_repeats=2)
    last = next(each for each in points if each.name == "file unlink asks/*" and each.side == "after")
    points.remove(last)
    turns, struck = asyncio.Semaphore(12), list[bool]()

    async def kill_at(nth: int, point: KillPoint) -> str:
        async with turns:
            ran = await ask_until_done(tmp_path / f"{nth}", books, _ask_arguments(tmp_path / f"{nth}.mp4"), point)
        fine = ran.exit_codes[-1] == 0 and ran.job_count == 1 and probe_video(tmp_path / f"{nth}.mp4").video == "h264"
        struck.append(len(ran.exit_codes) > 1)
        return "" if fine else f"{point}: {ran.exit_codes}, {ran.job_count} jobs"

    ends = await asyncio.gather(*(kill_at(nth, point) for nth, point in enumerate(points[::KILL_POINT_STEP])))
    assert not any(ends), [each for each in ends if each]
    assert len(await books.read_charges()) == 1 + len(ends)
    assert sum(struck) > 0.8 * len(struck)  # some points come and go with timing, such as tidying up


@pytest.mark.slow
async def test_a_name_of_its_own_makes_a_job_one_for_ever(tmp_path: Path, books: SandboxLedger) -> None:
    """A script that does not know how its call ended asks again with the same name, and gets the same video."""
    cli = CommandLine(tmp_path, books.settings)
    words = ("Hello to a script.", "--once", "order 17", "--out", str(tmp_path / "out.mp4"))
    first, again = await cli.ask(*words), await cli.ask(*words)
    assert (first.exit_code, again.exit_code) == (0, 0), first.stderr + again.stderr
    assert first.results == again.results
    assert len(await books.read_charges()) == 1


@pytest.mark.slow
async def test_what_was_taken_on_is_gone_on_with_whatever_would_be_said_to_it_today(
    tmp_path: Path, books: SandboxLedger
) -> None:
    """A line that was killed and would be refused by now is finished, and is not a new one the third time."""
    cli, out = CommandLine(tmp_path, books.settings), tmp_path / "out.mp4"
    words = ("ask", "Hello [fault:slow=2]", "--json", "--out", str(out))
    process = await cli.start_command(*words)
    await wait_until(books.read_charges)
    process.kill()
    await process.communicate()
    refusing = CommandLine(tmp_path, books.settings | {"DIDTALK_NOT_ASKERS": "you"})
    again = await refusing.run_command(*words)
    assert again.exit_code == 0, again.stdout + again.stderr
    assert len(await books.read_charges()) == 1


@pytest.mark.slow
async def test_killed_again_and_again_it_pays_once(tmp_path: Path, books: SandboxLedger) -> None:
    """Each start lives a little longer than the one before, so that the kills fall everywhere on the way."""
    cli = CommandLine(tmp_path, books.settings)
    out = tmp_path / "out.mp4"
    for lived in itertools.count(0.5, 0.12):
        process = await cli.start_command("ask", "Hello from a process that is killed.", "--json", "--out", str(out))
        try:
            async with asyncio.timeout(lived):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()
        if process.returncode == 0:
            break  # it had ended by itself, and we were late to notice: asked once more, it would be a new line
    assert process.returncode == 0
    assert probe_video(out).video == "h264"
    charges = await books.read_charges()
    assert len(charges) == 1, charges


@pytest.mark.slow
async def test_what_a_killed_ask_left_behind_is_finished_by_run(tmp_path: Path, books: SandboxLedger) -> None:
    """Nothing accepted is lost, whoever goes on with it."""
    cli = CommandLine(tmp_path, books.settings | {"DIDTALK_PORT": "0"})
    out = tmp_path / "out.mp4"
    process = await cli.start_command("ask", "Hello [fault:slow=2]", "--out", str(out))
    await wait_until(books.read_charges)
    process.kill()
    await process.communicate()
    assert not out.exists()
    running = await cli.start_command("run")
    try:
        await wait_until(lambda: asyncio.to_thread(out.exists))
    finally:
        running.terminate()
        await running.communicate()
    assert len(await books.read_charges()) == 1


@pytest.mark.slow
async def test_a_lost_answer_is_paid_once(tmp_path: Path, books: SandboxLedger) -> None:
    """The studio takes the job and the line is cut: the job is found again, not bought again."""
    cli = CommandLine(tmp_path, books.settings)
    ran = await cli.ask("Hello there [fault:lost]", "--out", str(tmp_path / "out.mp4"))
    assert ran.exit_code == 0, ran.stdout + ran.stderr
    assert len(await books.read_charges()) == 1
