"""D-ID's catalogues: their paths and rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.studios.catalogue import CATALOGUE_CACHE_SECONDS, CatalogueCache
from adapters.studios.did.client import DidClient, DidMovement, DidPresenter, DidVoice, parse_page
from adapters.studios.responses import LenientModel
from bot.runtime.clock import Clock

MAX_CATALOGUE_PAGES = 50


@dataclass(frozen=True)
class DidCatalogueSpec:
    name: str
    path: str
    rows_key: str
    row_model: type[LenientModel]
    is_paged: bool = True


VOICE_CATALOGUE = DidCatalogueSpec("voices", "tts/voices", "voices", DidVoice, is_paged=False)
PRESENTER_CATALOGUES = {
    "v4": DidCatalogueSpec("v4", "expressives/avatars", "avatars", DidPresenter),
    "clip": DidCatalogueSpec("clip", "clips/presenters", "presenters", DidPresenter),
    "scene": DidCatalogueSpec("scene", "scenes/avatars", "avatars", DidPresenter),
}


class DidCatalogue:
    """The catalogues of one account."""

    def __init__(self, api: DidClient, clock: Clock, folder: Path, account: str) -> None:
        self._api = api
        self._cache = CatalogueCache("did", clock, folder, account)
        self._movements: dict[str, list[DidMovement]] = {}

    async def voices(self, max_age: float = CATALOGUE_CACHE_SECONDS) -> Sequence[DidVoice]:
        return await self._cached_rows(VOICE_CATALOGUE, max_age)

    async def presenters(self, model: str, max_age: float = CATALOGUE_CACHE_SECONDS) -> Sequence[DidPresenter]:
        """Those that are ready to be used."""
        rows = await self._cached_rows(PRESENTER_CATALOGUES[model], max_age)
        ready = (row for row in rows if row.id and row.status in ("", "done", "ready"))
        return [row.model_copy(update={"model": model}) for row in ready]

    async def movements(self, presenter: str) -> Sequence[DidMovement]:
        if presenter not in self._movements:
            response = await self._api.get("clips/presenters", presenter, "/drivers", allow=(403, 404))
            rows = parse_page(response.data, "clips_drivers").rows
            self._movements[presenter] = [move for row in rows if (move := DidMovement.from_data(row)).id]
        return self._movements[presenter]

    async def _cached_rows(self, spec: DidCatalogueSpec, max_age: float) -> Sequence[Any]:
        return await self._cache.get_rows(spec.name, spec.row_model, max_age, lambda: self._request_rows(spec))

    async def _request_rows(self, spec: DidCatalogueSpec) -> list[Any]:
        if spec.is_paged:
            # A plan without this kind of presenter simply has none.
            pages = self._api.pages(spec.path, spec.rows_key, MAX_CATALOGUE_PAGES, allow=(403, 404, 405))
            rows = [row async for _, page in pages for row in page.rows]
        else:
            rows = parse_page((await self._api.get(spec.path)).data, spec.rows_key).rows
        return [spec.row_model.from_data(row) for row in rows if isinstance(row, dict)]
