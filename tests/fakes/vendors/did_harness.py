"""A D-ID studio and its account: the real studio, the sandbox with voices and presenters of the account's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.contracts import BodySchema
from adapters.http.client import open_client
from adapters.sandbox.api.did.generators import GENERATORS
from adapters.sandbox.api.did.job_views import PRIVATE_USER
from adapters.sandbox.context import OwnCatalogue
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import SandboxJob
from adapters.studios.did import DidStudio
from bot.requests.base import Request
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.sandbox_account import SandboxAccount
from tests.fakes.vendors.studio_harness import FACE as FACE
from tests.fakes.vendors.studio_harness import FILM as FILM
from tests.fakes.vendors.studio_harness import StudioHarness

DID_KEY = "aW52ZW50ZWQ=:invented-secret"
OWNER_EMAIL = str(PRIVATE_USER["email"])
CREDITS = 100_000
GATEWAY_REFUSAL = '403 {"message": "Missing Authentication Token"}'

VOICES: list[dict[str, Any]] = [
    {
        "id": "en-US-SaraNeural",
        "name": "Sara",
        "gender": "female",
        "access": "public",
        "provider": "microsoft",
        "languages": [{"language": "English (United States)", "locale": "en-US", "previewUrl": "https://a/sara.mp3"}],
        "styles": ["Cheerful", "Sad"],
    },
    {
        "id": "fr-FR-ÉloïseNeural",
        "name": "Éloïse",
        "gender": "female",
        "access": "public",
        "provider": "microsoft",
        "languages": [{"code": "fr-FR", "name": "French (France)"}],
        "styles": [],
    },
    {
        "id": "21m00Tcm4TlvDq8ikWAM",
        "name": "Rachel",
        "gender": "female",
        "access": "external-private",
        "provider": "elevenlabs",
        "languages": [{"language": "English", "locale": "en"}, {"language": "French", "locale": "fr"}],
        "styles": [],
        "config": {"modelId": "eleven_multilingual_v2"},
        "owner_id": OWNER_EMAIL,
    },
    {"id": "Amy", "name": "Amy", "gender": "female", "access": "public", "provider": "amazon"},
    {"id": "Amy", "name": "Amy", "gender": "female", "access": "public", "provider": "google"},
]
SENTIMENTS = [
    {"id": "snt_pro", "sentiment": "Professional", "voice": {"type": "elevenlabs", "voice_id": "v-pro"}},
    {"id": "snt_exc", "sentiment": "Excited", "preview_url": "https://a/excited.mp4"},
]
AVATARS: list[dict[str, Any]] = [
    {"id": "public_mia@avt_1", "name": "Mia", "gender": "female", "owner_id": OWNER_EMAIL, "sentiments": SENTIMENTS},
    {"id": "public_leo@avt_2", "name": "Léo", "gender": "male", "sentiments": []},
]
CLIP_PRESENTERS: list[dict[str, Any]] = [
    {"presenter_id": f"amy-{number}", "name": "Amy" if number == 1 else f"Nr {number}"} for number in range(1, 151)
]
SCENE_AVATARS: list[dict[str, Any]] = [
    {"id": "avt_new", "name": "Unready", "status": "training-started"},
    {"id": "avt_me", "name": "Myself", "status": "done"},
]


def own_catalogue() -> OwnCatalogue:
    """What the account has: its lists, and the ids that can be asked for."""

    def presenters_page(query: Any) -> Any:
        start = int(query.get("token") or 0)
        more = {"token": str(start + 100)} if start + 100 < len(CLIP_PRESENTERS) else {}
        return {"presenters": CLIP_PRESENTERS[start : start + 100]} | more

    answers = {
        "/tts/voices": VOICES,
        "/expressives/avatars": {"avatars": AVATARS},
        "/scenes/avatars": {"avatars": SCENE_AVATARS},
        "/clips/presenters": presenters_page,
        "/clips/presenters/amy-1/drivers": {"clips_drivers": [{"driver_id": "drv_1", "name": "Calm"}]},
    }
    ids = {each["id"] for each in (*VOICES, *AVATARS, *SCENE_AVATARS)} | {"v-pro", "clone-1", "who"}
    return OwnCatalogue(answers, ids | {each["presenter_id"] for each in CLIP_PRESENTERS})


class DidAccount(SandboxAccount):
    """One account at D-ID."""

    paid_paths = tuple(GENERATORS)

    async def job_ids(self, path: str) -> list[str]:
        """The jobs of a generator, oldest first."""
        return [job.id for job in await self.list_jobs(GENERATORS[f"/{path}"].name)]

    async def finish_kind(self, path: str, **outcome: Any) -> None:
        """Let all jobs of a generator end."""
        await self.finish_jobs(await self.job_ids(path), **outcome)

    async def add_foreign_jobs(self, path: str, count: int = 1, user_data: str = "another") -> list[str]:
        """Jobs that another program submitted."""
        kind, now = GENERATORS[f"/{path}"], self.sandbox.context.clock()
        script = {"type": "text", "input": "Hello"}
        given = {"user_data": user_data, "source_url": "s3://b/x.jpg", "avatar_id": "a", "script": script}
        given |= {"name": "another"} if path not in ("animations", "videos", "translations") else {}
        given |= {"languages": ["French"], "source_url": "https://b/x.mp4"} if path == "translations" else {}
        taken = {name: value for name, value in given.items() if BodySchema("did", kind.path).has_field(name)}
        body, problems = BodySchema("did", kind.path).complete(taken)
        assert not problems, problems
        notes = {"name": "another", "language": "French"}
        made = SandboxJob("", "did", kind.name, body, self.url, now, kind.running_status, notes=notes, modified=now)
        foreign = [replace(made, id=f"{path}_{user_data}_{nth}") for nth in range(count)]
        await jobs.accept_jobs(self.sandbox.context.database, foreign, [], CREDITS)
        return [job.id for job in foreign]


class FakeHosting:
    """A public address that belongs to no server."""

    async def host(self, path: Path, name: str, owner: str) -> str:
        return f"https://files.example.invalid/{name}"


class DidHarness(StudioHarness[DidAccount, DidStudio]):
    """All parts of one test."""

    async def submitted_body(self, request: Request | None = None, **facts: Any) -> dict[str, Any]:
        """The body that was paid for."""
        job = await self.submitted_job(request, **facts)
        return dict(self.server.find_calls("POST", f"/{(job.ticket or '').partition('/')[0]}")[-1].body)


@asynccontextmanager
async def did_harness(folder: Path, **options: Any) -> AsyncIterator[DidHarness]:
    """Everything set up, and taken down afterwards."""
    clock = AutoAdvanceClock()
    account = DidAccount.open(folder, clock, own_catalogue(), key=DID_KEY, credits=CREDITS, v4_path="both")
    async with account as server, open_client() as client:
        server.close_path("/videos", GATEWAY_REFUSAL)

        def build_studio(**other: Any) -> DidStudio:
            given: dict[str, Any] = {
                "http": client,
                "clock": clock,
                "cache_folder": folder / "cache",
                "host": FakeHosting(),
                "webhook_url_for": lambda job: f"https://bot.example.invalid/hooks/did/{job.id}",
            }
            given |= options | other
            return DidStudio(given.pop("key", DID_KEY), given.pop("url", server.url), **given)

        yield DidHarness(server, build_studio(), clock, client, folder, build_studio)
