"""The sandbox studio: opened on a folder, served anywhere, forgetting nothing it accepted."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.sandbox import control_api
from adapters.sandbox.api.did.auth_and_errors import DidManners
from adapters.sandbox.api.did.twin import DidTwin
from adapters.sandbox.api.heygen.twin import HeygenTwin
from adapters.sandbox.clock import Clock
from adapters.sandbox.context import Dialects, House, Terms, Twins, V4Path
from adapters.sandbox.fault_injection import fault
from adapters.sandbox.instant_renderer import InstantRenderer
from adapters.sandbox.render_queue import Bellboy, Desk
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.request_pipeline import Refuser, doors
from adapters.sandbox.signed_links import Signer
from adapters.sandbox.store import billing, jobs
from adapters.sandbox.store.billing import Charge
from adapters.sandbox.store.database import Rows
from adapters.sandbox.store.file_store import Keeping
from adapters.sandbox.webhook_sender import Postmen

log = structlog.get_logger(__name__)

_SWEEP = 3600.0


class Sandbox:
    """The vendors' twin: ``async with Sandbox(folder) as sandbox: sandbox.app``."""

    app: Starlette
    house: House

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
        heygen: Dialects = "both",
    ) -> None:
        self._folder = folder
        self._terms = Terms(key, bearer, credits, v4_path, echo_user_data, heygen)
        self._renderer: Renderer | None = InstantRenderer() if instant else renderer
        self._renders = renders
        self._clock = clock
        self._hooks = (hooks_to, hook_pauses)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the folder, take up what was left and start rendering."""
        async with contextlib.AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what is unfinished waits for the next start."""
        await self._stack.aclose()

    async def ledger(self) -> list[Charge]:
        """Every charge ever made."""
        return await billing.ledger(self.house.rows)

    def calls(self) -> dict[tuple[str, str], int]:
        """How often each method and path was called since the start."""
        return dict(self.house.tally)

    def fail(self, name: str, value: str | None = None, times: int = 1, path: str = "/") -> None:
        """Set a fault for the next so many calls."""
        self.house.faults.arm(fault(name, value), times, path)

    async def _open(self, stack: contextlib.AsyncExitStack) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        rows = await stack.enter_async_context(Rows.open(self._folder / "sandbox.sqlite3"))
        await jobs.resume(rows)
        renders, hooks = Bellboy(), Bellboy()
        keeping = Keeping(self._folder, rows, self._clock)
        self.house = House(self._terms, self._clock, rows, keeping, Signer(await _secret(rows)), renders)
        renderer = await stack.enter_async_context(_pool(self._renders)) if self._renderer is None else self._renderer
        did = DidTwin(self.house, renderer)
        heygen = HeygenTwin(self.house, renderer)
        twins: Twins = {"did": did, "heygen": heygen}
        manners = DidManners()  # the sandbox's own paths speak as D-ID does
        ours = doors(self.house, control_api.operations(), manners)
        rest = Route("/{path:path}", Refuser(self.house, manners))
        self.app = Starlette(routes=[*ours, *heygen.routes(), *did.routes(), rest])
        desk = Desk(self.house, twins, renderer, renders, hooks)
        postmen = Postmen(self.house, twins, *self._hooks, hooks)
        await stack.enter_async_context(_working(desk, postmen, self.house, self._renders))


async def _secret(rows: Rows) -> bytes:
    known = await rows.fact("secret")
    if known is None:
        known = secrets.token_hex(32)
        await rows.remember("secret", known)
    return bytes.fromhex(known)


@contextlib.asynccontextmanager
async def _pool(renders: int) -> AsyncIterator[Renderer]:
    # Only the real renderer needs the extra "demo", so it is looked for only when it is wanted.
    from adapters.sandbox.render.pool import RenderPool

    async with RenderPool(workers=renders) as pool:
        yield pool


@contextlib.asynccontextmanager
async def _working(desk: Desk, postmen: Postmen, house: House, seats: int) -> AsyncIterator[None]:
    running = asyncio.create_task(_work(desk, postmen, house, seats), name="sandbox work")
    running.add_done_callback(_mourn)
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _mourn(task: asyncio.Task[None]) -> None:
    # Nobody awaits the work until the sandbox closes, and a death must not stay unheard that long.
    if not task.cancelled() and task.exception():
        log.error("sandbox_work_died", exc_info=task.exception())


async def _work(desk: Desk, postmen: Postmen, house: House, seats: int) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.run(seats))
        group.create_task(postmen.run())
        group.create_task(_sweep(house))


async def _sweep(house: House) -> Any:
    while True:
        await house.keeping.sweep()
        await asyncio.sleep(_SWEEP)
