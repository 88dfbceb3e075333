"""HeyGen's catalogues: each generation has its own; v3's are asked first, v2's where there are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.studios.catalogue import CATALOGUE_CACHE_SECONDS, CatalogueCache
from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.api_versions import ApiVersions
from adapters.studios.heygen.client import HeygenAvatar, HeygenClient, HeygenTemplate, HeygenVoice, extract_rows
from adapters.studios.heygen.errors import HeygenResponse
from adapters.studios.responses import LenientModel, as_dict, as_text
from bot.runtime.clock import Clock

MAX_CATALOGUE_PAGES = 100


@dataclass(frozen=True)
class HeygenCatalogueSpec:
    name: str
    row_model: type[LenientModel]
    paths: dict[str, str]
    row_keys: tuple[str, ...]
    page_size: int = 100
    extra_queries: tuple[dict[str, str], ...] = ({},)  # what v3 must be asked to tell all of it


AVATAR_CATALOGUE = HeygenCatalogueSpec(
    "avatars",
    HeygenAvatar,
    {"v3": "v3/avatars/looks", "v2": "v2/avatars"},
    ("avatars", "talking_photos", "avatar_looks", "looks"),
    page_size=50,
)
# v3 leaves out the voices that were cloned on the account unless it is asked for them alone.
VOICE_CATALOGUE = HeygenCatalogueSpec(
    "voices", HeygenVoice, {"v3": "v3/voices", "v2": "v2/voices"}, ("voices",), extra_queries=({}, {"type": "private"})
)
TEMPLATE_CATALOGUE = HeygenCatalogueSpec(
    "templates", HeygenTemplate, {"v3": "v2/templates", "v2": "v2/templates"}, ("templates",)
)


class HeygenLanguage(LenientModel):
    name: str = ""


LANGUAGE_CATALOGUE = HeygenCatalogueSpec(
    "languages",
    HeygenLanguage,
    {"v3": "v3/video-translations/languages", "v2": "v2/video_translate/target_languages"},
    ("languages",),
)


class HeygenCatalogue:
    """The catalogues of one account."""

    def __init__(self, api: HeygenClient, api_versions: ApiVersions, clock: Clock, folder: Path, account: str) -> None:
        self._api, self._api_versions = api, api_versions
        self._cache = CatalogueCache("heygen", clock, folder, account)

    async def avatars(self, max_age: float = CATALOGUE_CACHE_SECONDS) -> Sequence[HeygenAvatar]:
        return [row for row in await self._cached_rows(AVATAR_CATALOGUE, max_age) if row.id]

    async def voices(self, max_age: float = CATALOGUE_CACHE_SECONDS) -> Sequence[HeygenVoice]:
        return [row for row in await self._cached_rows(VOICE_CATALOGUE, max_age) if row.id]

    async def templates(self, max_age: float = CATALOGUE_CACHE_SECONDS) -> Sequence[HeygenTemplate]:
        return [row for row in await self._cached_rows(TEMPLATE_CATALOGUE, max_age) if row.id]

    async def languages(self, max_age: float = CATALOGUE_CACHE_SECONDS) -> list[str]:
        return [row.name for row in await self._cached_rows(LANGUAGE_CATALOGUE, max_age) if row.name]

    async def _cached_rows(self, spec: HeygenCatalogueSpec, max_age: float) -> Sequence[Any]:
        return await self._cache.get_rows(spec.name, spec.row_model, max_age, lambda: self._request_rows(spec))

    async def _request_rows(self, spec: HeygenCatalogueSpec) -> list[Any]:
        for api_version in self._api_versions.available or ("v3",):
            first = await self._api.get(spec.paths[api_version], _page_query(spec, api_version, {}))
            if first.endpoint_gone:
                continue
            found_rows = await self._read_pages(spec, api_version, first, {})
            for extra_query in spec.extra_queries[1:] if api_version == "v3" else ():
                response = await self._api.get(spec.paths[api_version], _page_query(spec, api_version, extra_query))
                found_rows += await self._read_pages(spec, api_version, response, extra_query) if response.ok else []
            return list({str(row.model_dump()): row for row in found_rows}.values())
        return []

    async def _read_pages(
        self, spec: HeygenCatalogueSpec, api_version: str, response: HeygenResponse, extra_query: dict[str, str]
    ) -> list[Any]:
        found_rows: list[Any] = []
        seen_tokens: set[str] = set()
        for _ in range(MAX_CATALOGUE_PAGES):
            raise_for_error(response, paid=False)
            found_rows += [spec.row_model.from_data(row) for row in _find_rows(response.result, spec.row_keys)]
            token = as_text(as_dict(response.data).get("next_token") or as_dict(response.result).get("next_token"))
            if api_version == "v2" or not token or token in seen_tokens:
                break
            seen_tokens.add(token)
            response = await self._api.get(
                spec.paths[api_version], _page_query(spec, api_version, extra_query | {"token": token})
            )
        return found_rows


def _find_rows(body: object, keys: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """The rows, bare or under any of the keys; languages come as plain words."""
    if isinstance(body, list):
        plain = [{"name": each} for each in body if isinstance(each, str)]
        return plain or [_with_name(row) for row in extract_rows(body)]
    given = as_dict(body)
    return [_with_name(row) for key in keys for row in _find_rows(given.get(key), ())]


def _with_name(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": row["language"]} if "language" in row and "name" not in row else row


def _page_query(spec: HeygenCatalogueSpec, api_version: str, extra_query: dict[str, str]) -> dict[str, str]:
    """Only v3 has pages, and not for languages."""
    paged = api_version == "v3" and spec.paths["v3"].startswith("v3/") and spec is not LANGUAGE_CATALOGUE
    return ({"limit": str(spec.page_size)} if paged else {}) | extra_query
