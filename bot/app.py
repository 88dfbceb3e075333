"""The one place that puts the parts together. Everything can be handed in; nothing is built while modules load.

Those parts that have parts of their own are put together in `bot.wiring`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from adapters.http.client import open_client
from adapters.http.routes import Web
from adapters.sample_cache import Samples
from bot.chats.chat import Chat
from bot.desk.chat_context import LINK_LIVES, Door, Opens
from bot.desk.desk import Desk
from bot.desk.gestures import Gestures, emoji_map
from bot.desk.subscribe import Board
from bot.errors import Broken
from bot.jobs.job import Jobs
from bot.policy.access import rules_of
from bot.policy.channel_settings import Houses
from bot.policy.user_defaults import Tastes
from bot.runtime.clock import Clock, SystemClock
from bot.settings import Settings
from bot.studios.studio import SETTLE, Studio
from bot.wiring.parts import Site
from bot.wiring.persistence import open_home
from bot.wiring.studios import Studios, endpoints, open_studios
from bot.wiring.workers import Work, chores, work_at
from bot.worker.engine import Engine
from storage.database import Database
from storage.file_shelf import DiskShelf
from storage.tables.console_messages import SqlWall
from storage.tables.inbox import SqlInbox
from storage.tables.installations import SqlInstallations
from storage.tables.key_value import Notes


@dataclass(frozen=True)
class App:
    """What is running."""

    settings: Settings
    desk: Desk
    engine: Engine
    jobs: Jobs
    shelf: DiskShelf
    notes: Notes
    studios: dict[str, Studio]
    chats: dict[str, Chat]
    web: ASGIApp
    home: Path
    made_at: str  # where videos are made: "sandbox", or the studio's host
    put_down: Callable[[], Awaitable[None]]  # ends the work while the address still answers that we are going


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    chats: Sequence[Chat] = (),
    clock: Clock | None = None,
    outside: httpx.AsyncClient | None = None,
    studios: dict[str, Studio] | None = None,
    broken: Callable[[Broken], None] | None = None,
    through: Callable[[Database], Database] = lambda database: database,
    settle: float = SETTLE,
) -> AsyncIterator[App]:
    """Everything running, owned by one task group, and put down in order at the end."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        rehearsing = studios is None and not settings.keys
        home = await stack.enter_async_context(open_home(settings, clock, rehearsing, through))
        clock = home.clock
        if studios is None:
            made = await stack.enter_async_context(open_studios(settings, home, clock, outside=outside, settle=settle))
        else:
            made = Studios.given(studios, settings)
        site = Site(settings, clock, home, made, {chat.name: chat for chat in chats}, broken, settle)
        work = work_at(site)
        desk = _desk(site, work, rehearsing)
        door = await _door(site, desk, await stack.enter_async_context(open_client(home=made.stand_in)))
        comings = [chat for chat in chats if isinstance(chat, Opens)]
        web = _web(site, work, comings)
        for ear in (work.engine.hear, work.herald.hear):
            home.database.bell.listen(ear)
        for chat in comings:
            await stack.enter_async_context(chat.open(door))
        async with work.crew.at_work(chores(site, work.engine)):
            yield _app(site, work, desk, web)


def _desk(site: Site, work: Work, rehearsing: bool) -> Desk:
    home, settings = site.home, site.settings
    return Desk(
        home.jobs,
        site.studios,
        site.chats,
        home.shelf,
        site.clock,
        work.engine.wake,
        board=Board(home.subscriptions, site.chats, site.clock),
        houses=Houses(home.notes, site.clock),
        tastes=Tastes(home.notes, site.clock),
        emoji=emoji_map(settings.emoji),
        rehearsing=rehearsing,
        text=work.gather.text,
        usual=settings.studio,
        rules=rules_of(settings),
    )


async def _door(site: Site, desk: Desk, client: httpx.AsyncClient) -> Door:
    """What chats are given; what workspaces left with us is sealed anew first, if the secret was changed."""
    home = site.home
    installations = SqlInstallations(home.database, *home.keys)
    await installations.seal_again()
    return Door(
        desk,
        Gestures(desk, emoji_map(site.settings.emoji)),
        home.jobs,
        home.shelf,
        home.notes,
        home.subscriptions,
        home.seal,
        site.clock,
        _linker(site),
        SqlInbox(home.database),
        installations,
        wall=SqlWall(home.database),
        samples=Samples(client, home.folder / "cache"),
        rehearsal=site.made.rehearsal,
        seats=home.seats,
    )


def _linker(site: Site) -> Callable[[str, str], str | None]:
    """Makes links to files on the shelf for people whose chat cannot take the file itself."""
    address = site.settings.public_url

    def link(key: str, name: str) -> str | None:
        if not address:
            return None
        return f"{address}/media/{site.home.seal.close('media', key, site.clock.now() + LINK_LIVES)}/{name}"

    return link


def _web(site: Site, work: Work, comings: Sequence[Opens]) -> ASGIApp:
    home = site.home
    routes = [route for chat in comings for route in chat.routes()]
    hooks = endpoints(site.settings, site.clock)
    return Web(home.seal, site.clock, work.engine.nudge, home.shelf.path, work.ready, work.registry, routes, hooks).app


def _app(site: Site, work: Work, desk: Desk, web: ASGIApp) -> App:
    home = site.home
    facts = (home.folder, site.made.made_at, work.crew.put_down)
    return App(
        site.settings, desk, work.engine, home.jobs, home.shelf, home.notes, site.studios, site.chats, web, *facts
    )
