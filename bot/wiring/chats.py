"""The chats that are set up, and the portraits that ship with didtalk."""

from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from adapters.chats.console import Console
from adapters.chats.slack.chat import Slack, SlackConfig
from adapters.chats.terminal_api import ServedTerminal
from adapters.media.sniff import sniff_file
from bot.chats.chat import Chat
from bot.errors import Broken
from bot.requests.media import Media, MediaKind
from bot.settings import Settings


def build_chats(settings: Settings, terminal: ServedTerminal | None = None) -> list[Chat]:
    """Every chat that is set up; the terminal always is, for `didtalk ask`."""
    chats: list[Chat] = [terminal or ServedTerminal(), *_build_slack(settings)]
    if settings.console:
        chats.append(build_console(settings))
    if settings.discord_bot_token:
        chats.append(_build_discord(settings, settings.discord_bot_token.get_secret_value()))
    return chats


def build_console(settings: Settings, restart: Callable[[], None] | None = None) -> Console:
    token = settings.console_token.get_secret_value() if settings.console_token else None
    return Console(sniff_file, token=token, restart=restart, portraits=portrait_paths())


def _build_discord(settings: Settings, token: str) -> Chat:
    from adapters.chats.discord import DiscordChat
    from adapters.chats.discord.client.connection import DiscordConfig
    from adapters.media.transcode import Transcoder

    account = DiscordConfig(
        token,
        application_id=settings.discord_application_id,
        guild_id=settings.discord_guild_id,
        required_role=str(settings.discord_role_id or ""),
        message_content=settings.discord_message_content,
        api_url=settings.discord_api_url,
    )
    return DiscordChat(account, Transcoder())


def _build_slack(settings: Settings) -> list[Chat]:
    slack_settings = SlackConfig(
        signing_secret=_secret_text(settings.slack_signing_secret),
        bot_token=_secret_text(settings.slack_bot_token) or None,
        app_token=_secret_text(settings.slack_app_token) or None,
        client_id=settings.slack_client_id,
        client_secret=_secret_text(settings.slack_client_secret),
        public_url=settings.public_url,
        api_url=settings.slack_api_url,
        allow_guests=settings.slack_guests,
    )
    if problem := _slack_problem(slack_settings):
        raise Broken(problem)
    return [Slack(slack_settings)] if slack_settings.bot_token or slack_settings.many_workspaces else []


def _slack_problem(slack_settings: SlackConfig) -> str:
    """What is wrong with the Slack settings, as far as can be seen without a call."""
    can_receive, has_client = (
        bool(slack_settings.signing_secret or slack_settings.app_token),
        bool(slack_settings.client_id or slack_settings.client_secret),
    )
    if (slack_settings.bot_token or "").startswith(("xapp-", "xoxp-")):
        return "SLACK_BOT_TOKEN is not a bot's: copy the Bot User OAuth Token, which begins with xoxb-."
    if (slack_settings.app_token or "").startswith("xox"):
        return "SLACK_APP_TOKEN is not an app's: generate an App-Level Token, which begins with xapp-."
    if has_client and not slack_settings.many_workspaces:
        return "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together, and one of them is missing."
    if can_receive and not (slack_settings.bot_token or has_client):
        return "Slack needs SLACK_BOT_TOKEN as well: the Bot User OAuth Token under Install App."
    if not can_receive and (slack_settings.bot_token or has_client):
        return "Slack needs SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN (for Socket Mode) as well."
    return ""


def _secret_text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


_PORTRAIT_FOLDER = Path(__file__).parents[2] / "adapters" / "sandbox" / "portraits"


def portrait_paths() -> dict[str, Path]:
    return {name: _PORTRAIT_FOLDER / f"{name}.png" for name in ("ada", "ben")}


def default_face(settings: Settings) -> Media:
    """The face of a request without one: a portrait of ours, or a link."""
    address = settings.face if "://" in settings.face else f"portrait:{settings.face}"
    return Media(kind=MediaKind.PICTURE, address=address, name="face.png")
