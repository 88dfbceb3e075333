"""Finds the avatars, voices and templates that people name, and lists what they can pick from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.studios.catalogue import CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS
from adapters.studios.errors import raise_for_error
from adapters.studios.fuzzy_match import (
    by_name,
    did_you_mean_row,
    find_named,
    fold_text,
    label_of,
    rank_matches,
    references,
)
from adapters.studios.heygen.catalogue import HeygenCatalogue
from adapters.studios.heygen.client import HeygenAvatar, HeygenClient, HeygenTemplate, HeygenVariable, HeygenVoice
from adapters.studios.heygen.payload import PENDING_FILE_PREFIX
from adapters.studios.heygen.video_spec import ResolvedAvatar, ResolvedNames, VideoSpec, with_line
from adapters.studios.responses import as_dict
from bot.errors import Refused
from bot.requests.base import Request
from bot.requests.media import is_private_address
from bot.requests.options import did_you_mean
from bot.requests.storyboard.scenes import Scene
from bot.requests.template import Template
from bot.studios.studio import Choice

DEFAULT_LANGUAGE = "english"


async def resolve_names(catalogue: HeygenCatalogue, request: Request, spec: VideoSpec) -> ResolvedNames:
    """Everyone named in a video; Refused with the likely name."""
    scenes = [shot.scene for shot in spec.shots]
    avatars = {scene.who: await _find_scene_avatar(catalogue, scene) for scene in scenes if scene.who is not None}
    language = getattr(request, "language", None)
    wanted = {scene.voice: scene for scene in scenes if scene.voice}
    voices = {name: await _find_scene_voice(catalogue, name, scene, language) for name, scene in wanted.items()}
    if language:
        # With --language nobody speaks with an own voice in another language.
        avatars = {name: ResolvedAvatar(avatar.id, avatar.is_photo) for name, avatar in avatars.items()}
    if any(_needs_default_voice(scene, avatars) for scene in scenes):
        voices[""] = await _default_voice(catalogue, language)
    return ResolvedNames(avatars, voices)


def _needs_default_voice(scene: Scene, avatars: dict[str, ResolvedAvatar]) -> bool:
    avatar = avatars.get(scene.who or "") if scene.who is not None else None
    return bool(scene.say and not scene.voice and not (avatar and avatar.voice_id))


def find_template(rows: Sequence[HeygenTemplate], typed: str) -> HeygenTemplate:
    if found := find_named(rows, typed):
        return found
    raise Refused(
        f"No HeyGen template is called “{typed}”.{did_you_mean_row(rows, typed)} See /did templates.", "template"
    )


async def fill_variables(api: HeygenClient, catalogue: HeygenCatalogue, request: Template) -> dict[str, str]:
    """The template's id and its filled variables, as text among the uploads of a job."""
    template = find_template(await catalogue.templates(), request.template)
    response = await api.get("v2/template/{}", ident=template.id)
    raise_for_error(response, paid=False)
    described = as_dict(as_dict(response.result).get("variables"))
    variables = {name: HeygenVariable.from_data(row) for name, row in described.items()}
    _check_variables(request, template.name or template.id, variables)
    values = {
        name: await _to_variable(catalogue, request, name, variables[name].type, value)
        for name, value in request.variables.items()
    }
    return {"template": template.id, "variables": json.dumps(values)}


def _check_variables(request: Template, title: str, variables: Mapping[str, HeygenVariable]) -> None:
    known = ", ".join(f"{name} ({variable.type})" for name, variable in variables.items()) or "none"
    for name in request.variables:
        if name not in variables:
            meant = did_you_mean(name, variables)
            raise Refused(f"“{title}” has no variable “{name}”.{meant} It has: {known}.", "fill")
    empty = [name for name, variable in variables.items() if variable.type == "text" and not variable.content]
    if missing := [name for name in empty if name not in request.variables]:
        raise Refused(f'“{title}” needs text for {" and ".join(missing)}: --fill "{missing[0]}=…".', "fill")


async def _to_variable(
    catalogue: HeygenCatalogue, request: Template, name: str, kind: str, value: str
) -> dict[str, Any]:
    match kind:
        case "text":
            given = {"content": value}
        case "voice":
            given = {"voice_id": await _find_scene_voice(catalogue, value, Scene(), None)}
        case "character":
            found = await _find_scene_avatar(catalogue, Scene(who=value))
            given = {"character_id": found.id, "type": "talking_photo" if found.is_photo else "avatar"}
        case _:
            given = _file_properties(request, name, value)
    return {"name": name, "type": kind, "properties": given}


def _file_properties(request: Template, name: str, value: str) -> dict[str, str]:
    if field := request.files_by_name.get(value.casefold()):
        return {"asset_id": f"{PENDING_FILE_PREFIX}{field}"}
    if value.startswith("https://") and not is_private_address(value):
        return {"url": value}
    names = ", ".join(sorted(request.files_by_name)) or "none was attached"
    expected = f"a public https link or an attached file ({names})"
    raise Refused(f"{name} must be {expected}, not “{value[:60]}”.", "fill")


async def _find_scene_avatar(catalogue: HeygenCatalogue, scene: Scene) -> ResolvedAvatar:
    typed = (scene.who or "").removeprefix("heygen:")
    avatars: Sequence[HeygenAvatar] = ()
    for age in (CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS):
        avatars = await catalogue.avatars(age)
        if found := _match_avatar(avatars, typed):
            return ResolvedAvatar(found.id, found.photo, found.voice)
    meant = did_you_mean_row(avatars, typed, _avatar_texts)
    sentence = f"no HeyGen avatar is called “{typed}”.{meant} See /did presenters."
    raise Refused(with_line(scene, sentence), "presenter")


def _match_avatar(avatars: Sequence[HeygenAvatar], typed: str) -> HeygenAvatar | None:
    if not typed:
        return next((row for row in avatars if not row.photo and not row.premium), next(iter(avatars), None))
    wanted = fold_text(typed)
    # “Anna” is also the first of several looks that are called “Anna in the office”.
    looks = (row for row in avatars if fold_text(row.name).startswith(f"{wanted} "))
    return find_named(avatars, typed) or next(looks, None)


async def _find_scene_voice(catalogue: HeygenCatalogue, typed: str, scene: Scene, language: str | None) -> str:
    name = typed.removeprefix("heygen:")
    voices: Sequence[HeygenVoice] = ()
    for age in (CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS):
        voices = [
            voice for voice in await catalogue.voices(age) if language is None or _speaks_language(voice, language)
        ]
        if found := find_named(voices, name):
            return found.id
    meant = did_you_mean_row(voices, typed, _voice_texts)
    speaking = f" that speaks {language}" if language else ""
    sentence = f"no HeyGen voice{speaking} is called “{typed}”.{meant} See /did voices."
    raise Refused(with_line(scene, sentence), "voice")


async def _default_voice(catalogue: HeygenCatalogue, language: str | None) -> str:
    voices = await catalogue.voices()
    fitting = [voice for voice in voices if _speaks_language(voice, language or DEFAULT_LANGUAGE)]
    if language and not fitting:
        raise Refused(f"HeyGen has no voice that speaks {language}. See /did voices.", "language")
    return next(iter([*fitting, *voices]), HeygenVoice()).id


def _speaks_language(voice: HeygenVoice, language: str) -> bool:
    return fold_text(voice.language).startswith(fold_text(language))


def avatar_choices(rows: Sequence[HeygenAvatar], typed: str, limit: int) -> list[Choice]:
    choices, refs = [], references(rows)
    for row in rank_matches(by_name(rows), typed, _avatar_texts, limit):
        label = label_of(row.name or row.id, "HeyGen photo" if row.photo else "HeyGen avatar", row.gender)
        choices.append(Choice(f"heygen:{refs[row.id]}", label, "", row.sample or None))
    return choices


def voice_choices(rows: Sequence[HeygenVoice], typed: str, limit: int) -> list[Choice]:
    choices, refs = [], references(rows)
    for row in rank_matches(by_name(rows), typed, _voice_texts, limit):
        label = label_of(row.name or row.id, row.language, row.gender, "HeyGen")
        choices.append(
            Choice(f"heygen:{refs[row.id]}", label, "with emotions" if row.emotion else "", row.sample or None)
        )
    return choices


def template_choices(rows: Sequence[HeygenTemplate], typed: str, limit: int) -> list[Choice]:
    found = rank_matches(rows, typed, lambda row: (row.name, row.id), limit)
    return [Choice(row.id, row.name or row.id, "HeyGen template", row.sample or None) for row in found]


def _avatar_texts(row: HeygenAvatar) -> Iterable[str]:
    return row.name, row.id, f"heygen:{row.id}", row.gender


def _voice_texts(row: HeygenVoice) -> Iterable[str]:
    return row.name, row.language, row.id, f"heygen:{row.id}", row.gender
