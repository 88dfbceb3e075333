"""`didtalk run` with a part in it that blocks the event loop for good, in one of the ways in which that happens."""

import asyncio
import ctypes
import sys
import time
from collections.abc import Callable, Mapping

import uvloop

from bot.cli.run import run_bot
from bot.settings import read_settings
from storage.database import Database


def _spin_forever() -> None:
    while True:
        pass


def _sleep_forever() -> None:
    time.sleep(3600)


def _hold_interpreter() -> None:
    while True:
        ctypes.PyDLL(None).sleep(3600)  # a library that keeps the interpreter to itself: no thread of ours has a turn


BLOCKING_WAYS: Mapping[str, Callable[[], None]] = {
    "busy": _spin_forever,
    "asleep": _sleep_forever,
    "alone": _hold_interpreter,
}


def _block_loop(way: str) -> Callable[[Database], Database]:
    """Blocks the loop a moment after the database was handed on, and says so just before."""

    def block_now() -> None:
        sys.stdout.write("blocked\n")
        sys.stdout.flush()
        BLOCKING_WAYS[way]()

    def block_later(database: Database) -> Database:
        asyncio.get_running_loop().call_later(1.0, block_now)
        return database

    return block_later


if __name__ == "__main__":
    uvloop.run(run_bot(read_settings(), wrap_database=_block_loop(sys.argv[1])))
