"""Slash commands: recorded durably, then answered within Slack's three seconds."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.client import JsonObject
from adapters.chats.slack.context import SlackContext, make_place
from adapters.chats.slack.forms.modals import SlackModals
from adapters.chats.slack.incoming.messages import take_file_links
from adapters.chats.slack.outgoing.blocks import escape
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
            line, media = take_file_links(line, workspace) if "https://" in line else (line, ())
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
        return {"response_type": "in_channel" if public else "ephemeral", "text": card_text(answer.card)}


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
