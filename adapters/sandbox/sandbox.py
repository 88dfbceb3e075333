"""The sandbox studio: opened on a folder, served anywhere, forgetting nothing it accepted."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.sandbox import control_api
from adapters.sandbox.api.did.requests_and_errors import DID_CONVENTIONS
from adapters.sandbox.api.did.twin import DID_TWIN, did_routes
from adapters.sandbox.api.heygen.twin import HEYGEN_TWIN, heygen_routes
from adapters.sandbox.clock import Clock
from adapters.sandbox.context import HeygenVersions, OwnCatalogue, SandboxContext, SandboxOptions, V4Path
from adapters.sandbox.fault_injection import make_fault
from adapters.sandbox.render_queue import RenderQueue
from adapters.sandbox.renderer import InstantRenderer, Renderer
from adapters.sandbox.request_pipeline import PathEndpoint, build_routes
from adapters.sandbox.store import billing, jobs
from adapters.sandbox.store.billing import Charge
from adapters.sandbox.store.database import SandboxDatabase
from adapters.sandbox.store.file_store import FileStore, LinkSigner
from adapters.sandbox.store.jobs import RenderOutcome
from adapters.sandbox.webhook_sender import WebhookSender

log = structlog.get_logger(__name__)

_SWEEP_SECONDS = 3600.0


class Sandbox:
    """The vendors' twin: ``async with Sandbox(folder) as sandbox: sandbox.app``."""

    app: Starlette
    context: SandboxContext

    def __init__(
        self,
        folder: Path,
        *,
        key: str = "sandbox:sandbox",
        bearer: str | None = None,
        credits: float = 1000,  # noqa: A002 - the word of the trade
        renderer: Renderer | None = None,
        renders: int = 2,
        instant: bool = False,
        clock: Clock = time.time,
        hooks_to: str | None = None,
        hook_pauses: tuple[float, ...] = (1.0, 5.0),
        v4_path: V4Path = "expressives",
        echo_user_data: bool = True,
        heygen: HeygenVersions = "both",
        own: OwnCatalogue | None = None,
    ) -> None:
        self._folder = folder
        self._options = SandboxOptions(key, bearer, credits, v4_path, echo_user_data, heygen, own or OwnCatalogue())
        self._renderer: Renderer | None = InstantRenderer() if instant else renderer
        self._render_workers = renders
        self._clock = clock
        self._webhook_options = (hooks_to, hook_pauses)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the folder, take up what was left and start rendering."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what is unfinished waits for the next start."""
        await self._stack.aclose()

    async def ledger(self) -> list[Charge]:
        return await billing.read_ledger(self.context.database)

    def arm_fault(self, name: str, value: str | None = None, times: int = 1, path: str = "/", method: str = "") -> None:
        self.context.faults.arm(make_fault(name, value), times, path, method)

    async def end_job(self, job_id: str, outcome: RenderOutcome | None = None) -> None:
        """End a job now: rendered, or with the given outcome; meant for a sandbox without render workers."""
        job = await jobs.find_job(self.context.database, job_id)
        if job:
            await self._render_queue.end_job(job, outcome)

    async def add_job_fault(self, job_id: str, name: str, value: str | None = None) -> None:
        await jobs.add_fault(self.context.database, job_id, make_fault(name, value))

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        database = await stack.enter_async_context(SandboxDatabase.open(self._folder / "sandbox.sqlite3"))
        await jobs.requeue_interrupted(database)
        renderer = self._renderer
        if renderer is None:
            # Only the real renderer needs the extra "demo", so it is looked for only when it is wanted.
            from adapters.sandbox.render.pool import RenderPool

            renderer = await stack.enter_async_context(RenderPool(workers=self._render_workers))
        self.context = context = SandboxContext(
            self._options,
            self._clock,
            database,
            FileStore(self._folder, database, self._clock),
            LinkSigner(await _signing_secret(database)),
            renderer,
            {"did": DID_TWIN, "heygen": HEYGEN_TWIN},
        )
        # The sandbox's own paths speak as D-ID does.
        control_routes = build_routes(context, control_api.operations, DID_CONVENTIONS)
        fallback = Route("/{path:path}", PathEndpoint(context, "(unknown)", {}, DID_CONVENTIONS))
        self.app = Starlette(routes=[*control_routes, *heygen_routes(context), *did_routes(context), fallback])
        self._render_queue = RenderQueue(context)
        await stack.enter_async_context(self._background_work())

    @contextlib.asynccontextmanager
    async def _background_work(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self._run_background(), name="sandbox work")
        running.add_done_callback(_log_failure)
        try:
            yield
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def _run_background(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._render_queue.run(self._render_workers))
            group.create_task(WebhookSender(self.context, *self._webhook_options).run())
            group.create_task(_sweep_forever(self.context.files))


async def _signing_secret(database: SandboxDatabase) -> bytes:
    secret = await database.get_value("secret")
    if secret is None:
        secret = secrets.token_hex(32)
        await database.set_value("secret", secret)
    return bytes.fromhex(secret)


def _log_failure(task: asyncio.Task[None]) -> None:
    # The task is awaited only when the sandbox closes; log a failure at once.
    if not task.cancelled() and task.exception():
        log.error("sandbox background work failed", exc_info=task.exception())


async def _sweep_forever(files: FileStore) -> None:
    while True:
        await files.delete_expired()
        await asyncio.sleep(_SWEEP_SECONDS)
