"""The composition root. Every part can be handed in, nothing is built at import; larger parts are in `bot.wiring`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from adapters.http.client import open_client
from adapters.http.routes import HttpRoutes
from adapters.sample_cache import SampleCache
from bot.chats.chat import Chat
from bot.desk.chat_context import FILE_LINK_LIFETIME_SECONDS, AcceptsInput, ChatContext
from bot.desk.desk import Desk
from bot.desk.gestures import parse_emoji_map
from bot.errors import Broken
from bot.jobs.job import Jobs
from bot.runtime.clock import Clock, SystemClock
from bot.settings import Settings
from bot.studios.studio import SETTLE_SECONDS, Studio
from bot.wiring.desk import FrontDesk, build_desk, rules_from_settings
from bot.wiring.persistence import open_persistence
from bot.wiring.studios import StudioSet, open_studios, vendor_hosts, webhook_endpoints
from bot.wiring.workers import CoreServices, Workers, background_work, build_workers
from bot.worker.engine import Engine
from storage.database import Database
from storage.file_shelf import DiskShelf
from storage.tables.console_messages import SqlMessageStore
from storage.tables.installations import SqlInstallations
from storage.tables.key_value import SqlKeyValueStore
from storage.tables.leased_queue import SqlLeasedQueue


@dataclass(frozen=True)
class App:
    desk: Desk
    chat_context: ChatContext
    engine: Engine
    jobs: Jobs
    shelf: DiskShelf
    key_value: SqlKeyValueStore
    studios: dict[str, Studio]
    chats: dict[str, Chat]
    web: ASGIApp
    data_folder: Path
    studio_hosts: str  # where videos are made: "sandbox", or the studio's host
    shut_down: Callable[[], Awaitable[None]]  # ends the work while /readyz still answers 503


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    chats: Sequence[Chat] = (),
    clock: Clock | None = None,
    http_client: httpx.AsyncClient | None = None,
    studios: dict[str, Studio] | None = None,
    on_broken: Callable[[Broken], None] | None = None,
    wrap_database: Callable[[Database], Database] = lambda database: database,
    settle_seconds: float = SETTLE_SECONDS,
) -> AsyncIterator[App]:
    """Everything running, stopped in order at the end."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        in_sandbox = studios is None and not settings.has_studio_key
        persistence = await stack.enter_async_context(open_persistence(settings, clock, in_sandbox, wrap_database))
        clock = persistence.clock
        if studios is None:
            studio_set = await stack.enter_async_context(
                open_studios(settings, persistence, clock, http_client=http_client, settle_seconds=settle_seconds)
            )
        else:
            studio_set = StudioSet(studios, vendor_hosts(settings, studios))
        core = CoreServices(
            settings, clock, persistence, studio_set, {chat.name: chat for chat in chats}, on_broken, settle_seconds
        )
        workers = build_workers(core)
        front = _build_desk(core, workers, in_sandbox)
        client = await stack.enter_async_context(open_client(home_url=studio_set.local_url))
        chat_context = await _build_chat_context(core, front, client)
        input_chats = [chat for chat in chats if isinstance(chat, AcceptsInput)]
        web = _build_web(core, workers, input_chats)
        for listener in (workers.engine.on_wakeup, workers.notifier.on_wakeup):
            persistence.database.wakeups.listen(listener)
        for chat in input_chats:
            await stack.enter_async_context(chat.open(chat_context))
        async with workers.supervisor.running(background_work(core, workers.engine)):
            yield App(
                front.desk,
                chat_context,
                workers.engine,
                persistence.jobs,
                persistence.shelf,
                persistence.key_value,
                core.studios,
                core.chats,
                web,
                persistence.folder,
                studio_set.studio_hosts,
                workers.supervisor.shut_down,
            )


def _build_desk(core: CoreServices, workers: Workers, in_sandbox: bool) -> FrontDesk:
    persistence, settings = core.persistence, core.settings
    return build_desk(
        persistence.jobs,
        core.studios,
        core.chats,
        core.clock,
        workers.engine.wake,
        deletion=workers.deletion,
        subscriptions=persistence.subscriptions,
        key_value=persistence.key_value,
        access=rules_from_settings(settings),
        default_studio=settings.studio,
        emoji=parse_emoji_map(settings.emoji),
        in_sandbox=in_sandbox,
        read_text=workers.inputs.read_text,
    )


async def _build_chat_context(core: CoreServices, front: FrontDesk, client: httpx.AsyncClient) -> ChatContext:
    """What chats are given; installations are re-encrypted first if the secret was changed."""
    persistence = core.persistence
    installations = SqlInstallations(persistence.database, *persistence.secrets)
    await installations.reencrypt_all()
    return ChatContext(
        front.desk,
        front.lookups,
        front.settings,
        parse_emoji_map(core.settings.emoji),
        persistence.jobs,
        persistence.shelf,
        persistence.key_value,
        persistence.subscriptions,
        persistence.signer,
        core.clock,
        _link_maker(core),
        SqlLeasedQueue(persistence.database),
        installations,
        message_store=SqlMessageStore(persistence.database),
        fetch_sample=SampleCache(client, persistence.folder / "cache"),
        fault_control=core.studio_set.fault_control,
        leader_leases=persistence.leader_leases,
    )


def _link_maker(core: CoreServices) -> Callable[[str, str], str | None]:
    """Links to files on the shelf, for chats that cannot take the file itself."""
    address = core.settings.public_url

    def public_link(key: str, name: str) -> str | None:
        if not address:
            return None
        token = core.persistence.signer.sign("media", key, core.clock.now() + FILE_LINK_LIFETIME_SECONDS)
        return f"{address}/media/{token}/{name}"

    return public_link


def _build_web(core: CoreServices, workers: Workers, input_chats: Sequence[AcceptsInput]) -> ASGIApp:
    persistence = core.persistence
    return HttpRoutes(
        persistence.signer,
        core.clock,
        workers.engine.nudge,
        persistence.shelf.path_of,
        workers.is_ready,
        workers.registry,
        [route for chat in input_chats for route in chat.routes()],
        webhook_endpoints(core.settings, core.clock),
    ).app
