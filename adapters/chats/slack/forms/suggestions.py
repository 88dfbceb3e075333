"""Suggestions for select menus. Slack waits three seconds for them."""

import asyncio

import structlog

from adapters.chats.slack.outgoing.blocks import Block, plain_text
from bot.desk.lookups import Lookups
from bot.errors import Trouble
from bot.runtime.clock import Clock
from bot.studios.studio import Choice

log = structlog.get_logger(__name__)

PRELOADED_LISTS = ("voices", "presenters", "drivers:talk", "drivers:animation", "languages")
SUGGESTIONS_CACHE_SECONDS = 600.0
SUGGESTIONS_TIMEOUT_SECONDS = 2.0
MAX_SELECT_OPTIONS = 100
MAX_CACHED_LISTS = 2000
DEFAULTS_PREFIX = "mine:"  # marks lists in the defaults form
NO_DEFAULT = "none"


class FormSuggestions:
    """Looks up suggestions, with a cache."""

    def __init__(self, lookups: Lookups, clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self._lookups = lookups
        self._clock = clock
        self._tasks = tasks
        self._cache: dict[tuple[str, str], tuple[float, list[Choice]]] = {}

    async def preload_lists(self) -> None:
        """Fill the cache with the unfiltered lists."""
        for what in PRELOADED_LISTS:
            await self._load_list(what, "")

    async def matching_options(self, what: str, typed: str) -> list[Block]:
        """Matching options; empty when the provider is too slow."""
        if what.startswith(DEFAULTS_PREFIX):  # Slack's select menus cannot be cleared
            return [
                select_option(NO_DEFAULT, "No default"),
                *await self.matching_options(what.removeprefix(DEFAULTS_PREFIX), typed),
            ][:MAX_SELECT_OPTIONS]
        cached_at, found = self._cache.get((what, typed), (0.0, []))
        if cached_at < self._clock.now() - SUGGESTIONS_CACHE_SECONDS:
            loading = self._tasks.create_task(self._load_list(what, typed), name="slack suggestions")
            if not cached_at:  # else an old list now is better than a new one too late
                await asyncio.wait((loading,), timeout=SUGGESTIONS_TIMEOUT_SECONDS)
                _, found = self._cache.get((what, typed), (0.0, []))
        return [_choice_to_option(each) for each in found if each.value and len(each.value) <= 150][:MAX_SELECT_OPTIONS]

    async def _load_list(self, what: str, typed: str) -> None:
        try:
            found = await self._lookups.suggest(what, typed, MAX_SELECT_OPTIONS)
        except Trouble as trouble:
            log.info("suggestions not loaded", what=what, why=trouble.sentence)
            return
        if len(self._cache) >= MAX_CACHED_LISTS:
            self._cache.clear()
        self._cache[what, typed] = (self._clock.now(), found)


def select_option(value: str, label: str = "") -> Block:
    return {"text": plain_text(label or value, 75), "value": value[:150]}


def _choice_to_option(choice: Choice) -> Block:
    told = f"{choice.label} · {choice.sentence}" if choice.sentence else choice.label
    return select_option(choice.value, told)
