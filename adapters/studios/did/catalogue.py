"""D-ID's catalogues: where each is told, and what its rows are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.studios.catalogue import DAY, Catalogues
from adapters.studios.did.client import Wire
from adapters.studios.did.responses import Movement, Presenter, Voice, page
from adapters.studios.responses import Read
from bot.runtime.clock import Clock

PAGES = 50


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


class Lists:
    """The catalogues of one account."""

    def __init__(self, wire: Wire, clock: Clock, folder: Path, account: str) -> None:
        self._wire = wire
        self._kept = Catalogues("did", clock, folder, account)
        self._moves: dict[str, list[Movement]] = {}

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
        return await self._kept.rows(source.name, source.kind, age, lambda: self._ask(source))

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
