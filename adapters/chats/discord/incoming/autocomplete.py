"""Suggestions while typing: at most 25 of at most 100 characters, within Discord's three seconds."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from discord import app_commands

from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.people import asker_of
from bot.commands.verbs import VERBS
from bot.errors import Trouble
from bot.jobs.job import JobFilter
from bot.notices.subscriptions import DEFAULT_CREDITS_TOPIC, TOPICS
from bot.requests.options import Option, ValueType
from bot.wording.titles import request_title

log = structlog.get_logger(__name__)

MAX_CHOICES, MAX_CHOICE_CHARS = 25, 100
SUGGEST_TIMEOUT_SECONDS = 0.9

SuggestCallback = Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
Suggestions = list[tuple[str, str]]  # label and value


class Suggester:
    """Asks the desk; an answer that comes too late serves the next keystroke."""

    def __init__(self, context: DiscordContext) -> None:
        self._context = context
        self._pending: dict[str, asyncio.Future[Suggestions]] = {}

    async def suggest(self, catalogue: str, typed: str) -> Suggestions:
        key = f"{catalogue}:{typed}"
        task = self._pending.get(key) or asyncio.ensure_future(self._suggest_from_desk(catalogue, typed))
        self._pending[key] = task
        task.add_done_callback(lambda _: self._pending.pop(key, None))
        await asyncio.wait((task,), timeout=SUGGEST_TIMEOUT_SECONDS)
        return task.result() if task.done() and not task.cancelled() else []

    async def _suggest_from_desk(self, catalogue: str, typed: str) -> Suggestions:
        try:
            found = await self._context.core.desk.suggest(catalogue, typed, MAX_CHOICES)
        except Trouble as trouble:
            log.info("no suggestions", what=catalogue, why=trouble.sentence)
            return []
        except Exception:
            log.exception("unexpected error in suggestions", what=catalogue)
            return []
        return [(f"{each.label}  {each.sentence}".strip(), each.value) for each in found]

    def cancel_all(self) -> None:
        for task in list(self._pending.values()):
            task.cancel()


def for_option(suggester: Suggester, option: Option) -> SuggestCallback:
    """For a catalogue option; a list is completed at its last word."""

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        before, last = _split_last_word(typed) if option.value_type is ValueType.TEXT_LIST else ("", typed)
        found = await suggester.suggest(option.suggests or "", last)
        return to_choices([(f"{before}{shown}", f"{before}{value}") for shown, value in found])

    return suggest


def for_catalogue(suggester: Suggester, catalogue: str) -> SuggestCallback:
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return to_choices(await suggester.suggest(catalogue, typed))

    return suggest


def for_jobs(context: DiscordContext) -> SuggestCallback:
    """The person's latest jobs."""

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        asker = asker_of(interaction)
        wanted = JobFilter(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=100)
        mine = [
            (f"{request_title(job.request)} ({job.stage.value})", job.id)
            for job in await context.core.jobs.list_jobs(wanted)
        ]
        return to_choices([each for each in mine if typed.casefold() in f"{each[0]} {each[1]}".casefold()])

    return suggest


def for_fixed_list(entries: Suggestions) -> SuggestCallback:
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        before, last = _split_last_word(typed)
        found = [each for each in entries if last.casefold() in f"{each[0]} {each[1]}".casefold()]
        return to_choices([(f"{before}{shown}", f"{before}{value}") for shown, value in found])

    return suggest


def for_rare_options(rare: list[Option]) -> SuggestCallback:
    return for_fixed_list([(f"--{each.word}: {each.sentence}", f"--{each.word} ") for each in rare])


def topic_choices() -> Suggestions:
    return [(word, word) for word in (*(each for each in TOPICS if each != "credits"), DEFAULT_CREDITS_TOPIC)]


def verb_choices() -> Suggestions:
    return [(f"{each.word}: {each.sentence}", each.word) for each in VERBS]


def to_choices(suggestions: Suggestions) -> list[app_commands.Choice[str]]:
    """Shortened and without duplicates; values that are too long are left out."""
    seen: dict[str, str] = {}
    for shown, value in suggestions:
        if 0 < len(value) <= MAX_CHOICE_CHARS:
            seen.setdefault(value, shown[:MAX_CHOICE_CHARS])
    return [app_commands.Choice(name=shown, value=value) for value, shown in seen.items()][:MAX_CHOICES]


def _split_last_word(typed: str) -> tuple[str, str]:
    before, space, last = typed.rpartition(" ")
    return before + space, last
