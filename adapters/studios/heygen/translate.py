"""Translations in both dialects."""

from typing import Any

from adapters.studios.heygen.payload_source import SETS
from adapters.studios.heygen.schemas import TranslationV2, TranslationV3
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.languages import CODES


def write(job: Job, dialect: str, hook: str | None) -> tuple[str, dict[str, Any]]:
    """The path and the body for one language."""
    request = job.request
    assert isinstance(request, Translation)  # noqa: S101 - the caller looked
    language = job.uploads.get("language") or request.languages[0]
    named = {"title": job.marker, "callback_id": job.marker} | ({"callback_url": hook} if hook else {})
    if dialect == "v2":
        body: dict[str, Any] = {"video_url": job.uploads.get("address", ""), "output_language": language} | named
        SETS.apply(body, TranslationV2, request.set)
        return "v2/video_translate", SETS.checked(TranslationV2, body)
    source = {"type": "asset_id", "asset_id": job.uploads.get("video", "")}
    body = {"video": source, "output_languages": [language], "mode": "speed"} | named
    if request.source:
        body["input_language"] = CODES.get(request.source, request.source)
    SETS.apply(body, TranslationV3, request.set)
    return "v3/video-translations", SETS.checked(TranslationV3, body)


def spelt(wanted: str, known: list[str]) -> str:
    """A language as HeyGen spells it: the plain name, else the first of its regions, else our own word."""
    names = {name.casefold(): name for name in known}
    code = CODES.get(wanted, "")
    for each in (wanted.casefold(), code):
        if each in names:
            return names[each]
    starts = (name for name in known if name.casefold().startswith((f"{wanted.casefold()} (", f"{code}-")))
    return next(starts, wanted)
