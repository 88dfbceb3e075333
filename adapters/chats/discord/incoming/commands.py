"""Slash commands as projections of the verbs and their options; nothing here names one of them.

Discord takes 25 options of a command and 8,000 characters in all. Everyday options and files are options there, rare
ones are typed into `more`, as in other chats.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any, Literal

import discord
from discord import app_commands

from adapters.chats.discord.attachments import media_for
from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.forms.drafts import Draft
from adapters.chats.discord.incoming import autocomplete
from adapters.chats.discord.incoming.autocomplete import Suggest, Warm
from adapters.chats.discord.incoming.requests import ask, draft_id, open_form
from adapters.chats.discord.incoming.responses import answer, tell
from adapters.chats.discord.outgoing.cards import sentence
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.permissions import MEMBERS
from bot.commands.help import bounds
from bot.commands.parser import read_options
from bot.commands.verbs import VERBS, Verb
from bot.errors import Refused
from bot.requests.kinds import Request, Talk
from bot.requests.options import Option, Shape, options

OPTIONS_MOST, DESCRIPTION_MOST, TEXT_MOST = 25, 100, 6000
MORE = "more"
_PAIR = re.compile(r"\s+(?=[\w.\[\]]+=)")


def commands(front: Front, warm: Warm) -> list[app_commands.Command[Any, ..., Any] | app_commands.Group]:
    """`/didtalk`, and `/did` with everything else."""
    did = app_commands.Group(name="did", description="Talking videos, and all about them", default_permissions=MEMBERS)
    talk: list[app_commands.Command[Any, ..., Any]] = []
    for verb in VERBS:
        command = _making(front, warm, verb) if verb.request else _doing(front, warm, verb)
        if verb.request is Talk:
            command.default_permissions = MEMBERS
            talk.append(command)
        else:
            did.add_command(command)
    return [*talk, did]


def native(request: type[Request]) -> list[Option]:
    """The options that Discord offers by name; the others are typed into `more`."""
    known = options(request)
    shown = [each for each in known if not each.advanced or each.takes or each.field == "set"]
    return sorted(shown, key=lambda each: (each.advanced, not each.rest))[: OPTIONS_MOST - 1]


def values_of(request: type[Request], given: dict[str, Any]) -> dict[str, Any]:
    """The values of a request from what Discord hands over."""
    known = {each.field: each for each in options(request)}
    given = {name: value for name, value in given.items() if value is not None}
    more = read_options(f" {given.pop(MORE, '')}", [each for each in known.values() if not each.rest])
    return {name: _value(known[name], value) for name, value in given.items()} | more


def _value(option: Option, value: Any) -> Any:
    if isinstance(value, discord.Attachment):
        return media_for(option, value)
    if option.shape is Shape.WORDS:
        return tuple(_PAIR.split(value.strip())) if option.field == "set" else (value,)
    return value


def _making(front: Front, warm: Warm, verb: Verb) -> app_commands.Command[Any, ..., Any]:
    """A command that makes something; with nothing given it opens the form."""
    request = verb.request
    assert request  # noqa: S101 - only called for verbs that make something
    shown = native(request)

    async def callback(interaction: Interaction, **given: Any) -> None:
        if all(value is None for value in given.values()):
            await open_form(front, interaction, Draft(draft_id(interaction), request))
            return
        try:
            values = values_of(request, given)
        except Refused as refusal:
            await tell(interaction, sentence(refusal.sentence))
            return
        await ask(front, interaction, request, values)

    parameters = {each.field: _parameter(each) for each in shown} | {MORE: _optional(MORE, str)}
    left = [each for each in options(request) if each not in shown]
    suggests = {each.field: autocomplete.for_option(warm, each) for each in shown if each.suggests}
    suggests[MORE] = autocomplete.for_more(left)
    texts = {each.field: _described(each) for each in shown} | {MORE: _more(left)}
    name = "didtalk" if request is Talk else verb.word
    words = {each.field: each.word for each in shown if each.word != each.field}
    return _command(name, verb.sentence, callback, parameters, texts, words, suggests)


def _doing(front: Front, warm: Warm, verb: Verb) -> app_commands.Command[Any, ..., Any]:
    """A command about jobs, catalogues, subscriptions and the like: at most one word follows it."""
    name = re.split(r"\W+", verb.takes)[0] if verb.takes else ""

    async def callback(interaction: Interaction, **given: Any) -> None:
        word = str(given.get(name) or "")
        asker, place = asker_of(interaction), place_of(interaction)
        line = f"/did {verb.word} {word}".strip()
        await answer(interaction, front.door.desk.say(asker, place, line, once=f"discord:{interaction.id}"))

    parameters = {name: _optional(name, str)} if name else {}
    suggests = {name: found} if name and (found := _suggests(front, warm, verb, name)) else {}
    return _command(verb.word, verb.sentence, callback, parameters, {name: verb.takes} if name else {}, {}, suggests)


def _suggests(front: Front, warm: Warm, verb: Verb, name: str) -> Suggest | None:
    match name:
        case "job":
            return autocomplete.for_jobs(front)
        case "verb":
            return autocomplete.for_words(autocomplete.verbs())
        case "topics" | "topic":
            return autocomplete.for_words(autocomplete.topics())
        case "change":
            return None
        case _:
            return autocomplete.for_catalogue(warm, verb.word)


def _command(
    name: str,
    sentence: str,
    callback: Callable[..., Any],
    parameters: dict[str, inspect.Parameter],
    texts: dict[str, str],
    words: dict[str, str],
    suggests: dict[str, Suggest],
) -> app_commands.Command[Any, ..., Any]:
    """A command whose options are known by its callback's signature, which is where the library looks for them."""
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    callback.__signature__ = inspect.Signature([first, *parameters.values()])  # type: ignore[attr-defined]
    callback = app_commands.describe(**texts)(callback) if texts else callback
    callback = app_commands.rename(**words)(callback) if words else callback
    callback = app_commands.autocomplete(**suggests)(callback) if suggests else callback
    return app_commands.Command(name=name, description=_short(sentence), callback=callback)


def _parameter(option: Option) -> inspect.Parameter:
    kind = _annotation(option)
    if option.required:
        return inspect.Parameter(option.field, inspect.Parameter.KEYWORD_ONLY, annotation=kind)
    return _optional(option.field, kind)


def _optional(name: str, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _annotation(option: Option) -> Any:
    match option.shape:
        case Shape.MEDIA:
            return discord.Attachment
        case Shape.FLAG:
            return bool
        case Shape.CHOICE:
            return Literal.__getitem__(option.choices)
        case Shape.WHOLE:
            return _ranged(int, option)
        case Shape.NUMBER:
            return _ranged(float, option)
        case Shape.TEXT | Shape.WORDS:
            longest = min(option.longest or TEXT_MOST, TEXT_MOST)
            return app_commands.Range[str, option.shortest or 1, longest]


def _ranged(kind: type[int] | type[float], option: Option) -> Any:
    if option.low is None and option.high is None:
        return kind
    low, high = (None if bound is None else kind(bound) for bound in (option.low, option.high))
    return app_commands.Range[kind, low, high]


def _described(option: Option) -> str:
    return _short(f"{option.sentence}{bounds(option)}")


def _more(left: list[Option]) -> str:
    return _short(f"Rare ones, as typed: {' '.join(f'--{each.word}' for each in left)}")


def _short(words: str) -> str:
    return words if len(words) <= DESCRIPTION_MOST else f"{words[: DESCRIPTION_MOST - 1]}…"
