"""`didtalk run` and `didtalk demo` as processes that somebody stops, while nobody outside answers."""

import asyncio
import re
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.blocking_bot import BLOCKING_WAYS
from tests.end_to_end.cli import CommandLine, running_sandbox, wait_until
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import TOKEN
from tests.fault_injection.fault_proxy import FaultProxy, running_proxy
from tests.fault_injection.network_faults import NETWORK_FAULTS

RETRY_WITHIN_SECONDS = 7.0  # seconds: what was cut off is due so soon; a hold would be longer


@pytest.mark.slow
async def test_stopped_while_studio_and_chat_hang_it_hands_everything_back(tmp_path: Path) -> None:
    """It ends in time and with 0, says meanwhile that it is going, and the next one posts and pays once."""
    discord, at_studio = FakeDiscord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), running_sandbox(at_studio, "--instant") as books, running_proxy(books.url) as proxy:
        keys = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        cli = CommandLine(tmp_path, books.settings | keys | {"DID_API_URL": proxy.url})
        process = await cli.start_command("run")
        try:
            url = await _read_address(process)
            await asyncio.wait_for(discord.connected.wait(), 30)
            await _hold_two_calls(discord, proxy)
            asked = time.time()
            process.send_signal(signal.SIGTERM)
            await wait_until(lambda: _is_unready(url), 3)
            async with asyncio.timeout(10 - (time.time() - asked)):
                assert await process.wait() == 0
        finally:
            await _kill_process(process)
        rows = _read_jobs(tmp_path)
        assert sorted(stage for stage, *_ in rows) == ["delivering", "submitting"]
        assert [owner for _, owner, _ in rows] == [None, None]
        assert all(due < time.time() + RETRY_WITHIN_SECONDS for *_, due in rows)
        discord.before_call = None
        again = await cli.start_command("run")
        try:
            await wait_until(lambda: _both_delivered(tmp_path), 40)
        finally:
            await _kill_process(again)
        assert len(discord.videos()) == 2
        assert len(await books.read_charges()) == 2


@pytest.mark.slow
async def test_whoever_asks_twice_does_not_wait(tmp_path: Path) -> None:
    """A studio hangs, and the second signal ends it at once."""
    discord, at_studio = FakeDiscord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), running_sandbox(at_studio, "--instant") as books, running_proxy(books.url) as proxy:
        keys = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        process = await CommandLine(tmp_path, books.settings | keys | {"DID_API_URL": proxy.url}).start_command("run")
        try:
            url = await _read_address(process)
            await asyncio.wait_for(discord.connected.wait(), 30)
            proxy.inject_fault(NETWORK_FAULTS["silence after"], method="POST", path="/talks")
            await discord.run_command("didtalk", script="Never answered.")
            await wait_until(lambda: _was_called(proxy, "POST", "/talks"), 40)
            process.send_signal(signal.SIGTERM)
            await wait_until(lambda: _is_unready(url), 3)
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(2):
                assert await process.wait() == -signal.SIGINT
        finally:
            await _kill_process(process)


@pytest.mark.slow
async def test_a_blocked_loop_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    """However it is blocked: the process goes by itself soon after the signal; what it held falls free by itself."""

    async def ended(way: str) -> None:
        (tmp_path / way).mkdir()
        cli = CommandLine(
            tmp_path / way, {"DID_API_KEY": "a:b", "DID_API_URL": "http://127.0.0.1:9", "DIDTALK_PORT": "0"}
        )
        process = await cli.start_python("-m", "tests.end_to_end.blocking_bot", way)
        try:
            await asyncio.wait_for(_wait_for_output(process, b"blocked"), 60)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(60):  # blocked, it would never end
                await process.communicate()
        finally:
            await _kill_process(process)

    await asyncio.gather(*map(ended, BLOCKING_WAYS))


@pytest.mark.slow
async def test_the_demo_ends_with_0_when_it_is_stopped(tmp_path: Path) -> None:
    """In the middle of its first video."""
    process = await CommandLine(tmp_path, {"DIDTALK_PORT": "0"}).start_command("demo")
    try:
        await asyncio.wait_for(_find_address(process.stdout, "http://"), 30)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        await _kill_process(process)


async def _hold_two_calls(discord: FakeDiscord, proxy: FaultProxy) -> None:
    """One video on its way to the chat, and one paid call that is never answered."""
    posting = asyncio.Event()

    async def hold_upload(method: str, path: str, multipart: bool) -> None:
        if multipart:
            posting.set()
            await asyncio.sleep(3600)

    discord.before_call = hold_upload
    await discord.run_command("didtalk", script="On its way to the chat.")
    async with asyncio.timeout(40):
        await posting.wait()
    proxy.inject_fault(NETWORK_FAULTS["silence after"], method="POST", path="/talks")
    await discord.run_command("didtalk", script="On its way to the studio.")
    await wait_until(lambda: _was_called(proxy, "POST", "/talks", 2), 40)


async def _was_called(proxy: FaultProxy, method: str, path: str, times: int = 1) -> bool:
    return len(proxy.find_calls(method, path)) >= times


async def _read_address(process: asyncio.subprocess.Process) -> str:
    return await asyncio.wait_for(_find_address(process.stderr, "didtalk is running at "), 30)


async def _find_address(stream: Any, words: str) -> str:
    while line := (await stream.readline()).decode():
        if words in line and (found := re.search(r"http://[\w.]+:\d+", line)):
            return found[0]
    raise AssertionError(f"it ended before it said “{words}”")


async def _wait_for_output(process: asyncio.subprocess.Process, words: bytes) -> None:
    assert process.stdout
    while words not in (line := await process.stdout.readline()):
        assert line, "it ended before"


async def _is_unready(url: str) -> bool:
    async with httpx.AsyncClient(timeout=2) as client:
        return (await client.get(f"{url}/readyz")).status_code == 503


async def _kill_process(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


def _read_jobs(folder: Path) -> list[Any]:
    with sqlite3.connect(folder / "data" / "didtalk.sqlite3") as db:
        return list(db.execute("SELECT stage, owner, due_at FROM jobs"))


async def _both_delivered(folder: Path) -> bool:
    return [stage for stage, *_ in _read_jobs(folder)] == ["delivered", "delivered"]
