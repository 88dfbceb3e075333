"""HTTP requests from Slack: verified, then a slash command is answered here, and anything else by Bolt.

Commands bypass Bolt: they are half of the traffic, and Bolt's dispatch costs more than recording the job
(`bench/slack.py`).
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt.adapter.starlette.async_handler import (
    AsyncSlackRequestHandler,
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from adapters.chats.slack import texts
from adapters.chats.slack.client import JsonObject
from adapters.chats.slack.context import SlackContext, make_place
from adapters.chats.slack.files import take_links
from adapters.chats.slack.forms.modals import SlackModals
from adapters.chats.slack.outgoing.blocks import card_blocks, escape
from adapters.chats.slack.outgoing.replies import card_text, shown_by_job_message
from adapters.chats.slack.people import SlackUsers, unescape
from bot.chats.form_drafts import FormDraft
from bot.commands import forms
from bot.commands.parser import parse_command
from bot.commands.verbs import find_verb
from bot.errors import Trouble
from bot.jobs.job import Place
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Talk
from bot.requests.media import Media
from bot.requests.options import options_of

log = structlog.get_logger(__name__)

SIGNATURE_MAX_AGE_SECONDS = 300.0  # in either direction
COMMAND_DEADLINE_SECONDS = 2.3  # Slack's three seconds, less the network

Body = Mapping[str, Any]


class SlashCommands:
    def __init__(self, context: SlackContext, users: SlackUsers, modals: SlackModals) -> None:
        self._context = context
        self._users = users
        self._modals = modals

    async def handle_command(self, body: Body) -> JsonObject:
        """The reply to a command; empty when it follows later."""
        task = self._context.tasks.create_task(self._run_safely(body), name="slack command")
        # Not cancelled at the deadline: a half-recorded command must end, and is then answered by its response URL.
        done, _ = await asyncio.wait({task}, timeout=COMMAND_DEADLINE_SECONDS)
        if done:
            return task.result()
        self._context.run_in_background(self._respond_late(task, str(body.get("response_url") or "")), "late answer")
        return {}

    async def _respond_late(self, task: asyncio.Task[JsonObject], url: str) -> None:
        if (reply := await task) and url:
            await self._context.api.respond(url, reply)

    async def _run_safely(self, body: Body) -> JsonObject:
        try:
            return await self._run_command(body)
        except Trouble as trouble:
            return _ephemeral_reply(trouble.sentence)
        except Exception:  # an edge: people read a sentence, never an HTTP error
            log.exception("command failed")
            return _ephemeral_reply(texts.COMMAND_FAILED)

    async def _run_command(self, body: Body) -> JsonObject:
        team, enterprise = str(body.get("team_id") or ""), str(body.get("enterprise_id") or "")
        installation = await self._context.workspaces.find_installation(team, enterprise)
        if installation is None or not self._context.token_accepted(installation):
            # Never pay for a video that we may not post.
            return _ephemeral_reply(self._context.workspaces.not_installed_text)
        line, request = _command_line(body)
        workspace, trigger_id = installation.workspace, str(body.get("trigger_id") or "")
        user, name = str(body["user_id"]), str(body.get("user_name") or "")
        place = make_place(workspace, str(body.get("channel_id") or user), str(body.get("channel_name") or ""))
        media: tuple[Media, ...] = ()
        if request:
            draft: FormDraft | None = FormDraft(request, place=place)
        else:
            line, media = take_links(line, workspace) if "https://" in line else (line, ())
            draft = None if _is_speech(body) else _missing_file_draft(line, media, place)
        if draft:
            asker = await self._users.get_asker_quickly(workspace, user, name)
            await self._modals.open_form(installation, trigger_id, asker, draft)
            return {}
        get_asker = self._users.get_asker_quickly if line.startswith("/didtalk") else self._users.get_asker
        asker = await get_asker(workspace, user, name)
        idempotency_key = f"slack:{team}:{trigger_id}" if trigger_id else None
        answer = await self._context.desk.run_command(asker, place, line, media, idempotency_key)
        public = not answer.private and not shown_by_job_message(answer)
        reply: JsonObject = {"response_type": "in_channel" if public else "ephemeral", "text": card_text(answer.card)}
        if not shown_by_job_message(answer):
            reply["blocks"] = card_blocks(answer.card)
        return reply


class SlackRequests:
    def __init__(self, context: SlackContext, commands: SlashCommands, bolt: AsyncApp) -> None:
        self._context = context
        self._commands = commands
        self._bolt = bolt
        self._bolt_handler = AsyncSlackRequestHandler(bolt)
        self._secret = context.settings.signing_secret.get_secret_value().encode()

    async def handle_event(self, request: HttpRequest) -> Response:
        try:
            body = await request.body()  # within the limits that all our routes have
        except ClientDisconnect:
            return Response(status_code=400)
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if b"ssl_check=1" in body and _parse_command(body).get("ssl_check") == "1":
            return Response()  # Slack checks our certificate with an unsigned request
        if not verify_signature(self._secret, timestamp, signature, body, self._context.now()):
            return PlainTextResponse("not from Slack", 401)
        if body[:1] != b"{" and b"command=" in body and (fields := _parse_command(body)).get("command"):
            reply = await self._commands.handle_command(fields)
            return JSONResponse(reply) if reply else Response()
        return await self._dispatch_to_bolt(request, body)

    async def handle_install(self, request: HttpRequest) -> Response:
        return await self._bolt_handler.handle(request)

    async def _dispatch_to_bolt(self, request: HttpRequest, body: bytes) -> Response:
        try:
            response = await self._bolt.async_dispatch(to_async_bolt_request(request, body))
        except (UnicodeDecodeError, ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError):
            log.exception("request not understood")
            return PlainTextResponse("not understood", 400)
        if response.status == 404:  # an unknown kind of request; Slack counts error responses
            log.info("unknown kind of request ignored")
            return Response()
        return to_starlette_response(response)


class SlackEndpoints:
    """The HTTP endpoints, which exist before the chat is open."""

    def __init__(self) -> None:
        self.requests: SlackRequests | None = None

    async def handle_events(self, request: HttpRequest) -> Response:
        return await self.requests.handle_event(request) if self.requests else self._not_ready()

    async def handle_install(self, request: HttpRequest) -> Response:
        return await self.requests.handle_install(request) if self.requests else self._not_ready()

    def _not_ready(self) -> Response:
        return PlainTextResponse("not ready", 503, {"Retry-After": "1"})


def _is_speech(body: Body) -> bool:
    text = str(body.get("text") or "").strip().casefold()
    return not str(body.get("command", "")).endswith("/did") and text not in ("", "help")


def _command_line(body: Body) -> tuple[str, type[Request] | None]:
    """The command line to parse, and the form to open if it is only a verb."""
    text = unescape(str(body.get("text") or "")).strip()
    if not str(body.get("command", "")).endswith("/did"):
        return f"/didtalk {text}", None if text else Talk
    found = find_verb(text)
    return f"/did {text}", found.request if found else None


def _missing_file_draft(line: str, media: tuple[Media, ...], place: Place) -> FormDraft | None:
    """A form with the given values, if a required file is missing."""
    typed = parse_command(line, media)
    request = typed.verb.request
    required = [each for each in options_of(request) if each.required] if request else []
    kinds = {each.field: each.media_kind for each in required if each.media_kind}
    missing = {field: kind for field, kind in kinds.items() if field not in typed.values}
    if request is None or not missing:
        return None
    stand_ins = {field: Media(kind=kind, address="none:") for field, kind in missing.items()}
    given = forms.request_to_form(parse_values(request, typed.values | stand_ins))
    return FormDraft(request, {name: given[name] for name in given if name not in missing}, place)


def _ephemeral_reply(text: str) -> JsonObject:
    return {"response_type": "ephemeral", "text": escape(text)}


def _parse_command(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def sign_body(secret: bytes, timestamp: str, body: bytes) -> str:
    """Slack's signature of a body sent at a moment."""
    return "v0=" + hmac.new(secret, b"v0:%b:%b" % (timestamp.encode(), body), hashlib.sha256).hexdigest()


def verify_signature(secret: bytes, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16):
        return False
    if abs(now - int(timestamp)) > SIGNATURE_MAX_AGE_SECONDS:
        return False
    return hmac.compare_digest(sign_body(secret, timestamp, body).encode(), signature.encode())
