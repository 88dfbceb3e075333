"""Opening forms and taking them in."""

from dataclasses import replace
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import TokenRejected
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.forms.drafts import SlackDraft, SlackDrafts
from adapters.chats.slack.forms.user_defaults import DEFAULTS_FORM_ID, DefaultsForm
from adapters.chats.slack.forms.view import View, chosen_channel, form_errors, form_values, form_view, notice_view
from adapters.chats.slack.incoming.message_reader import MessageReader
from adapters.chats.slack.people.channels import Channels, make_place
from adapters.chats.slack.people.users import SlackUsers
from bot.chats.installations import Installation
from bot.commands import forms
from bot.desk.gestures import MessageAction
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job
from bot.requests.kinds import Request, Talk, Translation, parse_values
from bot.requests.media import Media, MediaKind

TRIGGER_SECONDS = 2.5  # seconds a trigger lives, less what the way takes


class SlackModals:
    """Forms, from the gesture that opens one to the job it asks for."""

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
        self._drafts = SlackDrafts(context)

    async def open_form(self, installation: Installation, trigger_id: str, asker: Asker, draft: SlackDraft) -> None:
        """Show a form to whoever may ask: nobody fills one in to be refused afterwards."""
        await self._context.core.desk.check_access(asker, draft.place)
        await self._drafts.save_draft(draft)
        await self._open_view(installation, trigger_id, form_view(draft))

    async def open_blank_form(
        self,
        installation: Installation,
        trigger_id: str,
        asker: Asker,
        place: Place | None,
        request: type[Request] = Talk,
    ) -> None:
        """Show an empty form."""
        await self.open_form(installation, trigger_id, asker, SlackDraft(request, installation.workspace, place))

    async def open_for_message(
        self,
        installation: Installation,
        trigger_id: str,
        asker: Asker,
        place: Place,
        action: MessageAction,
        raw: dict[str, Any],
    ) -> None:
        """Show what a message action begins with, or why it cannot."""
        await self._context.core.desk.check_access(asker, place)
        message = await self._reader.read_message(installation, raw)
        try:
            request, values = self._context.core.gestures.action_request(action, message)
        except Refused as refusal:
            return await self._open_view(installation, trigger_id, notice_view("didtalk", refusal.sentence))
        given = forms.values_to_form(request, values)
        return await self.open_form(
            installation, trigger_id, asker, SlackDraft(request, installation.workspace, place, given)
        )

    async def open_for_job(
        self, installation: Installation, trigger_id: str, asker: Asker, act: str, key: str, place: Place | None
    ) -> None:
        """Show a job's own form again, or the one that translates its video."""
        try:
            job = await self._context.core.desk.find_job(asker, key)
            draft = self._edit_draft(installation, job) if act == "edit" else self._translation_draft(installation, job)
        except Trouble as trouble:
            return await self._open_view(installation, trigger_id, notice_view("didtalk", trouble.sentence))
        return await self.open_form(installation, trigger_id, asker, replace(draft, place=draft.place or place))

    async def open_defaults_form(self, installation: Installation, trigger_id: str, asker: Asker) -> None:
        """Show what holds for somebody when they say nothing else, to be changed."""
        await self._defaults_form.open_form(installation, trigger_id, asker)

    async def show_more_options(self, installation: Installation, view: View) -> None:
        """Show the rarer options too; what was filled in stays, because the fields keep their names."""
        draft = await self._drafts.get_draft(str(view.get("private_metadata")))
        if draft is None:
            return
        draft = replace(draft, show_advanced=True)
        await self._drafts.save_draft(draft)
        given = {"view_id": view["id"], "hash": view.get("hash"), "view": form_view(draft)}
        await self._context.api.call(installation.token, "views.update", seconds=TRIGGER_SECONDS, **given)

    async def submit_form(
        self, installation: Installation, view: View, user: str, name: str, team: str
    ) -> dict[str, Any]:
        """Take a form in: what it turns into, with errors at their fields; nothing when it is kept."""
        if view.get("callback_id") == DEFAULTS_FORM_ID:
            return await self._defaults_form.submit_form(
                view, await self._users.get_asker_quickly(installation.workspace, user, name, team)
            )
        draft = await self._drafts.get_draft(str(view.get("private_metadata")))
        if draft is None:
            return {}  # sent before: the first sending counts
        state = (view.get("state") or {}).get("values") or {}
        try:
            if not self._context.token_accepted(await self._context.workspaces.require_installation(draft.workspace)):
                raise Refused(self._context.workspaces.not_installed_text)
            asker = await self._users.get_asker_quickly(draft.workspace, user, name, team)
            request = parse_values(draft.request, form_values(draft, state))
            place = draft.place or await self._channels.with_privacy(
                make_place(draft.workspace, chosen_channel(state) or user)
            )
            idempotency_key = f"slack:form:{draft.id}"
            answer = await self._context.core.desk.take_request(
                asker, place, request, idempotency_key, redo_of=draft.redo_of
            )
        except Trouble as trouble:
            refusal = trouble if isinstance(trouble, Refused) else Refused(trouble.sentence)
            return {"response_action": "errors", "errors": form_errors(draft, refusal, state)}
        if not answer.jobs:  # only looked at, such as a plan; the form stays to be asked for again
            return {"response_action": "push", "view": notice_view("didtalk", answer.card.text)}
        # Beside: the job is taken on, and a draft that cannot be dropped is no reason to say that it was not.
        self._context.run_in_background(self._drafts.delete_draft(draft.key), "draft")
        return {}

    async def discard_form(self, view: View) -> None:
        """Nobody will send it any more."""
        await self._drafts.delete_draft(str(view.get("private_metadata")))

    async def _open_view(self, installation: Installation, trigger_id: str, view: View) -> None:
        given = {"trigger_id": trigger_id, "view": view}
        try:
            await self._context.api.call(installation.token, "views.open", seconds=TRIGGER_SECONDS, **given)
        except TokenRejected:
            raise
        except (TryAgain, Unsure) as trouble:  # a trigger is good once and briefly: only the person can try again
            raise Refused(texts.FORM_EXPIRED) from trouble

    def _edit_draft(self, installation: Installation, job: Job) -> SlackDraft:
        given = forms.request_to_form(job.request)
        return SlackDraft(type(job.request), installation.workspace, _own_place(job), given, job.id)

    def _translation_draft(self, installation: Installation, job: Job) -> SlackDraft:
        if job.stored_video is None:
            raise Refused("The video is no longer here to translate.")
        video = Media(kind=MediaKind.VIDEO, address=f"shelf:{job.stored_video.video}", name=job.stored_video.video)
        return SlackDraft(Translation, installation.workspace, _own_place(job), {"video": video})


def _own_place(job: Job) -> Place | None:
    """A job's own place, without what was reacted to then."""
    return job.place.model_copy(update={"message": ""}) if job.place.platform == PLATFORM else None
