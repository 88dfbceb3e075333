"""`didtalk run` with a part in it that blocks the event loop for good, in one of the ways in which that happens."""

import asyncio
import ctypes
import sys
import time
from collections.abc import Callable, Mapping

import uvloop

from bot.cli.run import serve
from bot.settings import read_settings
from storage.database import Database


def _busy() -> None:
    while True:
        pass


def _asleep() -> None:
    time.sleep(3600)


def _alone() -> None:
    while True:
        ctypes.PyDLL(None).sleep(3600)  # a library that keeps the interpreter to itself: no thread of ours has a turn


WAYS: Mapping[str, Callable[[], None]] = {"busy": _busy, "asleep": _asleep, "alone": _alone}


def _blocked(way: str) -> Callable[[Database], Database]:
    """Blocks the loop a moment after the database was handed on, and says so just before."""

    def block() -> None:
        sys.stdout.write("blocked\n")
        sys.stdout.flush()
        WAYS[way]()

    def through(database: Database) -> Database:
        asyncio.get_running_loop().call_later(1.0, block)
        return database

    return through


if __name__ == "__main__":
    uvloop.run(serve(read_settings(), through=_blocked(sys.argv[1])))
