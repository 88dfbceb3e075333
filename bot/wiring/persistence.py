"""The data folder, the database and the secrets of this installation."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.errors import Broken
from bot.jobs.job import Jobs
from bot.notices.subscriptions import Subscriptions
from bot.runtime.clock import Clock
from bot.runtime.leases import LeaderLeases, SingleProcess
from bot.security.redaction import register_secrets
from bot.security.signed_tokens import TokenSigner
from bot.settings import Settings
from storage.database import Database
from storage.file_shelf import DiskShelf
from storage.open import open_database
from storage.postgres.clock import open_server_clock
from storage.tables.jobs import SqlJobs
from storage.tables.key_value import SqlKeyValueStore
from storage.tables.leased_queue import SqlSubscriptions
from storage.tables.leases import SqlLeaderLeases

MIN_SIGNING_SECRET_CHARACTERS = 16  # shorter ones may be guessed from one signed link

log = structlog.get_logger(__name__)


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
        all_secrets = load_secrets(settings, folder)
        leader_leases: LeaderLeases = SingleProcess()
        if db.shared:
            clock = await open_server_clock(db, clock)
            leader_leases = SqlLeaderLeases(db, clock)
            if settings.secret is None:
                all_secrets = await _share_secrets(all_secrets, key_value)
        yield Persistence(
            folder,
            clock,
            db,
            SqlJobs(db),
            SqlSubscriptions(db),
            key_value,
            DiskShelf(folder / "shelf"),
            leader_leases,
            all_secrets,
            TokenSigner(*all_secrets),
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


def load_secrets(settings: Settings, home: Path) -> tuple[str, ...]:
    """The configured secret, else one that is created once in a private file; then earlier ones, which still verify."""
    file = home / "secret"
    if settings.secret is None:
        newest = _read_secret_file(file)
    else:
        newest = settings.secret.get_secret_value()
        if len(newest) < MIN_SIGNING_SECRET_CHARACTERS:
            log.warning("DIDTALK_SECRET is short enough to be guessed; choose 32 random characters")
    given = settings.secrets_old.get_secret_value() if settings.secrets_old else ""
    # Several separated by commas, or one that contains commas.
    older = [each for each in (given, *(part.strip() for part in given.split(","))) if each]
    if settings.secret and file.is_file():
        older.append(_read_secret_file(file))  # for what was encrypted before a secret was set
    register_secrets(newest, *older)
    return tuple(dict.fromkeys((newest, *older)))


def _read_secret_file(path: Path) -> str:
    try:
        if not path.exists():
            _create_secret_file(path)
        return path.read_text()
    except OSError as error:
        raise Broken(f"The secret in {path} cannot be read or created: {error.strerror}.") from error


def _create_secret_file(path: Path) -> None:
    """Atomic, as half a secret would sign for ever; of several processes at once, the first wins."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # fails where the file exists, unlike a rename
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


async def _share_secrets(own: tuple[str, ...], key_value: SqlKeyValueStore) -> tuple[str, ...]:
    """The secret that the first replica stored, so that each verifies what others sign."""
    first = str(await key_value.put_if_absent("didtalk", "secret", own[0]))
    register_secrets(first)
    return tuple(dict.fromkeys((first, *own)))
