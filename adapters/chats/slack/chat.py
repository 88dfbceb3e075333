"""Slack as a `Chat`: routes, and everything that is built when it opens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from slack_bolt.async_app import AsyncApp
from starlette.routing import Route

from adapters.chats.slack import texts
from adapters.chats.slack.client import SlackClient
from adapters.chats.slack.context import INSTALL_PATH, PLATFORM, REDIRECT_PATH, SlackContext, StoppableTaskGroup
from adapters.chats.slack.files import SlackFiles
from adapters.chats.slack.forms.modals import FormSuggestions, SlackModals
from adapters.chats.slack.incoming.bolt import SlackListener
from adapters.chats.slack.incoming.buttons import SlackButtons
from adapters.chats.slack.incoming.events import SlackEvents
from adapters.chats.slack.incoming.http import SlackEndpoints, SlackRequests, SlashCommands
from adapters.chats.slack.incoming.inbox_worker import SlackInboxWorker
from adapters.chats.slack.incoming.messages import MessageReader
from adapters.chats.slack.incoming.socket_mode import open_socket_mode
from adapters.chats.slack.install.oauth import build_oauth_flow
from adapters.chats.slack.install.uninstall import SlackUninstaller
from adapters.chats.slack.outgoing.followups import Followups
from adapters.chats.slack.outgoing.home_tab import HomeTab
from adapters.chats.slack.outgoing.job_messages import JobMessages, SlackDelivery
from adapters.chats.slack.outgoing.replies import SlackReplies
from adapters.chats.slack.people import Channels, SlackUsers, UserGroups
from adapters.http.client import open_client
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import ChatContext
from bot.errors import Refused, Trouble, TryAgain
from bot.jobs.job import Job, Place, Stage
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.settings import SlackSettings
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

EVENTS_PATH = "/slack/events"
IDENTITY_RETRY_SECONDS = 10.0


@dataclass(frozen=True)
class _Components:
    context: SlackContext
    files: SlackFiles
    job_messages: JobMessages
    delivery: SlackDelivery
    followups: Followups
    home_tab: HomeTab
    replies: SlackReplies
    bolt: AsyncApp
    requests: SlackRequests


class Slack:
    name = PLATFORM
    draws_time = False

    def __init__(self, settings: SlackSettings, public_url: str = "") -> None:
        self._settings = settings
        self._public_url = public_url
        self._components: _Components | None = None
        self._endpoints = SlackEndpoints()

    def routes(self) -> Sequence[Route]:
        routes = []
        if self._settings.signing_secret:
            routes.append(Route(EVENTS_PATH, self._endpoints.handle_events, methods=["POST"]))
        if self._settings.many_workspaces:
            routes += [Route(path, self._endpoints.handle_install) for path in (INSTALL_PATH, REDIRECT_PATH)]
        return routes

    @asynccontextmanager
    async def open(self, core: ChatContext) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(open_client(home_url=self._settings.api_url))
            tasks = await stack.enter_async_context(StoppableTaskGroup())
            stack.callback(tasks.cancel_all)
            context = SlackContext(
                core, SlackClient(http, self._settings.api_url), tasks, self._settings, self._public_url
            )
            self._components = parts = _build_components(context)
            self._endpoints.requests = parts.requests
            stack.callback(self._mark_closed)
            if context.workspaces.is_single:
                context.run_in_background(_identify_workspace(context), "introduction")
            if app_token := self._settings.app_token.get_secret_value():
                socket = open_socket_mode(parts.bolt, app_token, context.api.base_url, tasks)
                await stack.enter_async_context(socket)
            yield

    async def show_card(self, job: Job, card: Card) -> str:
        parts = self._require_open()
        message = await parts.job_messages.show_card(job, card)
        parts.context.run_in_background(parts.followups.set_reaction(job), "reactions")
        parts.context.run_in_background(parts.home_tab.redraw_soon(job.asker), "home")
        if job.stage is Stage.FAILED and card.mention_asker:  # edits of the card notify nobody
            await parts.context.enqueue_job_event("notify_asker", job)
        return message

    async def check_can_deliver(self, place: Place) -> None:
        context = self._require_open().context
        installation = await context.workspaces.find_installation(place.workspace)
        if installation and (missing := context.missing_scopes(installation)):
            raise Refused(context.workspaces.missing_scopes_text(missing))

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
        parts.context.run_in_background(parts.home_tab.redraw_soon(job.asker), "home")

    async def post_notice(self, notice: Notice, card: Card) -> str:
        return await self._require_open().replies.post_notice(notice, card)

    async def find_notice(self, notice: Notice) -> str | None:
        return await self._require_open().replies.find_notice(notice)

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        await self._require_open().replies.send_about_channel(user, place, sentence)

    def _require_open(self) -> _Components:
        if self._components is None:
            raise TryAgain(texts.NOT_CONNECTED, 2.0)
        return self._components

    def _mark_closed(self) -> None:
        self._components = self._endpoints.requests = None


def _build_components(context: SlackContext) -> _Components:
    users = SlackUsers(context, UserGroups(context, context.desk.access.rules.named_people))
    channels, reader, replies = Channels(context), MessageReader(context, users), SlackReplies(context)
    job_messages, home_tab = JobMessages(context), HomeTab(context)
    followups = Followups(context, job_messages, home_tab)
    modals = SlackModals(context, users, channels, reader, home_tab)
    buttons = SlackButtons(context, users, replies, modals, home_tab)
    uninstaller = SlackUninstaller(context)
    events = SlackEvents(context, users, channels, reader, replies, home_tab, uninstaller)
    suggestions = FormSuggestions(context.core.lookups, context.core.clock, context.tasks)
    commands = SlashCommands(context, users, modals)
    oauth = build_oauth_flow(context) if context.settings.many_workspaces else None
    listener = SlackListener(
        context,
        users,
        commands.handle_command,
        buttons.handle_press,
        modals,
        suggestions,
        replies,
        events.handlers,
        oauth,
    )
    bolt, requests = listener.bolt, SlackRequests(context, commands, listener.bolt)
    handlers = {
        "event": events.handle_event,
        "button": buttons.handle_stored,
        "show_delivered": followups.show_delivered,
        "notify_asker": followups.notify_asker,
        "forget_workspace": uninstaller.forget_workspace,
    }
    context.tasks.create_task(SlackInboxWorker(context, handlers).run(), name="slack inbox")
    context.run_in_background(suggestions.preload_lists(), "suggestions")
    files, delivery = SlackFiles(context), SlackDelivery(context, job_messages)
    return _Components(context, files, job_messages, delivery, followups, home_tab, replies, bolt, requests)


async def _identify_workspace(context: SlackContext) -> None:
    while True:
        try:
            installation = await context.workspaces.identify_workspace()
        except Trouble as trouble:
            log.error("workspace not identified", why=trouble.sentence)
            await asyncio.sleep(IDENTITY_RETRY_SECONDS)
        else:
            log.info("Slack connected", workspace=installation.name or installation.workspace)
            if missing := context.missing_scopes(installation):
                log.error("permissions missing", why=context.workspaces.missing_scopes_text(missing))
            context.inbox_wakeup.set()
            return
