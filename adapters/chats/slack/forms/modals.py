"""Opening forms and taking them in."""

from dataclasses import replace
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import Out
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from adapters.chats.slack.forms.drafts import Draft, Drafts
from adapters.chats.slack.forms.user_defaults import FORM as TASTE
from adapters.chats.slack.forms.user_defaults import TasteForm
from adapters.chats.slack.forms.view import View, channel_of, errors_of, notice, values_of, view_of
from adapters.chats.slack.incoming.message_reader import Reading
from adapters.chats.slack.people.channels import Channels, place_of
from adapters.chats.slack.people.users import People
from bot.chats.installations import Installation
from bot.commands import forms
from bot.desk.gestures import Action
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job
from bot.requests.kinds import Request, Talk, Translation, make
from bot.requests.media import Kind, Media

IN_TIME = 2.5  # seconds a trigger lives, less what the way takes


class Modals:
    """Forms, from the gesture that opens one to the job it asks for."""

    def __init__(self, inside: Inside, people: People, channels: Channels, reading: Reading, tastes: TasteForm) -> None:
        self._in = inside
        self._tastes = tastes
        self._channels = channels
        self._people = people
        self._reading = reading
        self._drafts = Drafts(inside)

    async def open(self, installation: Installation, trigger: str, asker: Asker, draft: Draft) -> None:
        """Show a form to whoever may ask: nobody fills one in to be refused afterwards."""
        await self._in.door.desk.admit(asker, draft.place)
        await self._drafts.put(draft)
        await self._show(installation, trigger, view_of(draft))

    async def blank(
        self,
        installation: Installation,
        trigger: str,
        asker: Asker,
        place: Place | None,
        request: type[Request] = Talk,
    ) -> None:
        """Show an empty form."""
        await self.open(installation, trigger, asker, Draft(request, installation.workspace, place))

    async def of_message(
        self,
        installation: Installation,
        trigger: str,
        asker: Asker,
        place: Place,
        action: Action,
        raw: dict[str, Any],
    ) -> None:
        """Show what a message action begins with, or why it cannot."""
        await self._in.door.desk.admit(asker, place)
        message = await self._reading.read(installation, raw)
        try:
            request, values = self._in.door.gestures.start(action, message)
        except Refused as refusal:
            return await self._show(installation, trigger, notice("didtalk", refusal.sentence))
        given = forms.given(request, values)
        return await self.open(installation, trigger, asker, Draft(request, installation.workspace, place, given))

    async def of_job(
        self, installation: Installation, trigger: str, asker: Asker, act: str, key: str, place: Place | None
    ) -> None:
        """Show a job's own form again, or the one that translates its video."""
        try:
            job = await self._in.door.desk.job(asker, key)
            draft = self._again(installation, job) if act == "edit" else self._translate(installation, job)
        except Trouble as trouble:
            return await self._show(installation, trigger, notice("didtalk", trouble.sentence))
        return await self.open(installation, trigger, asker, replace(draft, place=draft.place or place))

    async def taste(self, installation: Installation, trigger: str, asker: Asker) -> None:
        """Show what holds for somebody when they say nothing else, to be changed."""
        await self._tastes.open(installation, trigger, asker)

    async def more(self, installation: Installation, view: View) -> None:
        """Show the rarer options too; what was filled in stays, because the fields keep their names."""
        draft = await self._drafts.get(str(view.get("private_metadata")))
        if draft is None:
            return
        draft = replace(draft, more=True)
        await self._drafts.put(draft)
        given = {"view_id": view["id"], "hash": view.get("hash"), "view": view_of(draft)}
        await self._in.wire.call(installation.token, "views.update", seconds=IN_TIME, **given)

    async def submit(self, installation: Installation, view: View, user: str, name: str, team: str) -> dict[str, Any]:
        """Take a form in: what it turns into, with errors at their fields; nothing when it is kept."""
        if view.get("callback_id") == TASTE:
            return await self._tastes.submit(view, await self._people.quickly(installation.workspace, user, name, team))
        draft = await self._drafts.get(str(view.get("private_metadata")))
        if draft is None:
            return {}  # sent before: the first sending counts
        state = (view.get("state") or {}).get("values") or {}
        try:
            if not self._in.admitted(await self._in.workspaces.of(draft.workspace)):
                raise Refused(self._in.workspaces.gone)
            asker = await self._people.quickly(draft.workspace, user, name, team)
            request = make(draft.request, values_of(draft, state))
            place = draft.place or await self._channels.whole(place_of(draft.workspace, channel_of(state) or user))
            once = f"slack:form:{draft.id}"
            answer = await self._in.door.desk.ask(asker, place, request, once, again_of=draft.again_of)
        except Trouble as trouble:
            refusal = trouble if isinstance(trouble, Refused) else Refused(trouble.sentence)
            return {"response_action": "errors", "errors": errors_of(draft, refusal, state)}
        if not answer.jobs:  # only looked at, such as a plan; the form stays to be asked for again
            return {"response_action": "push", "view": notice("didtalk", answer.card.text)}
        # Beside: the job is taken on, and a draft that cannot be dropped is no reason to say that it was not.
        self._in.later(self._drafts.drop(draft.key), "draft")
        return {}

    async def closed(self, view: View) -> None:
        """Nobody will send it any more."""
        await self._drafts.drop(str(view.get("private_metadata")))

    async def _show(self, installation: Installation, trigger: str, view: View) -> None:
        given = {"trigger_id": trigger, "view": view}
        try:
            await self._in.wire.call(installation.token, "views.open", seconds=IN_TIME, **given)
        except Out:
            raise
        except (TryAgain, Unsure) as trouble:  # a trigger is good once and briefly: only the person can try again
            raise Refused(texts.EXPIRED) from trouble

    def _again(self, installation: Installation, job: Job) -> Draft:
        given = forms.given_of(job.request)
        return Draft(type(job.request), installation.workspace, _own(job), given, job.id)

    def _translate(self, installation: Installation, job: Job) -> Draft:
        if job.kept is None:
            raise Refused("The video is no longer here to translate.")
        video = Media(kind=Kind.VIDEO, at=f"shelf:{job.kept.video}", name=job.kept.video)
        return Draft(Translation, installation.workspace, _own(job), {"video": video})


def _own(job: Job) -> Place | None:
    """A job's own place, without what was reacted to then."""
    return job.place.model_copy(update={"message": ""}) if job.place.platform == PLATFORM else None
