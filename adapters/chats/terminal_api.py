"""The terminal of a running didtalk: `didtalk ask` in the same data folder hands its command over by HTTP.

Whoever can read the data folder can read the token there, and nobody else can.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.chats.terminal import Terminal
from bot.desk.chat_context import BODY_LIMIT_KEY, ChatContext
from bot.errors import Refused, Trouble
from bot.jobs.job import Asker, JobFilter, Place
from bot.requests.media import Media

TERMINAL_ASKER = Asker(platform="terminal", user="you", name="you", moderator=True)
MAX_FILE_BYTES = 2 << 30
MAX_JOBS_PER_COMMAND = 200  # languages of one translation, and more
FILES_PATH, COMMANDS_PATH, JOBS_PATH = "/terminal/files", "/terminal/commands", "/terminal/jobs"

Handler = Callable[[ChatContext, Request], Awaitable[Any]]


class ServedTerminal(Terminal):
    """A terminal that other processes of this machine use too."""

    def __init__(self) -> None:
        super().__init__()
        self.token = secrets.token_urlsafe(32)
        self._core: ChatContext | None = None

    def routes(self) -> Sequence[Route]:
        return [
            Route(FILES_PATH, self._endpoint(_store_file), methods=["POST"]),
            Route(COMMANDS_PATH, self._endpoint(_run_command), methods=["POST"]),
            Route(JOBS_PATH, self._endpoint(_list_jobs)),
        ]

    @asynccontextmanager
    async def open(self, core: ChatContext) -> AsyncIterator[None]:
        self._core = core
        try:
            yield
        finally:
            self._core = None

    def _endpoint(self, handle: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not secrets.compare_digest(given, f"Bearer {self.token}".encode()):
                return JSONResponse({"error": "not found"}, 404)
            if self._core is None:
                return JSONResponse({"error": "restarting"}, 503)
            try:
                return JSONResponse(await handle(self._core, request))
            except Trouble as error:
                refused = isinstance(error, Refused)
                return JSONResponse({"error": error.sentence, "refused": refused}, 422)

        return endpoint


async def _store_file(core: ChatContext, request: Request) -> dict[str, str]:
    request.scope[BODY_LIMIT_KEY] = MAX_FILE_BYTES
    return {"key": await core.shelf.store(request.stream(), request.query_params["name"], MAX_FILE_BYTES)}


async def _run_command(core: ChatContext, request: Request) -> dict[str, Any]:
    command = await request.json()
    place = Place(platform="terminal", channel=str(command["out"]), private=True)
    media = [Media.model_validate(each) for each in command["media"]]
    key = str(command["idempotency_key"])
    reply = await core.desk.run_command(TERMINAL_ASKER, place, str(command["text"]), media, key)
    jobs = [job.model_dump(mode="json") for job in reply.jobs]
    shown = {
        "title": reply.card.title,
        "lines": reply.card.lines,
        "buttons": [vars(each) for each in reply.card.buttons],
    }
    return shown | {"jobs": jobs, "private": reply.private}


async def _list_jobs(core: ChatContext, request: Request) -> list[dict[str, Any]]:
    """By id, by idempotency key, or all that are unfinished."""
    query = request.query_params
    if ids := query.getlist("id"):
        found = [job for each in ids[:MAX_JOBS_PER_COMMAND] if (job := await core.jobs.get(each))]
    elif key := query.get("idempotency_key"):
        wanted = JobFilter(platform="terminal", idempotency_key=key, limit=MAX_JOBS_PER_COMMAND)
        found = await core.jobs.list_jobs(wanted)
    else:
        found = await core.jobs.list_jobs(JobFilter(platform="terminal", ended=False, limit=100))
    return [job.model_dump(mode="json") for job in found]
