"""The studios that have an API key; without any key, the sandbox for all of them."""

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
from adapters.sandbox_client import SandboxClient
from adapters.studios.did.studio import DidStudio
from adapters.studios.heygen.studio import HeygenStudio
from adapters.studios.heygen.webhooks import WebhookVerifier
from bot.desk.chat_context import FaultControl
from bot.errors import Broken
from bot.jobs.job import Job
from bot.requests.media import FileHost
from bot.runtime.clock import Clock
from bot.security.signed_tokens import TokenSigner
from bot.settings import Settings
from bot.studios.studio import SETTLE_SECONDS, Studio
from bot.wiring.persistence import Persistence

SANDBOX_KEY = "sandbox:sandbox"
WEBHOOK_LINK_LIFETIME_SECONDS = 30 * 86400.0


@dataclass(frozen=True)
class StudioSet:
    by_name: dict[str, Studio]
    studio_hosts: str  # where videos are made: "sandbox", or the studios' hosts
    local_url: str = ""  # a studio's address on this machine, which alone may be private
    fault_control: FaultControl | None = None


@asynccontextmanager
async def open_studios(
    settings: Settings,
    persistence: Persistence,
    clock: Clock,
    *,
    http_client: httpx.AsyncClient | None = None,
    settle_seconds: float = SETTLE_SECONDS,
) -> AsyncIterator[StudioSet]:
    """Every studio that has a key, each with its own HTTP client."""
    async with AsyncExitStack() as stack:
        sandbox = None if settings.has_studio_key else await _start_sandbox(stack, settings, persistence.folder)
        factory = _StudioFactory(settings, persistence, clock, settle_seconds)
        by_name: dict[str, Studio] = {}
        keys = {"did": settings.did.api_key, "heygen": settings.heygen.api_key}
        urls = {name: sandbox or url for name, url in _vendor_urls(settings).items() if sandbox or keys[name]}
        fault_control: FaultControl | None = None
        for name, url in urls.items():
            client = await stack.enter_async_context(open_client(home_url=url)) if http_client is None else http_client
            by_name[name] = factory.build_did(client, url) if name == "did" else factory.build_heygen(client, url)
            fault_control = SandboxClient(client, sandbox, SANDBOX_KEY) if sandbox else None
        studio_hosts = "sandbox" if sandbox else vendor_hosts(settings, by_name)
        local_url = next((url for url in urls.values() if url.startswith("http://")), "")
        yield StudioSet(by_name, studio_hosts, local_url, fault_control)


def webhook_endpoints(settings: Settings, clock: Clock) -> dict[str, WebhookVerifier]:
    """Registered webhook endpoints, whose deliveries are signed with their own secret."""
    secret = settings.heygen.webhook_secret.get_secret_value()
    return {"heygen": WebhookVerifier(secret, clock)} if secret else {}


@dataclass(frozen=True)
class _StudioFactory:
    settings: Settings
    persistence: Persistence
    clock: Clock
    settle_seconds: float

    def build_did(self, client: httpx.AsyncClient, url: str) -> Studio:
        key = _api_key(self.settings.did.api_key)
        return DidStudio(
            key,
            url,
            http=client,
            clock=self.clock,
            cache_folder=self.persistence.folder / "cache",
            host=self._file_host(client, url, key),
            webhook_url_for=_webhook_url_maker(self.settings, self.persistence.signer, "did"),
            auth=self.settings.did.auth,
            v4_path=self.settings.did.v4_path,
            elevenlabs_key=self.settings.elevenlabs.api_key.get_secret_value() or None,
            settle_seconds=self.settle_seconds,
            in_use=partial(self.persistence.jobs.upload_in_use, "did"),
            single_process=not self.persistence.database.shared,
        )

    def build_heygen(self, client: httpx.AsyncClient, url: str) -> Studio:
        return HeygenStudio(
            _api_key(self.settings.heygen.api_key),
            url,
            http=client,
            clock=self.clock,
            cache_folder=self.persistence.folder / "cache",
            webhook_url_for=_webhook_url_maker(self.settings, self.persistence.signer, "heygen"),
            version=self.settings.heygen.api_version,
            settle_seconds=self.settle_seconds,
            in_use=partial(self.persistence.jobs.upload_in_use, "heygen"),
            single_process=not self.persistence.database.shared,
        )

    def _file_host(self, client: httpx.AsyncClient, url: str, key: str) -> FileHost | None:
        """Where a studio can fetch files: at our address, or from the sandbox on this machine."""
        if self.settings.public_url:
            return PublicHost(
                self.settings.public_url, self.persistence.signer, self.clock, self.persistence.shelf.path_of
            )
        return BucketHost(client, url, key) if _is_loopback(url) else None


def _api_key(secret: SecretStr) -> str:
    return secret.get_secret_value() or SANDBOX_KEY


def _vendor_urls(settings: Settings) -> dict[str, str]:
    return {"did": settings.did.api_url, "heygen": settings.heygen.api_url}


def vendor_hosts(settings: Settings, by_name: dict[str, Studio]) -> str:
    urls = _vendor_urls(settings)
    hosts = dict.fromkeys(urlsplit(urls[name]).netloc for name in by_name if name in urls)
    return " and ".join(hosts) or "nowhere"


def _webhook_url_maker(settings: Settings, signer: TokenSigner, studio: str) -> Callable[[Job], str | None]:
    """The webhook address of a job: always the same, so that a repeated call has the same body."""

    def webhook_url(job: Job) -> str | None:
        if not settings.public_url.startswith("https://"):
            return None  # studios call only https
        token = signer.sign("hook", job.id, job.asked_at + WEBHOOK_LINK_LIFETIME_SECONDS)
        return f"{settings.public_url}/hooks/{studio}/{token}"

    return webhook_url


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


async def _start_sandbox(stack: AsyncExitStack, settings: Settings, folder: Path) -> str:
    """The sandbox on this machine; its libraries are an extra because some of them are GPL."""
    if any(importlib.util.find_spec(name) is None for name in ("av", "numpy", "espeakng_loader", "mtcnn")):
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
