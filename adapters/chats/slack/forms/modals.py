"""Opens forms and turns submitted ones into requests."""

from dataclasses import replace
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import TokenRejected
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import SlackContext, make_place
from adapters.chats.slack.forms.user_defaults import DEFAULTS_FORM_ID, DefaultsForm
from adapters.chats.slack.forms.view import View, chosen_channel, form_errors, form_values, form_view, notice_view
from adapters.chats.slack.incoming.message_reader import MessageReader
from adapters.chats.slack.people import Channels, SlackUsers
from bot.chats.form_drafts import FormDraft, FormDrafts
from bot.chats.installations import Installation
from bot.commands import forms
from bot.desk.gestures import MessageAction
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Talk, Translation
from bot.requests.media import Media, MediaKind

TRIGGER_SECONDS = 2.5  # Slack's three seconds, less the network


class SlackModals:
    def __init__(
        self,
        context: SlackContext,
        users: SlackUsers,
        channels: Channels,
        reader: MessageReader,
        defaults_form: DefaultsForm,
    ) -> None:
        self._context = context
        self._defaults_form = defaults_form
        self._channels = channels
        self._users = users
        self._reader = reader
        self._drafts = FormDrafts(context.core.key_value, PLATFORM)

    async def open_form(self, installation: Installation, trigger_id: str, asker: Asker, draft: FormDraft) -> None:
        """Show a form, after checking that the person may request videos."""
        await self._context.desk.access.check(asker, draft.place)
        await self._drafts.save_draft(installation.workspace, asker.user, draft)
        await self._open_view(installation, trigger_id, form_view(draft))

    async def open_blank_form(
        self,
        installation: Installation,
        trigger_id: str,
        asker: Asker,
        place: Place | None,
        request: type[Request] = Talk,
    ) -> None:
        await self.open_form(installation, trigger_id, asker, FormDraft(request, place=place))

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
        await self._context.desk.access.check(asker, place)
        message = await self._reader.read_message(installation, raw)
        try:
            request, values = self._context.gestures.action_request(action, message)
        except Refused as refusal:
            return await self._open_view(installation, trigger_id, notice_view("didtalk", refusal.sentence))
        given = forms.values_to_form(request, values)
        return await self.open_form(installation, trigger_id, asker, FormDraft(request, given, place))

    async def open_for_job(
        self, installation: Installation, trigger_id: str, asker: Asker, act: str, key: str, place: Place | None
    ) -> None:
        """Show the form to edit a job, or to translate its video."""
        try:
            job = await self._context.desk.job_finder.find_job(asker, key)
            draft = _edit_draft(job) if act == "edit" else _translation_draft(job)
        except Trouble as trouble:
            return await self._open_view(installation, trigger_id, notice_view("didtalk", trouble.sentence))
        return await self.open_form(installation, trigger_id, asker, replace(draft, place=draft.place or place))

    async def open_defaults_form(self, installation: Installation, trigger_id: str, asker: Asker) -> None:
        await self._defaults_form.open_form(installation, trigger_id, asker)

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
        if view.get("callback_id") == DEFAULTS_FORM_ID:
            return await self._defaults_form.submit_form(
                view, await self._users.get_asker_quickly(installation.workspace, user, name, team)
            )
        draft, workspace = await self._find_draft(installation, user, view), installation.workspace
        if draft is None:
            return {}  # a repeated submission
        state = (view.get("state") or {}).get("values") or {}
        try:
            if not self._context.token_accepted(installation):
                raise Refused(self._context.workspaces.not_installed_text)
            asker = await self._users.get_asker_quickly(workspace, user, name, team)
            request = parse_values(draft.request, form_values(draft, state, workspace))
            place = draft.place or await self._channels.with_privacy(
                make_place(workspace, chosen_channel(state) or user)
            )
            idempotency_key = f"slack:form:{draft.id}"
            answer = await self._context.desk.take_request(
                asker, place, request, idempotency_key, redo_of=draft.redo_of
            )
        except Trouble as trouble:
            refusal = trouble if isinstance(trouble, Refused) else Refused(trouble.sentence)
            return {"response_action": "errors", "errors": form_errors(draft, refusal, state)}
        if not answer.jobs:  # a preview, such as a plan; the form stays open
            return {"response_action": "push", "view": notice_view("didtalk", answer.card.text)}
        # In the background: the job is accepted even if its draft cannot be deleted.
        self._context.run_in_background(self._drafts.delete_draft(workspace, user, draft.id), "draft")
        return {}

    async def discard_form(self, installation: Installation, user: str, view: View) -> None:
        """Forget a form that was closed."""
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


def _edit_draft(job: Job) -> FormDraft:
    return FormDraft(type(job.request), forms.request_to_form(job.request), _own_place(job), job.id)


def _translation_draft(job: Job) -> FormDraft:
    if job.stored_video is None:
        raise Refused(texts.VIDEO_GONE)
    video = Media(kind=MediaKind.VIDEO, address=f"shelf:{job.stored_video.video}", name=job.stored_video.video)
    return FormDraft(Translation, {"video": video}, _own_place(job))


def _own_place(job: Job) -> Place | None:
    """The job's place, without the message that requested it."""
    return job.place.model_copy(update={"message": ""}) if job.place.platform == PLATFORM else None
