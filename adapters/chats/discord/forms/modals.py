"""Forms as Discord's modals: five fields at most, so what is said, what is picked and the files have fields of their
own, and everything else stands in one, as it would be typed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from adapters.chats.discord.forms.drafts import Draft
from bot.commands.forms import given, spot, values
from bot.commands.parser import attach, read_options
from bot.commands.verbs import verb_of
from bot.errors import Refused
from bot.requests.kinds import Request
from bot.requests.media import Media
from bot.requests.options import Option, Shape, options

FIELDS = 5
TITLE_MOST, LABEL_MOST, HINT_MOST, TEXT_MOST = 45, 45, 100, 4000
FILES, MORE = "files", "more"
FORM = "didtalk-form:"


def modal(draft: Draft) -> ui.Modal:
    """The form of a draft, filled in as far as it goes."""
    form = ui.Modal(title=verb_of(draft.request).sentence[:TITLE_MOST], custom_id=f"{FORM}{draft.id}")
    shown = given(draft.request, draft.values)
    for option in said(draft.request):
        form.add_item(_text(draft, option, str(shown.get(option.field, ""))))
    if takers := _takers(draft.request):
        form.add_item(_files(draft, takers))
    form.add_item(_more(draft, shown))
    form.stop()  # it is recognised by its id when it comes back, also after a restart
    return form


def filled(draft: Draft, fields: Mapping[str, str], files: Sequence[Media]) -> dict[str, Any]:
    """The values of a form that came back: what was cleared is gone, what it had no field for stays."""
    named = verb_of(draft.request)
    own = said(draft.request)
    texts = {option.field: fields.get(option.field, "") for option in own}
    kept = {name: value for name, value in draft.values.items() if isinstance(value, Media)}
    kept |= {option.field: draft.values[option.field] for option in own if _too_long(draft, option)}
    fresh = attach({}, files, named)
    if texts.get("script", "").strip() and "audio" not in fresh:
        kept.pop("audio", None)  # new words are not to be talked down by the old recording
    if "audio" in fresh:
        texts.pop("script", None)
    more = read_options(fields.get(MORE, ""), options(draft.request), named.typed)
    return {**kept, **values(draft.request, texts), **more, **fresh}


def said(request: type[Request]) -> list[Option]:
    """The options with a field of their own: what is said, and what is picked from a list."""
    mine = [each for each in options(request) if not each.takes and not each.advanced]
    first = [each for each in mine if each.rest]
    picked = [each for each in mine if each.suggests and not each.rest]
    return [*first, *picked][: FIELDS - 2]


def answers(data: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """What was typed, by field, and the ids of the files, from what Discord sends of a form."""
    texts: dict[str, str] = {}
    files: list[str] = []
    for row in data.get("components", ()):
        for field in [row["component"]] if "component" in row else row.get("components", ()):
            if field.get("custom_id") == FILES:
                files += [str(each) for each in field.get("values", ())]
            elif "value" in field:
                texts[field["custom_id"]] = field["value"] or ""
    return texts, files


def typed(request: type[Request], shown: Mapping[str, Any]) -> str:
    """Options as they would be typed."""
    own = {each.field for each in said(request)}
    words = []
    for option in options(request):
        value = shown.get(option.field)
        if option.field in own or value is None or isinstance(value, Media):
            continue
        words.append(_option(option, value))
    return " ".join(words)


def _option(option: Option, value: Any) -> str:
    if option.shape is Shape.FLAG:
        return f"--{option.word}" if value else f"--no-{option.word}"
    if option.shape is Shape.WORDS:
        parts = str(value).splitlines() if "=" in str(value) else str(value).split(", ")
        return " ".join(f"--{option.word} {_quoted(part)}" for part in parts)
    return f"--{option.word} {_quoted(str(value))}"


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _text(draft: Draft, option: Option, value: str) -> ui.Label[ui.Modal]:
    long = option.rest and option.field == "script"
    kept = _too_long(draft, option)
    hint = "Too long for a form; it stays as it is unless you write another." if kept else option.sentence
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=option.field,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        required=option.required and not kept,
        default=None if kept or not value else value,
        placeholder=option.example[:HINT_MOST] or None,
        max_length=TEXT_MOST if long else 300,
    )
    return _label(draft, option.field, option.word.replace("-", " ").capitalize(), hint, field)


def _files(draft: Draft, takers: Sequence[Option]) -> ui.Label[ui.Modal]:
    has = [value.name or "a file" for name, value in draft.values.items() if isinstance(value, Media)]
    hint = f"Now: {', '.join(has)}. A new file takes its place." if has else takers[0].sentence
    needed = any(option.required and option.field not in draft.values for option in takers)
    field: ui.FileUpload[ui.Modal] = ui.FileUpload(
        custom_id=FILES, required=needed, min_values=int(needed), max_values=min(10, len(takers))
    )
    words = " or ".join(dict.fromkeys(str(each.takes) for each in takers)).capitalize()
    fault = next((each.field for each in takers if each.field == draft.fault_at), FILES)
    return _label(draft, fault, words, hint, field)


def _more(draft: Draft, shown: Mapping[str, Any]) -> ui.Label[ui.Modal]:
    rare = [each.word for each in options(draft.request) if each not in said(draft.request) and not each.takes]
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=MORE,
        style=discord.TextStyle.paragraph,
        required=False,
        default=typed(draft.request, shown) or None,
        max_length=TEXT_MOST,
    )
    return _label(draft, MORE, "More options", f"Such as {', '.join(f'--{each}' for each in rare)}", field)


def _label(draft: Draft, field: str, words: str, hint: str, inside: ui.Item[ui.Modal]) -> ui.Label[ui.Modal]:
    """A field, headed by what is wrong with it if something is."""
    if draft.fault and _faulty(draft) == field:
        hint = draft.fault
    return ui.Label(text=words[:LABEL_MOST], description=_short(hint), component=inside)


def _faulty(draft: Draft) -> str:
    """The field of the form at which a refusal belongs."""
    at = spot(draft.request, Refused(draft.fault, draft.fault_at)) or ""
    own = {each.field for each in said(draft.request)} | {each.field for each in _takers(draft.request)}
    return at if at in own else MORE


def _takers(request: type[Request]) -> list[Option]:
    return [each for each in options(request) if each.takes and not each.advanced]


def _too_long(draft: Draft, option: Option) -> bool:
    return len(str(draft.values.get(option.field, ""))) > TEXT_MOST


def _short(words: str) -> str:
    return words if len(words) <= HINT_MOST else f"{words[: HINT_MOST - 1]}…"
