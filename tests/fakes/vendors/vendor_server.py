"""A vendor's server over real HTTP, as far as all vendors are alike: it keeps what it was asked, and fails as told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.fakes.http_server import HttpTestServer, serve_app

SAMPLE_VIDEO = (  # a megabyte in the boxes of a film, the same each time, in which nothing moves
    b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x0f\xff\xf0mdat" + (bytes(range(256)) * 4096)[: (1 << 20) - 24]
)


@dataclass(frozen=True)
class ReceivedCall:
    """A call as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class VendorFault:
    """What goes wrong with the next calls of a kind."""

    method: str
    path: str
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    still_processed: bool = False  # what was asked is done all the same
    hangs_up: bool = False  # and then the line goes dead
    times: int = 1
    body_matches: Callable[[Any], bool] = lambda body: True


class FakeVendor:
    """One account at a vendor; what it answers is for each vendor to say."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.url = ""
        self.received_calls: list[ReceivedCall] = []
        self.files: dict[str, bytes] = {}
        self.faults: list[VendorFault] = []
        self.truncated_downloads = 0
        self.expired_files: set[str] = set()
        self._server: HttpTestServer | None = None

    def _serve(self, request: Request, body: Any) -> Response:
        raise NotImplementedError

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen until the test is over."""
        async with serve_app(self) as (self._server, self.url):
            yield self

    def fail_next(self, method: str, path: str, status: int = 0, body: Any = None, **more: Any) -> None:
        """Let the next such call go wrong."""
        self.faults.append(VendorFault(method, path, status, body, **more))

    def find_calls(self, method: str = "", path: str = "") -> list[ReceivedCall]:
        """What was asked, of a kind."""
        return [each for each in self.received_calls if method in ("", each.method) and each.path.startswith(path)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One call."""
        request = Request(scope, receive)
        answer = await self._respond(request)
        if answer is None:
            assert self._server
            self._server.drop_client(scope["client"])
            return
        await answer(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        path = request.url.path
        if path.startswith("/files/"):
            return self._serve_file(request)
        body = _parse_body(request.headers.get("content-type", ""), await request.body())
        self.received_calls.append(
            ReceivedCall(request.method, path, dict(request.query_params), dict(request.headers), body)
        )
        fault = next((f for f in self.faults if _fault_matches(f, request.method, path, body)), None)
        if fault is None:
            return self._serve(request, body)
        fault.times -= 1
        self.faults = [each for each in self.faults if each.times > 0]
        done = self._serve(request, body) if fault.still_processed else None
        if fault.hangs_up:
            return None
        if fault.status == 0 or done:
            return done
        if isinstance(fault.body, str):
            return HTMLResponse(fault.body, fault.status, fault.headers)
        return JSONResponse(fault.body, fault.status, fault.headers)

    def _serve_file(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        self.received_calls.append(
            ReceivedCall("GET", f"/files/{name}", dict(request.query_params), dict(request.headers), None)
        )
        if name in self.expired_files:
            return HTMLResponse("<Error>expired</Error>", 403)
        if name not in self.files:
            return Response(status_code=404)
        whole = self.files[name]
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        headers = {"accept-ranges": "bytes", "etag": '"same"'}
        content = whole[start:]
        if self.truncated_downloads:
            self.truncated_downloads -= 1
            assert self._server
            half = content[: len(content) // 2]
            return _TruncatedResponse(half, 206 if start else 200, headers, len(content), self._server.drop_client)
        return Response(content, 206 if start else 200, headers, "video/mp4")


class _TruncatedResponse(Response):
    """Announces more than it sends."""

    def __init__(
        self, content: bytes, status: int, headers: dict[str, str], length: int, hang_up: Callable[[Any], None]
    ) -> None:
        super().__init__(content, status, headers, "video/mp4")
        self._length, self._hang_up = length, hang_up

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.headers["content-length"] = str(self._length)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await asyncio.sleep(0.05)
        self._hang_up(scope["client"])


def _fault_matches(fault: VendorFault, method: str, path: str, body: Any) -> bool:
    return fault.method == method and path.startswith(fault.path) and fault.body_matches(body)


def _parse_body(kind: str, content: bytes) -> Any:
    if kind.startswith("multipart/"):
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
        return dict(_parse_part(part) for part in message.get_payload())
    if kind.startswith("application/json"):
        return json.loads(content) if content else None
    return content or None


def _parse_part(part: Any) -> tuple[str, Any]:
    name = str(part.get_param("name", header="content-disposition"))
    content = part.get_payload(decode=True)
    file = part.get_filename()
    return name, (file, content) if file else content.decode()
