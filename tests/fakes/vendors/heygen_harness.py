"""A HeyGen studio and its account: the real studio, the sandbox with avatars and voices of the account's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.http.client import open_client
from adapters.sandbox.context import OwnCatalogue
from adapters.studios.heygen import HeygenStudio
from bot.requests.base import Request
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.sandbox_account import SandboxAccount
from tests.fakes.vendors.studio_harness import FACE as FACE
from tests.fakes.vendors.studio_harness import FILM as FILM
from tests.fakes.vendors.studio_harness import StudioHarness

HEYGEN_KEY = "invented-heygen-key"
OWNER_EMAIL = "sandbox-owner@example.invalid"
CREDITS = 1000.5
NOT_FOUND_PAGE = "404 404 page not found"

AVATARS = [
    {"avatar_id": "Abigail_1", "avatar_name": "Abigail", "gender": "female", "default_voice_id": "v-own"},
    {"avatar_id": "Bernd_1", "avatar_name": "Bernd", "gender": "male"},
]
PHOTOS = [{"talking_photo_id": "tp_1", "talking_photo_name": "Grandpa"}]
LOOKS: list[dict[str, Any]] = [
    {"id": "Abigail_1", "name": "Abigail", "avatar_type": "studio_avatar", "default_voice_id": "v-own"},
    {"id": "Bernd_1", "name": "Bernd", "avatar_type": "digital_twin"},
    {"id": "tp_1", "name": "Grandpa", "avatar_type": "photo_avatar"},
]
VOICES: list[dict[str, Any]] = [
    {"voice_id": "v-jo", "name": "Joanna", "language": "English", "gender": "female", "emotion_support": True},
    {"voice_id": "v-own", "name": "Abigail's own", "language": "English", "gender": "female"},
    {"voice_id": "v-fr", "name": "Éloïse", "language": "French", "gender": "female"},
]
LANGUAGES = ["English", "Spanish (Spain)", "Spanish (Mexico)", "French (France)"]
TEMPLATE_VARIABLES = {
    "name": {"name": "name", "type": "text", "properties": {"content": ""}},
    "slogan": {"name": "slogan", "type": "text", "properties": {"content": "Onwards"}},
    "logo": {"name": "logo", "type": "image", "properties": {"url": "https://example.com/l.png", "fit": "cover"}},
    "clip": {"name": "clip", "type": "video", "properties": {"url": None}},
    "jingle": {"name": "jingle", "type": "audio", "properties": {"url": None}},
    "host": {"name": "host", "type": "character", "properties": {"character_id": "Bernd_1", "type": "avatar"}},
    "tone": {"name": "tone", "type": "voice", "properties": {"voice_id": "v-own"}},
}


def own_catalogue() -> OwnCatalogue:
    """What the account has: its lists, and the ids that can be asked for."""
    answers: dict[str, Any] = {
        "/v2/avatars": {"error": None, "data": {"avatars": AVATARS, "talking_photos": PHOTOS}},
        "/v2/voices": {"error": None, "data": {"voices": VOICES}},
        "/v2/templates": {"error": None, "data": {"templates": [{"template_id": "t1", "name": "Launch"}]}},
        "/v2/template/t1": {"error": None, "data": {"variables": TEMPLATE_VARIABLES}},
        "/v2/video_translate/target_languages": {"error": None, "data": {"languages": LANGUAGES}},
        "/v3/video-translations/languages": {"data": {"languages": LANGUAGES}},
        "/v3/avatars/looks": {"data": LOOKS, "has_more": False},
        "/v3/voices": {"data": VOICES, "has_more": False},
    }
    ids = {each["id"] for each in LOOKS} | {each["voice_id"] for each in VOICES} | {"a1"}
    return OwnCatalogue(answers, {str(each) for each in ids})


class HeygenAccount(SandboxAccount):
    """One account at HeyGen."""

    paid_paths = (
        "/v2/template/t1/generate",
        "/v2/video/generate",
        "/v3/videos",
        "/v2/video_translate",
        "/v3/video-translations",
    )

    def close_versions(self, *paths: str, answer: str = NOT_FOUND_PAGE) -> None:
        """Whole generations of paths, or single ones, answer as gone."""
        for path in paths:
            self.close_path(path, answer)


class HeygenHarness(StudioHarness[HeygenAccount, HeygenStudio]):
    """All parts of one test."""

    async def submitted_body(self, request: Request | None = None, **facts: Any) -> dict[str, Any]:
        """The body that was paid for."""
        await self.submitted_job(request, **facts)
        return dict(self.server.paid_calls()[-1].body)


@asynccontextmanager
async def heygen_harness(folder: Path, **options: Any) -> AsyncIterator[HeygenHarness]:
    """Everything set up, and taken down afterwards."""
    clock = AutoAdvanceClock()
    account = HeygenAccount.open(folder, clock, own_catalogue(), key=HEYGEN_KEY, credits=CREDITS)
    async with account as server, open_client() as client:

        def build_studio(**other: Any) -> HeygenStudio:
            given: dict[str, Any] = {
                "http": client,
                "clock": clock,
                "cache_folder": folder / "cache",
                "webhook_url_for": lambda job: f"https://bot.example.invalid/hooks/heygen/{job.id}",
            }
            given |= options | other
            return HeygenStudio(given.pop("key", HEYGEN_KEY), given.pop("url", server.url), **given)

        yield HeygenHarness(server, build_studio(), clock, client, folder, build_studio)
