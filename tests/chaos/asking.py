"""One line of `didtalk ask`, killed at a point of its way or not at all, and asked again until it ends by itself."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.chaos.child import Orders, ask
from tests.chaos.lane import SETTLE
from tests.chaos.points import Gate, Point, Struck
from tests.chaos.process import CONTEXT
from tests.chaos.wire import Wire
from tests.walks.cli import Books

MOST = 20  # lives


@dataclass(frozen=True)
class Asked:
    """What came of a line."""

    codes: tuple[int, ...]  # how each life ended
    passed: tuple[tuple[str, int], ...]
    jobs: int


async def asked(folder: Path, books: Books, words: Sequence[str], target: Point | None = None) -> Asked:
    """Ask in a folder of its own, as often as it takes."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    line = _Line()
    async with Wire("studio").up(books.url) as wire:
        wire.gate = Gate(lambda name, nth: line.calls.append((name, nth)), target, line.strike)
        orders = Orders(books.settings | {"DID_API_URL": wire.url}, folder, SETTLE)
        codes: list[int] = []
        while not codes or (codes[-1] < 0 and len(codes) < MOST):
            inside = None if codes or not target or target.outside else target
            codes.append(await line.lived(replace(orders, target=inside), words))
    lines = (await asyncio.to_thread(orders.trace.read_text)).splitlines()
    written = [(name, int(nth)) for nth, _, name in (each.partition("\t") for each in lines)]
    return Asked(tuple(codes), (*written, *line.calls), _jobs(folder))


class _Line:
    """The process that asks this moment."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self._process: ForkServerProcess | None = None

    async def lived(self, orders: Orders, words: Sequence[str]) -> int:
        """How one life ended; negative when it was killed."""
        process = self._process = CONTEXT.Process(target=ask, args=(orders, words), daemon=True)
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

    def strike(self) -> None:
        """A call is at the target: whoever makes it dies."""
        if self._process:
            self._process.kill()
        raise Struck


def _jobs(folder: Path) -> int:
    with sqlite3.connect(folder / "data" / "didtalk.sqlite3") as db:
        ((count,),) = db.execute("SELECT count(*) FROM jobs")
    return int(count)
