"""One line of `didtalk ask`, killed at a point of its way or not at all, and asked again until it ends by itself."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.end_to_end.cli import SandboxLedger
from tests.kill_tests.bot_control.bot_main import BotLaunch, run_ask
from tests.kill_tests.bot_control.bot_process import FORK_CONTEXT
from tests.kill_tests.bot_control.bot_under_test import SETTLE_SECONDS
from tests.kill_tests.bot_control.call_relay import CallRelay
from tests.kill_tests.bot_control.kill_points import KillGate, KillPoint, ProcessKilled

MAX_LIVES = 20  # lives


@dataclass(frozen=True)
class AskOutcome:
    """What came of a line."""

    exit_codes: tuple[int, ...]  # how each life ended
    points_passed: tuple[tuple[str, int], ...]
    job_count: int


async def ask_until_done(
    folder: Path, sandbox: SandboxLedger, words: Sequence[str], target: KillPoint | None = None
) -> AskOutcome:
    """Ask in a folder of its own, as often as it takes."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    asking = _AskProcess()
    async with CallRelay("studio").running(sandbox.url) as wire:
        wire.gate = KillGate(lambda name, nth: asking.calls_passed.append((name, nth)), target, asking.kill_caller)
        orders = BotLaunch(sandbox.settings | {"DID_API_URL": wire.url}, folder, SETTLE_SECONDS)
        codes: list[int] = []
        while not codes or (codes[-1] < 0 and len(codes) < MAX_LIVES):
            inside = None if codes or not target or target.is_call else target
            codes.append(await asking.run_once(replace(orders, target=inside), words))
    lines = (await asyncio.to_thread(orders.trace_file.read_text)).splitlines()
    written = [(name, int(nth)) for nth, _, name in (each.partition("\t") for each in lines)]
    return AskOutcome(tuple(codes), (*written, *asking.calls_passed), _count_jobs(folder))


class _AskProcess:
    """The process that asks this moment."""

    def __init__(self) -> None:
        self.calls_passed: list[tuple[str, int]] = []
        self._process: ForkServerProcess | None = None

    async def run_once(self, orders: BotLaunch, words: Sequence[str]) -> int:
        """How one life ended; negative when it was killed."""
        process = self._process = FORK_CONTEXT.Process(target=run_ask, args=(orders, words), daemon=True)
        process.start()
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, ended.set)
        await ended.wait()
        asyncio.get_running_loop().remove_reader(process.sentinel)
        process.join()
        code = process.exitcode or 0
        process.close()
        self._process = None
        return code

    def kill_caller(self) -> None:
        """A call is at the target: whoever makes it dies."""
        if self._process:
            self._process.kill()
        raise ProcessKilled


def _count_jobs(folder: Path) -> int:
    with sqlite3.connect(folder / "data" / "didtalk.sqlite3") as db:
        ((count,),) = db.execute("SELECT count(*) FROM jobs")
    return int(count)
