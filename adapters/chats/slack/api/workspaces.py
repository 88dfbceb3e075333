"""The workspaces the app is installed in, their tokens, and token rotation."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import SlackClient
from bot.chats.installations import Installation, Installations
from bot.errors import Trouble, TryAgain
from bot.runtime.cache import TtlCache
from bot.runtime.clock import Clock

log = structlog.get_logger(__name__)

PLATFORM = "slack"
INSTALLATION_CACHE_SECONDS = 5.0  # short, because another replica may have deleted it
RENEW_EARLY_SECONDS = 2 * 3600.0  # before it expires, a token is renewed in the background …
RENEW_BLOCKING_SECONDS = 120.0  # … and this close to the end, the work waits for the new one
RENEW_TIMEOUT_SECONDS = 2.0

BackgroundRunner = Callable[[Coroutine[Any, Any, object], str], None]


@dataclass(frozen=True)
class AppCredentials:
    """What identifies the app: one workspace's bot token, or the client id and secret for any workspace."""

    bot_token: str | None = None
    client_id: str = ""
    client_secret: str = ""
    install_url: str = ""


class SlackWorkspaces:
    """One workspace by its token, or all that installed the app."""

    def __init__(
        self,
        installations: Installations,
        api: SlackClient,
        clock: Clock,
        credentials: AppCredentials,
        run_in_background: BackgroundRunner,
    ) -> None:
        self._installations = installations
        self._api = api
        self._clock = clock
        self._credentials = credentials
        self._token = credentials.bot_token
        self._run_in_background = run_in_background
        self._single: Installation | None = None
        self._cache = TtlCache[str, Installation](clock, INSTALLATION_CACHE_SECONDS)
        self._renewal_locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    @property
    def is_single(self) -> bool:
        """Whether a bot token was set, so that there is only one workspace."""
        return self._token is not None

    @property
    def not_installed_text(self) -> str:
        """What people read where the app is not installed, with the install link if there is one."""
        return f"{texts.BOT_REMOVED} {self._credentials.install_url}".strip()

    async def identify_workspace(self) -> Installation:
        """Ask Slack which workspace the one token belongs to."""
        response = await self._api.call(self._token or "", "auth.test")
        self._single = Installation(
            platform=PLATFORM,
            workspace=str(response["team_id"]),
            token=self._token or "",
            name=str(response.get("team", "")),
            enterprise=str(response.get("enterprise_id") or ""),
            bot_id=str(response.get("bot_id", "")),
            bot_user=str(response.get("user_id", "")),
            installed_at=self._clock.now(),
        )
        return self._single

    async def find_installation(self, team: str, enterprise: str = "") -> Installation | None:
        """The installation for a workspace: its own, else its organisation's."""
        if self._token is not None:
            installation = self._single or Installation(platform=PLATFORM, workspace=team, token=self._token)
            return with_team(team, installation)
        for workspace in (team, enterprise):
            if workspace and (found := await self._cached_installation(workspace)):
                return with_team(team, await self._with_fresh_token(found) if found.expires_at else found)
        return None

    async def require_installation(self, workspace: str) -> Installation:
        """The installation for a workspace; a workspace that removed the app may install it again."""
        found = await self.find_installation(workspace)
        if found is None:
            raise TryAgain(texts.BOT_REMOVED, 600.0)
        return found

    async def save_installation(self, installation: Installation) -> None:
        await self._installations.save(installation)
        self._cache.discard(installation.workspace)

    async def delete_installation(self, workspace: str) -> bool:
        self._cache.discard(workspace)
        return await self._installations.delete(PLATFORM, workspace)

    async def _cached_installation(self, workspace: str) -> Installation | None:
        # Reading and decrypting it for each command costs more than recording the command.
        if cached := self._cache.get(workspace):
            return cached
        stored = await self._installations.get(PLATFORM, workspace)
        return self._cache.put(workspace, stored) if stored else None

    async def _with_fresh_token(self, installation: Installation) -> Installation:
        """The installation with a token that has not expired, or as it is when Slack issues none."""
        seconds_left = (installation.expires_at or 0.0) - self._clock.now()
        if not installation.refresh_token or seconds_left > RENEW_EARLY_SECONDS:
            return installation
        if seconds_left > RENEW_BLOCKING_SECONDS:
            if not self._renewal_locks[installation.workspace].locked():
                self._run_in_background(self._renew_token(installation), "token renewal")
            return installation
        return await self._renew_token(installation)

    async def _renew_token(self, installation: Installation) -> Installation:
        """Exchange the refresh token, which is valid once, for the next pair."""
        async with self._renewal_locks[installation.workspace]:
            stored = await self._installations.get(installation.platform, installation.workspace)
            if stored is None or stored.refresh_token != installation.refresh_token:
                return stored or installation  # renewed meanwhile
            params = {
                "client_id": self._credentials.client_id,
                "client_secret": self._credentials.client_secret,
                "grant_type": "refresh_token",
                "refresh_token": stored.refresh_token,
            }
            try:
                response = await self._api.call("", "oauth.v2.access", seconds=RENEW_TIMEOUT_SECONDS, **params)
            except Trouble as trouble:
                log.warning("token not renewed", workspace=stored.workspace, why=trouble.sentence)
                return stored
            lifetime = float(response.get("expires_in") or 0.0)
            changes = {
                "token": str(response["access_token"]),
                "refresh_token": str(response.get("refresh_token") or stored.refresh_token),
                "expires_at": self._clock.now() + lifetime if lifetime else None,
            }
            fresh = stored.model_copy(update=changes)
            await self.save_installation(fresh)
            return fresh


def with_team(team: str, installation: Installation) -> Installation:
    """An organisation's installation with the workspace an event came from; Slack's lists require one."""
    if not team or team == installation.workspace or not installation.workspace.startswith("E"):
        return installation
    return installation.model_copy(update={"team": team})
