"""Tokens that a workspace lets expire twice a day: changed in time, by one of us at once."""

import asyncio
from collections import defaultdict

import structlog

from adapters.chats.slack.context import Inside
from bot.chats.installations import Installation
from bot.errors import Trouble

log = structlog.get_logger(__name__)

EARLY = 2 * 3600.0  # seconds before its end in which a token is changed beside the work …
LAST = 120.0  # … and in which the work waits for the new one
ANSWERS = 2.0


class Rotation:
    """Exchanges a refresh token, good once, for the next pair."""

    def __init__(self, inside: Inside, client_id: str, client_secret: str) -> None:
        self._in = inside
        self._given = {"client_id": client_id, "client_secret": client_secret, "grant_type": "refresh_token"}
        self._locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    async def fresh(self, installation: Installation) -> Installation:
        """The installation with a token that is good; the one it has when Slack gives no other."""
        left = (installation.expires_at or 0.0) - self._in.door.clock.now()
        if not installation.refresh or left > EARLY:
            return installation
        if left > LAST:
            if not self._locks[installation.workspace].locked():
                self._in.later(self._renewed(installation), "token")
            return installation
        return await self._renewed(installation)

    async def _renewed(self, installation: Installation) -> Installation:
        async with self._locks[installation.workspace]:
            known = await self._in.door.installations.get(installation.platform, installation.workspace)
            if known is None or known.refresh != installation.refresh:
                return known or installation  # somebody was quicker
            try:
                said = await self._in.wire.call(
                    "", "oauth.v2.access", seconds=ANSWERS, refresh_token=known.refresh, **self._given
                )
            except Trouble as trouble:
                log.warning("token not renewed", workspace=known.workspace, why=trouble.sentence)
                return known
            now = self._in.door.clock.now()
            changed = {"token": str(said["access_token"]), "refresh": str(said.get("refresh_token") or known.refresh)}
            lives = float(said.get("expires_in") or 0.0)
            fresh = known.model_copy(update=changed | {"expires_at": now + lives if lives else None})
            await self._in.workspaces.put(fresh)
            return fresh
