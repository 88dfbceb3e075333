"""Which chats there are, by what is set: the second half of the composition root."""

from pydantic import SecretStr

from adapters.chats.slack.chat import Keys, Slack
from adapters.chats.terminal import Terminal
from bot.chat import Chat
from bot.errors import Broken
from bot.settings import Settings


def chats_of(settings: Settings) -> list[Chat]:
    """Every chat that is set up; the terminal always is, for what `didtalk ask` left behind."""
    return [Terminal(), *_slack(settings)]


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
    if not (keys.bot_token or keys.many):
        return []
    if not (keys.signing_secret or keys.app_token):
        raise Broken("Slack needs SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN (for Socket Mode) as well.")
    return [Slack(keys)]


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
