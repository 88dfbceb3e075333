"""Installations as rows; whoever reads the file finds no token in it."""

import base64
import json

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.installations import Installation
from storage.database import Database

log = structlog.get_logger(__name__)

PUT = (
    "INSERT INTO installations (platform, workspace, body, sealed) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (platform, workspace) DO UPDATE SET body = excluded.body, sealed = excluded.sealed"
)
GET = "SELECT body, sealed FROM installations WHERE platform = $1 AND workspace = $2"
DROP = "DELETE FROM installations WHERE platform = $1 AND workspace = $2 RETURNING workspace"

# Whatever else there may be, a newer program's secret among it, is sealed.
_OPEN = set(Installation.model_fields) - {"token", "refresh"}


class SqlInstallations:
    """Keeps them in a database; what each method promises stands in `bot.installations.Installations`."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._cipher = Fernet(_key(secret))

    async def put(self, installation: Installation) -> None:
        """Keep one, in place of the workspace's earlier one."""
        secrets = json.dumps(installation.model_dump(exclude=_OPEN))
        sealed = self._cipher.encrypt(secrets.encode()).decode()
        body = installation.model_dump_json(include=_OPEN)
        await self._database.run(PUT, installation.platform, installation.workspace, body, sealed)

    async def get(self, platform: str, workspace: str) -> Installation | None:
        """The installation of a workspace; none when its token cannot be read any more."""
        rows = await self._database.read(GET, platform, workspace)
        if not rows:
            return None
        body, sealed = rows[0]
        try:
            secrets = json.loads(self._cipher.decrypt(sealed.encode()))
        except InvalidToken:
            log.error("sealed with another DIDTALK_SECRET; install again", platform=platform, workspace=workspace)
            return None
        return Installation.model_validate(json.loads(body) | secrets)

    async def drop(self, platform: str, workspace: str) -> bool:
        """Forget one, token and all; whether there was one."""
        return bool(await self._database.run(DROP, platform, workspace))


def _key(secret: str) -> bytes:
    """A key of its own, so that one secret can serve several purposes."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"didtalk installations").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
