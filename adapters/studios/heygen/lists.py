"""HeyGen's catalogues as they were last told: kept a day in memory and in a folder, old ones better than none.

They are large and slow, and each generation has its own; v3's are asked first, v2's where there are none.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from adapters.studios.heygen.dialects import Dialects
from adapters.studios.heygen.faults import Reply, judge
from adapters.studios.heygen.objects import Avatar, Template, Voice, rows
from adapters.studios.heygen.wire import Wire
from adapters.studios.read import Read, as_dict, as_text
from bot.clock import Clock
from bot.errors import TryAgain

DAY = 86_400.0
PAGES = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Source:
    """A catalogue: where each dialect tells it, and what its rows are."""

    name: str
    kind: type[Read]
    paths: dict[str, str]
    keys: tuple[str, ...]


AVATARS = Source(
    "avatars", Avatar, {"v3": "v3/avatars/looks", "v2": "v2/avatars"}, ("avatars", "talking_photos", "avatar_looks")
)
VOICES = Source("voices", Voice, {"v3": "v3/voices", "v2": "v2/voices"}, ("voices",))
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


@dataclass(frozen=True)
class Told:
    """A catalogue and when it was told."""

    at: float
    rows: tuple[Any, ...]


class Lists:
    """The catalogues of one account."""

    def __init__(self, wire: Wire, dialects: Dialects, clock: Clock, folder: Path, account: str) -> None:
        self._wire, self._dialects, self._clock = wire, dialects, clock
        self._folder, self._account = folder, account
        self._told: dict[str, Told] = {}
        self._locks: dict[str, asyncio.Lock] = {}

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
            log.info("an old catalogue serves, HeyGen does not answer", catalogue=source.name, error=error.sentence)
            return old
        if told.rows:
            await asyncio.to_thread(self._write, source, told)
        return told

    async def _ask(self, source: Source) -> list[Any]:
        for dialect in self._dialects.served or ("v3",):
            first = await self._wire.read(source.paths[dialect], _query(dialect, ""))
            if not first.unserved:
                return [row async for row in self._pages(source, dialect, first)]
        return []

    async def _pages(self, source: Source, dialect: str, reply: Reply) -> Any:
        for _ in range(PAGES):
            judge(reply, pays=False)
            for row in _told(reply.body, source.keys):
                yield source.kind.of(row)
            token = as_text(as_dict(reply.data).get("next_token"))
            if dialect == "v2" or not token:
                return
            reply = await self._wire.read(source.paths[dialect], _query(dialect, token))

    def _file(self, source: Source) -> Path:
        return self._folder / f"heygen-{self._account}-{source.name}.json"

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


def _told(body: object, keys: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """The rows, bare or under any of the keys; languages come as plain words."""
    if isinstance(body, list):
        plain = [{"name": each} for each in body if isinstance(each, str)]
        return plain or [_named(row) for row in rows(body)]
    given = as_dict(body)
    return [_named(row) for key in keys for row in _told(given.get(key), ())]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": row["language"]} if "language" in row and "name" not in row else row


def _query(dialect: str, token: str) -> dict[str, str]:
    query = {"limit": "100"} if dialect == "v3" else {}
    return query | ({"token": token} if token else {})
