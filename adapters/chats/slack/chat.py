"""Slack as the rest of didtalk sees it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import Wire
from adapters.chats.slack.api.token_rotation import Rotation
from adapters.chats.slack.api.workspaces import PLATFORM, Workspaces
from adapters.chats.slack.background import Crew
from adapters.chats.slack.context import Inside
from adapters.chats.slack.files import Files
from adapters.chats.slack.forms.modals import Modals
from adapters.chats.slack.forms.suggestions import Picks
from adapters.chats.slack.forms.user_defaults import TasteForm
from adapters.chats.slack.incoming.buttons import Taps
from adapters.chats.slack.incoming.commands import Commands
from adapters.chats.slack.incoming.events import Events
from adapters.chats.slack.incoming.http import Listener
from adapters.chats.slack.incoming.inbox_worker import Postman
from adapters.chats.slack.incoming.message_reader import Reading
from adapters.chats.slack.incoming.socket_mode import connected
from adapters.chats.slack.install.oauth import INSTALL, REDIRECT, oauth
from adapters.chats.slack.install.uninstall import Leaving
from adapters.chats.slack.outgoing.delivery import Delivery
from adapters.chats.slack.outgoing.followups import Marks
from adapters.chats.slack.outgoing.home_tab import Home
from adapters.chats.slack.outgoing.job_message import Status
from adapters.chats.slack.outgoing.notices import Crier
from adapters.chats.slack.outgoing.replies import Replies
from adapters.chats.slack.people.channels import Channels
from adapters.chats.slack.people.user_groups import Groups
from adapters.chats.slack.people.users import People
from adapters.http.client import open_client
from bot.chats.chat import Parcel
from bot.desk.chat_context import Door
from bot.errors import Trouble, TryAgain
from bot.jobs.asker import Place
from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

EVENTS = "/slack/events"
INTRODUCED = 10.0  # seconds until Slack is asked again who we are


@dataclass(frozen=True)
class Keys:
    """What opens Slack to us; a bot token is one workspace, a client id and its secret are many."""

    signing_secret: str = ""
    bot_token: str | None = None
    app_token: str | None = None
    client_id: str = ""
    client_secret: str = ""
    public_url: str = ""
    api_url: str = "https://slack.com/api"
    guests: bool = True

    @property
    def many(self) -> bool:
        """Whether workspaces install the app themselves."""
        return bool(self.client_id and self.client_secret)

    @property
    def alone(self) -> str | None:
        """The token of the one workspace, where there is but one."""
        return None if self.many else self.bot_token

    @property
    def install(self) -> str:
        """Where a workspace installs the app, when it can."""
        return f"{self.public_url}{INSTALL}" if self.many and self.public_url else ""


@dataclass(frozen=True)
class _Parts:
    """Everything of an open chat."""

    inside: Inside
    files: Files
    status: Status
    delivery: Delivery
    marks: Marks
    home: Home
    crier: Crier
    listener: Listener


class Slack:
    """Listens, shows, delivers."""

    name = PLATFORM

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._open: _Parts | None = None

    def routes(self) -> Sequence[Route]:
        """Its part of the HTTP surface."""
        install = [Route(path, self._install) for path in (INSTALL, REDIRECT)] if self._keys.many else []
        # As an app of its own: what Starlette wraps round a function costs more than reading a command does.
        return [Route(EVENTS, _Bell(self._events)), *install] if self._keys.signing_secret else install

    @asynccontextmanager
    async def open(self, door: Door) -> AsyncIterator[None]:
        """Listen for as long as we are inside."""
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(open_client(home=self._keys.api_url))
            tasks = await stack.enter_async_context(Crew())
            stack.callback(tasks.end)
            wire = Wire(client, self._keys.api_url)
            workspaces = Workspaces(door.installations, self._keys.alone, door.clock, self._keys.install)
            inside = Inside(door, wire, workspaces, tasks)
            if self._keys.many:
                workspaces.renew = Rotation(inside, self._keys.client_id, self._keys.client_secret).fresh
            self._open = parts = self._built(inside)
            stack.callback(self._close)
            if workspaces.single:
                inside.later(_introduced(inside), "introduction")
            if self._keys.app_token:
                socket = connected(parts.listener.bolt, self._keys.app_token, wire.base, tasks)
                await stack.enter_async_context(socket)
            yield

    async def show(self, job: Job, card: Card) -> str:
        """Post the job's card, or edit the one it has."""
        parts = self._parts()
        message = await parts.status.show(job, card)
        await parts.marks.put(job, card)
        parts.home.changed(job)
        return message

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        """Post the finished video in the thread."""
        return await self._parts().delivery.deliver(job, card, parcel)

    async def find(self, job: Job) -> str | None:
        """The video of a delivery whose answer was lost."""
        return await self._parts().delivery.find(job)

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        """Download a file that lies in Slack."""
        await self._parts().files.fetch(media, to, most)

    async def remove(self, job: Job) -> None:
        """Take the job's messages away."""
        parts = self._parts()
        await parts.delivery.remove(job)
        await parts.status.remove(job)
        parts.home.changed(job)

    async def notify(self, notice: Notice, card: Card) -> str:
        """Post a notice in its channel."""
        return await self._parts().crier.notify(notice, card)

    async def noticed(self, notice: Notice) -> str | None:
        """The message of a notice whose answer was lost."""
        return await self._parts().crier.noticed(notice)

    async def whisper(self, user: str, place: Place, sentence: str) -> None:
        """Tell one person something about a place."""
        await self._parts().crier.whisper(user, place, sentence)

    def _built(self, inside: Inside) -> _Parts:
        keys = self._keys
        groups = Groups(inside, inside.door.desk.named)
        files, people, replies = Files(inside), People(inside, groups, keys.guests), Replies(inside)
        reading = Reading(inside, files, people)
        status, home = Status(inside), Home(inside)
        delivery, marks = Delivery(inside, status), Marks(inside, status, home)
        channels = Channels(inside)
        modals = Modals(inside, people, channels, reading, TasteForm(inside, home))
        taps = Taps(inside, people, replies, modals, home)
        leaving = Leaving(inside)
        events = Events(inside, people, channels, reading, replies, home, leaving)
        picks = Picks(inside.door.desk, inside.door.clock, inside.tasks)
        flow = oauth(inside, keys.client_id, keys.client_secret, keys.public_url) if keys.many else None
        commands = Commands(inside, people, modals)
        heard = (replies, events.kinds)
        listener = Listener(inside, people, commands, taps, modals, picks, *heard, keys.signing_secret, flow)
        kinds = {"event": events.do, "tap": taps.do, "finish": marks.finish, "tell": marks.tell}
        kinds["forget"] = leaving.forget
        inside.tasks.create_task(Postman(inside, kinds).run(), name="slack post")
        inside.later(picks.warm(), "warming")
        return _Parts(inside, files, status, delivery, marks, home, Crier(inside, replies), listener)

    def _parts(self) -> _Parts:
        if self._open is None:
            raise TryAgain(texts.AWAY, 2.0)
        return self._open

    def _close(self) -> None:
        self._open = None

    async def _events(self, scope: Scope, receive: Receive) -> ASGIApp:
        if scope["method"] != "POST":
            return PlainTextResponse("POST only", 405)
        if self._open is None:
            return PlainTextResponse("not ready", 503, {"Retry-After": "1"})
        return await self._open.listener.http(scope, receive)

    async def _install(self, request: Request) -> Response:
        if self._open is None:
            return PlainTextResponse("not ready", 503, {"Retry-After": "1"})
        return await self._open.listener.get(request)


class _Bell:
    """Answers requests at one address."""

    def __init__(self, answer: Callable[[Scope, Receive], Awaitable[ASGIApp]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope, receive)
        await response(scope, receive, send)


async def _introduced(inside: Inside) -> None:
    """Who we are in the one workspace, however long Slack takes to say so."""
    while True:
        try:
            us = await inside.workspaces.introduce(inside.wire, inside.door.clock)
        except Trouble as trouble:
            log.error("Slack does not know SLACK_BOT_TOKEN, or is away", why=trouble.sentence)
            await asyncio.sleep(INTRODUCED)
        else:
            log.info("in Slack", workspace=us.name or us.workspace)
            inside.bell.set()
            return
