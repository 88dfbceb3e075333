"""Opens forms, suggests values for their menus, and turns submitted ones into requests."""

import asyncio
from dataclasses import replace
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.client import JsonObject, TokenRejected
from adapters.chats.slack.context import PLATFORM, SlackContext, make_place
from adapters.chats.slack.forms.view import (
    DEFAULTS_FORM_ID,
    DEFAULTS_PREFIX,
    NO_DEFAULT,
    View,
    chosen_channel,
    defaults_view,
    form_errors,
    form_values,
    form_view,
    notice_view,
    read_defaults,
    select_option,
)
from adapters.chats.slack.incoming.messages import MessageReader
from adapters.chats.slack.outgoing.blocks import Block
from adapters.chats.slack.outgoing.home_tab import HomeTab
from adapters.chats.slack.people import Channels, SlackUsers
from bot.chats.form_drafts import FormDraft, FormDrafts
from bot.chats.installations import Installation
from bot.commands import forms
from bot.desk.gestures import MessageAction, translation_values
from bot.desk.lookups import Lookups
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Asker, Job, Place
from bot.policy.user_defaults import UserDefaults
from bot.requests.base import parse_values
from bot.requests.kinds import Translation
from bot.runtime.clock import Clock
from bot.studios.studio import Choice

log = structlog.get_logger(__name__)

TRIGGER_SECONDS = 2.5  # Slack's three seconds, less the network
PRELOADED_LISTS = ("voices", "presenters", "drivers:talk", "drivers:animation", "languages")
SUGGESTIONS_CACHE_SECONDS = 600.0
SUGGESTIONS_TIMEOUT_SECONDS = 2.0
MAX_SELECT_OPTIONS = 100
MAX_CACHED_LISTS = 2000


class SlackModals:
    def __init__(
        self, context: SlackContext, users: SlackUsers, channels: Channels, reader: MessageReader, home_tab: HomeTab
    ) -> None:
        self._context = context
        self._home_tab = home_tab
        self._channels = channels
        self._users = users
        self._reader = reader
        self._drafts = FormDrafts(context.core.key_value, PLATFORM)

    async def open_form(self, installation: Installation, trigger_id: str, asker: Asker, draft: FormDraft) -> None:
        """Show a form, after checking that the person may request videos."""
        await self._context.desk.check_may_request(asker, draft.place)
        await self._drafts.save_draft(installation.workspace, asker.user, draft)
        await self._open_view(installation, trigger_id, form_view(draft))

    async def open_for_message(
        self,
        installation: Installation,
        trigger_id: str,
        asker: Asker,
        place: Place,
        action: MessageAction,
        raw: dict[str, Any],
    ) -> None:
        """Show the form for a message action, or why it does not work."""
        await self._context.desk.check_may_request(asker, place)
        message = await self._reader.read_message(installation, raw)
        try:
            request, values = await self._context.gestures.action_request(asker, action, message)
        except Refused as refusal:
            return await self._open_view(installation, trigger_id, notice_view(refusal.sentence))
        given = forms.values_to_form(request, values)
        return await self.open_form(installation, trigger_id, asker, FormDraft(request, given, place))

    async def open_for_job(
        self, installation: Installation, trigger_id: str, asker: Asker, act: str, key: str, place: Place
    ) -> None:
        try:
            job = await self._context.desk.job_finder.find_job(asker, key)
            draft = _edit_draft(job) if act == "edit" else FormDraft(Translation, translation_values(job))
        except Trouble as trouble:
            return await self._open_view(installation, trigger_id, notice_view(trouble.sentence))
        return await self.open_form(installation, trigger_id, asker, replace(draft, place=place))

    async def open_defaults_form(self, installation: Installation, trigger_id: str, asker: Asker) -> None:
        await self._context.desk.access.check(asker, None)
        await self._open_view(installation, trigger_id, defaults_view(await self._context.desk.defaults_of(asker)))

    async def show_more_options(self, installation: Installation, user: str, view: View) -> None:
        """Show the advanced options too; Slack keeps the input of fields whose ids stay."""
        draft = await self._find_draft(installation, user, view)
        if draft is None:
            return
        draft = replace(draft, show_advanced=True)
        await self._drafts.save_draft(installation.workspace, user, draft)
        given = {"view_id": view["id"], "hash": view.get("hash"), "view": form_view(draft)}
        await self._context.api.call(installation.token, "views.update", seconds=TRIGGER_SECONDS, **given)

    async def submit_form(
        self, installation: Installation, view: View, user: str, name: str, team: str
    ) -> dict[str, Any]:
        """Turn a form into a job. The response closes the form, or shows an error at its field."""
        workspace, state = installation.workspace, (view.get("state") or {}).get("values") or {}
        if view.get("callback_id") == DEFAULTS_FORM_ID:
            return await self._save_defaults(state, await self._users.get_asker_quickly(workspace, user, name, team))
        draft = await self._find_draft(installation, user, view)
        if draft is None:
            return {}  # a repeated submission
        try:
            if not self._context.token_accepted(installation):
                raise Refused(self._context.workspaces.not_installed_text)
            asker = await self._users.get_asker_quickly(workspace, user, name, team)
            request = parse_values(draft.request, form_values(draft, state, workspace))
            chosen = make_place(workspace, chosen_channel(state) or user)
            place = draft.place or await self._channels.with_privacy(chosen)
            key = f"slack:form:{draft.id}"
            answer = await self._context.desk.take_request(asker, place, request, key, redo_of=draft.redo_of)
        except Trouble as trouble:
            return {"response_action": "errors", "errors": form_errors(draft.request, trouble, state)}
        if not answer.jobs:  # a preview, such as a plan; the form stays open
            return {"response_action": "push", "view": notice_view(answer.card.text)}
        # In the background: the job is accepted even if its draft cannot be deleted.
        self._context.run_in_background(self._drafts.delete_draft(workspace, user, draft.id), "draft")
        return {}

    async def _save_defaults(self, state: dict[str, Any], asker: Asker) -> JsonObject:
        try:
            async with asyncio.timeout(TRIGGER_SECONDS):
                await self._context.core.settings.set_defaults(asker, read_defaults(state))
        except (Trouble, TimeoutError) as error:
            trouble = error if isinstance(error, Trouble) else Refused(texts.LOOKUP_TOO_SLOW)
            return {"response_action": "errors", "errors": form_errors(UserDefaults, trouble, state)}
        self._context.run_in_background(self._home_tab.publish_tab(asker), "home")
        return {}

    async def discard_form(self, installation: Installation, user: str, view: View) -> None:
        await self._drafts.delete_draft(installation.workspace, user, str(view.get("private_metadata")))

    async def _find_draft(self, installation: Installation, user: str, view: View) -> FormDraft | None:
        return await self._drafts.get_draft(installation.workspace, user, str(view.get("private_metadata")))

    async def _open_view(self, installation: Installation, trigger_id: str, view: View) -> None:
        given = {"trigger_id": trigger_id, "view": view}
        try:
            await self._context.api.call(installation.token, "views.open", seconds=TRIGGER_SECONDS, **given)
        except TokenRejected:
            raise
        except (TryAgain, Unsure) as trouble:  # a trigger works once: only the person can retry
            raise Refused(texts.FORM_EXPIRED) from trouble


class FormSuggestions:
    def __init__(self, lookups: Lookups, clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self._lookups = lookups
        self._clock = clock
        self._tasks = tasks
        self._cache: dict[tuple[str, str], tuple[float, list[Choice]]] = {}

    async def preload_lists(self) -> None:
        for what in PRELOADED_LISTS:
            await self._load_list(what, "")

    async def matching_options(self, what: str, typed: str) -> list[Block]:
        """Matching options; empty when the provider is too slow."""
        if what.startswith(DEFAULTS_PREFIX):  # Slack's select menus cannot be cleared
            return [
                select_option(NO_DEFAULT, "No default"),
                *await self.matching_options(what.removeprefix(DEFAULTS_PREFIX), typed),
            ][:MAX_SELECT_OPTIONS]
        cached_at, found = self._cache.get((what, typed), (0.0, []))
        if cached_at < self._clock.now() - SUGGESTIONS_CACHE_SECONDS:
            loading = self._tasks.create_task(self._load_list(what, typed), name="slack suggestions")
            if not cached_at:  # else an old list now is better than a new one too late
                await asyncio.wait((loading,), timeout=SUGGESTIONS_TIMEOUT_SECONDS)
                _, found = self._cache.get((what, typed), (0.0, []))
        return [_choice_to_option(each) for each in found if each.value and len(each.value) <= 150][:MAX_SELECT_OPTIONS]

    async def _load_list(self, what: str, typed: str) -> None:
        try:
            found = await self._lookups.suggest(what, typed, MAX_SELECT_OPTIONS)
        except Trouble as trouble:
            log.info("suggestions not loaded", what=what, why=trouble.sentence)
            return
        if len(self._cache) >= MAX_CACHED_LISTS:
            self._cache.clear()
        self._cache[what, typed] = (self._clock.now(), found)


def _edit_draft(job: Job) -> FormDraft:
    return FormDraft(type(job.request), forms.request_to_form(job.request), redo_of=job.id)


def _choice_to_option(choice: Choice) -> Block:
    told = f"{choice.label} · {choice.sentence}" if choice.sentence else choice.label
    return select_option(choice.value, told)
