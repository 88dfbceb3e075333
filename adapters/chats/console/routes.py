"""The console's HTTP routes, their checks, and their error responses."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from adapters.chats.console import actions, files, queries
from adapters.chats.console.access import ConsoleAccess, ForbiddenOrigin, LoginRequired, OutdatedPage
from adapters.chats.console.context import ConsoleContext
from adapters.chats.console.messages import Persona, find_persona
from adapters.chats.console.static_files import STARTING_RESPONSE
from bot.errors import Refused, Trouble, TryAgain

log = structlog.get_logger(__name__)

STARTING_TEXT = "didtalk is restarting. This page reconnects by itself."
UNEXPECTED_ERROR_TEXT = "Unexpected error. Details are in the server log."
API_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# The first that fits; the first three are kinds of refusals.
ERROR_STATUSES: Mapping[type[Trouble], int] = {
    OutdatedPage: 409,
    ForbiddenOrigin: 403,
    LoginRequired: 401,
    TryAgain: 503,
    Refused: 422,
}

ReadHandler = Callable[[ConsoleContext, Persona, Request], Awaitable[Any]]
ChangeHandler = Callable[[ConsoleContext, Persona, actions.RequestBody], Awaitable[Any]]
RequestHandler = Callable[[ConsoleContext, Request], Awaitable[Response]]

READ_HANDLERS: Mapping[str, ReadHandler] = {
    "messages": queries.older_messages,
    "form": queries.open_form,
    "suggest": queries.suggest_choices,
    "faults": queries.list_faults,
}
CHANGE_HANDLERS: Mapping[str, ChangeHandler] = {
    "say": actions.send_message,
    "ask": actions.submit_form,
    "press": actions.press_button,
    "react": actions.toggle_reaction,
    "remove": actions.delete_message,
    "channel": actions.open_channel,
    "arm": actions.arm_fault,
    "restart": actions.restart_bot,
}


class ConsoleRoutes:
    def __init__(self, access: ConsoleAccess, current_context: Callable[[], ConsoleContext | None]) -> None:
        self._access = access
        self._current_context = current_context

    def build_routes(self) -> list[BaseRoute]:
        page, api = self._guarded(self._serve_page, is_page=True), "/console/api"
        return [
            Route("/", RedirectResponse("/console")),
            Route("/console", page),
            Route("/console/", page),
            Route("/console/login", self._guarded(self._log_in, without_login=True, is_page=True), methods=["POST"]),
            Route("/console/static/{version}/{name}", self._guarded(self._serve_static, without_login=True)),
            Route("/console/files/{role:str}/{key}", self._guarded(files.serve_file)),
            Route(f"{api}/start", self._guarded(_read_endpoint(self._start))),
            Route(f"{api}/stream", self._guarded(self._serve_stream)),
            Route(f"{api}/sample", self._guarded(queries.serve_sample)),
            Route(f"{api}/files", self._guarded(self._serve_upload), methods=["POST"]),
            *(Route(f"{api}/{name}", self._guarded(_read_endpoint(work))) for name, work in READ_HANDLERS.items()),
            *(
                Route(f"{api}/{name}", self._guarded(self._change_endpoint(work)), methods=["POST"])
                for name, work in CHANGE_HANDLERS.items()
            ),
        ]

    def _guarded(
        self, handler: RequestHandler, *, without_login: bool = False, is_page: bool = False
    ) -> Callable[[Request], Any]:
        """Check access, and turn every error into a response with a sentence. Pages may be opened from other sites."""

        async def respond(request: Request) -> Response:
            context = self._current_context()
            if context is None:
                return STARTING_RESPONSE if is_page else _sentence_response(STARTING_TEXT, 503, again=True)
            try:
                if not without_login:
                    self._access.check_login(request, context.core)
                if not is_page:
                    self._access.check_read(request)
                return await handler(context, request)
            except Trouble as trouble:
                if is_page and not isinstance(trouble, ForbiddenOrigin):
                    message = trouble.sentence if request.method == "POST" else ""
                    return context.pages.serve_page("login.html", _error_status(trouble), message)
                return _error_response(trouble)
            except Exception:
                log.exception("console request failed", path=request.url.path)
                return _sentence_response(UNEXPECTED_ERROR_TEXT, 500)

        return respond

    def _change_endpoint(self, handler: ChangeHandler) -> RequestHandler:
        async def respond(context: ConsoleContext, request: Request) -> Response:
            who = self._check_change(context, request)
            return JSONResponse(await handler(context, who, await actions.read_body(request)), headers=API_HEADERS)

        return respond

    def _check_change(self, context: ConsoleContext, request: Request) -> Persona:
        self._access.check_change(request, context.core, context.pages.version)
        return find_persona(request.headers.get("x-didtalk-as"))

    async def _serve_page(self, context: ConsoleContext, _: Request) -> Response:
        return context.pages.serve_page("index.html")

    async def _serve_static(self, context: ConsoleContext, request: Request) -> Response:
        return await context.pages.serve_file(request)

    async def _log_in(self, context: ConsoleContext, request: Request) -> Response:
        self._access.check_same_origin(request)
        given = parse_qs((await request.body())[:2000].decode("utf-8", "replace")).get("token", [""])[0]
        return self._access.log_in(given, request.url.scheme == "https", context.core)

    async def _start(self, context: ConsoleContext, who: Persona, _: Request) -> dict[str, Any]:
        page_token = self._access.issue_page_token(context.core, context.pages.version)
        return await queries.initial_state(context, who) | {"token": page_token}

    async def _serve_stream(self, context: ConsoleContext, request: Request) -> Response:
        who = find_persona(request.query_params.get("as"))
        since = request.headers.get("last-event-id") or request.query_params.get("since", "0")
        if not since.isdecimal():
            raise Refused("“since” must be a number.")
        hello = {"version": context.pages.version, "now": context.core.clock.now()}
        events = context.feed.events(context.message_store, who.id, int(since), hello)
        return StreamingResponse(
            events, media_type="text/event-stream", headers=API_HEADERS | {"X-Accel-Buffering": "no"}
        )

    async def _serve_upload(self, context: ConsoleContext, request: Request) -> Response:
        who = self._check_change(context, request)
        file = await files.accept_upload(context, request, who.id)
        return JSONResponse(file.model_dump(mode="json"), headers=API_HEADERS)


def _read_endpoint(handler: ReadHandler) -> RequestHandler:
    async def respond(context: ConsoleContext, request: Request) -> Response:
        who = find_persona(request.query_params.get("as"))
        return JSONResponse(await handler(context, who, request), headers=API_HEADERS)

    return respond


def _error_response(trouble: Trouble) -> Response:
    outdated = isinstance(trouble, OutdatedPage | LoginRequired)
    more = {"reload": True} if outdated else {"field": getattr(trouble, "option", None)}
    return _sentence_response(trouble.sentence, _error_status(trouble), **more)


def _error_status(trouble: Trouble) -> int:
    return next((status for kind, status in ERROR_STATUSES.items() if isinstance(trouble, kind)), 502)


def _sentence_response(sentence: str, status: int, **more: Any) -> Response:
    # The client may still be sending; closing the connection stops it.
    return JSONResponse({"error": sentence, **more}, status, headers=API_HEADERS | {"Connection": "close"})
