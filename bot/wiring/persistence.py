"""The data folder, the database and the secrets of this installation."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Broken
from bot.jobs.job import Jobs
from bot.notices.subscriptions import Subscriptions
from bot.runtime.clock import Clock
from bot.runtime.leases import LeaderLeases, SingleProcess
from bot.security.redaction import register_secrets
from bot.security.signed_tokens import TokenSigner
from bot.settings import Settings
from bot.wiring.secrets import load_secrets
from storage.database import Database
from storage.file_shelf import DiskShelf
from storage.open import open_database
from storage.postgres.clock import open_server_clock
from storage.tables.jobs import SqlJobs
from storage.tables.key_value import SqlKeyValueStore
from storage.tables.leader_leases import SqlLeaderLeases
from storage.tables.leased_queue import SqlSubscriptions


@dataclass(frozen=True)
class Persistence:
    folder: Path
    clock: Clock  # of the database server, where there is one
    database: Database
    jobs: Jobs
    subscriptions: Subscriptions
    key_value: SqlKeyValueStore
    shelf: DiskShelf
    leader_leases: LeaderLeases
    secrets: tuple[str, ...]  # the newest first
    signer: TokenSigner


@asynccontextmanager
async def open_persistence(
    settings: Settings, clock: Clock, in_sandbox: bool, wrap_database: Callable[[Database], Database]
) -> AsyncIterator[Persistence]:
    folder = _prepare_folder(settings, in_sandbox)
    async with _open_database(settings, folder, in_sandbox) as opened:
        db = wrap_database(opened)
        key_value = SqlKeyValueStore(db)
        secrets = load_secrets(settings, folder)
        if db.shared and settings.secret is None:
            secrets = await _share_secrets(secrets, key_value)
        if db.shared:
            clock = await open_server_clock(db, clock)
        leader_leases: LeaderLeases = SqlLeaderLeases(db, clock) if db.shared else SingleProcess()
        shelf = DiskShelf(folder / "shelf")
        yield Persistence(
            folder,
            clock,
            db,
            SqlJobs(db),
            SqlSubscriptions(db),
            key_value,
            shelf,
            leader_leases,
            secrets,
            TokenSigner(*secrets),
        )


def data_folder_of(settings: Settings, in_sandbox: bool | None = None) -> Path:
    """The sandbox has a folder of its own, so that nothing requested there is ever bought for real."""
    folder = settings.data_dir.absolute()
    return folder / "sandbox" if (not settings.has_studio_key if in_sandbox is None else in_sandbox) else folder


def _prepare_folder(settings: Settings, in_sandbox: bool) -> Path:
    folder = data_folder_of(settings, in_sandbox)
    try:
        # People's texts and files: not readable for others on this machine, unless an admin changed it.
        for each in (settings.data_dir.absolute(), folder, folder / "cache"):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Broken(
            f"Cannot write the data folder {folder}: {error.strerror}. Fix its permissions or set DIDTALK_DATA_DIR."
        ) from error
    return folder


def _open_database(settings: Settings, folder: Path, in_sandbox: bool) -> AbstractAsyncContextManager[Database]:
    """The database that was set, with a separate schema for the sandbox; else a file in the folder."""
    if settings.database_url:
        return open_database(settings.database_url, in_sandbox)
    return open_database(f"sqlite:///{folder / 'didtalk.sqlite3'}", in_sandbox=False)


async def _share_secrets(secrets: tuple[str, ...], key_value: SqlKeyValueStore) -> tuple[str, ...]:
    """The secret that the first replica stored, so that each verifies what others sign."""
    first = str(await key_value.put_if_absent("didtalk", "secret", secrets[0]))
    register_secrets(first)
    return tuple(dict.fromkeys((first, *secrets)))
