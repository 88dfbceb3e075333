"""Caches a studio's catalogues for a day, in memory and in a folder; old ones are better than none."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from adapters.studios.responses import LenientModel
from bot.errors import TryAgain
from bot.runtime.clock import Clock

CATALOGUE_CACHE_SECONDS = 86_400.0
CATALOGUE_RECHECK_SECONDS = 300.0  # for a name that was not found: somebody may just have created it

log = structlog.get_logger(__name__)

FetchRows = Callable[[], Awaitable[Sequence[Any]]]


@dataclass(frozen=True)
class CachedCatalogue:
    fetched_at: float
    rows: tuple[Any, ...]


def write_json(file: Path, stored: object) -> None:
    """Replace a cache file; without it everything works, only slower."""
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(stored, ensure_ascii=False), "utf-8")
        part.replace(file)
    except OSError as error:
        log.warning("cache file not written", file=file.name, error=error.strerror)


class CatalogueCache:
    """One account's catalogues: kept for a day in memory and in a folder."""

    def __init__(self, studio: str, clock: Clock, folder: Path, account: str) -> None:
        self._studio, self._clock = studio, clock
        self._folder, self._account = folder, account
        self._cached: dict[str, CachedCatalogue] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get_rows(
        self, name: str, kind: type[LenientModel], max_age: float, fetch_rows: FetchRows
    ) -> Sequence[Any]:
        """The rows of one catalogue, at most that old; older ones while the studio is away."""
        # One caller asks, the others of that moment get the same answer.
        async with self._locks.setdefault(name, asyncio.Lock()):
            cached = self._cached.get(name) or await asyncio.to_thread(self._read_file, name, kind)
            if cached is None or not 0 <= self._clock.now() - cached.fetched_at < max_age:
                cached = await self._refresh(name, cached, fetch_rows)
            self._cached[name] = cached
        return cached.rows

    async def _refresh(self, name: str, old: CachedCatalogue | None, fetch_rows: FetchRows) -> CachedCatalogue:
        try:
            cached = CachedCatalogue(self._clock.now(), tuple(await fetch_rows()))
        except TryAgain as error:
            if old is None:
                raise
            log.info("serving an old catalogue", studio=self._studio, catalogue=name, error=error.sentence)
            return old
        if cached.rows:
            await asyncio.to_thread(self._write_file, name, cached)
        return cached

    def _file_path(self, name: str) -> Path:
        return self._folder / f"{self._studio}-{self._account}-{name}.json"

    def _read_file(self, name: str, kind: type[LenientModel]) -> CachedCatalogue | None:
        try:
            stored = json.loads(self._file_path(name).read_bytes())
            return CachedCatalogue(float(stored["fetched_at"]), tuple(kind.from_data(row) for row in stored["rows"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write_file(self, name: str, cached: CachedCatalogue) -> None:
        stored = {"fetched_at": cached.fetched_at, "rows": [row.model_dump(mode="json") for row in cached.rows]}
        write_json(self._file_path(name), stored)
