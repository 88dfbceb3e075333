"""The purse: what is left at each studio, and the channels that want to hear when it runs low.

A line is crossed once: it is said again only after the credits have been above it in between. How often each line was
crossed is noted, and it is part of a notice's key, so that a check repeated after a crash says nothing twice.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from bot.desk.chat_context import Notes
from bot.errors import Broken, Trouble
from bot.notices.subscriptions import Notice, Subscription, Subscriptions, below
from bot.runtime.clock import Clock
from bot.studios.studio import Studio
from bot.wording.cards import credits_low

log = structlog.get_logger(__name__)

SPACE = "purse"


class Purse:
    """Compares what is left with the lines that people drew."""

    def __init__(self, studios: Mapping[str, Studio], subscriptions: Subscriptions, notes: Notes, clock: Clock) -> None:
        self._studios = studios
        self._subscriptions = subscriptions
        self._notes = notes
        self._clock = clock

    async def check(self) -> None:
        """Announce every line that was crossed since the last check; studios are asked only if anybody listens."""
        wanting = await self._subscriptions.wanting("credits")
        for studio in self._studios.values() if wanting else ():
            try:
                remaining = (await studio.credit()).remaining
            except Broken:
                raise
            except Trouble as trouble:
                log.info("credits not known", studio=studio.name, why=trouble.sentence)
            else:
                await self._compare(studio, remaining, wanting)

    async def _compare(self, studio: Studio, remaining: float, wanting: list[Subscription]) -> None:
        noted: Any = await self._notes.get(SPACE, studio.name) or {}
        fresh: dict[str, list[int]] = {}
        crossed: list[Notice] = []
        for each in wanting:
            rises, was_low = noted.get(_line(each), (0, 0))
            low = remaining < below(each.filter)
            if low and not was_low:
                crossed.append(self._notice(each, studio, remaining, rises))
            fresh[_line(each)] = [rises + (1 if was_low and not low else 0), int(low)]
        # Announced before it is noted: after a crash in between, the same keys are announced again, which is harmless.
        await self._subscriptions.announce(crossed)
        if fresh != noted:
            await self._notes.put(SPACE, studio.name, fresh)

    def _notice(self, wanted: Subscription, studio: Studio, remaining: float, rises: int) -> Notice:
        key = f"credits:{studio.name}:{_line(wanted)}:{rises}"
        sentence = credits_low(studio.title, remaining, below(wanted.filter))
        return Notice.of(wanted, key, self._clock.now(), sentence=sentence)


def _line(wanted: Subscription) -> str:
    """One line somebody drew; drawn anew, it is another."""
    return f"{wanted.place.key}:{wanted.filter}:{wanted.at!r}"
