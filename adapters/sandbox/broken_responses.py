"""Answers that misbehave on the wire."""

import asyncio
import contextlib
from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

HANGUP_EXTENSION = "sandbox.hangup"  # the scope extension by which our server lets an answer cut its own line


class HangupResponse(Response):
    """No answer at all: a pause, then the line is cut."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__()
        self._pause = pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # When the server closes meanwhile, the caller is to see the same cut line, not an error of ours.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(self._pause)
        await _cut_connection(scope, receive)


class TruncatedResponse(Response):
    """A file, or the rest of one that a range asks for, of which only the first half arrives."""

    def __init__(self, path: Path, media_type: str, wanted_range: str = "") -> None:
        super().__init__(media_type=media_type)
        self._path = path
        start = wanted_range.removeprefix("bytes=").removesuffix("-")
        self._start = int(start) if start.isascii() and start.isdigit() else 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        data = (await asyncio.to_thread(self._path.read_bytes))[self._start :]
        whole = FileResponse(self._path, media_type=self.media_type, stat_result=self._path.stat())
        whole.headers["content-length"] = str(len(data))
        start = {"type": "http.response.start", "status": 206 if self._start else 200, "headers": whole.raw_headers}
        await send(start)
        await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
        await _cut_connection(scope, receive)


async def _cut_connection(scope: Scope, receive: Receive) -> None:
    extension = scope.get("extensions", {}).get(HANGUP_EXTENSION)
    if extension is None:
        return  # under another server the unfinished answer has to do
    extension["cut"]()
    # The server must have noticed before we return, or it would make up a 500 for the missing answer.
    while (await receive())["type"] != "http.disconnect":
        pass
