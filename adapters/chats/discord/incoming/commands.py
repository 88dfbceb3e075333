"""Slash commands, generated from the verbs and their options, and message actions (context menus).

Discord allows 25 options and 8,000 characters per command. Common options and files become options; rare ones are
typed into `more`.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any, Literal

import discord
from discord import app_commands

from adapters.chats.discord import texts
from adapters.chats.discord.attachments import media_for, to_gesture_message
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.incoming.autocomplete import (
    SuggestCallback,
    Suggester,
    for_argument,
    for_option,
    for_rare_options,
)
from adapters.chats.discord.incoming.forms import ask_for_video, open_form, required_file
from adapters.chats.discord.incoming.help import argument_description, discord_help_card
from adapters.chats.discord.incoming.responses import answer_question, idempotency_key_of, respond_with
from adapters.chats.discord.outgoing.cards import shorten
from adapters.chats.discord.people import MEMBER_PERMISSIONS, asker_of, place_of
from bot.chats.form_drafts import FormDraft
from bot.commands.help import option_bounds
from bot.commands.parser import media_from_text, parse_options
from bot.commands.verbs import VERBS, Verb
from bot.desk.gestures import MessageAction
from bot.errors import Refused
from bot.requests.base import Request
from bot.requests.kinds import Talk
from bot.requests.options import Option, ValueType, options_of

SlashCommand = app_commands.Command[Any, ..., Any]

MAX_OPTIONS, MAX_DESCRIPTION_CHARS, MAX_OPTION_TEXT_CHARS = 25, 100, 6000
MORE_OPTION = "more"
LINK_OPTION = "link"  # instead of a file: also for those that are larger than a person may upload
_PAIR_SEPARATOR = re.compile(r"\s+(?=[\w.\[\]]+=)")


def build_commands(
    context: DiscordContext, suggester: Suggester
) -> list[SlashCommand | app_commands.Group | app_commands.ContextMenu]:
    """`/didtalk`, `/did` with everything else, and the message actions."""
    did = app_commands.Group(
        name="did", description="Talking videos and their settings", default_permissions=MEMBER_PERMISSIONS
    )
    talk: list[SlashCommand] = []
    for verb in VERBS:
        if verb.request is Talk:
            talk.append(_request_command(context, suggester, verb, Talk))
            talk[-1].default_permissions = MEMBER_PERMISSIONS
        elif verb.request:
            did.add_command(_request_command(context, suggester, verb, verb.request))
        else:
            did.add_command(_desk_command(context, suggester, verb))
    return [*talk, did, *(_message_action(context, action, name) for action, name in texts.MENU_NAMES.items())]


def _request_values(request: type[Request], given: dict[str, Any]) -> dict[str, Any]:
    by_field = {each.field: each for each in options_of(request)}
    given = {name: value for name, value in given.items() if value is not None}
    link, option = given.pop(LINK_OPTION, None), required_file(request)
    if link and option:
        if option.field in given:
            raise Refused("Attach the file or give a link to it, not both.", option.field)
        given[option.field] = media_from_text(link, option)
    more = parse_options(f" {given.pop(MORE_OPTION, '')}", [each for each in by_field.values() if not each.positional])
    return {name: _option_value(by_field[name], value) for name, value in given.items()} | more


def _option_value(option: Option, value: Any) -> Any:
    if isinstance(value, discord.Attachment):
        return media_for(option, value)
    if option.value_type is ValueType.TEXT_LIST:
        return tuple(_PAIR_SEPARATOR.split(value.strip())) if option.field == "set" else (value,)
    return value


def _request_command(context: DiscordContext, suggester: Suggester, verb: Verb, request: type[Request]) -> SlashCommand:
    """A command that creates a video; without what the video needs it opens the form."""
    shown = _native_options(request)
    rare = [each for each in options_of(request) if each not in shown]
    required = {each.field for each in options_of(request) if each.required}
    file_option = required_file(request)

    async def callback(interaction: Interaction, **given: Any) -> None:
        draft = FormDraft(request, _request_values(request, given))
        if not draft.values or not required <= draft.values.keys():
            await open_form(context, interaction, draft)
        else:
            await ask_for_video(context, interaction, draft)

    parameters = {each.field: _parameter(each.field, _option_annotation(each)) for each in shown}
    parameters |= {LINK_OPTION: _parameter(LINK_OPTION, str)} if file_option else {}
    parameters[MORE_OPTION] = _parameter(MORE_OPTION, str)
    suggests = {each.field: for_option(suggester, each) for each in shown if each.suggests}
    suggests[MORE_OPTION] = for_rare_options(rare)
    name = "didtalk" if request is Talk else verb.word
    renames = {each.field: each.word for each in shown if each.word != each.field}
    described = _describe_options(request)
    descriptions = {each: _short_description(described[renames.get(each, each)]) for each in parameters}
    return _build_command(name, verb.sentence, callback, parameters, descriptions, renames, suggests)


def _native_options(request: type[Request]) -> list[Option]:
    """The options with their own field; the others go into `more`."""
    all_options = options_of(request)
    shown = [each for each in all_options if not each.advanced or each.media_kind or each.field == "set"]
    return sorted(shown, key=lambda each: (each.advanced, not each.positional))[: MAX_OPTIONS - 2]


def _describe_options(request: type[Request]) -> dict[str, str]:
    """What each option is for, by the name that people see."""
    shown = _native_options(request)
    described = {each.word: f"{each.sentence}{option_bounds(each)}" for each in shown}
    if file_option := required_file(request):
        described[LINK_OPTION] = f"Link to the {file_option.media_kind}, instead of a file or for one that is too large"
    rare = [f"--{each.word}" for each in options_of(request) if each not in shown]
    described[MORE_OPTION] = f"More options: {' '.join(rare)}"
    return described


def _desk_command(context: DiscordContext, suggester: Suggester, verb: Verb) -> SlashCommand:
    """A command about jobs, catalogues or subscriptions, with at most one argument."""
    name = verb.argument_name

    async def callback(interaction: Interaction, **given: Any) -> None:
        if verb.word == "help":
            return await respond_with(interaction, discord_help_card(given.get(name) or "", _describe_options))
        line = f"/did {verb.word} {given.get(name) or ''}".strip()
        reply = context.core.desk.run_command(
            asker_of(interaction), place_of(interaction), line, idempotency_key=idempotency_key_of(interaction)
        )
        return await answer_question(interaction, reply)

    parameters = {name: _parameter(name, str)} if name else {}
    descriptions = {name: argument_description(verb)} if name else {}
    suggest = for_argument(context, suggester, verb)
    suggests = {name: suggest} if suggest else {}
    return _build_command(verb.word, verb.sentence, callback, parameters, descriptions, {}, suggests)


def _build_command(
    name: str,
    sentence: str,
    callback: Callable[..., Any],
    parameters: dict[str, inspect.Parameter],
    descriptions: dict[str, str],
    renames: dict[str, str],
    suggests: dict[str, SuggestCallback],
) -> SlashCommand:
    """The library reads the options from the callback's signature."""
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    callback.__signature__ = inspect.Signature([first, *parameters.values()])  # type: ignore[attr-defined]
    callback = app_commands.describe(**descriptions)(callback) if descriptions else callback
    callback = app_commands.rename(**renames)(callback) if renames else callback
    callback = app_commands.autocomplete(**suggests)(callback) if suggests else callback
    return app_commands.Command(name=name, description=_short_description(sentence), callback=callback)


def _parameter(name: str, kind: Any) -> inspect.Parameter:
    """Never required by Discord: without it the form opens, which a required option would prevent."""
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


def _short_description(text: str) -> str:
    return shorten(text, MAX_DESCRIPTION_CHARS)


def _message_action(context: DiscordContext, action: MessageAction, name: str) -> app_commands.ContextMenu:
    """Opens a form. Discord sends the whole message, so it needs no privileged intent."""

    async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        target = to_gesture_message(message)
        if action == "talk" and not target.text and not target.media:
            raise Refused(texts.NOTHING_TO_SPEAK)
        request, values = await context.gestures.action_request(asker_of(interaction), action, target)
        await open_form(context, interaction, FormDraft(request, values, message_id=str(message.id)))

    menu = app_commands.ContextMenu(name=name, callback=callback)
    menu.default_permissions = MEMBER_PERMISSIONS
    return menu
