"""The way every call takes: counted, faults struck, key checked, handled, answered in the studio's words."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.sandbox.api_error import Refusal
from adapters.sandbox.broken_responses import Hangup
from adapters.sandbox.context import Call, House
from adapters.sandbox.fault_injection import HEADER, Fault, UnknownFault, headed

log = structlog.get_logger(__name__)

Handler = Callable[[Call], Awaitable[Response]]


class Manners(Protocol):
    """How a studio checks keys and spells what went wrong."""

    def admit(self, call: Call) -> None:
        """Raise the studio's refusal unless the call carries the key."""
        ...

    def wrong_verb(self) -> Refusal:
        """Neither this path nor that method."""
        ...

    def broken(self) -> Refusal:
        """An error inside the studio."""
        ...

    def busy(self, seconds: str) -> Refusal:
        """Too many calls."""
        ...

    def nonsense(self, sentence: str) -> Refusal:
        """A call that cannot be understood."""
        ...


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    run: Handler
    open: bool = False  # needs no key: a signed or public link


class Refuser:
    """Everything that is no path at all."""

    def __init__(self, house: House, manners: Manners) -> None:
        self._house = house
        self._manners = manners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse one call."""
        self._house.tally[scope["method"], "(unknown)"] += 1
        await self._manners.wrong_verb().response()(scope, receive, send)


_PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Door:
    """Every method of one path."""

    def __init__(self, house: House, path: str, operations: Mapping[str, Operation], manners: Manners) -> None:
        self._house = house
        self._path = path
        self._operations = operations
        self._manners = manners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        call = Call(Request(scope, receive), self._house)
        self._house.tally[call.request.method, self._path] += 1
        response = await self._answer(call)
        await response(scope, receive, send)

    async def _answer(self, call: Call) -> Response:
        try:
            return await self._handle(call)
        except Refusal as refusal:
            return refusal.response()
        except UnknownFault as slip:
            return self._manners.nonsense(str(slip)).response()
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("call_failed", path=self._path)
            return self._manners.broken().response()

    async def _handle(self, call: Call) -> Response:
        operation = self._operations.get("GET" if call.request.method == "HEAD" else call.request.method)
        if operation is None:
            raise self._manners.wrong_verb()
        if operation.open:
            return await operation.run(call)
        if not self._path.startswith("/sandbox"):
            call.faults = _asked(call)
        for fault in call.faults:
            if fault.when == "answer":
                return _strike(fault, self._manners)
        self._manners.admit(call)
        return await _afterwards(call, await operation.run(call))


async def _afterwards(call: Call, response: Response) -> Response:
    for fault in call.faults if call.request.method == "POST" else ():
        if fault.name == "lost":
            return Hangup()
        if fault.name == "late":
            await asyncio.sleep(fault.seconds)
    return response


def _asked(call: Call) -> list[Fault]:
    armed = call.house.faults.take(call.request.method, call.request.url.path)
    return armed + headed(call.request.headers.get(HEADER, ""))


def _strike(fault: Fault, manners: Manners) -> Response:
    match fault.name:
        case "429":
            raise manners.busy(f"{fault.seconds:g}")
        case "500":
            raise manners.broken()
        case "503":
            raise Refusal(503, {"message": "Service Unavailable"})
        case "504":
            raise Refusal(504, {"message": "Endpoint request timed out"})
        case "html":
            raise Refusal(502, _PAGE)
    return Hangup(fault.seconds)


def strike_written(faults: Iterable[Fault], manners: Manners) -> Response | None:
    """Strike what a body's markers ask for, known only once it has been read."""
    return next((_strike(fault, manners) for fault in faults if fault.when == "answer"), None)


def doors(house: House, operations: Iterable[Operation], manners: Manners) -> list[Route]:
    """One route per path, whatever the method, so that a wrong one is answered in the studio's words."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return [Route(path, Door(house, path, methods, manners)) for path, methods in paths.items()]
