"""Translations in both dialects."""

from typing import Any

from adapters.studios.heygen.payload_source import EXTRA_FIELDS
from adapters.studios.heygen.schemas import TranslationV2, TranslationV3
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.languages import LANGUAGE_CODES


def write_translation(job: Job, api_version: str, webhook_url: str | None) -> tuple[str, dict[str, Any]]:
    """The path and the body for one language."""
    request = job.request
    assert isinstance(request, Translation)  # noqa: S101 - the caller looked
    language = job.uploads.get("language") or request.languages[0]
    named = {"title": job.marker, "callback_id": job.marker} | ({"callback_url": webhook_url} if webhook_url else {})
    if api_version == "v2":
        body: dict[str, Any] = {"video_url": job.uploads.get("address", ""), "output_language": language} | named
        EXTRA_FIELDS.apply(body, TranslationV2, request.set)
        return "v2/video_translate", EXTRA_FIELDS.validate_body(TranslationV2, body)
    source = {"type": "asset_id", "asset_id": job.uploads.get("video", "")}
    body = {"video": source, "output_languages": [language], "mode": "speed"} | named
    if request.source:
        body["input_language"] = LANGUAGE_CODES.get(request.source, request.source)
    EXTRA_FIELDS.apply(body, TranslationV3, request.set)
    return "v3/video-translations", EXTRA_FIELDS.validate_body(TranslationV3, body)


def vendor_language_name(wanted: str, known: list[str]) -> str:
    """A language as HeyGen spells it: the plain name, else the first of its regions, else our own word."""
    names = {name.casefold(): name for name in known}
    code = LANGUAGE_CODES.get(wanted, "")
    for each in (wanted.casefold(), code):
        if each in names:
            return names[each]
    starts = (name for name in known if name.casefold().startswith((f"{wanted.casefold()} (", f"{code}-")))
    return next(starts, wanted)
