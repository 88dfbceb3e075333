"""What can be picked in a form, quickly: Slack gives up on a list after three seconds, and people after one."""

import asyncio
from typing import Any

import structlog

from adapters.chats.slack.outgoing.mrkdwn import clip
from bot.desk.desk import Desk
from bot.errors import Trouble
from bot.runtime.clock import Clock
from bot.studios.studio import Choice

log = structlog.get_logger(__name__)

WARM = ("voices", "presenters", "drivers:talk", "drivers:animation", "languages")
FRESH = 600.0
PATIENCE = 2.0
MOST = 100  # options in one of Slack's lists
KEPT = 2000
MINE = "mine:"  # before what a list of defaults lists
NONE = "none"


class Picks:
    """Suggestions, remembered for a while."""

    def __init__(self, desk: Desk, clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self._desk = desk
        self._clock = clock
        self._tasks = tasks
        self._known: dict[tuple[str, str], tuple[float, list[Choice]]] = {}

    async def warm(self) -> None:
        """Ask for the first lists before anybody does."""
        for what in WARM:
            await self._ask(what, "")

    async def options(self, what: str, typed: str) -> list[dict[str, Any]]:
        """What matches, as Slack's options; nothing when the studio is slower than Slack."""
        if what.startswith(MINE):  # what is chosen in one of Slack's lists cannot be taken away again
            return [option(NONE, "No default"), *await self.options(what.removeprefix(MINE), typed)][:MOST]
        at, found = self._known.get((what, typed), (0.0, []))
        if at < self._clock.now() - FRESH:
            asking = self._tasks.create_task(self._ask(what, typed), name="slack picks")
            if not at:  # an old list now is better than a new one too late
                await asyncio.wait((asking,), timeout=PATIENCE)
                _, found = self._known.get((what, typed), (0.0, []))
        return [_option(each) for each in found if each.value and len(each.value) <= 150][:MOST]

    async def _ask(self, what: str, typed: str) -> None:
        try:
            found = await self._desk.suggest(what, typed, MOST)
        except Trouble as trouble:
            log.info("nothing to pick from", what=what, why=trouble.sentence)
            return
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[what, typed] = (self._clock.now(), found)


def option(value: str, label: str = "") -> dict[str, Any]:
    """One option of a list."""
    return {"text": {"type": "plain_text", "text": clip(label or value, 75)}, "value": value[:150]}


def _option(choice: Choice) -> dict[str, Any]:
    told = f"{choice.label} · {choice.sentence}" if choice.sentence else choice.label
    return option(choice.value, told)
