"""The secrets of this installation, the current one first; older ones still decrypt and verify."""

import os
import secrets
from pathlib import Path

import structlog

from bot.errors import Broken
from bot.security.redaction import register_secrets
from bot.settings import Settings

MIN_SIGNING_SECRET_CHARACTERS = 16  # shorter ones may be guessed from one signed link

log = structlog.get_logger(__name__)


def load_secrets(settings: Settings, home: Path) -> tuple[str, ...]:
    """The configured secret, else one that is created once in a private file; then all earlier ones."""
    file = home / "secret"
    if settings.secret is None:
        newest = _read_secret_file(file)
    else:
        newest = settings.secret.get_secret_value()
        if len(newest) < MIN_SIGNING_SECRET_CHARACTERS:
            log.warning("DIDTALK_SECRET is short enough to be guessed; choose 32 random characters")
    older = _split_secrets(settings.secrets_old.get_secret_value()) if settings.secrets_old else []
    if settings.secret and file.is_file():
        older.append(_read_secret_file(file))  # for what was encrypted before a secret was set
    register_secrets(newest, *older)
    return tuple(dict.fromkeys((newest, *older)))


def _split_secrets(given: str) -> list[str]:
    """Several separated by commas, or one that contains commas."""
    return [each for each in dict.fromkeys((given, *(part.strip() for part in given.split(",")))) if each]


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
