"""The one HTTP surface: hooks from studios, media that studios fetch, and how we are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.body_limits import Intake
from bot.errors import Refused, Trouble
from bot.runtime.clock import Clock
from bot.security.file_names import shown
from bot.security.signed_tokens import Seal

log = structlog.get_logger(__name__)

HOOK_MOST = 1 << 20  # a hook is a hint; nobody needs a megabyte to give one
# What a link may lead to; all else has no type that a browser would act on.
TYPES = {
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mp3": "audio/mpeg", "wav": "audio/wav",
    "m4a": "audio/mp4", "flac": "audio/flac", "ogg": "audio/ogg", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "png": "image/png", "gif": "image/gif", "webp": "image/webp", "srt": "application/x-subrip",
}  # fmt: skip
APART = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Endpoint(Protocol):
    """A studio's registered endpoint, whose deliveries are signed."""

    def signed(self, headers: Mapping[str, str]) -> bool:
        """Whether a delivery carries a signature at all."""
        ...

    def answer(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """The status to answer a delivery with at once; None when it is to be believed and is news."""
        ...

    def forget(self, headers: Mapping[str, str], body: bytes) -> None:
        """Nothing came of a delivery: it is new when it is sent again."""
        ...

    def job(self, body: bytes) -> str | None:
        """The id of the job it is about, if it is about one."""
        ...


class Web:
    """Builds the Starlette app."""

    def __init__(
        self,
        seal: Seal,
        clock: Clock,
        nudge: Callable[[str], Awaitable[None]],
        shelf: Callable[[str], Path],
        ready: Callable[[], Awaitable[bool]],
        registry: CollectorRegistry,
        chats: Sequence[Any] = (),
        endpoints: Mapping[str, Endpoint] | None = None,
    ) -> None:
        self._endpoints = endpoints or {}
        self._seal = seal
        self._clock = clock
        self._nudge = nudge
        self._shelf = shelf
        self._ready = ready
        self._registry = registry
        self._chats = list(chats)

    @property
    def app(self) -> ASGIApp:
        """The app to serve."""
        straight = {each.path: Intake(each.app) for each in self._chats if _whole(each)}
        return _Fork(straight, self._routed())

    def _routed(self) -> Starlette:
        return Starlette(
            routes=[
                *self._chats,  # first, for they are called the most
                Route("/hooks/{studio}/{token}", self._hook, methods=["POST", "GET", "OPTIONS"]),
                Route("/media/{token}/{name}", self._media),
                Route("/healthz", self._health),
                Route("/readyz", self._readiness),
                Route("/metrics", self._metrics),
            ],
            middleware=[Middleware(Intake)],
        )

    async def _hook(self, request: Request) -> Response:
        """A studio has news; what they are is asked of the studio itself: a hook is no more than a nudge."""
        if request.method != "POST":
            return PlainTextResponse("ok")  # HeyGen tries an address before it takes it
        job = self._seal.open("hook", request.path_params["token"], self._clock.now())
        endpoint = self._endpoints.get(request.path_params["studio"])
        if job is None and endpoint is None:
            return PlainTextResponse("unknown", 404)
        body = await _bounded(request)
        if body is None:
            return PlainTextResponse("too long", 413)
        # The address of a single job is its secret; but a signature that is given must be right there too.
        if endpoint and (job is None or endpoint.signed(request.headers)):
            if status := endpoint.answer(request.headers, body):
                return PlainTextResponse("heard before" if status == 200 else "not believed", status)
            job = job or endpoint.job(body)
        try:
            if job:
                await self._nudge(job)
        except Trouble as trouble:  # such as a database that is away: a studio that is told so comes again
            log.warning("news not taken", why=trouble.sentence)
            if endpoint:
                endpoint.forget(request.headers, body)
            return PlainTextResponse("come again", 503, {"Retry-After": "10"})
        return PlainTextResponse("ok")

    async def _media(self, request: Request) -> Response:
        """A file that a studio was given the address of."""
        key = self._seal.open("media", request.path_params["token"], self._clock.now())
        path = self._file(key) if key else None
        if path is None:
            return PlainTextResponse("gone", 404)
        name = shown(request.path_params["name"]) or "file"  # anybody may change it: only the token is signed
        kind = TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        return FileResponse(path, filename=name, media_type=kind, headers=APART)

    def _file(self, key: str) -> Path | None:
        try:
            path = self._shelf(key)
        except Refused:
            return None
        return path if path.is_file() else None

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"ok": True})

    async def _readiness(self, _: Request) -> Response:
        ready = await self._ready()
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class _Fork:
    """Leads to addresses that need no routing at once, because finding the way costs more than reading a command."""

    def __init__(self, straight: Mapping[str, ASGIApp], rest: ASGIApp) -> None:
        self._straight = straight
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._straight.get(scope.get("path", ""), self._rest)(scope, receive, send)


def _whole(route: Any) -> bool:
    """Whether a route is one address with an app of its own, which also answers to every method."""
    return isinstance(route, Route) and route.methods is None and "{" not in route.path


async def _bounded(request: Request) -> bytes | None:
    """The whole body, unless it is longer than a hint can be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > HOOK_MOST:
            return None
    return bytes(body)
