"""Tokens that a workspace lets expire twice a day: changed in time, by one of us at once."""

import asyncio
from collections import defaultdict

import structlog

from adapters.chats.slack.context import SlackContext
from bot.chats.installations import Installation
from bot.errors import Trouble

log = structlog.get_logger(__name__)

RENEW_EARLY_SECONDS = 2 * 3600.0  # seconds before its end in which a token is changed beside the work …
RENEW_BLOCKING_SECONDS = 120.0  # … and in which the work waits for the new one
RENEW_TIMEOUT_SECONDS = 2.0


class TokenRotation:
    """Exchanges a refresh token, good once, for the next pair."""

    def __init__(self, context: SlackContext, client_id: str, client_secret: str) -> None:
        self._context = context
        self._oauth_params = {"client_id": client_id, "client_secret": client_secret, "grant_type": "refresh_token"}
        self._locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    async def with_fresh_token(self, installation: Installation) -> Installation:
        """The installation with a token that is good; the one it has when Slack gives no other."""
        seconds_left = (installation.expires_at or 0.0) - self._context.core.clock.now()
        if not installation.refresh_token or seconds_left > RENEW_EARLY_SECONDS:
            return installation
        if seconds_left > RENEW_BLOCKING_SECONDS:
            if not self._locks[installation.workspace].locked():
                self._context.run_in_background(self._renew_token(installation), "token")
            return installation
        return await self._renew_token(installation)

    async def _renew_token(self, installation: Installation) -> Installation:
        async with self._locks[installation.workspace]:
            stored = await self._context.core.installations.get(installation.platform, installation.workspace)
            if stored is None or stored.refresh_token != installation.refresh_token:
                return stored or installation  # somebody was quicker
            try:
                response = await self._context.api.call(
                    "",
                    "oauth.v2.access",
                    seconds=RENEW_TIMEOUT_SECONDS,
                    refresh_token=stored.refresh_token,
                    **self._oauth_params,
                )
            except Trouble as trouble:
                log.warning("token not renewed", workspace=stored.workspace, why=trouble.sentence)
                return stored
            now = self._context.core.clock.now()
            changed = {
                "token": str(response["access_token"]),
                "refresh": str(response.get("refresh_token") or stored.refresh_token),
            }
            lifetime = float(response.get("expires_in") or 0.0)
            fresh = stored.model_copy(update=changed | {"expires_at": now + lifetime if lifetime else None})
            await self._context.workspaces.save_installation(fresh)
            return fresh
