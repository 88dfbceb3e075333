"""A studio's catalogues as they were last told: kept a day in memory and in a folder, old ones better than none."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from adapters.studios.responses import Read
from bot.errors import TryAgain
from bot.runtime.clock import Clock

DAY = 86_400.0

log = structlog.get_logger(__name__)

Ask = Callable[[], Awaitable[Sequence[Any]]]


@dataclass(frozen=True)
class Told:
    """A catalogue and when it was told."""

    at: float
    rows: tuple[Any, ...]


class Catalogues:
    """The catalogues of one account at one studio."""

    def __init__(self, studio: str, clock: Clock, folder: Path, account: str) -> None:
        self._studio, self._clock = studio, clock
        self._folder, self._account = folder, account
        self._told: dict[str, Told] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def rows(self, name: str, kind: type[Read], age: float, ask: Ask) -> Sequence[Any]:
        """The rows of one catalogue, told no longer ago than that."""
        # One caller asks, the others of that moment get the same answer.
        async with self._locks.setdefault(name, asyncio.Lock()):
            told = self._told.get(name) or await asyncio.to_thread(self._read, name, kind)
            if told is None or not 0 <= self._clock.now() - told.at < age:
                told = await self._fresh(name, told, ask)
            self._told[name] = told
        return told.rows

    async def _fresh(self, name: str, old: Told | None, ask: Ask) -> Told:
        try:
            told = Told(self._clock.now(), tuple(await ask()))
        except TryAgain as error:
            if old is None:
                raise
            log.info("an old catalogue serves", studio=self._studio, catalogue=name, error=error.sentence)
            return old
        if told.rows:
            await asyncio.to_thread(self._write, name, told)
        return told

    def _file(self, name: str) -> Path:
        return self._folder / f"{self._studio}-{self._account}-{name}.json"

    def _read(self, name: str, kind: type[Read]) -> Told | None:
        try:
            kept = json.loads(self._file(name).read_bytes())
            return Told(float(kept["at"]), tuple(kind.of(row) for row in kept["rows"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, name: str, told: Told) -> None:
        kept = {"at": told.at, "rows": [row.model_dump(mode="json") for row in told.rows]}
        file = self._file(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part")
            part.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            part.replace(file)
        except OSError as error:
            log.warning("a catalogue could not be kept", catalogue=name, error=error.strerror)
