"""OAuth installation: Bolt's flow with our own store and signed states."""

import logging
import secrets
from logging import Logger
from typing import Any

import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.installation import Installation as Installed
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.chats.slack import texts
from adapters.chats.slack.context import INSTALL_PATH, PLATFORM, REDIRECT_PATH, SlackContext
from adapters.chats.slack.install.manifest import permissions
from bot.chats.installations import Installation
from bot.errors import Trouble

log = structlog.get_logger(__name__)

OAUTH_STATE_SECONDS = 600.0
OAUTH_STATE_SPACE = "slack-oauth"
INSTALL_FAILED_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>didtalk</title>
<h1>didtalk was not installed</h1><p>{why}</p><p><a href="{again}">Try again</a></p></html>
"""


class OAuthStates(AsyncOAuthStateStore):
    """Signed OAuth states, valid for ten minutes and once."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    @property
    def logger(self) -> Logger:
        return logging.getLogger("didtalk.slack.bolt")

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        return self._context.core.signer.sign(
            OAUTH_STATE_SPACE, secrets.token_hex(16), self._context.now() + OAUTH_STATE_SECONDS
        )

    async def async_consume(self, state: str) -> bool:
        now = self._context.now()
        nonce = self._context.core.signer.verify(OAUTH_STATE_SPACE, state or "", now)
        if nonce is None or not await self._context.inbox.add(OAUTH_STATE_SPACE, nonce, {}, now):
            return False
        await self._context.inbox.mark_done(OAUTH_STATE_SPACE, nonce)
        await self._context.inbox.delete_done(OAUTH_STATE_SPACE, now - 2 * OAUTH_STATE_SECONDS)
        return True


class SlackInstallationStore(AsyncInstallationStore):
    """Saves installations for Bolt, which reads them through SlackAuthorize."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    @property
    def logger(self) -> Logger:
        return logging.getLogger("didtalk.slack.bolt")

    async def async_save(self, installation: Installed) -> None:
        """Save an installation, and DM the installer how to start."""
        stored = installation_from_sdk(installation)
        await self._context.workspaces.save_installation(stored)
        self._context.api.rejected_tokens.discard(stored.token)
        if stored.installed_by:
            hello = self._context.try_call(
                stored.workspace, "chat.postMessage", channel=stored.installed_by, text=texts.INSTALL_SUCCEEDED
            )
            self._context.run_in_background(hello, "installed")


class SlackOAuthFlow(AsyncOAuthFlow):
    """Bolt's flow with our HTTP client; Bolt's own triggers aiohttp deprecation warnings."""

    def __init__(self, context: SlackContext, settings: AsyncOAuthSettings, logger: Logger) -> None:
        super().__init__(logger=logger, settings=settings)
        self._context = context

    async def run_installation(self, code: str) -> Installed | None:
        """Exchange the code for a token, and ask whose it is."""
        params: dict[str, Any] = {"code": code, "redirect_uri": self.redirect_uri}
        params |= {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
        try:
            response = await self._context.api.call("", "oauth.v2.access", **params)
            identity = await self._context.api.call(str(response["access_token"]), "auth.test")
        except (Trouble, KeyError) as trouble:
            log.warning("installation failed", why=getattr(trouble, "sentence", "no token"))
            return None
        team, enterprise = response.get("team") or {}, response.get("enterprise") or {}
        return Installed(
            app_id=response.get("app_id"),
            enterprise_id=enterprise.get("id"),
            enterprise_name=enterprise.get("name"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=response["access_token"],
            bot_id=identity.get("bot_id"),
            bot_user_id=response.get("bot_user_id") or identity.get("user_id"),
            bot_scopes=response.get("scope") or "",
            bot_refresh_token=response.get("refresh_token"),
            bot_token_expires_in=response.get("expires_in"),
            user_id=str((response.get("authed_user") or {}).get("id") or ""),
            is_enterprise_install=bool(response.get("is_enterprise_install")),
        )


def installation_from_sdk(installed: Installed) -> Installation:
    org_wide = bool(installed.is_enterprise_install)
    scopes = installed.bot_scopes or ()
    return Installation(
        platform=PLATFORM,
        workspace=str((installed.enterprise_id if org_wide else installed.team_id) or ""),
        token=str(installed.bot_token or ""),
        name=str((installed.enterprise_name if org_wide else installed.team_name) or ""),
        enterprise=str(installed.enterprise_id or ""),
        bot_id=str(installed.bot_id or ""),
        bot_user=str(installed.bot_user_id or ""),
        app_id=str(installed.app_id or ""),
        scopes=tuple(scopes.split(",") if isinstance(scopes, str) else scopes),
        installed_by=str(installed.user_id or ""),
        installed_at=float(installed.installed_at),
        refresh_token=str(installed.bot_refresh_token or ""),
        expires_at=installed.bot_token_expires_at,
    )


async def _on_failure(args: AsyncFailureArgs) -> BoltResponse:
    """Our own error page in place of Bolt's."""
    page = await args.default.failure(args)
    why = texts.INSTALL_DENIED if args.reason == "access_denied" else texts.INSTALL_FAILED
    page.body = INSTALL_FAILED_PAGE.format(why=why, again=INSTALL_PATH)
    return page


def build_oauth_flow(context: SlackContext) -> AsyncOAuthFlow:
    logger = logging.getLogger("didtalk.slack.bolt")
    # Everything is passed explicitly: Bolt takes defaults from the environment or stores files in the home folder.
    settings = AsyncOAuthSettings(
        client_id=context.settings.client_id,
        client_secret=context.settings.client_secret.get_secret_value(),
        scopes=[each.name for each in permissions().scopes],
        user_scopes=[],
        redirect_uri=f"{context.public_url}{REDIRECT_PATH}" if context.public_url else None,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        install_page_rendering_enabled=False,  # the link must lead straight to Slack
        authorization_url=f"{context.api.base_url.removesuffix('/api')}/oauth/v2/authorize",
        installation_store=SlackInstallationStore(context),
        installation_store_bot_only=True,
        state_store=OAuthStates(context),
        callback_options=AsyncCallbackOptions(lambda args: args.default.success(args), _on_failure),
        logger=logger,
    )
    return SlackOAuthFlow(context, settings, logger)
