"""Suggestions while somebody types: at most 25, each at most 100 characters, within Discord's three seconds."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from discord import app_commands

from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.people import asker_of
from bot.commands.verbs import VERBS
from bot.errors import Trouble
from bot.jobs.job import Wanted
from bot.notices.subscriptions import CREDITS, TOPICS
from bot.requests.options import Option, Shape
from bot.wording.titles import title

log = structlog.get_logger(__name__)

MOST, LONGEST = 25, 100
PATIENCE = 0.9  # seconds; an empty list is better than none

Suggest = Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
Found = list[tuple[str, str]]  # what is shown, and what it stands for


class Warm:
    """Asks the desk, and lets a slow answer finish for the next keystroke when this one cannot wait for it."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._asking: dict[str, asyncio.Future[Found]] = {}

    async def suggest(self, what: str, typed: str) -> Found:
        """Names from the studios' catalogues."""
        key = f"{what}:{typed}"
        task = self._asking.get(key) or asyncio.ensure_future(self._ask(what, typed))
        self._asking[key] = task
        task.add_done_callback(lambda _: self._asking.pop(key, None))
        await asyncio.wait((task,), timeout=PATIENCE)
        return task.result() if task.done() and not task.cancelled() else []

    async def _ask(self, what: str, typed: str) -> Found:
        try:
            found = await self._front.door.desk.suggest(what, typed, MOST)
        except Trouble as trouble:
            log.info("no suggestions", what=what, why=trouble.sentence)
            return []
        except Exception:  # the edge of one keystroke
            log.exception("suggesting failed unexpectedly", what=what)
            return []
        return [(f"{each.label}  {each.sentence}".strip(), each.value) for each in found]

    def cancel(self) -> None:
        """Nobody waits for suggestions any more."""
        for task in list(self._asking.values()):
            task.cancel()


def for_option(warm: Warm, option: Option) -> Suggest:
    """Suggestions for an option that is picked from a list; lists of words grow by their last word."""

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        before, last = _last(typed) if option.shape is Shape.WORDS else ("", typed)
        found = await warm.suggest(option.suggests or "", last)
        return choices([(f"{before}{shown}", f"{before}{value}") for shown, value in found])

    return suggest


def for_catalogue(warm: Warm, what: str) -> Suggest:
    """Suggestions for `/did voices` and the like."""

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await warm.suggest(what, typed))

    return suggest


def for_jobs(front: Front) -> Suggest:
    """The person's own latest jobs."""

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        asker = asker_of(interaction)
        wanted = Wanted(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=100)
        mine = [(f"{title(job.request)} ({job.stage.value})", job.id) for job in await front.door.jobs.pick(wanted)]
        return choices([each for each in mine if typed.casefold() in f"{each[0]} {each[1]}".casefold()])

    return suggest


def for_words(known: Found) -> Suggest:
    """A list that never changes, matched anywhere."""

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        before, last = _last(typed)
        found = [each for each in known if last.casefold() in f"{each[0]} {each[1]}".casefold()]
        return choices([(f"{before}{shown}", f"{before}{value}") for shown, value in found])

    return suggest


def for_more(left: list[Option]) -> Suggest:
    """The options that have no field of their own."""
    return for_words([(f"--{each.word}: {each.sentence}", f"--{each.word} ") for each in left])


def topics() -> Found:
    """What a channel can hear of."""
    return [(word, word) for word in (*(each for each in TOPICS if each != "credits"), CREDITS)]


def verbs() -> Found:
    """What can be explained."""
    return [(f"{each.word}: {each.sentence}", each.word) for each in VERBS]


def choices(found: Found) -> list[app_commands.Choice[str]]:
    """As Discord takes them: cut, each once, and nothing whose value would not survive the cut."""
    seen: dict[str, str] = {}
    for shown, value in found:
        if 0 < len(value) <= LONGEST:
            seen.setdefault(value, shown[:LONGEST])
    return [app_commands.Choice(name=shown, value=value) for value, shown in seen.items()][:MOST]


def _last(typed: str) -> tuple[str, str]:
    """What is settled, and the word that is being typed."""
    before, space, last = typed.rpartition(" ")
    return before + space, last
