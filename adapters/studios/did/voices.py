"""Which voice a person means, and how D-ID wants it named."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.studios.did.catalogue import Lists
from adapters.studios.did.responses import Tongue, Voice
from adapters.studios.did.voice_style import TITLES
from adapters.studios.fuzzy_match import fold, ranked
from bot.errors import Refused
from bot.requests.kinds import Spoken
from bot.studios.studio import Choice

SARA = {"type": "microsoft", "voice_id": "Sara"}  # D-ID's own default, known to it by this short name
FRESH = 300.0  # someone may just have made the voice they ask for


async def voice_for(lists: Lists, request: Spoken, own: Mapping[str, Any]) -> dict[str, Any]:
    """The provider object of the voice asked for; empty when D-ID shall choose. `own` is the presenter's."""
    if request.audio is not None:
        return {}
    if request.voice or request.provider or request.language:
        return await _found(lists, request)
    manner = request.style or request.rate or request.pitch
    if manner or any(each.strip().startswith("script.provider") for each in request.set):
        return _own(own) or dict(SARA)
    return {}


def choices(voices: Sequence[Voice], typed: str, limit: int) -> list[Choice]:
    """Voices to pick from."""
    shared = _shared(voices)
    return [_choice(voice, shared) for voice in ranked(voices, typed, _texts, limit)]


async def _found(lists: Lists, request: Spoken) -> dict[str, Any]:
    for age in (86_400.0, FRESH):
        voices = [voice for voice in await lists.voices(age) if voice.id]
        fitting = [voice for voice in voices if _fits(voice, request)]
        if match := _match(fitting, request.voice):
            return _provider(match, request)
    if _is_sara(request):
        return dict(SARA)
    raise _unknown(voices, fitting, request)


def _fits(voice: Voice, request: Spoken) -> bool:
    if request.provider and voice.provider != request.provider:
        return False
    return request.language is None or _tongue(voice, request.language) is not None


def _match(voices: Sequence[Voice], typed: str | None) -> Voice | None:
    """By id, then by name; names shared by several go to the provider D-ID itself prefers."""
    order = list(TITLES)
    voices = sorted(voices, key=lambda voice: order.index(voice.provider) if voice.provider in order else len(order))
    if typed is None:
        return voices[0] if voices else None
    wanted = fold(typed)
    for names in (_ids, _names):
        for voice in voices:
            if wanted in names(voice):
                return voice
    return None


def _ids(voice: Voice) -> tuple[str, ...]:
    return fold(voice.id), fold(f"{voice.provider}:{voice.id}")


def _names(voice: Voice) -> tuple[str, ...]:
    return fold(voice.name), fold(f"{voice.provider}:{voice.name}")


def _tongue(voice: Voice, typed: str) -> Tongue | None:
    """The language a person means, by code with or without region or by the beginning of its name."""
    wanted = fold(typed).replace("_", "-")
    for tongue in voice.languages:
        code = fold(tongue.code)
        if wanted in (code, code.partition("-")[0]) or fold(tongue.name).startswith(wanted):
            return tongue
    return None


def _provider(voice: Voice, request: Spoken) -> dict[str, Any]:
    tongue = _tongue(voice, request.language) if request.language else None
    found = {"type": voice.provider, "voice_id": voice.id}
    if tongue and voice.provider != "google":
        found["language"] = tongue.name or tongue.code
    if voice.provider == "elevenlabs":
        found |= {"model_id": voice.model} if voice.model else {}
        found |= {"access": voice.access} if voice.access == "external-private" else {}
    if request.style and voice.styles and fold(request.style) not in map(fold, voice.styles):
        raise Refused(f"{voice.name} has no style “{request.style}”, but {_listed(voice.styles)}.", "style")
    return found


def _own(voice: Mapping[str, Any]) -> dict[str, Any]:
    """A presenter's own voice, when it is told in full."""
    kind, ident = voice.get("type"), voice.get("voice_id")
    return {"type": kind, "voice_id": ident} if kind in TITLES and isinstance(ident, str) else {}


def _is_sara(request: Spoken) -> bool:
    return (
        request.voice is not None
        and fold(request.voice) == "sara"
        and request.provider in (None, "microsoft")
        and request.language is None
    )


def _unknown(voices: Sequence[Voice], fitting: Sequence[Voice], request: Spoken) -> Refused:
    if not fitting:
        owner = f" of {TITLES[request.provider]}" if request.provider else ""
        speaks = f" speaks “{request.language}”" if request.language else " is to be had"
        return Refused(f"No voice{owner}{speaks}. See /did voices.", "language" if request.language else "provider")
    near = ranked(fitting, request.voice or "", lambda voice: (voice.name, voice.id), 3)
    meant = f" Did you mean {_listed([voice.name for voice in near], 'or')}?" if near else ""
    elsewhere = _match(voices, request.voice)
    if elsewhere:
        meant = f" {elsewhere.name} is a voice of {TITLES.get(elsewhere.provider, elsewhere.provider)} for " + (
            f"{_listed([tongue.name for tongue in elsewhere.languages][:5]) or 'another language'}."
        )
    return Refused(f"There is no such voice: “{request.voice}”.{meant} See /did voices.", "voice")


def _texts(voice: Voice) -> Iterable[str]:
    yield from (voice.name, voice.id, voice.gender, TITLES.get(voice.provider, voice.provider))
    for tongue in voice.languages:
        yield from (tongue.name, tongue.code)


def _shared(voices: Sequence[Voice]) -> frozenset[str]:
    ids = [voice.id for voice in voices]
    return frozenset(ident for ident in ids if ids.count(ident) > 1) if len(set(ids)) < len(ids) else frozenset()


def _choice(voice: Voice, shared: frozenset[str]) -> Choice:
    tongues = [tongue.name or tongue.code for tongue in voice.languages]
    facts = [voice.name, tongues[0] if tongues else "", voice.gender, TITLES.get(voice.provider, voice.provider)]
    return Choice(
        value=f"{voice.provider}:{voice.id}" if voice.id in shared else voice.id,
        label=" · ".join(fact for fact in facts if fact),
        sentence=f"Styles: {_listed(voice.styles)}" if voice.styles else "",
        sample=next((tongue.sample for tongue in voice.languages if tongue.sample), None),
    )


def _listed(names: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
