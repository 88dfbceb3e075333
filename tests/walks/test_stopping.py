"""`didtalk run` and `didtalk demo` as processes that somebody stops, while nobody outside answers."""

import asyncio
import re
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.faults import WIRE
from tests.chaos.proxy import Proxy, proxied
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import TOKEN
from tests.walks.blocking import WAYS
from tests.walks.cli import Cli, sandbox, until

SOON = 7.0  # seconds: what was cut off is due so soon; a hold would be longer


async def test_stopped_while_studio_and_chat_hang_it_hands_everything_back(tmp_path: Path) -> None:
    """It ends in time and with 0, says meanwhile that it is going, and the next one posts and pays once."""
    discord, at_studio = Discord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), sandbox(at_studio, "--instant") as books, proxied(books.url) as proxy:
        keys = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        cli = Cli(tmp_path, books.settings | keys | {"DID_API_URL": proxy.url})
        process = await cli.start("run")
        try:
            url = await _address(process)
            await asyncio.wait_for(discord.connected.wait(), 30)
            await _hang(discord, proxy)
            asked = time.time()
            process.send_signal(signal.SIGTERM)
            await until(lambda: _says_no(url), 3)
            async with asyncio.timeout(10 - (time.time() - asked)):
                assert await process.wait() == 0
        finally:
            await _end(process)
        rows = _rows(tmp_path)
        assert sorted(stage for stage, *_ in rows) == ["delivering", "submitting"]
        assert [owner for _, owner, _ in rows] == [None, None]
        assert all(due < time.time() + SOON for *_, due in rows)
        discord.coming = None
        again = await cli.start("run")
        try:
            await until(lambda: _delivered(tmp_path), 40)
        finally:
            await _end(again)
        assert len(discord.videos()) == 2
        assert len(await books.ledger()) == 2


async def test_whoever_asks_twice_does_not_wait(tmp_path: Path) -> None:
    """A studio hangs, and the second signal ends it at once."""
    discord, at_studio = Discord(), tmp_path / "studio"
    at_studio.mkdir()
    async with discord.running(), sandbox(at_studio, "--instant") as books, proxied(books.url) as proxy:
        keys = {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": discord.url, "DIDTALK_PORT": "0"}
        process = await Cli(tmp_path, books.settings | keys | {"DID_API_URL": proxy.url}).start("run")
        try:
            url = await _address(process)
            await asyncio.wait_for(discord.connected.wait(), 30)
            proxy.suffer(WIRE["silence after"], method="POST", path="/talks")
            await discord.command("didtalk", script="Never answered.")
            await until(lambda: _asked(proxy, "POST", "/talks"), 40)
            process.send_signal(signal.SIGTERM)
            await until(lambda: _says_no(url), 3)
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(2):
                assert await process.wait() == -signal.SIGINT
        finally:
            await _end(process)


async def test_a_blocked_loop_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    """However it is blocked: ten seconds after the signal the process is gone; what it held falls free by itself."""

    async def ended(way: str) -> float:
        (tmp_path / way).mkdir()
        cli = Cli(tmp_path / way, {"DID_API_KEY": "a:b", "DID_API_URL": "http://127.0.0.1:9", "DIDTALK_PORT": "0"})
        process = await cli.python("-m", "tests.walks.blocking", way)
        try:
            await asyncio.wait_for(_said(process, b"blocked"), 60)
            process.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            async with asyncio.timeout(30):
                await process.communicate()
            return time.monotonic() - asked
        finally:
            await _end(process)

    took = await asyncio.gather(*map(ended, WAYS))
    assert max(took) < 10, dict(zip(WAYS, took, strict=True))


async def test_the_demo_ends_with_0_when_it_is_stopped(tmp_path: Path) -> None:
    """In the middle of its first video."""
    process = await Cli(tmp_path, {"DIDTALK_PORT": "0"}).start("demo")
    try:
        await asyncio.wait_for(_line(process.stdout, "http://"), 30)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        await _end(process)


async def _hang(discord: Discord, proxy: Proxy) -> None:
    """One video on its way to the chat, and one paid call that is never answered."""
    posting = asyncio.Event()

    async def coming(method: str, path: str, multipart: bool) -> None:
        if multipart:
            posting.set()
            await asyncio.sleep(3600)

    discord.coming = coming
    await discord.command("didtalk", script="On its way to the chat.")
    async with asyncio.timeout(40):
        await posting.wait()
    proxy.suffer(WIRE["silence after"], method="POST", path="/talks")
    await discord.command("didtalk", script="On its way to the studio.")
    await until(lambda: _asked(proxy, "POST", "/talks", 2), 40)


async def _asked(proxy: Proxy, method: str, path: str, times: int = 1) -> bool:
    return len(proxy.calls(method, path)) >= times


async def _address(process: asyncio.subprocess.Process) -> str:
    return await asyncio.wait_for(_line(process.stderr, "didtalk is running at "), 30)


async def _line(stream: Any, words: str) -> str:
    while line := (await stream.readline()).decode():
        if words in line and (found := re.search(r"http://[\w.]+:\d+", line)):
            return found[0]
    raise AssertionError(f"it ended before it said “{words}”")


async def _said(process: asyncio.subprocess.Process, words: bytes) -> None:
    assert process.stdout
    while words not in (line := await process.stdout.readline()):
        assert line, "it ended before"


async def _says_no(url: str) -> bool:
    async with httpx.AsyncClient(timeout=2) as client:
        return (await client.get(f"{url}/readyz")).status_code == 503


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


def _rows(folder: Path) -> list[Any]:
    with sqlite3.connect(folder / "data" / "didtalk.sqlite3") as db:
        return list(db.execute("SELECT stage, owner, due_at FROM jobs"))


async def _delivered(folder: Path) -> bool:
    return [stage for stage, *_ in _rows(folder)] == ["delivered", "delivered"]
