"""Which chats there are, by what is set."""

from collections.abc import Callable

from pydantic import SecretStr

from adapters.chats.console import Console
from adapters.chats.slack.chat import Keys, Slack
from adapters.chats.terminal import Terminal
from adapters.media.sniff import sniff_file
from bot.chats.chat import Chat
from bot.errors import Broken
from bot.settings import Settings
from bot.wiring.portraits import portraits


def chats_of(settings: Settings) -> list[Chat]:
    """Every chat that is set up; the terminal always is, for what `didtalk ask` left behind."""
    chats: list[Chat] = [Terminal(), *_slack(settings)]
    if settings.console:
        chats.append(console_of(settings))
    if settings.discord_bot_token:
        chats.append(_discord(settings, settings.discord_bot_token.get_secret_value()))
    return chats


def console_of(settings: Settings, restart: Callable[[], None] | None = None) -> Console:
    """The chat in the browser."""
    token = settings.console_token.get_secret_value() if settings.console_token else None
    return Console(sniff_file, token=token, restart=restart, faces=portraits())


def _discord(settings: Settings, token: str) -> Chat:
    from adapters.chats.discord import DiscordChat
    from adapters.chats.discord.client.connection import Account
    from adapters.media.transcode import Shrink

    account = Account(
        token,
        application=settings.discord_application_id,
        guild=settings.discord_guild_id,
        role=str(settings.discord_role_id or ""),
        content=settings.discord_message_content,
        api_url=settings.discord_api_url,
    )
    return DiscordChat(account, Shrink())


def _slack(settings: Settings) -> list[Chat]:
    keys = Keys(
        signing_secret=_plain(settings.slack_signing_secret),
        bot_token=_plain(settings.slack_bot_token) or None,
        app_token=_plain(settings.slack_app_token) or None,
        client_id=settings.slack_client_id,
        client_secret=_plain(settings.slack_client_secret),
        public_url=settings.public_url,
        api_url=settings.slack_api_url,
        guests=settings.slack_guests,
    )
    if wrong := _wrong(keys):
        raise Broken(wrong)
    return [Slack(keys)] if keys.bot_token or keys.many else []


def _wrong(keys: Keys) -> str:
    """What keeps Slack from working, of all that can be seen without asking it; silence would seem to be an answer."""
    heard, client = bool(keys.signing_secret or keys.app_token), bool(keys.client_id or keys.client_secret)
    if (keys.bot_token or "").startswith(("xapp-", "xoxp-")):
        return "SLACK_BOT_TOKEN is not a bot's: copy the Bot User OAuth Token, which begins with xoxb-."
    if (keys.app_token or "").startswith("xox"):
        return "SLACK_APP_TOKEN is not an app's: generate an App-Level Token, which begins with xapp-."
    if client and not keys.many:
        return "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together, and one of them is missing."
    if heard and not (keys.bot_token or client):
        return "Slack needs SLACK_BOT_TOKEN as well: the Bot User OAuth Token under Install App."
    if not heard and (keys.bot_token or client):
        return "Slack needs SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN (for Socket Mode) as well."
    return ""


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
