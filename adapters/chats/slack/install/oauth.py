"""Installing the app in a workspace: Bolt's own dance, with our table and our seal."""

import logging
import secrets
from logging import Logger
from typing import Any

import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.installation import Installation as Installed
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.chats.slack import texts
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from adapters.chats.slack.install.scopes import SCOPES
from bot.chats.installations import Installation
from bot.errors import Trouble

log = structlog.get_logger(__name__)

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
STATE_LIVES = 600.0
STATES = "slack-oauth"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>didtalk</title>
<h1>didtalk was not installed</h1><p>{why}</p><p><a href="{again}">Try again</a></p></html>
"""


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
        await self._in.workspaces.put(kept)
        self._in.wire.dead.discard(kept.token)
        if kept.by:
            hello = self._in.quietly(kept.workspace, "chat.postMessage", channel=kept.by, text=texts.INSTALLED)
            self._in.later(hello, "installed")


class Flow(AsyncOAuthFlow):
    """Bolt's flow with our wire: its own client warns of parts of aiohttp that are going away."""

    def __init__(self, inside: Inside, settings: AsyncOAuthSettings, logger: Logger) -> None:
        super().__init__(logger=logger, settings=settings)
        self._in = inside

    async def run_installation(self, code: str) -> Installed | None:
        """Exchange the code that came back for a token, and ask whose it is."""
        given: dict[str, Any] = {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
        try:
            said = await self._in.wire.call("", "oauth.v2.access", code=code, redirect_uri=self.redirect_uri, **given)
            us = await self._in.wire.call(str(said["access_token"]), "auth.test")
        except (Trouble, KeyError) as trouble:
            log.warning("not installed", why=getattr(trouble, "sentence", "no token"))
            return None
        team, enterprise = said.get("team") or {}, said.get("enterprise") or {}
        return Installed(
            app_id=said.get("app_id"),
            enterprise_id=enterprise.get("id"),
            enterprise_name=enterprise.get("name"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=said["access_token"],
            bot_id=us.get("bot_id"),
            bot_user_id=said.get("bot_user_id") or us.get("user_id"),
            bot_scopes=said.get("scope") or "",
            bot_refresh_token=said.get("refresh_token"),
            bot_token_expires_in=said.get("expires_in"),
            user_id=str((said.get("authed_user") or {}).get("id") or ""),
            is_enterprise_install=bool(said.get("is_enterprise_install")),
        )


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


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    return await args.default.success(args)


async def _not_installed(args: AsyncFailureArgs) -> BoltResponse:
    """Bolt's page with words of ours: its own speak of documents to whoever came back from Slack."""
    page = await args.default.failure(args)
    why = texts.NOT_ALLOWED if args.reason == "access_denied" else texts.NOT_INSTALLED
    page.body = PAGE.format(why=why, again=INSTALL)
    return page


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
        callback_options=AsyncCallbackOptions(_installed, _not_installed),
        logger=logger,
    )
    return Flow(inside, settings, logger)
