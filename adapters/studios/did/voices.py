"""Which voice a person means, and how D-ID wants it named."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.studios.catalogue import CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS
from adapters.studios.did.catalogue import DidCatalogue
from adapters.studios.did.client import DidLanguage, DidVoice
from adapters.studios.did.payload import PROVIDER_TITLES
from adapters.studios.fuzzy_match import (
    by_name,
    did_you_mean_row,
    find_named,
    fold_text,
    label_of,
    rank_matches,
    references,
)
from bot.errors import Refused
from bot.requests.kinds import SpeechRequest
from bot.requests.options import join_names
from bot.studios.studio import Choice

DEFAULT_VOICE = {"type": "microsoft", "voice_id": "Sara"}  # D-ID's own default, known to it by this short name


async def resolve_voice(
    catalogue: DidCatalogue, request: SpeechRequest, presenter_voice: Mapping[str, Any]
) -> dict[str, Any]:
    """The provider object of the voice; empty when D-ID shall choose."""
    if request.audio is not None:
        return {}
    if request.voice or request.provider or request.language:
        return await _find_voice(catalogue, request)
    manner = request.style or request.rate or request.pitch
    if manner or any(each.strip().startswith("script.provider") for each in request.set):
        return _presenter_voice(presenter_voice) or dict(DEFAULT_VOICE)
    return {}


def voice_choices(voices: Sequence[DidVoice], typed: str, limit: int) -> list[Choice]:
    counts = Counter(voice.id for voice in voices)
    ambiguous_ids = {ident for ident, count in counts.items() if count > 1}
    refs = {ident: ref for ident, ref in references(voices).items() if ident not in ambiguous_ids}
    return [_to_choice(voice, refs) for voice in rank_matches(by_name(voices), typed, _search_texts, limit)]


async def _find_voice(catalogue: DidCatalogue, request: SpeechRequest) -> dict[str, Any]:
    for age in (CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS):
        voices = [voice for voice in await catalogue.voices(age) if voice.id]
        fitting = [voice for voice in voices if _fits_request(voice, request)]
        if match := _match_voice(fitting, request.voice):
            return _to_provider(match, request)
    is_default = fold_text(request.voice or "") == "sara" and request.provider in (None, "microsoft")
    if is_default and request.language is None:
        return dict(DEFAULT_VOICE)
    raise _unknown_voice(voices, fitting, request)


def _fits_request(voice: DidVoice, request: SpeechRequest) -> bool:
    if request.provider and voice.provider != request.provider:
        return False
    return request.language is None or _find_language(voice, request.language) is not None


def _match_voice(voices: Sequence[DidVoice], typed: str | None) -> DidVoice | None:
    """By id, then by name; a name that several have means the provider D-ID prefers."""
    order = list(PROVIDER_TITLES)
    voices = sorted(voices, key=lambda voice: order.index(voice.provider) if voice.provider in order else len(order))
    if typed is None:
        return voices[0] if voices else None
    # A provider may stand before either: microsoft:Sara.
    provider, _, rest = typed.partition(":")
    of_provider = [voice for voice in voices if rest and voice.provider == fold_text(provider)]
    return find_named(voices, typed) or find_named(of_provider, rest)


def _find_language(voice: DidVoice, typed: str) -> DidLanguage | None:
    """By code with or without region, or by the beginning of its name."""
    wanted = fold_text(typed).replace("_", "-")
    for language in voice.languages:
        code = fold_text(language.code)
        if wanted in (code, code.partition("-")[0]) or fold_text(language.name).startswith(wanted):
            return language
    return None


def _to_provider(voice: DidVoice, request: SpeechRequest) -> dict[str, Any]:
    language = _find_language(voice, request.language) if request.language else None
    provider = {"type": voice.provider, "voice_id": voice.id}
    if language and voice.provider != "google":
        provider["language"] = language.name or language.code
    if voice.provider == "elevenlabs":
        provider |= {"model_id": voice.model} if voice.model else {}
        provider |= {"access": voice.access} if voice.access == "external-private" else {}
    if request.style and voice.styles and fold_text(request.style) not in map(fold_text, voice.styles):
        raise Refused(f"{voice.name} has no style “{request.style}”. It has {join_names(voice.styles)}.", "style")
    return provider


def _presenter_voice(voice: Mapping[str, Any]) -> dict[str, Any]:
    kind, ident = voice.get("type"), voice.get("voice_id")
    return {"type": kind, "voice_id": ident} if kind in PROVIDER_TITLES and isinstance(ident, str) else {}


def _unknown_voice(voices: Sequence[DidVoice], fitting: Sequence[DidVoice], request: SpeechRequest) -> Refused:
    if not fitting:
        owner = f"{PROVIDER_TITLES[request.provider]} " if request.provider else ""
        speaks = f"speaks “{request.language}”" if request.language else "is available"
        return Refused(f"No {owner}voice {speaks}. See /did voices.", "language" if request.language else "provider")
    meant = did_you_mean_row(fitting, request.voice or "")
    elsewhere = _match_voice(voices, request.voice)
    if elsewhere:
        languages = join_names([language.name for language in elsewhere.languages][:5]) or "another language"
        provider = PROVIDER_TITLES.get(elsewhere.provider, elsewhere.provider)
        meant = f" {elsewhere.name} is a {provider} voice for {languages}."
    return Refused(f"No voice is called “{request.voice}”.{meant} See /did voices.", "voice")


def _search_texts(voice: DidVoice) -> Iterable[str]:
    yield from (voice.name, voice.id, voice.gender, PROVIDER_TITLES.get(voice.provider, voice.provider))
    for tongue in voice.languages:
        yield from (tongue.name, tongue.code)


def _to_choice(voice: DidVoice, refs: Mapping[str, str]) -> Choice:
    languages = [language.name or language.code for language in voice.languages]
    provider = PROVIDER_TITLES.get(voice.provider, voice.provider)
    return Choice(
        value=refs.get(voice.id, f"{voice.provider}:{voice.id}"),
        label=label_of(voice.name, next(iter(languages), ""), voice.gender, provider),
        sentence=f"Styles: {join_names(voice.styles)}" if voice.styles else "",
        sample=next((language.sample for language in voice.languages if language.sample), None),
    )
