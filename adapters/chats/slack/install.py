"""Installing the app in a workspace: Bolt's own dance, with our table and our seal."""

import logging
import secrets
from logging import Logger
from typing import Any

from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.installation import Installation as Installed
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.chats.slack import words
from adapters.chats.slack.inside import Inside
from adapters.chats.slack.scopes import SCOPES
from adapters.chats.slack.workspaces import PLATFORM
from bot.installations import Installation

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
STATE_LIVES = 600.0
STATES = "slack-oauth"


class States(AsyncOAuthStateStore):
    """Proof that an installation was begun here: sealed, for ten minutes, good once."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    @property
    def logger(self) -> Logger:
        """Where Bolt logs about it."""
        return logging.getLogger("didtalk.slack.bolt")

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new state."""
        return self._in.door.seal.close(STATES, secrets.token_hex(16), self._in.door.clock.now() + STATE_LIVES)

    async def async_consume(self, state: str) -> bool:
        """Whether a state is ours, fresh, and used for the first time."""
        now = self._in.door.clock.now()
        nonce = self._in.door.seal.open(STATES, state or "", now)
        if nonce is None or not await self._in.door.inbox.keep(STATES, nonce, {}, now):
            return False
        await self._in.door.inbox.done(STATES, nonce)
        await self._in.door.inbox.sweep(STATES, now - 2 * STATE_LIVES)
        return True


class Store(AsyncInstallationStore):
    """Keeps what Slack gives us for a workspace. Only saving is Bolt's business: it asks `Gate` for the rest."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    @property
    def logger(self) -> Logger:
        """Where Bolt logs about it."""
        return logging.getLogger("didtalk.slack.bolt")

    async def async_save(self, installation: Installed) -> None:
        """Keep an installation, and tell whoever made it how to begin."""
        kept = kept_of(installation)
        await self._in.door.installations.put(kept)
        if kept.by:
            hello = self._in.quietly(kept.workspace, "chat.postMessage", channel=kept.by, text=words.INSTALLED)
            self._in.later(hello, "installed")


def kept_of(installed: Installed) -> Installation:
    """What we keep of an installation."""
    whole = bool(installed.is_enterprise_install)
    scopes = installed.bot_scopes or ()
    return Installation(
        platform=PLATFORM,
        workspace=str((installed.enterprise_id if whole else installed.team_id) or ""),
        token=str(installed.bot_token or ""),
        name=str((installed.enterprise_name if whole else installed.team_name) or ""),
        enterprise=str(installed.enterprise_id or ""),
        bot=str(installed.bot_id or ""),
        bot_user=str(installed.bot_user_id or ""),
        app=str(installed.app_id or ""),
        scopes=tuple(scopes.split(",") if isinstance(scopes, str) else scopes),
        by=str(installed.user_id or ""),
        at=float(installed.installed_at),
        refresh=str(installed.bot_refresh_token or ""),
        expires_at=installed.bot_token_expires_at,
    )


def oauth(inside: Inside, client_id: str, client_secret: str, public_url: str) -> AsyncOAuthFlow:
    """The flow behind the two addresses."""
    logger = logging.getLogger("didtalk.slack.bolt")
    # Everything is passed by name: what is left out, Bolt reads from the environment or keeps in the home folder.
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=[each.name for each in SCOPES],
        user_scopes=[],
        redirect_uri=f"{public_url}{REDIRECT}" if public_url else None,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        install_page_rendering_enabled=False,  # a direct link must lead straight to Slack
        authorization_url=f"{inside.wire.base.removesuffix('/api')}/oauth/v2/authorize",
        installation_store=Store(inside),
        installation_store_bot_only=True,
        state_store=States(inside),
        logger=logger,
    )
    client = AsyncWebClient(base_url=f"{inside.wire.base}/", logger=logger)
    return AsyncOAuthFlow(client=client, logger=logger, settings=settings)
