"""What a database server can do wrong: what to do about each, and how to say it so that a person knows what to mend.

Three things can follow from a failure. What was **raced** was undone because another process was quicker, and is done
again. What was **lost** may or may not have been written, and is done again by work that knows this. Anything else is
told, or is a mistake of our own and passes unchanged.
"""

from collections.abc import Callable

import asyncpg

from bot.errors import Broken

CONFLICT_ERRORS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # a newer replica changed a table meanwhile
    asyncpg.OutdatedSchemaCacheError,
)
CONNECTION_ERRORS = (
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


def postgres_error(error: Exception, database_name: str) -> Exception:
    """One sentence for what the server refused; never with the password, which `where` does not hold."""
    for kind, sentence in _TEXT_BY_ERROR:
        if isinstance(error, kind):
            return Broken(sentence(database_name))
    connection_lost = isinstance(error, CONNECTION_ERRORS) or (
        isinstance(error, asyncpg.InterfaceError) and not _is_usage_error(error)
    )
    return Broken(_unreachable_text(database_name)) if connection_lost else error


def unreachable_at_start(database_name: str) -> Broken:
    """Nobody answers while didtalk starts, and whoever starts it is told what to do."""
    return Broken(
        f"The database {database_name} does not answer, so didtalk cannot start. Check that the server runs and that "
        "DIDTALK_DATABASE_URL names it, then start didtalk again. Nothing that was confirmed is lost."
    )


def _is_usage_error(error: asyncpg.InterfaceError) -> bool:
    """Wrong values for a statement are a mistake in the program."""
    return isinstance(error, ValueError)


def _unreachable_text(database_name: str) -> str:
    return (
        f"The database {database_name} does not answer. Nothing that was confirmed is lost, and didtalk goes on "
        "by itself when "
        "it is back. Check that the server runs and that DIDTALK_DATABASE_URL names it."
    )


def _bad_login_text(database_name: str) -> str:
    return (
        f"The database {database_name} does not take the user or the password in DIDTALK_DATABASE_URL. Correct "
        "them there."
    )


def _missing_database_text(database_name: str) -> str:
    return f"There is no database {database_name}. Create it (createdb), or name another in DIDTALK_DATABASE_URL."


def _disk_full_text(database_name: str) -> str:
    return f"The disk of the database {database_name} is full. Free some space there, then ask again."


def _no_connection_left_text(database_name: str) -> str:
    return (
        f"The database {database_name} has no connection left. Raise max_connections there, or close what else "
        "uses it; "
        "each didtalk needs up to a dozen."
    )


def _out_of_memory_text(database_name: str) -> str:
    return f"The database {database_name} has run out of memory. Give it more, then ask again."


def _missing_privilege_text(database_name: str) -> str:
    return (
        f"The user of the database {database_name} lacks a right. Make it the owner of the database, or of the "
        "schemas didtalk "
        "and didtalk_sandbox."
    )


def _standby_text(database_name: str) -> str:
    return f"The database {database_name} can only be read: it is a standby. Name the primary in DIDTALK_DATABASE_URL."


def _damaged_text(database_name: str) -> str:
    return f"The database {database_name} is damaged. Its own log says where; put a backup in its place."


_TEXT_BY_ERROR: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[str], str]], ...] = (
    ((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError), _bad_login_text),
    (asyncpg.InvalidCatalogNameError, _missing_database_text),
    (asyncpg.DiskFullError, _disk_full_text),
    (asyncpg.TooManyConnectionsError, _no_connection_left_text),
    (asyncpg.OutOfMemoryError, _out_of_memory_text),
    (asyncpg.InsufficientPrivilegeError, _missing_privilege_text),
    (asyncpg.ReadOnlySQLTransactionError, _standby_text),
    ((asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError), _damaged_text),
)
