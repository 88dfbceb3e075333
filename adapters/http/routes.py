"""The HTTP routes: webhooks from studios, media that studios fetch, health and metrics."""

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
from starlette.types import ASGIApp

from adapters.http.body_limits import BodyLimitMiddleware
from bot.errors import Refused, Trouble
from bot.requests.media import clean_file_name
from bot.runtime.clock import Clock
from bot.security.signed_tokens import TokenSigner

log = structlog.get_logger(__name__)

MAX_WEBHOOK_BYTES = 1 << 20  # a webhook is only a hint
# What a link may lead to; all else has no type that a browser would act on.
MEDIA_TYPES = {
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mp3": "audio/mpeg", "wav": "audio/wav",
    "m4a": "audio/mp4", "flac": "audio/flac", "ogg": "audio/ogg", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "png": "image/png", "gif": "image/gif", "webp": "image/webp", "srt": "application/x-subrip",
}  # fmt: skip
MEDIA_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class WebhookEndpoint(Protocol):
    """A studio's registered endpoint, whose deliveries are signed."""

    def is_signed(self, headers: Mapping[str, str]) -> bool:
        """Whether a delivery carries a signature at all."""
        ...

    def check_delivery(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """The status to answer a delivery with at once; None when it is valid and new."""
        ...

    def forget_delivery(self, headers: Mapping[str, str], body: bytes) -> None:
        """A delivery could not be processed: it is new when it is sent again."""
        ...

    def job_id(self, body: bytes) -> str | None:
        """The id of the job it is about, if it is about one."""
        ...


class HttpRoutes:
    def __init__(
        self,
        signer: TokenSigner,
        clock: Clock,
        nudge: Callable[[str], Awaitable[None]],
        shelf_path: Callable[[str], Path],
        is_ready: Callable[[], Awaitable[bool]],
        registry: CollectorRegistry,
        chat_routes: Sequence[Any] = (),
        endpoints: Mapping[str, WebhookEndpoint] | None = None,
    ) -> None:
        self._endpoints = endpoints or {}
        self._signer = signer
        self._clock = clock
        self._nudge = nudge
        self._shelf_path = shelf_path
        self._is_ready = is_ready
        self._registry = registry
        self._chat_routes = list(chat_routes)

    @property
    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                *self._chat_routes,  # first, as they are called most
                Route("/hooks/{studio}/{token}", self._receive_webhook, methods=["POST", "GET", "OPTIONS"]),
                Route("/media/{token}/{name}", self._serve_media),
                Route("/healthz", self._report_health),
                Route("/readyz", self._report_readiness),
                Route("/metrics", self._serve_metrics),
            ],
            middleware=[Middleware(BodyLimitMiddleware)],
        )

    async def _receive_webhook(self, request: Request) -> Response:
        """A studio has news, which are then requested from the studio itself: a webhook is no more than a nudge."""
        if request.method != "POST":
            return PlainTextResponse("ok")  # HeyGen tries an address before it takes it
        job = self._signer.verify("hook", request.path_params["token"], self._clock.now())
        endpoint = self._endpoints.get(request.path_params["studio"])
        if job is None and endpoint is None:
            return PlainTextResponse("unknown", 404)
        body = await _read_bounded(request)
        if body is None:
            return PlainTextResponse("too long", 413)
        # The address of a single job is a secret; but a signature that is given must be right there too.
        if endpoint and (job is None or endpoint.is_signed(request.headers)):
            if status := endpoint.check_delivery(request.headers, body):
                return PlainTextResponse("already received" if status == 200 else "invalid signature", status)
            job = job or endpoint.job_id(body)
        try:
            if job:
                await self._nudge(job)
        except Trouble as trouble:  # such as a database that is down: the studio sends it again
            log.warning("webhook not processed", why=trouble.sentence)
            if endpoint:
                endpoint.forget_delivery(request.headers, body)
            return PlainTextResponse("try again later", 503, {"Retry-After": "10"})
        return PlainTextResponse("ok")

    async def _serve_media(self, request: Request) -> Response:
        key = self._signer.verify("media", request.path_params["token"], self._clock.now())
        path = self._find_file(key) if key else None
        if path is None:
            return PlainTextResponse("gone", 404)
        name = clean_file_name(request.path_params["name"]) or "file"  # anybody may change it: only the token is signed
        kind = MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        return FileResponse(path, filename=name, media_type=kind, headers=MEDIA_HEADERS)

    def _find_file(self, key: str) -> Path | None:
        try:
            path = self._shelf_path(key)
        except Refused:
            return None
        return path if path.is_file() else None

    async def _report_health(self, _: Request) -> Response:
        return JSONResponse({"ok": True})

    async def _report_readiness(self, _: Request) -> Response:
        ready = await self._is_ready()
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    async def _serve_metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


async def _read_bounded(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_WEBHOOK_BYTES:
            return None
    return bytes(body)
