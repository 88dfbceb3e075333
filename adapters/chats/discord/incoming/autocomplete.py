"""Suggestions while typing: at most 25 of at most 100 characters, within Discord's three seconds."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from discord import app_commands

from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.people import asker_of
from bot.commands.verbs import VERBS, Verb
from bot.errors import Trouble
from bot.notices.subscriptions import DEFAULT_CREDITS_TOPIC, DEFAULT_TOPICS
from bot.requests.options import Option, ValueType
from bot.wording.cards import job_title

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
            found = await self._context.core.lookups.suggest(catalogue, typed, MAX_CHOICES)
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
    return _for_catalogue(suggester, option.suggests or "", is_list=option.value_type is ValueType.TEXT_LIST)


def for_argument(context: DiscordContext, suggester: Suggester, verb: Verb) -> SuggestCallback | None:
    """For what follows a verb that creates no video."""
    match verb.argument_name:
        case "job":
            return _for_jobs(context, verb.word)
        case "verb":
            return _for_fixed_list([(f"{each.typed_form}: {each.sentence}", each.word) for each in VERBS])
        case "topics" | "topic":
            return _for_fixed_list([(topic, topic) for topic in (*DEFAULT_TOPICS, DEFAULT_CREDITS_TOPIC)])
        case "" | "change":
            return None
        case _:
            return _for_catalogue(suggester, verb.word)


def for_rare_options(rare: list[Option]) -> SuggestCallback:
    return _for_fixed_list([(f"--{each.word}: {each.sentence}", f"--{each.word} ") for each in rare])


def _for_catalogue(suggester: Suggester, catalogue: str, is_list: bool = False) -> SuggestCallback:
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        before, last = _split_last_word(typed) if is_list else ("", typed)
        return _to_choices(await suggester.suggest(catalogue, last), before)

    return suggest


def _for_jobs(context: DiscordContext, verb: str) -> SuggestCallback:

    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        asker = context.core.desk.access.rules.with_moderator_flag(asker_of(interaction))
        jobs = await context.core.desk.job_finder.list_for(asker, verb, limit=100)
        listed = [(f"{job_title(job, asker)} ({job.stage.value})", job.id) for job in jobs]
        return _to_choices(_matching(listed, typed))

    return suggest


def _for_fixed_list(entries: Suggestions) -> SuggestCallback:
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        before, last = _split_last_word(typed)
        return _to_choices(_matching(entries, last), before)

    return suggest


def _matching(suggestions: Suggestions, typed: str) -> Suggestions:
    return [each for each in suggestions if typed.casefold() in f"{each[0]} {each[1]}".casefold()]


def _to_choices(suggestions: Suggestions, before: str = "") -> list[app_commands.Choice[str]]:
    """Shortened and without duplicates; values that are too long are left out."""
    labels: dict[str, str] = {}
    for label, value in suggestions:
        if value and len(before + value) <= MAX_CHOICE_CHARS:
            labels.setdefault(before + value, f"{before}{label}"[:MAX_CHOICE_CHARS])
    return [app_commands.Choice(name=label, value=value) for value, label in labels.items()][:MAX_CHOICES]


def _split_last_word(typed: str) -> tuple[str, str]:
    before, space, last = typed.rpartition(" ")
    return before + space, last
