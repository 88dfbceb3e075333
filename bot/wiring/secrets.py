"""The secrets of this installation, the one in use first: older ones still open what was closed with them."""

import os
import secrets
from pathlib import Path

import structlog

from bot.errors import Broken
from bot.security.redaction import register_secrets
from bot.settings import Settings

MIN_SIGNING_SECRET_CHARACTERS = 16  # characters; what is shorter may be guessed from one signed link

log = structlog.get_logger(__name__)


def load_secrets(settings: Settings, home: Path) -> tuple[str, ...]:
    """As set, else made once and kept for nobody else to read; then all that were in use before."""
    file = home / "secret"
    if settings.secret is None:
        newest = _read_secret_file(file)
    else:
        newest = settings.secret.get_secret_value()
        if len(newest) < MIN_SIGNING_SECRET_CHARACTERS:
            log.warning("DIDTALK_SECRET is short enough to be guessed; choose 32 random characters")
    older = _split_secrets(settings.secrets_old.get_secret_value()) if settings.secrets_old else []
    if settings.secret and file.is_file():
        older.append(_read_secret_file(file))  # what was closed before a secret was set stays open
    register_secrets(newest, *older)
    return tuple(dict.fromkeys((newest, *older)))


def _split_secrets(given: str) -> list[str]:
    """Several with commas between them, or one that has commas in it."""
    return [each for each in dict.fromkeys((given, *(part.strip() for part in given.split(",")))) if each]


def _read_secret_file(path: Path) -> str:
    try:
        if not path.exists():
            _create_secret_file(path)
        return path.read_text()
    except OSError as error:
        raise Broken(f"The secret in {path} cannot be read or made: {error.strerror}.") from error


def _create_secret_file(path: Path) -> None:
    """Whole or not at all, as half a secret would sign for ever; of several who make it at once, the first does."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # refuses where a file is, unlike a rename
    except FileExistsError:
        pass
    except OSError:  # a disk without links
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
