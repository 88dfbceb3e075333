"""PostgreSQL errors: which are retried, and the sentence for each of the others.

A **conflict** was rolled back because another process was quicker, and is repeated. After a **connection** error the
work may or may not have been written; it is repeated and knows that. Other errors become a sentence, or pass unchanged
if they are mistakes in the program.
"""

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
    asyncpg.ReadOnlySQLTransactionError,  # a server that was the primary a moment ago
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InternalClientError,  # the driver, when a connection breaks between two messages
    OSError,
    TimeoutError,
)


_UNREACHABLE_TEXT = (
    "The database {name} does not answer. Nothing that was confirmed is lost, and didtalk continues by itself when "
    "it is back. Check that the server runs and that DIDTALK_DATABASE_URL names it."
)
_TEXT_BY_ERROR: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError),
        "The database {name} does not accept the user or the password in DIDTALK_DATABASE_URL. Correct them there.",
    ),
    (
        asyncpg.InvalidCatalogNameError,
        "There is no database {name}. Create it (createdb), or name another in DIDTALK_DATABASE_URL.",
    ),
    (asyncpg.DiskFullError, "The disk of the database {name} is full. Free some space there, then try again."),
    (
        asyncpg.TooManyConnectionsError,
        "The database {name} has no connection left. Raise max_connections there, or close other programs that use it. "
        "Each didtalk needs up to 12 connections.",
    ),
    (asyncpg.OutOfMemoryError, "The database {name} has run out of memory. Give it more, then try again."),
    (
        asyncpg.InsufficientPrivilegeError,
        "The user of the database {name} lacks a permission. Make it the owner of the database, or of the schemas "
        "didtalk and didtalk_sandbox.",
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        "The database {name} is a read-only standby. Name the primary in DIDTALK_DATABASE_URL.",
    ),
    (
        (asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError),
        "The database {name} is damaged. Its own log says where. Restore a backup.",
    ),
)


def postgres_error(error: Exception, database_name: str) -> Exception:
    """A sentence for an error of the server. The name contains no password."""
    for kind, sentence in _TEXT_BY_ERROR:
        if isinstance(error, kind):
            return Broken(sentence.format(name=database_name))
    # An InterfaceError that is a ValueError means wrong values for a statement: a mistake in the program.
    connection_lost = isinstance(error, CONNECTION_ERRORS) or (
        isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)
    )
    return Broken(_UNREACHABLE_TEXT.format(name=database_name)) if connection_lost else error


def unreachable_at_start(database_name: str) -> Broken:
    """The error when the server does not answer during start."""
    return Broken(
        f"The database {database_name} does not answer, so didtalk cannot start. Check that the server runs and that "
        "DIDTALK_DATABASE_URL names it, then start didtalk again. Nothing that was confirmed is lost."
    )
