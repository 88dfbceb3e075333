"""Installations as rows; whoever reads the file finds no token in it."""

import base64
import json
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.chats.installations import Installation
from storage.database import Database

log = structlog.get_logger(__name__)

PUT = (
    "INSERT INTO installations (platform, workspace, body, sealed) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (platform, workspace) DO UPDATE SET body = excluded.body, sealed = excluded.sealed"
)
GET = "SELECT body, sealed FROM installations WHERE platform = $1 AND workspace = $2"
ALL = "SELECT platform, workspace, sealed FROM installations"
# Only what still stands as it was read: meanwhile the workspace may have been installed anew.
AGAIN = "UPDATE installations SET sealed = $1 WHERE platform = $2 AND workspace = $3 AND sealed = $4"
DROP = "DELETE FROM installations WHERE platform = $1 AND workspace = $2 RETURNING workspace"

LOST = (
    "workspaces are sealed with another DIDTALK_SECRET: put that one into DIDTALK_SECRETS_OLD, or install there again"
)
# Whatever else there may be, a newer program's secret among it, is sealed.
_OPEN = set(Installation.model_fields) - {"token", "refresh"}


class SqlInstallations:
    """Keeps them in a database; what each method promises stands in `bot.chats.installations.Installations`."""

    def __init__(self, database: Database, secret: str, *older: str) -> None:
        self._database = database
        self._newest = Fernet(_key(secret))
        self._any = MultiFernet([self._newest, *(Fernet(_key(each)) for each in older)])

    async def put(self, installation: Installation) -> None:
        """Keep one, in place of the workspace's earlier one."""
        secrets = installation.model_dump(exclude=_OPEN)
        sealed = self._sealed(installation.platform, installation.workspace, secrets)
        body = installation.model_dump_json(include=_OPEN)
        await self._database.run(PUT, installation.platform, installation.workspace, body, sealed)

    async def get(self, platform: str, workspace: str) -> Installation | None:
        """The installation of a workspace; none when its token cannot be read any more."""
        rows = await self._database.read(GET, platform, workspace)
        if not rows:
            return None
        body, sealed = rows[0]
        secrets = self._opened(platform, workspace, sealed)
        if secrets is None:
            log.error("sealed with another DIDTALK_SECRET; install again", platform=platform, workspace=workspace)
            return None
        return Installation.model_validate(json.loads(body) | secrets)

    async def drop(self, platform: str, workspace: str) -> bool:
        """Forget one, token and all; whether there was one."""
        return bool(await self._database.run(DROP, platform, workspace))

    async def seal_again(self) -> int:
        """Seal with the newest secret what older ones sealed; how many could be opened by none."""
        lost = 0
        for platform, workspace, sealed in await self._database.read(ALL):
            secrets = self._opened(platform, workspace, sealed)
            if secrets is None:
                lost += 1
            elif not self._fresh(sealed):
                again = self._sealed(platform, workspace, secrets)
                await self._database.run(AGAIN, again, platform, workspace, sealed)
        if lost:
            log.error(LOST, workspaces=lost)
        return lost

    def _sealed(self, platform: str, workspace: str, secrets: dict[str, Any]) -> str:
        told = json.dumps({**secrets, "of": f"{platform}/{workspace}"})
        return self._newest.encrypt(told.encode()).decode()

    def _opened(self, platform: str, workspace: str, sealed: str) -> dict[str, Any] | None:
        try:
            secrets: dict[str, Any] = json.loads(self._any.decrypt(sealed.encode()))
        except InvalidToken:
            return None
        # A token moved to another workspace's row opens nothing; those of older versions do not say whose they are.
        return secrets if secrets.pop("of", f"{platform}/{workspace}") == f"{platform}/{workspace}" else None

    def _fresh(self, sealed: str) -> bool:
        try:
            return b'"of"' in self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False


def _key(secret: str) -> bytes:
    """A key of its own, so that one secret can serve several purposes."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"didtalk installations").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
