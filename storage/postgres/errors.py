"""What a database server can do wrong: what to do about each, and how to say it so that a person knows what to mend.

Three things can follow from a failure. What was **raced** was undone because another process was quicker, and is done
again. What was **lost** may or may not have been written, and is done again by work that knows this. Anything else is
told, or is a mistake of our own and passes unchanged.
"""

from collections.abc import Callable

import asyncpg

from bot.errors import Broken

RACED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # a newer replica changed a table meanwhile
    asyncpg.OutdatedSchemaCacheError,
)
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a server that was a moment ago the one to write to
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InternalClientError,  # what the driver says when a line breaks between two of its steps
    OSError,
    TimeoutError,
)


def server_fault(error: Exception, where: str) -> Exception:
    """One sentence for what the server refused; never with the password, which `where` does not hold."""
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return Broken(sentence(where))
    lost = isinstance(error, LOST) or (isinstance(error, asyncpg.InterfaceError) and not _ours(error))
    return Broken(_away(where)) if lost else error


def absent(where: str) -> Broken:
    """Nobody answers while didtalk starts, and whoever starts it is told what to do."""
    return Broken(
        f"The database {where} does not answer, so didtalk cannot start. Check that the server runs and that "
        "DIDTALK_DATABASE_URL names it, then start didtalk again. Nothing that was confirmed is lost."
    )


def _ours(error: asyncpg.InterfaceError) -> bool:
    """Wrong values for a statement are a mistake in the program."""
    return isinstance(error, ValueError)


def _away(where: str) -> str:
    return (
        f"The database {where} does not answer. Nothing that was confirmed is lost, and didtalk goes on by itself when "
        "it is back. Check that the server runs and that DIDTALK_DATABASE_URL names it."
    )


def _password(where: str) -> str:
    return f"The database {where} does not take the user or the password in DIDTALK_DATABASE_URL. Correct them there."


def _missing(where: str) -> str:
    return f"There is no database {where}. Create it (createdb), or name another in DIDTALK_DATABASE_URL."


def _full(where: str) -> str:
    return f"The disk of the database {where} is full. Free some space there, then ask again."


def _crowded(where: str) -> str:
    return (
        f"The database {where} has no connection left. Raise max_connections there, or close what else uses it; "
        "each didtalk needs up to a dozen."
    )


def _memory(where: str) -> str:
    return f"The database {where} has run out of memory. Give it more, then ask again."


def _rights(where: str) -> str:
    return (
        f"The user of the database {where} lacks a right. Make it the owner of the database, or of the schemas didtalk "
        "and didtalk_sandbox."
    )


def _standby(where: str) -> str:
    return f"The database {where} can only be read: it is a standby. Name the primary in DIDTALK_DATABASE_URL."


def _damaged(where: str) -> str:
    return f"The database {where} is damaged. Its own log says where; put a backup in its place."


_SENTENCES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[str], str]], ...] = (
    ((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError), _password),
    (asyncpg.InvalidCatalogNameError, _missing),
    (asyncpg.DiskFullError, _full),
    (asyncpg.TooManyConnectionsError, _crowded),
    (asyncpg.OutOfMemoryError, _memory),
    (asyncpg.InsufficientPrivilegeError, _rights),
    (asyncpg.ReadOnlySQLTransactionError, _standby),
    ((asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError), _damaged),
)
