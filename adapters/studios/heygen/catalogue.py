"""HeyGen's catalogues: each generation has its own; v3's are asked first, v2's where there are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.studios.catalogue import DAY, Catalogues
from adapters.studios.heygen.api_versions import Dialects
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import Reply, judge
from adapters.studios.heygen.responses import Avatar, Template, Voice, rows
from adapters.studios.responses import Read, as_dict, as_text
from bot.runtime.clock import Clock

PAGES = 100


@dataclass(frozen=True)
class Source:
    """A catalogue: where each dialect tells it, what its rows are, and how many a page may have."""

    name: str
    kind: type[Read]
    paths: dict[str, str]
    keys: tuple[str, ...]
    most: int = 100
    asks: tuple[dict[str, str], ...] = ({},)  # what v3 must be asked to tell all of it


AVATARS = Source(
    "avatars",
    Avatar,
    {"v3": "v3/avatars/looks", "v2": "v2/avatars"},
    ("avatars", "talking_photos", "avatar_looks", "looks"),
    most=50,
)
# v3 leaves out the voices that were cloned on the account unless it is asked for them alone.
VOICES = Source("voices", Voice, {"v3": "v3/voices", "v2": "v2/voices"}, ("voices",), asks=({}, {"type": "private"}))
TEMPLATES = Source("templates", Template, {"v3": "v2/templates", "v2": "v2/templates"}, ("templates",))


class Tongue(Read):
    """A language of translations, by HeyGen's own spelling."""

    name: str = ""


LANGUAGES = Source(
    "languages",
    Tongue,
    {"v3": "v3/video-translations/languages", "v2": "v2/video_translate/target_languages"},
    ("languages",),
)


class Lists:
    """The catalogues of one account."""

    def __init__(self, wire: Wire, dialects: Dialects, clock: Clock, folder: Path, account: str) -> None:
        self._wire, self._dialects = wire, dialects
        self._kept = Catalogues("heygen", clock, folder, account)

    async def avatars(self, age: float = DAY) -> Sequence[Avatar]:
        """Everyone who can be asked for."""
        return [row for row in await self._get(AVATARS, age) if row.id]

    async def voices(self, age: float = DAY) -> Sequence[Voice]:
        """Every voice."""
        return [row for row in await self._get(VOICES, age) if row.id]

    async def templates(self, age: float = DAY) -> Sequence[Template]:
        """The account's templates."""
        return [row for row in await self._get(TEMPLATES, age) if row.id]

    async def languages(self, age: float = DAY) -> list[str]:
        """What videos can be translated into."""
        return [row.name for row in await self._get(LANGUAGES, age) if row.name]

    async def _get(self, source: Source, age: float) -> Sequence[Any]:
        return await self._kept.rows(source.name, source.kind, age, lambda: self._ask(source))

    async def _ask(self, source: Source) -> list[Any]:
        for dialect in self._dialects.served or ("v3",):
            first = await self._wire.read(source.paths[dialect], _query(source, dialect, {}))
            if first.unserved:
                continue
            found = await self._pages(source, dialect, first, {})
            for more in source.asks[1:] if dialect == "v3" else ():
                reply = await self._wire.read(source.paths[dialect], _query(source, dialect, more))
                found += await self._pages(source, dialect, reply, more) if reply.fine else []
            return list({str(row.model_dump()): row for row in found}.values())
        return []

    async def _pages(self, source: Source, dialect: str, reply: Reply, more: dict[str, str]) -> list[Any]:
        found: list[Any] = []
        seen: set[str] = set()
        for _ in range(PAGES):
            judge(reply, pays=False)
            found += [source.kind.of(row) for row in _told(reply.body, source.keys)]
            token = as_text(as_dict(reply.data).get("next_token") or as_dict(reply.body).get("next_token"))
            if dialect == "v2" or not token or token in seen:
                break
            seen.add(token)
            reply = await self._wire.read(source.paths[dialect], _query(source, dialect, more | {"token": token}))
        return found


def _told(body: object, keys: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """The rows, bare or under any of the keys; languages come as plain words."""
    if isinstance(body, list):
        plain = [{"name": each} for each in body if isinstance(each, str)]
        return plain or [_named(row) for row in rows(body)]
    given = as_dict(body)
    return [_named(row) for key in keys for row in _told(given.get(key), ())]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": row["language"]} if "language" in row and "name" not in row else row


def _query(source: Source, dialect: str, more: dict[str, str]) -> dict[str, str]:
    """Only v3 tells pages; languages it tells all at once."""
    paged = dialect == "v3" and source.paths["v3"].startswith("v3/") and source is not LANGUAGES
    return ({"limit": str(source.most)} if paged else {}) | more
