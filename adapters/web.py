"""The one HTTP surface: hooks from studios, media that studios fetch, and how we are."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.clock import Clock
from bot.errors import Refused
from bot.seal import Seal

log = structlog.get_logger(__name__)

HOOK_MOST = 1 << 20  # a hook is a hint; nobody needs a megabyte to give one


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
    ) -> None:
        self._seal = seal
        self._clock = clock
        self._nudge = nudge
        self._shelf = shelf
        self._ready = ready
        self._registry = registry
        self._chats = list(chats)

    @property
    def app(self) -> Starlette:
        """The app to serve."""
        return Starlette(
            routes=[
                Route("/hooks/{studio}/{token}", self._hook, methods=["POST"]),
                Route("/media/{token}/{name}", self._media),
                Route("/healthz", self._health),
                Route("/readyz", self._readiness),
                Route("/metrics", self._metrics),
                *self._chats,
            ]
        )

    async def _hook(self, request: Request) -> Response:
        """A studio has news; what they are is asked of the studio itself, so the body stays unread."""
        job = self._seal.open("hook", request.path_params["token"], self._clock.now())
        if job is None:
            return PlainTextResponse("unknown", 404)
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > HOOK_MOST:
                return PlainTextResponse("too long", 413)
        await self._nudge(job)
        return PlainTextResponse("ok")

    async def _media(self, request: Request) -> Response:
        """A file that a studio was given the address of."""
        key = self._seal.open("media", request.path_params["token"], self._clock.now())
        path = self._file(key) if key else None
        if path is None:
            return PlainTextResponse("gone", 404)
        return FileResponse(path, filename=request.path_params["name"], headers={"X-Content-Type-Options": "nosniff"})

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
