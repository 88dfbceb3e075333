"""Faults in our own house: no room, no right to write, a database somebody else holds, a name that does not resolve."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.jobs.job import Stage
from tests.fault_injection.fault_proxy import running_proxy
from tests.fault_injection.network_faults import NETWORK_FAULTS, NetworkFault, redirect_to, respond_with
from tests.fault_injection.whole_bot import DOWNLOAD_PATHS, SUBMIT_PATHS, WholeBot, open_whole_bot, wait_until

LOCK_DATABASE_SCRIPT = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def small_disk(folder: Path, megabytes: int) -> AsyncIterator[Path]:
    """A file system with little room, where we may mount one."""
    place = folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if await asyncio.to_thread(subprocess.call, mount, stderr=subprocess.DEVNULL):
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        await asyncio.to_thread(subprocess.call, ["umount", "-l", str(place)])


async def fill_disk(place: Path) -> Path:
    """Leave no room at all."""
    ballast = place / "ballast"

    def write_ballast() -> None:
        with ballast.open("wb", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 2

    await asyncio.to_thread(write_ballast)
    return ballast


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["asked", "download"])
async def test_a_full_disk_is_waited_for(tmp_path: Path, stage: str) -> None:
    """Neither shelf nor database can be written: what was accepted goes on by itself once there is room."""
    async with open_whole_bot(tmp_path, speed=100.0) as at, small_disk(tmp_path, 24) as place:
        at.data_folder = place / "bot"
        async with at.running() as app:
            rule = at.proxy.inject_fault(
                NETWORK_FAULTS["unavailable"], path=DOWNLOAD_PATHS if stage == "download" else "/images", times=None
            )
            job = await at.ask(app)
            await at.wait_for_calls(DOWNLOAD_PATHS if stage == "download" else "/images")
            ballast = await fill_disk(place)
            rule.times_left = 0
            await wait_until(lambda: _was_reported(at, "full"))
            await at.clock.sleep(700)  # longer than it takes to give up on what nobody can explain
            await asyncio.to_thread(ballast.unlink)
            assert (await at.wait_until_ended(app, job, 20)).stage is Stage.DELIVERED
            assert await at.count_outcomes(app) == (1, 1, 1)


async def _was_reported(at: WholeBot, word: str) -> bool:
    return any(word in each for each in at.broken_messages)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["submit", "made"])
async def test_a_database_held_by_another_process_is_waited_for(tmp_path: Path, point: str) -> None:
    """Somebody holds the lock while a job is under way, for longer than we wait: paid once, posted once, on time."""
    async with open_whole_bot(tmp_path) as at, at.running() as app:
        path = SUBMIT_PATHS["did"] if point == "submit" else DOWNLOAD_PATHS
        at.proxy.inject_fault(NetworkFault("late", "Takes its time.", delay_seconds=0.3), path=path)
        job = await at.ask(app)
        await wait_until(lambda: _any_in_flight(app.engine.busy_slots))
        file = str(at.data_folder / "didtalk.sqlite3")
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOCK_DATABASE_SCRIPT, file, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout
        assert (await holder.stdout.readline()).strip() == b"held"
        await wait_until(lambda: _was_reported(at, "locked"), 20)
        await holder.communicate(b"")
        assert (await at.wait_until_ended(app, job, 20)).stage is Stage.DELIVERED
        assert await at.count_outcomes(app) == (1, 1, 1)


async def _any_in_flight(in_flight: int) -> bool:
    return in_flight > 0


async def test_a_name_that_does_not_resolve_is_waited_for(tmp_path: Path) -> None:
    """Nothing was sent, so the job waits and says so; with the right name it goes on."""
    async with open_whole_bot(tmp_path) as at:
        unresolved = at.settings.did.model_copy(update={"api_url": "http://studio.invalid"})
        async with at.running(settings={"did": unresolved}) as app:
            job = await at.ask(app)

            async def told() -> bool:
                found = await app.jobs.get(job.id)
                return bool(found and found.trouble)

            await wait_until(told)
            found = await app.jobs.get(job.id)
            assert found
            assert "isn't responding" in at.chat.messages[found.card_message or ""][-1]
        async with at.running() as app:
            assert (await at.wait_until_ended(app, job)).stage is Stage.DELIVERED
            assert await at.count_outcomes(app) == (1, 1, 1)


async def test_a_redirect_takes_no_key_elsewhere(tmp_path: Path) -> None:
    """Another host that a studio's answer names hears nothing from us; the job waits or fails with the reason."""
    async with open_whole_bot(tmp_path) as at, running_proxy(at.proxy.upstream) as stranger, at.running() as app:
        for path in ("/images", SUBMIT_PATHS["did"], "^/talks/"):
            at.proxy.inject_fault(redirect_to(f"{stranger.url}/caught"), path=path)
        job = await at.wait_until_ended(app, await at.ask(app))
        assert job.stage in (Stage.DELIVERED, Stage.FAILED)
        assert job.stage is Stage.DELIVERED or job.reason
        assert not stranger.seen_calls
        _, paid, posted = await at.count_outcomes(app)
        assert paid == posted == (job.stage is Stage.DELIVERED)


async def test_a_download_may_be_redirected(tmp_path: Path) -> None:
    """Links to videos lead through others; what comes in the end is what counts."""
    async with open_whole_bot(tmp_path) as at, at.running() as app:
        told = NetworkFault("moved", "Moved.", False, respond_with(302, location=f"{at.proxy.upstream}/nothing"))
        at.proxy.inject_fault(told, path=DOWNLOAD_PATHS)
        assert (await at.wait_until_ended(app, await at.ask(app))).stage is Stage.DELIVERED
