"""Which studios there are, by what is set. Without any key the sandbox plays them."""

import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from adapters.http.client import open_client
from adapters.http.file_hosting import BucketHost, PublicHost
from adapters.sandbox_client import SandboxRehearsal
from adapters.studios.did.studio import DidStudio
from adapters.studios.heygen.studio import HeygenStudio
from adapters.studios.heygen.webhook_signature import Endpoint
from bot.desk.chat_context import Rehearsal
from bot.errors import Broken
from bot.jobs.job import Job
from bot.requests.media import Host
from bot.runtime.clock import Clock
from bot.security.signed_tokens import Seal
from bot.settings import Settings
from bot.studios.studio import SETTLE, Studio
from bot.wiring.persistence import Home

SANDBOX_KEY = "sandbox:sandbox"
HOOK_LIVES = 30 * 86400.0


@dataclass(frozen=True)
class Studios:
    """The studios that can be asked, and what comes with them."""

    by_name: dict[str, Studio]
    made_at: str  # where videos are made: "sandbox", or the studios' hosts
    stand_in: str = ""  # a studio's address on this machine, which alone may be private
    rehearsal: Rehearsal | None = None

    @classmethod
    def given(cls, by_name: dict[str, Studio], settings: Settings) -> "Studios":
        """Those that somebody hands in."""
        return cls(by_name, _hosts(settings, by_name))


@asynccontextmanager
async def open_studios(
    settings: Settings, home: Home, clock: Clock, *, outside: httpx.AsyncClient | None = None, settle: float = SETTLE
) -> AsyncIterator[Studios]:
    """Every studio that has a key, each with a client of its own."""
    async with AsyncExitStack() as stack:
        sandbox = None if settings.keys else await _sandbox(stack, settings, home.folder)
        making = _Making(settings, home, clock, settle)
        by_name: dict[str, Studio] = {}
        urls = _urls(settings, sandbox)
        rehearsal: Rehearsal | None = None
        for name, url in urls.items():
            client = await stack.enter_async_context(open_client(home=url)) if outside is None else outside
            by_name[name] = making.did(client, url) if name == "did" else making.heygen(client, url)
            rehearsal = SandboxRehearsal(client, sandbox, SANDBOX_KEY) if sandbox else None
        made_at = "sandbox" if sandbox else _hosts(settings, by_name)
        stand_in = next((url for url in urls.values() if url.startswith("http://")), "")
        yield Studios(by_name, made_at, stand_in, rehearsal)


def endpoints(settings: Settings, clock: Clock) -> dict[str, Endpoint]:
    """Registered endpoints, whose deliveries are signed with a secret of their own."""
    secret = settings.heygen_webhook_secret
    return {"heygen": Endpoint(secret.get_secret_value(), clock)} if secret else {}


@dataclass(frozen=True)
class _Making:
    """Makes studios as they are set up here."""

    settings: Settings
    home: Home
    clock: Clock
    settle: float

    def did(self, client: httpx.AsyncClient, url: str) -> Studio:
        key = _key(self.settings.did_api_key)
        elevenlabs = self.settings.elevenlabs_api_key
        return DidStudio(
            key,
            url,
            client=client,
            clock=self.clock,
            cache=self.home.folder / "cache",
            host=self._host(client, url, key),
            hook=_hook(self.settings, self.home.seal, "did"),
            auth=self.settings.did_auth,
            v4_path=self.settings.did_v4_path,
            elevenlabs_key=elevenlabs.get_secret_value() if elevenlabs else None,
            settle=self.settle,
            in_use=partial(self.home.jobs.in_use, "did"),
            alone=not self.home.database.shared,
        )

    def heygen(self, client: httpx.AsyncClient, url: str) -> Studio:
        return HeygenStudio(
            _key(self.settings.heygen_api_key),
            url,
            client=client,
            clock=self.clock,
            cache=self.home.folder / "cache",
            hook=_hook(self.settings, self.home.seal, "heygen"),
            version=self.settings.heygen_api_version,
            settle=self.settle,
            in_use=partial(self.home.jobs.in_use, "heygen"),
            alone=not self.home.database.shared,
        )

    def _host(self, client: httpx.AsyncClient, url: str, key: str) -> Host | None:
        """Where a studio can fetch files: at our own address, or beside the studio when that is on this machine."""
        if self.settings.public_url:
            return PublicHost(self.settings.public_url, self.home.seal, self.clock, self.home.shelf.path)
        return BucketHost(client, url, key) if _loopback(url) else None


def _key(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else SANDBOX_KEY


def _urls(settings: Settings, sandbox: str | None) -> dict[str, str]:
    """Where each studio is."""
    if sandbox:
        return {"did": sandbox, "heygen": sandbox}
    keys = {"did": settings.did_api_key, "heygen": settings.heygen_api_key}
    return {name: url for name, url in _real(settings).items() if keys[name]}


def _real(settings: Settings) -> dict[str, str]:
    return {"did": settings.did_api_url, "heygen": settings.heygen_api_url}


def _hosts(settings: Settings, by_name: dict[str, Studio]) -> str:
    """Where videos are made for real."""
    urls = _real(settings)
    return " and ".join(urlsplit(urls[name]).netloc for name in by_name if name in urls) or "nowhere"


def _hook(settings: Settings, seal: Seal, studio: str) -> Callable[[Job], str | None]:
    """Where a studio is to call about a job: the same address each time, so that a repeated call has the same body."""

    def hook(job: Job) -> str | None:
        if not settings.public_url.startswith("https://"):
            return None  # studios call nothing else
        return f"{settings.public_url}/hooks/{studio}/{seal.close('hook', job.id, job.asked_at + HOOK_LIVES)}"

    return hook


def _loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


async def _sandbox(stack: AsyncExitStack, settings: Settings, folder: Path) -> str:
    """The vendors' twin on this machine; its parts are an extra because some of them are GPL."""
    if any(importlib.util.find_spec(name) is None for name in ("av", "numpy", "espeakng_loader")):
        raise Broken(
            "There is no DID_API_KEY or HEYGEN_API_KEY, and the sandbox is not installed. Set a key, or install the "
            "sandbox with: pip install -r requirements-demo.txt"
        )
    from adapters.sandbox.sandbox import Sandbox
    from adapters.sandbox.serving import serve

    sandbox = await stack.enter_async_context(
        Sandbox(folder / "studio", key=SANDBOX_KEY, credits=settings.sandbox_credits)
    )
    return await stack.enter_async_context(serve(sandbox))
