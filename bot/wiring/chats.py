"""The chats that are set up."""

from collections.abc import Callable

from adapters.chats.console.chat import Console
from adapters.chats.slack.chat import Slack
from adapters.chats.terminal_api import ServedTerminal
from adapters.media.sniff import sniff_file
from bot.chats.chat import Chat
from bot.errors import Broken
from bot.settings import DiscordSettings, Settings, SlackSettings
from bot.wiring.faces import portrait_paths


def build_chats(settings: Settings, terminal: ServedTerminal | None = None) -> list[Chat]:
    """Every chat that is set up; the terminal always is, for `didtalk ask`."""
    chats: list[Chat] = [terminal or ServedTerminal(), *_build_slack(settings.slack, settings.public_url)]
    if settings.console:
        chats.append(build_console(settings))
    if settings.discord.bot_token:
        chats.append(_build_discord(settings.discord))
    return chats


def build_console(settings: Settings, restart: Callable[[], None] | None = None) -> Console:
    token = settings.console_token.get_secret_value() if settings.console_token else None
    return Console(sniff_file, token=token, restart=restart, portraits=portrait_paths())


def _build_discord(settings: DiscordSettings) -> Chat:
    from adapters.chats.discord.chat import DiscordChat
    from adapters.media.transcode import Transcoder

    return DiscordChat(settings, Transcoder())


def _build_slack(settings: SlackSettings, public_url: str) -> list[Chat]:
    if problem := _slack_problem(settings):
        raise Broken(problem)
    if not (settings.bot_token or settings.many_workspaces):
        return []
    return [Slack(settings, public_url)]


def _slack_problem(slack: SlackSettings) -> str:
    """What is wrong with the Slack settings, as far as can be seen without a call."""
    can_receive, has_client = (
        bool(slack.signing_secret or slack.app_token),
        bool(slack.client_id or slack.client_secret),
    )
    if slack.bot_token.get_secret_value().startswith(("xapp-", "xoxp-")):
        return "SLACK_BOT_TOKEN is not a bot's: copy the Bot User OAuth Token, which begins with xoxb-."
    if slack.app_token.get_secret_value().startswith("xox"):
        return "SLACK_APP_TOKEN is not an app's: generate an App-Level Token, which begins with xapp-."
    if has_client and not slack.many_workspaces:
        return "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together, and one of them is missing."
    if can_receive and not (slack.bot_token or has_client):
        return "Slack needs SLACK_BOT_TOKEN as well: the Bot User OAuth Token under Install App."
    if not can_receive and (slack.bot_token or has_client):
        return "Slack needs SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN (for Socket Mode) as well."
    return ""
