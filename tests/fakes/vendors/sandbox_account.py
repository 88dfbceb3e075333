"""One account at a vendor, played by the sandbox on loopback: calls are recorded, and jobs end when a test says so."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.sandbox import Sandbox, serve
from adapters.sandbox.context import OwnCatalogue
from adapters.sandbox.renderer import encode_video
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import RenderOutcome, SandboxJob
from tests.fakes.clock import ManualClock

SAMPLE_VIDEO = encode_video("mp4")
ALWAYS = 10**9
MARK_FIELDS = ("user_data", "name", "source_url")


@dataclass(frozen=True)
class ReceivedCall:
    """A call as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


class CallRecorder:
    """Records each call on its way into the sandbox."""

    def __init__(self, app: ASGIApp, received_calls: list[ReceivedCall]) -> None:
        self._app, self._received_calls = app, received_calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = _parse_body(headers.get("content-type", ""), b"".join(each.get("body", b"") for each in messages))
        query = scope["query_string"].decode()
        self._received_calls.append(ReceivedCall(scope["method"], scope["path"], query, headers, body))

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


class SandboxAccount:
    """The account, and what a test can do to it."""

    paid_paths: tuple[str, ...] = ()

    def __init__(self, sandbox: Sandbox, own: OwnCatalogue) -> None:
        self.sandbox, self.own = sandbox, own
        self.url = ""
        self.received_calls: list[ReceivedCall] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, clock: ManualClock, own: OwnCatalogue, **options: Any) -> AsyncIterator[Self]:
        """Served until the test is over; nothing is rendered before it is asked for."""
        home = Path(mkdtemp(prefix="vendor-", dir=folder))
        async with Sandbox(home, instant=True, renders=0, clock=clock.now, own=own, **options) as sandbox:
            account = cls(sandbox, own)
            sandbox.app.add_middleware(CallRecorder, received_calls=account.received_calls)
            sandbox.arm_fault("no-hook", times=ALWAYS)
            async with serve(sandbox) as account.url:
                yield account

    def fail_next(self, method: str, path: str, status: int = 0, body: Any = None, **more: Any) -> None:
        """Let the next such call fail: with an answer, or without one (`hangs_up`), `still_processed` or not."""
        name, value = "respond", f"{status} {body if isinstance(body, str) else json.dumps(body)}"
        if more.pop("hangs_up", False):
            name, value = ("lost", "") if more.pop("still_processed", False) else ("hang", "0")
        if retry_after := more.pop("retry_after", ""):
            name, value = "429", retry_after
        self.sandbox.arm_fault(name, value, method=method, path=path, **more)

    def close_path(self, path: str, answer: str) -> None:
        """Serve nothing below a path any more."""
        self.sandbox.arm_fault("respond", answer, times=ALWAYS, path=path)

    def open_path(self, path: str) -> None:
        """Serve a path again."""
        self.sandbox.context.faults.disarm("respond", path)

    def show_only(self, *fields: str, lists: bool = False) -> None:
        """Show no other marks of a job than these; `lists` only leaves single jobs as they are."""
        hidden = "+".join(name for name in MARK_FIELDS if name not in fields)
        self.sandbox.arm_fault("omit", f"{'list:' if lists else ''}{hidden}", times=ALWAYS, method="GET")

    def find_calls(self, method: str = "", path: str = "") -> list[ReceivedCall]:
        return [each for each in self.received_calls if method in ("", each.method) and each.path.startswith(path)]

    def count_calls(self) -> Counter[str]:
        """How often each kind of call came."""
        return Counter(f"{each.method} {each.path.split('/')[1]}" for each in self.received_calls)

    def paid_calls(self) -> list[ReceivedCall]:
        """The calls that made a video."""
        return [each for each in self.received_calls if each.method == "POST" and each.path in self.paid_paths]

    async def list_jobs(self, *kinds: str) -> list[SandboxJob]:
        """All jobs of some kinds, oldest first."""
        database = self.sandbox.context.database
        rows = await database.fetch_all("SELECT id, kind FROM jobs ORDER BY seq")
        found = [await jobs.find_job(database, row["id"]) for row in rows if not kinds or row["kind"] in kinds]
        return [job for job in found if job]

    async def finish_jobs(self, idents: Sequence[str] = (), outcome: RenderOutcome | None = None) -> None:
        """Let jobs end, well unless an outcome is given."""
        for ident in idents or [job.id for job in await self.list_jobs()]:
            await self.sandbox.end_job(ident, outcome)

    async def forget_jobs(self, idents: Sequence[str] = ()) -> None:
        """The vendor no longer has these jobs."""
        for ident in idents or [job.id for job in await self.list_jobs()]:
            await jobs.delete_job(self.sandbox.context.database, ident)

    async def break_downloads(self, name: str, times: int) -> None:
        """Let the next downloads of every video be `truncated` or its links `expired`."""
        for job in await self.list_jobs():
            await self.sandbox.add_job_fault(job.id, name, str(times))


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
