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
from adapters.chats.slack.api.workspaces import with_team
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.forms.fields import SUGGESTIONS_PREFIX
from adapters.chats.slack.forms.modals import SlackModals
from adapters.chats.slack.forms.suggestions import FormSuggestions
from adapters.chats.slack.incoming.buttons import SlackButtons
from adapters.chats.slack.incoming.commands import SlashCommands
from adapters.chats.slack.incoming.events import SHARED_CHANNEL_FIELD
from adapters.chats.slack.incoming.signature import verify_signature
from adapters.chats.slack.install.authorize import INSTALLATION_KEY, SlackAuthorize
from adapters.chats.slack.outgoing.mrkdwn import replace_surrogates
from adapters.chats.slack.outgoing.replies import SlackReplies
from adapters.chats.slack.people.channels import make_place
from adapters.chats.slack.people.users import SlackUsers
from bot.chats.installations import Installation
from bot.desk.gestures import MessageAction
from bot.errors import Trouble
from bot.jobs.asker import Asker, Place

log = structlog.get_logger(__name__)

MAX_EVENT_BYTES = 2_000_000  # bytes of one request; Slack's own stay far below
MESSAGE_SHORTCUTS: dict[str, MessageAction] = {
    "didtalk_talk": "talk",
    "didtalk_animate": "animate",
    "didtalk_translate": "translate",
}
NEW_VIDEO_SHORTCUT = "didtalk_new"
_COMMAND_FIELDS = (
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
FIELD_BY_BYTES = {name.encode(): name for name in _COMMAND_FIELDS}
_FORM_PAIR = re.compile(rb"([^&=]+)=([^&]*)")
_BYTE_BY_HEX = {f"{high}{low}".encode(): bytes((int(high + low, 16),)) for high in hexdigits for low in hexdigits}
_ANY = re.compile(".*", re.DOTALL)

Body = dict[str, Any]
BoltListener = Callable[[AsyncAck, Body, AsyncBoltContext], Awaitable[None]]


class _JsonResponse:
    """What a command is answered; building a response of Starlette's takes as long as checking a signature."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


class SlackListener:
    """Everything that comes in."""

    def __init__(
        self,
        context: SlackContext,
        users: SlackUsers,
        commands: SlashCommands,
        buttons: SlackButtons,
        modals: SlackModals,
        suggestions: FormSuggestions,
        replies: SlackReplies,
        event_types: Container[str],
        secret: str,
        oauth: AsyncOAuthFlow | None = None,
    ) -> None:
        self._context = context
        self._users = users
        self._commands = commands
        self._buttons = buttons
        self._modals = modals
        self._suggestions = suggestions
        self._replies = replies
        self._event_types = event_types
        self._secret = secret.encode()
        self.bolt = self._build_bolt(oauth)
        self._bolt_handler = AsyncSlackRequestHandler(self.bolt)

    async def handle_request(self, scope: Scope, receive: Receive) -> ASGIApp:
        """A request at /slack/events."""
        body = await _read_body(receive)
        if body is None:
            return PlainTextResponse("too long", 413)
        headers = dict(scope["headers"])
        timestamp = headers.get(b"x-slack-request-timestamp", b"").decode("latin-1")
        signature = headers.get(b"x-slack-signature", b"").decode("latin-1")
        if b"ssl_check=1" in body and _parse_command(body).get("ssl_check") == "1":
            return Response()  # Slack tries our certificate now and then, and signs nothing for it
        if not verify_signature(self._secret, timestamp, signature, body, self._context.core.clock.now()):
            return PlainTextResponse("not from Slack", 401)
        if body[:1] != b"{" and b"command=" in body and (fields := _parse_command(body)).get("command"):
            reply = await self._commands.handle_command(fields)
            return _JsonResponse(to_json(reply)) if reply else Response()
        return await self._dispatch_to_bolt(Request(scope), body)

    async def handle_install(self, request: Request) -> Response:
        """Installing: /slack/install and /slack/oauth_redirect."""
        return await self._bolt_handler.handle(request)

    async def _dispatch_to_bolt(self, request: Request, body: bytes) -> Response:
        try:
            response = await self.bolt.async_dispatch(to_async_bolt_request(request, body))
        except (UnicodeDecodeError, ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError):
            log.exception("what Slack sent makes no sense to us")
            return PlainTextResponse("not understood", 400)
        if response.status == 404:  # a kind of message that is newer than we are: Slack counts failures
            log.info("nothing to do for this kind of request")
            return Response()
        return to_starlette_response(response)

    def _build_bolt(self, oauth: AsyncOAuthFlow | None) -> AsyncApp:
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
            authorize=SlackAuthorize(self._context.workspaces, logger),  # type: ignore[arg-type] # its type forgets that none may be found
            oauth_flow=oauth,
            user_facing_authorize_error_message=self._context.workspaces.not_installed_text,
            attaching_conversation_kwargs_enabled=False,
        )
        app.command(_ANY)(self._always_acknowledge(self._on_command))
        app.event(_ANY)(self._on_event)
        app.shortcut(_ANY)(self._always_acknowledge(self._on_shortcut))
        app.action(_ANY)(self._always_acknowledge(self._on_button))
        app.view_submission(_ANY)(self._always_acknowledge(self._on_form_submitted))
        app.view_closed(_ANY)(self._always_acknowledge(self._on_form_closed))
        app.options(_ANY)(self._always_acknowledge(self._on_suggestions))
        app.error(_on_bolt_error)
        return app

    async def _on_command(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await ack(**(await self._commands.handle_command(body)))

    async def _on_event(self, body: Body, context: AsyncBoltContext) -> None:
        """Kept, then acknowledged: Slack sends it again until it is, and never afterwards."""
        # Who uninstalled us needs no permission to say so, and Bolt asks nobody who they are.
        installation = context.get(INSTALLATION_KEY) or await self._context.workspaces.find_installation(
            str(body.get("team_id") or ""), str(body.get("enterprise_id") or "")
        )
        event = body["event"]
        if installation is None:
            return
        if event.get("type") not in self._event_types or (
            event["type"] == "message" and event.get("channel_type") != "im"
        ):
            return
        key = str(body.get("event_id") or event.get("event_ts"))
        cleaned = replace_surrogates(event) | {SHARED_CHANNEL_FIELD: bool(body.get(SHARED_CHANNEL_FIELD))}
        # Bolt names the workspace of the installation, which a whole organisation's has not.
        team = with_team(str(body.get("team_id") or ""), installation).team
        facts = {"workspace": installation.workspace, "team": team}
        await self._context.enqueue_event(key, {"kind": "event", "event": cleaned} | facts)

    async def _on_shortcut(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        installation: Installation = context[INSTALLATION_KEY]
        trigger_id, name = str(body["trigger_id"]), str(body.get("callback_id"))
        if action := MESSAGE_SHORTCUTS.get(name):
            place, message = _place_and_message(installation, body)
            asker = await self._asker_of(installation, body)
            await self._modals.open_for_message(installation, trigger_id, asker, place, action, message)
        elif name == NEW_VIDEO_SHORTCUT:
            await self._modals.open_blank_form(installation, trigger_id, await self._asker_of(installation, body), None)
        await ack()

    async def _asker_of(self, installation: Installation, body: Body) -> Asker:
        user = body["user"]
        name, team = str(user.get("name") or user.get("username") or ""), str(user.get("team_id") or "")
        return await self._users.get_asker_quickly(installation.workspace, str(user["id"]), name, team)

    async def _on_button(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await self._buttons.handle_press(context[INSTALLATION_KEY], body)
        await ack()

    async def _on_form_submitted(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        user = body["user"]
        name, team = str(user.get("name") or ""), str(user.get("team_id") or "")
        await ack(
            **await self._modals.submit_form(context[INSTALLATION_KEY], body["view"], str(user["id"]), name, team)
        )

    async def _on_form_closed(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await self._modals.discard_form(body["view"])
        await ack()

    async def _on_suggestions(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        what = str(body.get("action_id", "")).removeprefix(SUGGESTIONS_PREFIX)
        await ack(options=await self._suggestions.matching_options(what, str(body.get("value") or "")))

    def _always_acknowledge(self, listener: BoltListener) -> BoltListener:
        """A listener that always acknowledges: what went wrong is logged, and told to whoever can try again."""

        async def listen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            try:
                await listener(ack, body, context)
            except Trouble as trouble:
                log.warning("not done", what=listener.__name__, why=trouble.sentence)
                await self._report_failure(ack, body, context, trouble.sentence)
            except Exception:  # an edge: an error of HTTP would tell the person nothing
                log.exception("not done", what=listener.__name__)
                await self._report_failure(ack, body, context, texts.COMMAND_FAILED)

        return listen

    async def _report_failure(self, ack: AsyncAck, body: Body, context: AsyncBoltContext, sentence: str) -> None:
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
                self._context.run_in_background(self._tell_person(body, context, sentence), "sorry")

    async def _tell_person(self, body: Body, context: AsyncBoltContext, sentence: str) -> None:
        """Said to the person alone: where they acted, else in their own conversation with us."""
        installation: Installation = context[INSTALLATION_KEY]
        user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
        own = make_place(installation.workspace, user)
        await self._replies.send_privately(own, user, sentence, str(body.get("response_url") or ""))


async def _on_bolt_error(error: Exception, body: Body) -> BoltResponse:
    """An event that could not be kept must come again; what is none need not."""
    if not isinstance(body.get("event", {}), dict):
        log.info("an event that says nothing")
        return BoltResponse(status=400, body="not understood")
    log.error("an event was not kept", error=type(error).__name__, why=getattr(error, "sentence", ""))
    return BoltResponse(status=503, body="")


def _place_and_message(installation: Installation, body: Body) -> tuple[Place, dict[str, Any]]:
    message, channel = body["message"], str(body["channel"]["id"])
    thread = str(message.get("thread_ts") or message["ts"])
    name = str(body["channel"].get("name") or "")
    return make_place(installation.workspace, channel, name, thread, str(message["ts"])), message


def _parse_command(body: bytes) -> dict[str, str]:
    """A command's fields, those we need: the library's parser takes ten times as long."""
    return {
        FIELD_BY_BYTES[name]: _url_decode(value) for name, value in _FORM_PAIR.findall(body) if name in FIELD_BY_BYTES
    }


def _url_decode(value: bytes) -> str:
    value = value.replace(b"+", b" ")
    if b"%" in value:
        plain, *coded = value.split(b"%")
        # What only looks like a code stays as it is.
        value = plain + b"".join([_BYTE_BY_HEX.get(each[:2], b"%" + each[:2]) + each[2:] for each in coded])
    return value.decode("utf-8", "replace")


async def _read_body(receive: Receive) -> bytes | None:
    body, more = b"", True
    while more:
        piece = await receive()  # a caller who hung up sends no more, and what came cannot be signed
        body, more = body + piece.get("body", b""), bool(piece.get("more_body"))
        if len(body) > MAX_EVENT_BYTES:
            return None
    return body
