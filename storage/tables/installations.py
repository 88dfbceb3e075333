"""Installations as rows, with encrypted tokens."""

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

UPSERT_INSTALLATION = (
    "INSERT INTO installations (platform, workspace, body, encrypted) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (platform, workspace) DO UPDATE SET body = excluded.body, encrypted = excluded.encrypted"
)
SELECT_INSTALLATION = "SELECT body, encrypted FROM installations WHERE platform = $1 AND workspace = $2"
SELECT_ALL_INSTALLATIONS = "SELECT platform, workspace, encrypted FROM installations"
# Only if unchanged since it was read: the workspace may have been reinstalled meanwhile.
REPLACE_ENCRYPTED = "UPDATE installations SET encrypted = $1 WHERE platform = $2 AND workspace = $3 AND encrypted = $4"
DELETE_INSTALLATION = "DELETE FROM installations WHERE platform = $1 AND workspace = $2 RETURNING workspace"

UNREADABLE_SECRETS_TEXT = (
    "workspaces are encrypted with another DIDTALK_SECRET: set it in DIDTALK_SECRETS_OLD, or reinstall there"
)
# All other fields, also those of a newer program, are encrypted.
_PLAIN_FIELDS = set(Installation.model_fields) - {"token", "refresh_token"}


class SqlInstallations:
    """See `bot.chats.installations.Installations` for what each method promises."""

    def __init__(self, database: Database, secret: str, *older: str) -> None:
        self._database = database
        self._newest_key = Fernet(_derive_key(secret))
        self._all_keys = MultiFernet([self._newest_key, *(Fernet(_derive_key(old_secret)) for old_secret in older)])

    async def save(self, installation: Installation) -> None:
        secrets = installation.model_dump(exclude=_PLAIN_FIELDS)
        encrypted = self._encrypt(installation.platform, installation.workspace, secrets)
        body = installation.model_dump_json(include=_PLAIN_FIELDS)
        await self._database.run(UPSERT_INSTALLATION, installation.platform, installation.workspace, body, encrypted)

    async def get(self, platform: str, workspace: str) -> Installation | None:
        rows = await self._database.read(SELECT_INSTALLATION, platform, workspace)
        if not rows:
            return None
        body, encrypted = rows[0]
        secrets = self._decrypt(platform, workspace, encrypted)
        if secrets is None:
            log.error("encrypted with another DIDTALK_SECRET; reinstall", platform=platform, workspace=workspace)
            return None
        return Installation.model_validate(json.loads(body) | secrets)

    async def delete(self, platform: str, workspace: str) -> bool:
        return bool(await self._database.run(DELETE_INSTALLATION, platform, workspace))

    async def reencrypt_all(self) -> int:
        """Re-encrypt with the newest secret what older ones encrypted; how many no secret can decrypt."""
        unreadable = 0
        for platform, workspace, encrypted in await self._database.read(SELECT_ALL_INSTALLATIONS):
            secrets = self._decrypt(platform, workspace, encrypted)
            if secrets is None:
                unreadable += 1
            elif not self._has_newest_key(encrypted):
                reencrypted = self._encrypt(platform, workspace, secrets)
                await self._database.run(REPLACE_ENCRYPTED, reencrypted, platform, workspace, encrypted)
        if unreadable:
            log.error(UNREADABLE_SECRETS_TEXT, workspaces=unreadable)
        return unreadable

    def _encrypt(self, platform: str, workspace: str, secrets: dict[str, Any]) -> str:
        plaintext = json.dumps({**secrets, "of": f"{platform}/{workspace}"})
        return self._newest_key.encrypt(plaintext.encode()).decode()

    def _decrypt(self, platform: str, workspace: str, encrypted: str) -> dict[str, Any] | None:
        try:
            secrets: dict[str, Any] = json.loads(self._all_keys.decrypt(encrypted.encode()))
        except InvalidToken:
            return None
        # A token moved to another workspace's row opens nothing; those of older versions do not say whose they are.
        return secrets if secrets.pop("of", f"{platform}/{workspace}") == f"{platform}/{workspace}" else None

    def _has_newest_key(self, encrypted: str) -> bool:
        try:
            return b'"of"' in self._newest_key.decrypt(encrypted.encode())
        except InvalidToken:
            return False


def _derive_key(secret: str) -> bytes:
    """A key of its own, so that one secret can serve several purposes."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"didtalk installations").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
