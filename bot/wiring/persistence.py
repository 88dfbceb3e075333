"""Where this installation keeps what it has: its folder, its database, its secrets."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Broken
from bot.jobs.job import Jobs
from bot.notices.subscriptions import Subscriptions
from bot.runtime.clock import Clock
from bot.runtime.leader_lease import Seats, Sole
from bot.security.redaction import hide
from bot.security.signed_tokens import Seal
from bot.settings import Settings
from bot.wiring.secrets import keyring
from storage.database import Database
from storage.file_shelf import DiskShelf
from storage.open import open_database
from storage.postgres.clock import server_clock
from storage.tables.jobs import SqlJobs
from storage.tables.key_value import Notes
from storage.tables.leader_leases import SqlSeats
from storage.tables.subscriptions import SqlSubscriptions


@dataclass(frozen=True)
class Home:
    """What is kept, and where."""

    folder: Path
    clock: Clock  # the one that its dates are compared with
    database: Database
    jobs: Jobs
    subscriptions: Subscriptions
    notes: Notes
    shelf: DiskShelf
    seats: Seats
    keys: tuple[str, ...]  # the secrets of this installation, the newest first
    seal: Seal


@asynccontextmanager
async def open_home(
    settings: Settings, clock: Clock, rehearsing: bool, through: Callable[[Database], Database]
) -> AsyncIterator[Home]:
    """All that is kept, for as long as its database is open."""
    folder = _folder(settings, rehearsing)
    async with _database(settings, folder, rehearsing) as opened:
        db = through(opened)
        notes = Notes(db)
        keys = keyring(settings, folder)
        if db.shared and settings.secret is None:
            keys = await _shared(keys, notes)
        if db.shared:
            clock = await server_clock(db, clock)
        seats: Seats = SqlSeats(db, clock) if db.shared else Sole()
        shelf = DiskShelf(folder / "shelf")
        yield Home(folder, clock, db, SqlJobs(db), SqlSubscriptions(db), notes, shelf, seats, keys, Seal(*keys))


def _folder(settings: Settings, rehearsing: bool) -> Path:
    """Rehearsals live in a folder of their own, so that nothing asked of the sandbox is ever bought for real."""
    folder = settings.data_dir.absolute() / "sandbox" if rehearsing else settings.data_dir.absolute()
    try:
        # What people said and showed lies here: closed to others on this machine, unless somebody opened it for them.
        for each in (settings.data_dir.absolute(), folder, folder / "cache"):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Broken(
            f"The data folder {folder} cannot be written: {error.strerror}. Mend its rights, or set DIDTALK_DATA_DIR."
        ) from error
    return folder


def _database(settings: Settings, folder: Path, rehearsing: bool) -> AbstractAsyncContextManager[Database]:
    """What was set, apart when rehearsing; else a file in the folder, which is apart already."""
    if settings.database_url:
        return open_database(settings.database_url, rehearsing)
    return open_database(f"sqlite:///{folder / 'didtalk.sqlite3'}", rehearsing=False)


async def _shared(keys: tuple[str, ...], notes: Notes) -> tuple[str, ...]:
    """The one secret of all replicas, which the first of them kept, so that each opens what others sign."""
    first = str(await notes.keep("didtalk", "secret", keys[0]))
    hide(first)
    return tuple(dict.fromkeys((first, *keys)))
