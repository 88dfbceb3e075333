"""The console's part of the HTTP surface: every address, what guards it, and how a refusal is answered."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from adapters.chats.console import actions, fault_injection, files, queries
from adapters.chats.console.access import Foreign, Guard, Locked, Old
from adapters.chats.console.context import Inside
from adapters.chats.console.people import Persona, persona
from adapters.chats.console.request_body import Given, read
from bot.errors import Refused, Trouble, TryAgain

log = structlog.get_logger(__name__)

STARTING = "didtalk is starting again; this page goes on by itself in a moment."
ODD = "Something went wrong here that should not have; what exactly is in didtalk's log."
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Read = Callable[[Inside, Persona, Request], Awaitable[Any]]
Change = Callable[[Inside, Persona, Given], Awaitable[Any]]
Work = Callable[[Inside, Request], Awaitable[Response]]

READS: Mapping[str, Read] = {
    "messages": queries.messages,
    "form": queries.form,
    "suggest": queries.suggest,
    "faults": fault_injection.faults,
}
CHANGES: Mapping[str, Change] = {
    "say": actions.say,
    "ask": actions.ask,
    "press": actions.press,
    "react": actions.react,
    "remove": actions.remove,
    "channel": actions.channel,
    "arm": fault_injection.arm,
    "restart": fault_injection.restart,
}


class Routes:
    """Builds the routes round whatever console is open at the moment."""

    def __init__(self, guard: Guard, inside: Callable[[], Inside | None]) -> None:
        self._guard = guard
        self._inside = inside

    def all(self) -> list[BaseRoute]:
        """Every address."""
        page, api = self._answering(self._page, data=False), "/console/api"
        return [
            Route("/console", page),
            Route("/console/", page),
            Route("/console/login", self._answering(self._log_in, locked=True, data=False), methods=["POST"]),
            Route("/console/static/{version}/{name}", self._answering(self._part, locked=True)),
            Route("/console/files/{role:str}/{key}", self._answering(files.give)),
            Route(f"{api}/start", self._answering(self._start)),
            Route(f"{api}/stream", self._answering(self._stream)),
            Route(f"{api}/sample", self._answering(queries.sample)),
            Route(f"{api}/files", self._answering(self._upload), methods=["POST"]),
            *(Route(f"{api}/{name}", self._answering(_reading(work))) for name, work in READS.items()),
            *(
                Route(f"{api}/{name}", self._answering(self._changing(work)), methods=["POST"])
                for name, work in CHANGES.items()
            ),
        ]

    def _answering(self, work: Work, *, locked: bool = False, data: bool = True) -> Callable[[Request], Any]:
        """The edge: let in who may, and answer in a sentence whatever goes wrong."""

        async def answer(request: Request) -> Response:
            inside = self._inside()
            if inside is None:
                return _no(STARTING, 503, again=True)
            try:
                if not locked:
                    self._guard.enter(request, inside.door.seal, inside.door.clock)
                if data:
                    self._guard.read(request)
                return await work(inside, request)
            except Locked as refusal:
                return inside.pages.page("login.html", 401) if not data else _no(refusal.sentence, 401, reload=True)
            except Trouble as trouble:
                return _refused(trouble)
            except Exception:
                log.exception("console request failed", path=request.url.path)
                return _no(ODD, 500)

        return answer

    def _changing(self, work: Change) -> Work:
        async def change(inside: Inside, request: Request) -> Response:
            self._check(inside, request)
            who = persona(request.headers.get("x-didtalk-as"))
            return JSONResponse(await work(inside, who, await read(request)), headers=PRIVATE)

        return change

    def _check(self, inside: Inside, request: Request) -> None:
        self._guard.change(request, inside.door.seal, inside.door.clock, inside.pages.version)

    async def _page(self, inside: Inside, _: Request) -> Response:
        return inside.pages.page("index.html")

    async def _part(self, inside: Inside, request: Request) -> Response:
        return await inside.pages.part(request)

    async def _log_in(self, inside: Inside, request: Request) -> Response:
        self._guard.same(request)
        given = parse_qs((await request.body())[:2000].decode("utf-8", "replace")).get("token", [""])[0]
        secure = request.url.scheme == "https"
        return self._guard.log_in(given, secure, inside.door.seal, inside.door.clock)

    async def _start(self, inside: Inside, request: Request) -> Response:
        seal = self._guard.seal(inside.door.seal, inside.door.clock, inside.pages.version)
        who = persona(request.query_params.get("as"))
        return JSONResponse(await queries.start(inside, who) | {"token": seal}, headers=PRIVATE)

    async def _stream(self, inside: Inside, request: Request) -> Response:
        who = persona(request.query_params.get("as"))
        since = request.headers.get("last-event-id") or request.query_params.get("since", "0")
        if not since.isdecimal():
            raise Refused("“since” must be a number.")
        hello = {"version": inside.pages.version, "now": inside.door.clock.now()}
        events = inside.feed.events(inside.wall, who.id, int(since), hello)
        return StreamingResponse(events, media_type="text/event-stream", headers=PRIVATE | {"X-Accel-Buffering": "no"})

    async def _upload(self, inside: Inside, request: Request) -> Response:
        self._check(inside, request)
        who = persona(request.headers.get("x-didtalk-as"))
        file = await files.take(inside, request, who.id)
        return JSONResponse(file.model_dump(mode="json"), headers=PRIVATE)


def _reading(work: Read) -> Work:
    async def look(inside: Inside, request: Request) -> Response:
        who = persona(request.query_params.get("as"))
        return JSONResponse(await work(inside, who, request), headers=PRIVATE)

    return look


def _refused(trouble: Trouble) -> Response:
    if isinstance(trouble, Old):
        return _no(trouble.sentence, 409, reload=True)
    if isinstance(trouble, Foreign):
        return _no(trouble.sentence, 403)
    if isinstance(trouble, TryAgain):
        return _no(trouble.sentence, 503)
    option = trouble.option if isinstance(trouble, Refused) else None
    return _no(trouble.sentence, 422 if isinstance(trouble, Refused) else 502, field=option)


def _no(sentence: str, status: int, **more: Any) -> Response:
    # Whoever is refused may still be sending; closing the line spares both the rest of it.
    return JSONResponse({"error": sentence, **more}, status, headers=PRIVATE | {"Connection": "close"})
