"""What Slack sends, by HTTP or by Socket Mode: verified, parsed, kept durably and acknowledged; nothing else.

Commands over HTTP do not pass through Bolt: they are half of all there is, and its dispatch costs more than keeping
the job does (`bench/slack.py`). Everything else, and everything in Socket Mode, does.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Container
from string import hexdigits
from typing import Any

import structlog
from pydantic_core import to_json
from slack_bolt.adapter.starlette.async_handler import (
    AsyncSlackRequestHandler,
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.chats.slack import texts
from adapters.chats.slack.api.workspaces import seen_from
from adapters.chats.slack.context import Inside
from adapters.chats.slack.forms.fields import PICK
from adapters.chats.slack.forms.modals import Modals
from adapters.chats.slack.forms.suggestions import Picks
from adapters.chats.slack.incoming.buttons import Taps
from adapters.chats.slack.incoming.commands import Commands
from adapters.chats.slack.incoming.events import SHARED
from adapters.chats.slack.incoming.signature import genuine
from adapters.chats.slack.install.authorize import FOUND, Gate
from adapters.chats.slack.outgoing.mrkdwn import writable
from adapters.chats.slack.outgoing.replies import Replies
from adapters.chats.slack.people.channels import place_of
from adapters.chats.slack.people.users import People
from bot.chats.installations import Installation
from bot.desk.gestures import Action
from bot.errors import Trouble
from bot.jobs.asker import Asker, Place

log = structlog.get_logger(__name__)

MOST = 2_000_000  # bytes of one request; Slack's own stay far below
ACTIONS: dict[str, Action] = {
    "didtalk_talk": "talk",
    "didtalk_animate": "animate",
    "didtalk_translate": "translate",
}
NEW = "didtalk_new"
_NAMES = (
    "ssl_check",
    "command",
    "text",
    "team_id",
    "enterprise_id",
    "user_id",
    "user_name",
    "channel_id",
    "channel_name",
    "trigger_id",
    "response_url",
)
NEEDED = {name.encode(): name for name in _NAMES}
_PAIR = re.compile(rb"([^&=]+)=([^&]*)")
_BYTES = {f"{high}{low}".encode(): bytes((int(high + low, 16),)) for high in hexdigits for low in hexdigits}
_ANY = re.compile(".*", re.DOTALL)

Body = dict[str, Any]
Heard = Callable[[AsyncAck, Body, AsyncBoltContext], Awaitable[None]]


class _Said:
    """What a command is answered; building a response of Starlette's takes as long as checking a signature."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


class Listener:
    """Everything that comes in."""

    def __init__(
        self,
        inside: Inside,
        people: People,
        commands: Commands,
        taps: Taps,
        modals: Modals,
        picks: Picks,
        replies: Replies,
        kinds: Container[str],
        secret: str,
        oauth: AsyncOAuthFlow | None = None,
    ) -> None:
        self._in = inside
        self._people = people
        self._commands = commands
        self._taps = taps
        self._modals = modals
        self._picks = picks
        self._replies = replies
        self._kinds = kinds
        self._secret = secret.encode()
        self.bolt = self._bolt(oauth)
        self._handler = AsyncSlackRequestHandler(self.bolt)

    async def http(self, scope: Scope, receive: Receive) -> ASGIApp:
        """A request at /slack/events."""
        body = await _read(receive)
        if body is None:
            return PlainTextResponse("too long", 413)
        headers = dict(scope["headers"])
        stamp = headers.get(b"x-slack-request-timestamp", b"").decode("latin-1")
        signature = headers.get(b"x-slack-signature", b"").decode("latin-1")
        if b"ssl_check=1" in body and _form(body).get("ssl_check") == "1":
            return Response()  # Slack tries our certificate now and then, and signs nothing for it
        if not genuine(self._secret, stamp, signature, body, self._in.door.clock.now()):
            return PlainTextResponse("not from Slack", 401)
        if body[:1] != b"{" and b"command=" in body and (said := _form(body)).get("command"):
            reply = await self._commands.answer(said)
            return _Said(to_json(reply)) if reply else Response()
        return await self._dispatch(Request(scope), body)

    async def get(self, request: Request) -> Response:
        """Installing: /slack/install and /slack/oauth_redirect."""
        return await self._handler.handle(request)

    async def _dispatch(self, request: Request, body: bytes) -> Response:
        try:
            said = await self.bolt.async_dispatch(to_async_bolt_request(request, body))
        except (UnicodeDecodeError, ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError):
            log.exception("what Slack sent makes no sense to us")
            return PlainTextResponse("not understood", 400)
        if said.status == 404:  # a kind of message that is newer than we are: Slack counts failures
            log.info("nothing to do for this kind of request")
            return Response()
        return to_starlette_response(said)

    def _bolt(self, oauth: AsyncOAuthFlow | None) -> AsyncApp:
        logger = logging.getLogger("didtalk.slack.bolt")
        logger.setLevel(logging.ERROR)  # its warnings quote what people wrote
        app = AsyncApp(
            name="didtalk",
            logger=logger,
            # Waiting for a listener without this costs 10 ms of sleep; and what fails just after an acknowledgement
            # would take it back.
            process_before_response=True,
            request_verification_enabled=False,  # done above, for a malformed time stamp too; sockets need none
            signing_secret=self._secret.decode(),
            authorize=Gate(self._in.workspaces, logger),  # type: ignore[arg-type] # its type forgets that none may be found
            oauth_flow=oauth,
            user_facing_authorize_error_message=self._in.workspaces.gone,
            attaching_conversation_kwargs_enabled=False,
        )
        app.command(_ANY)(self._guarded(self._command))
        app.event(_ANY)(self._event)
        app.shortcut(_ANY)(self._guarded(self._shortcut))
        app.action(_ANY)(self._guarded(self._action))
        app.view_submission(_ANY)(self._guarded(self._submitted))
        app.view_closed(_ANY)(self._guarded(self._closed))
        app.options(_ANY)(self._guarded(self._options))
        app.error(_failed)
        return app

    async def _command(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await ack(**(await self._commands.answer(body)))

    async def _event(self, body: Body, context: AsyncBoltContext) -> None:
        """Kept, then acknowledged: Slack sends it again until it is, and never afterwards."""
        # Who uninstalled us needs no permission to say so, and Bolt asks nobody who they are.
        installation = context.get(FOUND) or await self._in.workspaces.find(
            str(body.get("team_id") or ""), str(body.get("enterprise_id") or "")
        )
        event = body["event"]
        if installation is None:
            return
        if event.get("type") not in self._kinds or (event["type"] == "message" and event.get("channel_type") != "im"):
            return
        key = str(body.get("event_id") or event.get("event_ts"))
        said = writable(event) | {SHARED: bool(body.get(SHARED))}
        # Bolt names the workspace of the installation, which a whole organisation's has not.
        team = seen_from(str(body.get("team_id") or ""), installation).team
        facts = {"workspace": installation.workspace, "team": team}
        await self._in.post(key, {"kind": "event", "event": said} | facts)

    async def _shortcut(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        installation: Installation = context[FOUND]
        trigger, name = str(body["trigger_id"]), str(body.get("callback_id"))
        if action := ACTIONS.get(name):
            place, message = _of_message(installation, body)
            asker = await self._asker(installation, body)
            await self._modals.of_message(installation, trigger, asker, place, action, message)
        elif name == NEW:
            await self._modals.blank(installation, trigger, await self._asker(installation, body), None)
        await ack()

    async def _asker(self, installation: Installation, body: Body) -> Asker:
        user = body["user"]
        name, team = str(user.get("name") or user.get("username") or ""), str(user.get("team_id") or "")
        return await self._people.quickly(installation.workspace, str(user["id"]), name, team)

    async def _action(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await self._taps.take(context[FOUND], body)
        await ack()

    async def _submitted(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        user = body["user"]
        name, team = str(user.get("name") or ""), str(user.get("team_id") or "")
        await ack(**await self._modals.submit(context[FOUND], body["view"], str(user["id"]), name, team))

    async def _closed(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await self._modals.closed(body["view"])
        await ack()

    async def _options(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        what = str(body.get("action_id", "")).removeprefix(PICK)
        await ack(options=await self._picks.options(what, str(body.get("value") or "")))

    def _guarded(self, heard: Heard) -> Heard:
        """A listener that always acknowledges: what went wrong is logged, and told to whoever can try again."""

        async def listen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            try:
                await heard(ack, body, context)
            except Trouble as trouble:
                log.warning("not done", what=heard.__name__, why=trouble.sentence)
                await self._sorry(ack, body, context, trouble.sentence)
            except Exception:  # an edge: an error of HTTP would tell the person nothing
                log.exception("not done", what=heard.__name__)
                await self._sorry(ack, body, context, texts.BROKE)

        return listen

    async def _sorry(self, ack: AsyncAck, body: Body, context: AsyncBoltContext, sentence: str) -> None:
        match body.get("type"):
            case "view_submission":
                block = next(iter(body["view"]["state"]["values"]), "")
                await ack(response_action="errors", errors={block: sentence})
            case "block_suggestion":
                await ack(options=[])
            case "view_closed":
                await ack()
            case _:
                await ack()
                self._in.later(self._told(body, context, sentence), "sorry")

    async def _told(self, body: Body, context: AsyncBoltContext, sentence: str) -> None:
        """Said to the person alone: where they acted, else in their own conversation with us."""
        installation: Installation = context[FOUND]
        user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
        own = place_of(installation.workspace, user)
        await self._replies.whisper(own, user, sentence, str(body.get("response_url") or ""))


async def _failed(error: Exception, body: Body) -> BoltResponse:
    """An event that could not be kept must come again; what is none need not."""
    if not isinstance(body.get("event", {}), dict):
        log.info("an event that says nothing")
        return BoltResponse(status=400, body="not understood")
    log.error("an event was not kept", error=type(error).__name__, why=getattr(error, "sentence", ""))
    return BoltResponse(status=503, body="")


def _of_message(installation: Installation, body: Body) -> tuple[Place, dict[str, Any]]:
    message, channel = body["message"], str(body["channel"]["id"])
    thread = str(message.get("thread_ts") or message["ts"])
    name = str(body["channel"].get("name") or "")
    return place_of(installation.workspace, channel, name, thread, str(message["ts"])), message


def _form(body: bytes) -> dict[str, str]:
    """A command's fields, those we need: the library's parser takes ten times as long."""
    return {NEEDED[name]: _decoded(value) for name, value in _PAIR.findall(body) if name in NEEDED}


def _decoded(value: bytes) -> str:
    value = value.replace(b"+", b" ")
    if b"%" in value:
        plain, *coded = value.split(b"%")
        # What only looks like a code stays as it is.
        value = plain + b"".join([_BYTES.get(each[:2], b"%" + each[:2]) + each[2:] for each in coded])
    return value.decode("utf-8", "replace")


async def _read(receive: Receive) -> bytes | None:
    body, more = b"", True
    while more:
        piece = await receive()  # a caller who hung up sends no more, and what came cannot be signed
        body, more = body + piece.get("body", b""), bool(piece.get("more_body"))
        if len(body) > MOST:
            return None
    return body
