"""The pool: renders beside the event loop, and outlives its workers, never the other way round."""

import asyncio
import os
import signal
import sys
import textwrap
import wave
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.sandbox.render.order import RenderFailed, RenderOrder, SpeechVoice
from adapters.sandbox.render.pool import RenderPool

LONG_TEXT = "A very long tale that takes its time to be told. " * 60


async def test_films_and_refusals_come_back(tmp_path: Path) -> None:
    """A film or the reason for none reaches whoever asked, and one's refusal is not another's."""
    async with RenderPool(workers=1) as pool:
        film, refusal = await asyncio.gather(
            pool.render(RenderOrder("talk", tmp_path / "a.mp4", text="Hi", size=(64, 64))),
            pool.render(RenderOrder("talk", tmp_path / "b.mp4", text=" ")),
            return_exceptions=True,
        )
    assert not isinstance(film, BaseException)
    assert film.path.stat().st_size > 500
    assert isinstance(refusal, RenderFailed)
    assert (refusal.kind, refusal.message) == ("UnknownError", "there are no words to speak")


async def test_an_unforeseen_fault_is_one_films_own(tmp_path: Path) -> None:
    """What nobody thought of, such as a folder that is gone, spoils that film and is said so."""
    async with RenderPool(workers=1) as pool:
        with pytest.raises(RenderFailed, match="failed"):
            await pool.render(RenderOrder("talk", tmp_path / "gone" / "a.mp4", text="Hi", size=(64, 64)))
        assert (await pool.render(RenderOrder("talk", tmp_path / "b.mp4", text="x", size=(64, 64)))).frames > 0


@pytest.mark.slow
async def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    """A worker that dies in a render spoils that film only."""
    async with RenderPool(workers=1) as pool:
        first = asyncio.create_task(pool.render(RenderOrder("talk", tmp_path / "a.mp4", text=LONG_TEXT)))
        await wait_for(lambda: list(tmp_path.glob(".a.mp4.part")))
        for pid in child_processes(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(RenderFailed, match="did not finish"):
            await first
        film = await pool.render(RenderOrder("talk", tmp_path / "b.mp4", text="Hi", size=(64, 64)))
    assert film.frames > 0


@pytest.mark.slow
async def test_an_endless_render_is_cut_off(tmp_path: Path) -> None:
    """A render that takes too long is a spoilt one, and the next has a fresh worker."""
    async with RenderPool(workers=1, timeout_seconds=4) as pool:
        with pytest.raises(RenderFailed) as refusal:
            await pool.render(RenderOrder("talk", tmp_path / "a.mp4", text=LONG_TEXT * 4, size=(1024, 1024)))
        assert refusal.value.kind == "UnknownError"
        pool.timeout_seconds = 100  # a new worker on a busy machine takes a while to start
        assert (await pool.render(RenderOrder("talk", tmp_path / "b.mp4", text="x", size=(64, 64)))).frames > 0


@pytest.mark.slow
async def test_nobody_gets_the_film_of_someone_who_left(tmp_path: Path) -> None:
    """When whoever asked is gone, the next order gets its own film."""
    async with RenderPool(workers=1) as pool:
        gone = asyncio.create_task(pool.render(RenderOrder("talk", tmp_path / "a.mp4", text=LONG_TEXT)))
        await wait_for(lambda: list(tmp_path.glob(".a.mp4.part")))
        gone.cancel()
        film = await pool.render(RenderOrder("talk", tmp_path / "b.mp4", text="x", size=(64, 64)))
    assert film.path.name == "b.mp4"
    assert gone.cancelled()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the children of a process from /proc")
async def test_workers_die_with_a_killed_parent(tmp_path: Path) -> None:
    """Even when the program is killed outright in the middle of a render, no worker stays behind."""
    program = textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from adapters.sandbox.render.order import RenderOrder
        from adapters.sandbox.render.pool import RenderPool

        async def main():
            async with RenderPool(workers=2) as pool:
                await pool.render(RenderOrder("talk", Path({str(tmp_path)!r}) / "a.mp4", text={LONG_TEXT!r}))

        asyncio.run(main())
    """)
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=PIPE, cwd=Path.cwd())
    await wait_for(lambda: list(tmp_path.glob(".a.mp4.part")))
    workers = child_processes(parent.pid)
    parent.kill()
    await parent.communicate()
    assert len(workers) == 2
    await wait_for(lambda: not any(is_alive(pid) for pid in workers))


def child_processes(pid: int) -> list[int]:
    """The processes a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(word) for word in (task / "children").read_text().split()]
    return found


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be collected does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def wait_for(true: Callable[[], object]) -> None:
    """Wait until something holds, but not for ever."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - other processes raise no event here
            await asyncio.sleep(0.02)


async def test_a_voice_can_be_heard_alone(tmp_path: Path) -> None:
    """A sample is a short sound file, and the worker goes on making films."""
    async with RenderPool(workers=1) as pool:
        await pool.render_sample(SpeechVoice(language="fr"), "Bonjour tout le monde.", tmp_path / "v.wav")
        with wave.open(str(tmp_path / "v.wav")) as file:
            assert file.getnframes() / file.getframerate() > 0.5
        film = await pool.render(RenderOrder(kind="talk", out=tmp_path / "t.mp4", text="Still here.", size=(64, 64)))
    assert film.path.exists()
