"""D-ID's catalogues as they were last told: kept a day in memory and in a folder, old ones better than none."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from adapters.studios.did.objects import Movement, Presenter, Voice, page
from adapters.studios.did.wire import Wire
from adapters.studios.read import Read
from bot.clock import Clock
from bot.errors import TryAgain

DAY = 86_400.0
PAGES = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Source:
    """Where a catalogue is told."""

    name: str
    path: str
    key: str
    kind: type[Read]
    paged: bool = True


VOICES = Source("voices", "tts/voices", "voices", Voice, paged=False)
PRESENTERS = {
    "v4": Source("v4", "expressives/avatars", "avatars", Presenter),
    "clip": Source("clip", "clips/presenters", "presenters", Presenter),
    "scene": Source("scene", "scenes/avatars", "avatars", Presenter),
}


@dataclass(frozen=True)
class Told:
    """A catalogue and when it was told."""

    at: float
    rows: tuple[Any, ...]


class Lists:
    """The catalogues of one account."""

    def __init__(self, wire: Wire, clock: Clock, folder: Path, account: str) -> None:
        self._wire, self._clock = wire, clock
        self._folder, self._account = folder, account
        self._told: dict[str, Told] = {}
        self._moves: dict[str, list[Movement]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def voices(self, age: float = DAY) -> Sequence[Voice]:
        """Every voice, told no longer ago than that."""
        return await self._get(VOICES, age)

    async def presenters(self, model: str, age: float = DAY) -> Sequence[Presenter]:
        """Every presenter of a kind that can be asked for."""
        rows = await self._get(PRESENTERS[model], age)
        ready = (row for row in rows if row.id and row.status in ("", "done", "ready"))
        return [row.model_copy(update={"model": model}) for row in ready]

    async def movements(self, presenter: str) -> Sequence[Movement]:
        """How a clip presenter can move."""
        if presenter not in self._moves:
            reply = await self._wire.read("clips/presenters", presenter, "/drivers", allow=(403, 404))
            rows = page(reply.data, "clips_drivers").rows
            self._moves[presenter] = [move for row in rows if (move := Movement.of(row)).id]
        return self._moves[presenter]

    async def _get(self, source: Source, age: float) -> Sequence[Any]:
        # One caller asks, the others of that moment get the same answer.
        async with self._locks.setdefault(source.name, asyncio.Lock()):
            told = self._told.get(source.name) or await asyncio.to_thread(self._read, source)
            if told is None or not 0 <= self._clock.now() - told.at < age:
                told = await self._fresh(source, told)
            self._told[source.name] = told
        return told.rows

    async def _fresh(self, source: Source, old: Told | None) -> Told:
        try:
            told = Told(self._clock.now(), tuple(await self._ask(source)))
        except TryAgain as error:
            if old is None:
                raise
            log.info("an old catalogue serves, D-ID does not answer", catalogue=source.name, error=error.sentence)
            return old
        if told.rows:
            await asyncio.to_thread(self._write, source, told)
        return told

    async def _ask(self, source: Source) -> list[Any]:
        rows: list[Any] = []
        token = ""
        for _ in range(PAGES):
            query = {"limit": "100"} | ({"token": token} if token else {})
            # A plan without this kind of presenter simply has none.
            allow = (403, 404, 405) if source.paged else ()
            reply = await self._wire.read(source.path, query=query if source.paged else None, allow=allow)
            told = page(reply.data, source.key)
            rows += [source.kind.of(row) for row in told.rows if isinstance(row, dict)]
            if not told.token or told.token == token:
                break
            token = told.token
        return rows

    def _file(self, source: Source) -> Path:
        return self._folder / f"did-{self._account}-{source.name}.json"

    def _read(self, source: Source) -> Told | None:
        try:
            kept = json.loads(self._file(source).read_bytes())
            return Told(float(kept["at"]), tuple(source.kind.of(row) for row in kept["rows"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, source: Source, told: Told) -> None:
        kept = {"at": told.at, "rows": [row.model_dump(mode="json") for row in told.rows]}
        file = self._file(source)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part")
            part.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            part.replace(file)
        except OSError as error:
            log.warning("a catalogue could not be kept", catalogue=source.name, error=error.strerror)
