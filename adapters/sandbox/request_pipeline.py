"""The way every call takes: counted, faults struck, key checked, handled, answered in the vendor's words."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.sandbox.broken_responses import HangupResponse
from adapters.sandbox.context import ApiCall, SandboxContext
from adapters.sandbox.fault_injection import FAULT_HEADER, InjectedFault, UnknownFault, parse_fault_header

log = structlog.get_logger(__name__)

Handler = Callable[[ApiCall], Awaitable[Response]]


class ApiError(Exception):
    """Stops a call; carries the whole answer, so that every vendor spells its errors its own way."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code, response.body)
        self.response = response


@dataclass(frozen=True)
class ApiConventions:
    """How a vendor checks keys, raising its own error, and spells what went wrong."""

    check_key: Callable[[ApiCall], None]
    error: Callable[[int, str], ApiError]  # of a status (400, 405, 429 or 500), in the vendor's words or in these


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    handler: Handler
    public: bool = False  # needs no key: a signed or public link


class Operations(list[Operation]):
    """What a module answers."""

    def on(self, method: str, path: str, *, public: bool = False) -> Callable[[Handler], Handler]:
        """Register the function below as the handler of a method on a path."""

        def register(handler: Handler) -> Handler:
            self.append(Operation(method, path, handler, public))
            return handler

        return register


_BAD_GATEWAY_PAGE = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
)


@dataclass(frozen=True)
class PathEndpoint:
    """All methods of one path, as an ASGI application."""

    context: SandboxContext
    path: str
    operations: Mapping[str, Operation]
    conventions: ApiConventions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = ApiCall(Request(scope, receive), self.context)
        self.context.call_counts[call.request.method, self.path] += 1
        response = await self._respond(call)
        response.headers["date"] = formatdate(self.context.clock(), usegmt=True)
        await response(scope, receive, send)

    async def _respond(self, call: ApiCall) -> Response:
        try:
            return await self._handle_call(call)
        except ApiError as refusal:
            return refusal.response
        except UnknownFault as slip:
            return self.conventions.error(400, str(slip)).response
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("call failed", path=self.path)
            return self.conventions.error(500, "").response

    async def _handle_call(self, call: ApiCall) -> Response:
        operation = self.operations.get("GET" if call.request.method == "HEAD" else call.request.method)
        if operation is None:
            raise self.conventions.error(405, "")
        if operation.public:
            return await operation.handler(call)
        if not self.path.startswith("/sandbox"):
            armed = call.context.faults.take_matching(call.request.method, call.request.url.path)
            call.faults = armed + parse_fault_header(call.request.headers.get(FAULT_HEADER, ""))
        apply_answer_faults(call.faults, self.conventions)
        self.conventions.check_key(call)
        response = _own_answer(call) or await operation.handler(call)
        return _omit_fields(call, await _apply_accepted_faults(call, response))


def _own_answer(call: ApiCall) -> Response | None:
    """What the account's own catalogue shows in place of the stock."""
    answers = call.context.options.own.answers
    if call.request.method != "GET" or (answer := answers.get(call.request.url.path)) is None:
        return None
    return JSONResponse(answer(call.request.query_params) if callable(answer) else answer)


def _omit_fields(call: ApiCall, response: Response) -> Response:
    omitted = [fault.value for fault in call.faults if fault.name == "omit"]
    if not omitted or not isinstance(response, JSONResponse):
        return response
    content = json.loads(bytes(response.body))
    lists = [each for each in content.values() if isinstance(each, list)] if isinstance(content, dict) else []
    for value in omitted:
        names = value.removeprefix("list:").split("+")
        alone = [] if value.startswith("list:") or lists else [content, content.get("data")]
        for shown in (*alone, *(row for rows in lists for row in rows)):
            for name in names if isinstance(shown, dict) else ():
                shown.pop(name, None)
    return JSONResponse(content, response.status_code)


async def _apply_accepted_faults(call: ApiCall, response: Response) -> Response:
    for fault in call.faults if call.request.method == "POST" else ():
        if fault.name == "lost":
            return HangupResponse()
        if fault.name == "late":
            await asyncio.sleep(fault.seconds)
    return response


def apply_answer_faults(faults: Iterable[InjectedFault], conventions: ApiConventions) -> None:
    """Answer as the first such fault asks; those of a body's markers are known only once it has been read."""
    for fault in faults:
        if fault.phase == "answer":
            raise ApiError(_fault_response(fault, conventions))


def _fault_response(fault: InjectedFault, conventions: ApiConventions) -> Response:
    match fault.name:
        case "429":
            response = conventions.error(429, "").response
            # The time may also be a date, as the header allows.
            response.headers["Retry-After"] = fault.value if "GMT" in fault.value else f"{fault.seconds:g}"
            return response
        case "500":
            return conventions.error(500, "").response
        case "503":
            return JSONResponse({"message": "Service Unavailable"}, 503)
        case "504":
            return JSONResponse({"message": "Endpoint request timed out"}, 504)
        case "respond":
            return _given_response(fault.value)
        case "html":
            return HTMLResponse(_BAD_GATEWAY_PAGE, 502)
    return HangupResponse(fault.seconds)


def _given_response(value: str) -> Response:
    status, _, body = value.partition(" ")
    try:
        return JSONResponse(json.loads(body or "null"), int(status))
    except ValueError:
        return HTMLResponse(body, int(status) if status.isdigit() else 500)


def build_routes(context: SandboxContext, operations: Iterable[Operation], conventions: ApiConventions) -> list[Route]:
    """One route per path, whatever the method, so that a wrong one is answered in the vendor's words."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    # A brace sorts behind all letters, so fixed paths come before those with an id.
    return [Route(path, PathEndpoint(context, path, methods, conventions)) for path, methods in sorted(paths.items())]
