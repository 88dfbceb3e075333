"""Slack as a `Chat`: routes, and everything that is built when it opens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.routing import Route

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import SlackClient
from adapters.chats.slack.api.workspaces import PLATFORM, AppCredentials, SlackWorkspaces
from adapters.chats.slack.context import SlackContext, StoppableTaskGroup
from adapters.chats.slack.files import SlackFiles
from adapters.chats.slack.forms.modals import SlackModals
from adapters.chats.slack.forms.suggestions import FormSuggestions
from adapters.chats.slack.forms.user_defaults import DefaultsForm
from adapters.chats.slack.incoming.buttons import SlackButtons
from adapters.chats.slack.incoming.commands import SlashCommands
from adapters.chats.slack.incoming.events import SlackEvents
from adapters.chats.slack.incoming.http import SlackEndpoints, SlackListener
from adapters.chats.slack.incoming.inbox_worker import SlackInboxWorker
from adapters.chats.slack.incoming.message_reader import MessageReader
from adapters.chats.slack.incoming.socket_mode import open_socket_mode
from adapters.chats.slack.install.oauth import INSTALL_PATH, REDIRECT_PATH, build_oauth_flow
from adapters.chats.slack.install.uninstall import SlackUninstaller
from adapters.chats.slack.outgoing.delivery import SlackDelivery
from adapters.chats.slack.outgoing.followups import Followups
from adapters.chats.slack.outgoing.home_tab import HomeTab
from adapters.chats.slack.outgoing.job_message import JobMessages
from adapters.chats.slack.outgoing.notices import SlackNotices
from adapters.chats.slack.outgoing.replies import SlackReplies
from adapters.chats.slack.people import Channels, SlackUsers, UserGroups
from adapters.http.client import open_client
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import ChatContext
from bot.errors import Trouble, TryAgain
from bot.jobs.asker import Place
from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

EVENTS_PATH = "/slack/events"
IDENTITY_RETRY_SECONDS = 10.0


@dataclass(frozen=True)
class SlackConfig:
    """Credentials and settings: a bot token for one workspace, or a client id and secret for many."""

    signing_secret: str = ""
    bot_token: str | None = None
    app_token: str | None = None
    client_id: str = ""
    client_secret: str = ""
    public_url: str = ""
    api_url: str = "https://slack.com/api"
    allow_guests: bool = True

    @property
    def many_workspaces(self) -> bool:
        return bool(self.client_id and self.client_secret)

    @property
    def credentials(self) -> AppCredentials:
        if not self.many_workspaces:
            return AppCredentials(self.bot_token)
        install_url = f"{self.public_url}{INSTALL_PATH}" if self.public_url else ""
        return AppCredentials(None, self.client_id, self.client_secret, install_url)


@dataclass(frozen=True)
class _Components:
    context: SlackContext
    files: SlackFiles
    job_messages: JobMessages
    delivery: SlackDelivery
    followups: Followups
    home_tab: HomeTab
    notices: SlackNotices
    listener: SlackListener


class Slack:
    name = PLATFORM

    def __init__(self, config: SlackConfig) -> None:
        self._config = config
        self._components: _Components | None = None
        self._endpoints = SlackEndpoints()

    def routes(self) -> Sequence[Route]:
        install = (
            [Route(path, self._endpoints.handle_install) for path in (INSTALL_PATH, REDIRECT_PATH)]
            if self._config.many_workspaces
            else []
        )
        events = Route(EVENTS_PATH, self._endpoints.handle_events, methods=["POST"])
        return [events, *install] if self._config.signing_secret else install

    @asynccontextmanager
    async def open(self, core: ChatContext) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(open_client(home_url=self._config.api_url))
            tasks = await stack.enter_async_context(StoppableTaskGroup())
            stack.callback(tasks.cancel_all)
            api = SlackClient(http, self._config.api_url)
            workspaces = SlackWorkspaces(
                core.installations, api, core.clock, self._config.credentials, tasks.run_in_background
            )
            context = SlackContext(core, api, workspaces, tasks)
            self._components = parts = self._build_components(context)
            self._endpoints.listener = parts.listener
            stack.callback(self._mark_closed)
            if workspaces.is_single:
                context.run_in_background(_identify_workspace(context), "introduction")
            if self._config.app_token:
                socket = open_socket_mode(parts.listener.bolt, self._config.app_token, api.base_url, tasks)
                await stack.enter_async_context(socket)
            yield

    async def show_card(self, job: Job, card: Card) -> str:
        parts = self._require_open()
        message = await parts.job_messages.show_card(job, card)
        await parts.followups.follow_up(job, card)
        parts.home_tab.schedule_redraw(job)
        return message

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        return await self._require_open().delivery.deliver(job, card, files)

    async def find_delivery(self, job: Job) -> str | None:
        return await self._require_open().delivery.find_delivery(job)

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        await self._require_open().files.fetch_attachment(media, to, max_bytes)

    async def remove_messages(self, job: Job) -> None:
        parts = self._require_open()
        await parts.delivery.remove_files(job)
        await parts.job_messages.remove_card(job)
        parts.home_tab.schedule_redraw(job)

    async def post_notice(self, notice: Notice, card: Card) -> str:
        return await self._require_open().notices.post_notice(notice, card)

    async def find_notice(self, notice: Notice) -> str | None:
        return await self._require_open().notices.find_notice(notice)

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        await self._require_open().notices.send_privately(user, place, sentence)

    def _build_components(self, context: SlackContext) -> _Components:
        config = self._config
        user_groups = UserGroups(context, context.desk.access.rules.named_people)
        files, users, replies = (
            SlackFiles(context),
            SlackUsers(context, user_groups, config.allow_guests),
            SlackReplies(context),
        )
        reader = MessageReader(context, files, users)
        job_messages, home_tab = JobMessages(context), HomeTab(context)
        delivery, followups = SlackDelivery(context, job_messages), Followups(context, job_messages, home_tab)
        channels = Channels(context)
        modals = SlackModals(context, users, channels, reader, DefaultsForm(context, home_tab))
        buttons = SlackButtons(context, users, replies, modals, home_tab)
        uninstaller = SlackUninstaller(context)
        events = SlackEvents(context, users, channels, reader, replies, home_tab, uninstaller)
        suggestions = FormSuggestions(context.core.lookups, context.core.clock, context.tasks)
        flow = (
            build_oauth_flow(context, config.client_id, config.client_secret, config.public_url)
            if config.many_workspaces
            else None
        )
        commands = SlashCommands(context, users, modals)
        event_parts = (replies, events.handlers)
        listener = SlackListener(
            context, users, commands, buttons, modals, suggestions, *event_parts, config.signing_secret, flow
        )
        handlers = {
            "event": events.handle_event,
            "button": buttons.handle_stored,
            "show_delivered": followups.show_delivered,
            "notify_asker": followups.notify_asker,
            "forget_workspace": uninstaller.forget_workspace,
        }
        context.tasks.create_task(SlackInboxWorker(context, handlers).run(), name="slack post")
        context.run_in_background(suggestions.preload_lists(), "warming")
        return _Components(
            context, files, job_messages, delivery, followups, home_tab, SlackNotices(context, replies), listener
        )

    def _require_open(self) -> _Components:
        if self._components is None:
            raise TryAgain(texts.NOT_CONNECTED, 2.0)
        return self._components

    def _mark_closed(self) -> None:
        self._components = self._endpoints.listener = None


async def _identify_workspace(context: SlackContext) -> None:
    """Retry until Slack has told us which workspace the token belongs to."""
    while True:
        try:
            installation = await context.workspaces.identify_workspace()
        except Trouble as trouble:
            log.error("workspace not identified", why=trouble.sentence)
            await asyncio.sleep(IDENTITY_RETRY_SECONDS)
        else:
            log.info("Slack connected", workspace=installation.name or installation.workspace)
            context.inbox_wakeup.set()
            return
