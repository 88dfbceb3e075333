"""Slash commands, generated from the verbs and their options.

Discord allows 25 options and 8,000 characters per command. Common options and files become options; rare ones are
typed into `more`.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any, Literal

import discord
from discord import app_commands

from adapters.chats.discord.attachments import media_for
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.incoming import autocomplete
from adapters.chats.discord.incoming.autocomplete import SuggestCallback, Suggester
from adapters.chats.discord.incoming.requests import ask_for_video, open_form
from adapters.chats.discord.incoming.responses import answer_question, respond_with
from adapters.chats.discord.outgoing.cards import sentence_card
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.permissions import MEMBER_PERMISSIONS
from bot.chats.form_drafts import FormDraft
from bot.commands.help import option_bounds
from bot.commands.parser import parse_options
from bot.commands.verbs import VERBS, Verb
from bot.errors import Refused
from bot.requests.kinds import Request, Talk
from bot.requests.options import Option, ValueType, options_of

MAX_OPTIONS, MAX_DESCRIPTION_CHARS, MAX_OPTION_TEXT_CHARS = 25, 100, 6000
MORE_OPTION = "more"
_PAIR_SEPARATOR = re.compile(r"\s+(?=[\w.\[\]]+=)")


def build_commands(
    context: DiscordContext, suggester: Suggester
) -> list[app_commands.Command[Any, ..., Any] | app_commands.Group]:
    """`/didtalk`, and `/did` with everything else."""
    did = app_commands.Group(
        name="did", description="Talking videos and their settings", default_permissions=MEMBER_PERMISSIONS
    )
    talk: list[app_commands.Command[Any, ..., Any]] = []
    for verb in VERBS:
        command = (
            _request_command(context, suggester, verb) if verb.request else _desk_command(context, suggester, verb)
        )
        if verb.request is Talk:
            command.default_permissions = MEMBER_PERMISSIONS
            talk.append(command)
        else:
            did.add_command(command)
    return [*talk, did]


def native_options(request: type[Request]) -> list[Option]:
    """The options with their own field; the others go into `more`."""
    all_options = options_of(request)
    shown = [each for each in all_options if not each.advanced or each.media_kind or each.field == "set"]
    return sorted(shown, key=lambda each: (each.advanced, not each.positional))[: MAX_OPTIONS - 1]


def request_values(request: type[Request], given: dict[str, Any]) -> dict[str, Any]:
    by_field = {each.field: each for each in options_of(request)}
    given = {name: value for name, value in given.items() if value is not None}
    more = parse_options(f" {given.pop(MORE_OPTION, '')}", [each for each in by_field.values() if not each.positional])
    return {name: _option_value(by_field[name], value) for name, value in given.items()} | more


def _option_value(option: Option, value: Any) -> Any:
    if isinstance(value, discord.Attachment):
        return media_for(option, value)
    if option.value_type is ValueType.TEXT_LIST:
        return tuple(_PAIR_SEPARATOR.split(value.strip())) if option.field == "set" else (value,)
    return value


def _request_command(context: DiscordContext, suggester: Suggester, verb: Verb) -> app_commands.Command[Any, ..., Any]:
    """A command that creates a video; without options it opens the form."""
    request = verb.request
    assert request  # noqa: S101 - only called for verbs that make something
    shown = native_options(request)

    async def callback(interaction: Interaction, **given: Any) -> None:
        if all(value is None for value in given.values()):
            await open_form(context, interaction, FormDraft(request))
            return
        try:
            values = request_values(request, given)
        except Refused as refusal:
            await respond_with(interaction, sentence_card(refusal.sentence))
            return
        await ask_for_video(context, interaction, request, values)

    parameters = {each.field: _option_parameter(each) for each in shown} | {
        MORE_OPTION: _optional_parameter(MORE_OPTION, str)
    }
    rare = [each for each in options_of(request) if each not in shown]
    suggests = {each.field: autocomplete.for_option(suggester, each) for each in shown if each.suggests}
    suggests[MORE_OPTION] = autocomplete.for_rare_options(rare)
    descriptions = {each.field: _option_description(each) for each in shown} | {MORE_OPTION: _more_description(rare)}
    name = "didtalk" if request is Talk else verb.word
    renames = {each.field: each.word for each in shown if each.word != each.field}
    return _build_command(name, verb.sentence, callback, parameters, descriptions, renames, suggests)


def _desk_command(context: DiscordContext, suggester: Suggester, verb: Verb) -> app_commands.Command[Any, ..., Any]:
    """A command about jobs, catalogues or subscriptions, with at most one argument."""
    name = verb.argument_name

    async def callback(interaction: Interaction, **given: Any) -> None:
        word = str(given.get(name) or "")
        asker, place = asker_of(interaction), place_of(interaction)
        line = f"/did {verb.word} {word}".strip()
        await answer_question(
            interaction, context.core.desk.run_command(asker, place, line, idempotency_key=f"discord:{interaction.id}")
        )

    parameters = {name: _optional_parameter(name, str)} if name else {}
    suggests = {name: found} if name and (found := _suggestions_for(context, suggester, verb, name)) else {}
    return _build_command(
        verb.word, verb.sentence, callback, parameters, {name: verb.argument_hint} if name else {}, {}, suggests
    )


def _suggestions_for(context: DiscordContext, suggester: Suggester, verb: Verb, name: str) -> SuggestCallback | None:
    match name:
        case "job":
            return autocomplete.for_jobs(context)
        case "verb":
            return autocomplete.for_fixed_list(autocomplete.verb_choices())
        case "topics" | "topic":
            return autocomplete.for_fixed_list(autocomplete.topic_choices())
        case "change":
            return None
        case _:
            return autocomplete.for_catalogue(suggester, verb.word)


def _build_command(
    name: str,
    sentence: str,
    callback: Callable[..., Any],
    parameters: dict[str, inspect.Parameter],
    descriptions: dict[str, str],
    renames: dict[str, str],
    suggests: dict[str, SuggestCallback],
) -> app_commands.Command[Any, ..., Any]:
    """The library reads the options from the callback's signature."""
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    callback.__signature__ = inspect.Signature([first, *parameters.values()])  # type: ignore[attr-defined]
    callback = app_commands.describe(**descriptions)(callback) if descriptions else callback
    callback = app_commands.rename(**renames)(callback) if renames else callback
    callback = app_commands.autocomplete(**suggests)(callback) if suggests else callback
    return app_commands.Command(name=name, description=_short_description(sentence), callback=callback)


def _option_parameter(option: Option) -> inspect.Parameter:
    kind = _option_annotation(option)
    if option.required:
        return inspect.Parameter(option.field, inspect.Parameter.KEYWORD_ONLY, annotation=kind)
    return _optional_parameter(option.field, kind)


def _optional_parameter(name: str, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _option_annotation(option: Option) -> Any:
    match option.value_type:
        case ValueType.MEDIA:
            return discord.Attachment
        case ValueType.FLAG:
            return bool
        case ValueType.CHOICE:
            return Literal.__getitem__(option.choices)
        case ValueType.INTEGER:
            return _ranged_type(int, option)
        case ValueType.NUMBER:
            return _ranged_type(float, option)
        case ValueType.TEXT | ValueType.TEXT_LIST:
            longest = min(option.max_length or MAX_OPTION_TEXT_CHARS, MAX_OPTION_TEXT_CHARS)
            return app_commands.Range[str, option.min_length or 1, longest]


def _ranged_type(kind: type[int] | type[float], option: Option) -> Any:
    if option.minimum is None and option.maximum is None:
        return kind
    low, high = (None if bound is None else kind(bound) for bound in (option.minimum, option.maximum))
    return app_commands.Range[kind, low, high]


def _option_description(option: Option) -> str:
    return _short_description(f"{option.sentence}{option_bounds(option)}")


def _more_description(rare: list[Option]) -> str:
    return _short_description(f"More options: {' '.join(f'--{each.word}' for each in rare)}")


def _short_description(text: str) -> str:
    return text if len(text) <= MAX_DESCRIPTION_CHARS else f"{text[: MAX_DESCRIPTION_CHARS - 1]}…"
