"""The one place that puts the parts together. Everything can be handed in; nothing is built while modules load."""

import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from adapters.hosts import BucketHost, PublicHost
from adapters.links import Links
from adapters.media.fit import MediaFitter
from adapters.metrics import Counts
from adapters.rehearsal import SandboxRehearsal
from adapters.samples import Samples
from adapters.studios.did.studio import DidStudio
from adapters.studios.heygen.hooks import Endpoint
from adapters.studios.heygen.studio import HeygenStudio
from adapters.studios.http import open_client
from adapters.web import Web
from bot.board import Board
from bot.chat import Chat
from bot.clock import Clock, SystemClock
from bot.crew import Crew
from bot.desk import Desk
from bot.door import LINK_LIVES, Door, Opens, Rehearsal
from bot.engine import Engine
from bot.errors import Broken
from bot.fading import fade
from bot.gather import Gather
from bot.gestures import Gestures, emoji_map
from bot.herald import Herald
from bot.hidden import hide
from bot.house import Houses
from bot.jobs import WORK, Job, Jobs
from bot.keyring import keyring
from bot.media import Host, Kind, Media
from bot.moves import Moves
from bot.purse import Purse
from bot.rules import rules_of
from bot.seal import Seal
from bot.seat import Seats, Sole
from bot.setback import Setbacks
from bot.settings import Settings
from bot.steps import Steps
from bot.studio import SETTLE, Studio
from bot.teller import Teller
from bot.usual import Usual
from storage.console import SqlWall
from storage.database import Database
from storage.dates import SqlDates
from storage.inbox import SqlInbox
from storage.installations import SqlInstallations
from storage.jobs import SqlJobs
from storage.notes import Notes
from storage.opening import open_database
from storage.seats import SqlSeats
from storage.server_clock import server_clock
from storage.shelf import DiskShelf, tidy
from storage.subscriptions import SqlSubscriptions

SANDBOX_KEY = "sandbox:sandbox"
HOOK_LIVES = 30 * 86400.0


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
    rehearsing = studios is None and not settings.keys
    async with AsyncExitStack() as stack:
        home = _home(settings, rehearsing)
        db = through(await stack.enter_async_context(_database(settings, home, rehearsing)))
        chores: list[Coroutine[Any, Any, None]] = []
        if db.shared:
            clock = at_server = await server_clock(db, clock)
            chores.append(at_server.run())
        seats: Seats = SqlSeats(db, clock) if db.shared else Sole()
        shelf = DiskShelf(home / "shelf")
        jobs, notes = SqlJobs(db), Notes(db)
        keys = keyring(settings, home)
        if db.shared and settings.secret is None:
            keys = await _shared(keys, notes)
        seal = Seal(*keys)
        home_urls: list[str] = []

        def ours(studio: str) -> dict[str, Any]:
            return {"in_use": partial(jobs.in_use, studio), "alone": not db.shared}

        rehearsal: Rehearsal | None = None
        if studios is None:
            sandbox = await _sandbox(stack, settings, home) if rehearsing else None
            studios = {}
            if sandbox or settings.did_api_key:
                url = sandbox or settings.did_api_url
                home_urls.append(url)
                client = await stack.enter_async_context(open_client(home=url)) if outside is None else outside
                studios["did"] = _did(settings, client, clock, home, shelf, seal, url, settle, **ours("did"))
            if sandbox or settings.heygen_api_key:
                url = sandbox or settings.heygen_api_url
                home_urls.append(url)
                client = await stack.enter_async_context(open_client(home=url)) if outside is None else outside
                studios["heygen"] = _heygen(settings, client, clock, home, seal, url, settle, **ours("heygen"))
            rehearsal = SandboxRehearsal(client, sandbox, SANDBOX_KEY) if sandbox else None
        by_name = {chat.name: chat for chat in chats}
        registry = CollectorRegistry()
        teller = Teller(by_name, jobs, Usual(jobs, clock), clock)
        moves = Moves(jobs, clock, teller, studios, Counts(registry).count)
        face = Media(kind=Kind.PICTURE, at=_face(settings), name="face.png")
        gather = Gather(shelf, MediaFitter(home / "shelf"), Links(), by_name, portraits(), face)
        subscriptions = SqlSubscriptions(db)
        purse = Purse(studios, subscriptions, notes, clock)
        herald = Herald(subscriptions, jobs, purse, by_name, clock, broken=broken, seats=seats)
        engine = Engine(moves, Steps(moves, studios, by_name, gather, shelf, herald, settle), studios, broken=broken)
        emoji = emoji_map(settings.emoji)
        board = Board(subscriptions, by_name, clock)
        desk = Desk(
            jobs,
            studios,
            by_name,
            shelf,
            clock,
            engine.wake,
            board=board,
            houses=Houses(notes, clock),
            emoji=emoji,
            rehearsing=rehearsing,
            text=gather.text,
            usual=settings.studio,
            rules=rules_of(settings),
        )
        comings = [chat for chat in chats if isinstance(chat, Opens)]
        gestures = Gestures(desk, emoji)
        link = _linker(settings, seal, clock)
        stand_in = next((url for url in home_urls if url.startswith("http://")), "")
        samples = Samples(await stack.enter_async_context(open_client(home=stand_in)), home / "cache")
        inbox, installations = SqlInbox(db), SqlInstallations(db, *keys)
        await installations.seal_again()
        shown: dict[str, Any] = {"wall": SqlWall(db), "samples": samples, "rehearsal": rehearsal, "seats": seats}
        door = Door(desk, gestures, jobs, shelf, notes, subscriptions, seal, clock, link, inbox, installations, **shown)
        routes = [route for chat in comings for route in chat.routes()]
        endpoints = _endpoints(settings, clock)
        crew = Crew((engine, herald))
        web = Web(seal, clock, engine.nudge, shelf.path, lambda: _ready(jobs, crew), registry, routes, endpoints)
        made_at = "sandbox" if rehearsing else _hosts(settings, studios)
        facts = (home, made_at, crew.put_down)
        app = App(settings, desk, engine, jobs, shelf, notes, studios, by_name, web.app, *facts)
        for ear in (engine.hear, herald.hear):
            db.bell.listen(ear)
        for chat in comings:
            await stack.enter_async_context(chat.open(door))
        setbacks = Setbacks(clock, SqlDates(db), notes, engine.ring)
        chores += (tidy(shelf, clock, settings.keep_days), fade(jobs, shelf, clock, settings.keep_rows_days))
        async with crew.at_work((*chores, setbacks.run())):
            yield app


def portraits() -> dict[str, Path]:
    """The faces that ship with didtalk."""
    folder = Path(__file__).parent.parent / "adapters" / "sandbox" / "portraits"
    return {name: folder / f"{name}.png" for name in ("ada", "ben")}


def _linker(settings: Settings, seal: Seal, clock: Clock) -> Callable[[str, str], str | None]:
    """Makes links to files on the shelf for people whose chat cannot take the file itself."""

    def link(key: str, name: str) -> str | None:
        if not settings.public_url:
            return None
        token = seal.close("media", key, clock.now() + LINK_LIVES)
        return f"{settings.public_url}/media/{token}/{name}"

    return link


async def _ready(jobs: Jobs, crew: Crew) -> bool:
    """Whether jobs can be kept and worked on: the database answers, and we are not going."""
    if crew.stopping:
        return False
    try:
        await jobs.next_due(WORK)
    except Broken:
        return False
    return True


def _did(
    settings: Settings,
    client: httpx.AsyncClient,
    clock: Clock,
    home: Path,
    shelf: DiskShelf,
    seal: Seal,
    url: str,
    settle: float,
    **uploads: Any,
) -> Studio:
    key = settings.did_api_key.get_secret_value() if settings.did_api_key else SANDBOX_KEY
    host: Host | None = None
    if settings.public_url:
        host = PublicHost(settings.public_url, seal, clock, shelf.path)
    elif _loopback(url):
        host = BucketHost(client, url, key)

    elevenlabs = settings.elevenlabs_api_key
    return DidStudio(
        key,
        url,
        client=client,
        clock=clock,
        cache=home / "cache",
        host=host,
        hook=_hook(settings, seal, "did"),
        auth=settings.did_auth,
        v4_path=settings.did_v4_path,
        elevenlabs_key=elevenlabs.get_secret_value() if elevenlabs else None,
        settle=settle,
        **uploads,
    )


def _heygen(
    settings: Settings,
    client: httpx.AsyncClient,
    clock: Clock,
    home: Path,
    seal: Seal,
    url: str,
    settle: float,
    **uploads: Any,
) -> Studio:
    key = settings.heygen_api_key.get_secret_value() if settings.heygen_api_key else SANDBOX_KEY
    return HeygenStudio(
        key,
        url,
        client=client,
        clock=clock,
        cache=home / "cache",
        hook=_hook(settings, seal, "heygen"),
        version=settings.heygen_api_version,
        settle=settle,
        **uploads,
    )


def _hook(settings: Settings, seal: Seal, studio: str) -> Callable[[Job], str | None]:
    """Where a studio is to call about a job: the same address each time, so that a repeated call has the same body."""

    def hook(job: Job) -> str | None:
        if not settings.public_url.startswith("https://"):
            return None  # studios call nothing else
        return f"{settings.public_url}/hooks/{studio}/{seal.close('hook', job.id, job.asked_at + HOOK_LIVES)}"

    return hook


def _endpoints(settings: Settings, clock: Clock) -> dict[str, Endpoint]:
    """Registered endpoints, whose deliveries are signed with a secret of their own."""
    secret = settings.heygen_webhook_secret
    return {"heygen": Endpoint(secret.get_secret_value(), clock)} if secret else {}


def _hosts(settings: Settings, studios: dict[str, Studio]) -> str:
    """Where videos are made for real."""
    urls = {"did": settings.did_api_url, "heygen": settings.heygen_api_url}
    return " and ".join(urlsplit(urls[name]).netloc for name in studios if name in urls) or "nowhere"


def _loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


async def _sandbox(stack: AsyncExitStack, settings: Settings, home: Path) -> str:
    """The vendors' twin on this machine; its parts are an extra because some of them are GPL."""
    if any(importlib.util.find_spec(name) is None for name in ("av", "numpy", "espeakng_loader")):
        raise Broken(
            "There is no DID_API_KEY or HEYGEN_API_KEY, and the sandbox is not installed. Set a key, or install the "
            "sandbox with: pip install -r requirements-demo.txt"
        )
    from adapters.sandbox.sandbox import Sandbox
    from adapters.sandbox.serving import serve

    sandbox = await stack.enter_async_context(
        Sandbox(home / "studio", key=SANDBOX_KEY, credits=settings.sandbox_credits)
    )
    return await stack.enter_async_context(serve(sandbox))


def _home(settings: Settings, rehearsing: bool) -> Path:
    """Rehearsals live in a folder of their own, so that nothing asked of the sandbox is ever bought for real."""
    home = settings.data_dir.absolute() / "sandbox" if rehearsing else settings.data_dir.absolute()
    try:
        (home / "cache").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Broken(
            f"The data folder {home} cannot be written: {error.strerror}. Mend its rights, or set DIDTALK_DATA_DIR."
        ) from error
    return home


def _database(settings: Settings, home: Path, rehearsing: bool) -> AbstractAsyncContextManager[Database]:
    """What was set, apart when rehearsing; else a file in the folder, which is apart already."""
    if settings.database_url:
        return open_database(settings.database_url, rehearsing)
    return open_database(f"sqlite:///{home / 'didtalk.sqlite3'}", rehearsing=False)


async def _shared(keys: tuple[str, ...], notes: Notes) -> tuple[str, ...]:
    """The one secret of all replicas, which the first of them kept, so that each opens what others sign."""
    first = str(await notes.keep("didtalk", "secret", keys[0]))
    hide(first)
    return tuple(dict.fromkeys((first, *keys)))


def _face(settings: Settings) -> str:
    return settings.face if "://" in settings.face else f"portrait:{settings.face}"
