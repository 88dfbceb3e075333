"""Button presses, on messages of any age: the button names the job, everything else is looked up."""

from typing import Any, NamedTuple

from adapters.chats.slack.context import SlackContext, make_place
from adapters.chats.slack.forms.modals import SlackModals
from adapters.chats.slack.forms.view import MORE_OPTIONS_ACTION
from adapters.chats.slack.outgoing.blocks import ACTION_PREFIX
from adapters.chats.slack.outgoing.home_tab import CHANGE_DEFAULTS_ACTION, NEW_FORM_PREFIX, UNSUBSCRIBE_ACTION, HomeTab
from adapters.chats.slack.outgoing.replies import SlackReplies
from adapters.chats.slack.people import SlackUsers
from bot.chats.form_drafts import FormDraft, request_by_kind
from bot.chats.inbox import InboxEvent
from bot.chats.installations import Installation
from bot.errors import Refused, Trouble
from bot.jobs.job import Asker, Place
from bot.wording.cards import BUTTON_ACTIONS, ButtonAction

QUESTION_ANSWERS = ("make", "dismiss", "confirm_delete")  # after one of these the question is gone
STORED_ACTIONS = (UNSUBSCRIBE_ACTION, *(f"{ACTION_PREFIX}{each}" for each in BUTTON_ACTIONS))

Body = dict[str, Any]


class SlackButtonPress(NamedTuple):
    user: str
    name: str
    team: str
    place: Place
    response_url: str
    action: str
    value: str

    @property
    def card_action(self) -> str:
        return self.action.removeprefix(ACTION_PREFIX)


def parse_button_press(installation: Installation, body: Body) -> SlackButtonPress:
    action, user = body["actions"][0], body["user"]
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = body.get("channel") or {}
    channel_id = str(channel.get("id") or container.get("channel_id") or user["id"])
    place = make_place(installation.workspace, channel_id, str(channel.get("name") or ""))
    if not place.private:
        thread = str(message.get("thread_ts") or container.get("thread_ts") or "")
        began_thread = thread == str(message.get("ts") or container.get("message_ts"))
        place = place.model_copy(update={"thread": "" if began_thread else thread})  # where the card is
    return SlackButtonPress(
        user=str(user["id"]),
        name=str(user.get("name") or user.get("username") or ""),
        team=str(user.get("team_id") or ""),
        place=place,
        response_url=str(body.get("response_url") or ""),
        action=str(action["action_id"]),
        value=str(action.get("value") or ""),
    )


class SlackButtons:
    def __init__(
        self, context: SlackContext, users: SlackUsers, replies: SlackReplies, modals: SlackModals, home_tab: HomeTab
    ) -> None:
        self._context = context
        self._home_tab = home_tab
        self._users = users
        self._replies = replies
        self._modals = modals

    async def handle_press(self, installation: Installation, body: Body) -> None:
        """Open forms at once, since their trigger expires in three seconds; queue everything else."""
        press, trigger_id = parse_button_press(installation, body), str(body.get("trigger_id") or "")
        if press.action == MORE_OPTIONS_ACTION:
            await self._modals.show_more_options(installation, press.user, body["view"])
        elif press.action.startswith(NEW_FORM_PREFIX):
            draft = FormDraft(request_by_kind(press.action.removeprefix(NEW_FORM_PREFIX)))
            await self._modals.open_form(installation, trigger_id, await self._asker_of(installation, press), draft)
        elif press.action == CHANGE_DEFAULTS_ACTION:
            asker = await self._asker_of(installation, press)
            await self._modals.open_defaults_form(installation, trigger_id, asker)
        elif press.action in (f"{ACTION_PREFIX}edit", f"{ACTION_PREFIX}translate"):
            await self._open_job_form(installation, trigger_id, press)
        elif press.action == f"{ACTION_PREFIX}fill":
            await self._open_question_form(installation, trigger_id, press)
        elif press.action in STORED_ACTIONS:
            await self._store_press(installation, press, str(body["actions"][0].get("action_ts")))

    async def handle_stored(self, inbox_event: InboxEvent) -> None:
        body = inbox_event.body
        place, user, url = Place.model_validate(body["place"]), str(body["user"]), str(body["url"])
        action, job, key = body["act"], str(body["job"]), str(body["key"])
        try:
            asker = await self._users.get_asker(place.workspace, user, str(body["name"]), str(body["team"]))
            if action == UNSUBSCRIBE_ACTION:
                return await self._unsubscribe(asker, place, job, url)
            # Slack has asked already before it sends a "delete".
            pressed: ButtonAction = "confirm_delete" if action == "delete" else action
            answer = await self._context.desk.press_button(asker, place, pressed, job, key)
        except Refused as refusal:
            return await self._replies.send_privately(place, user, refusal.sentence, url)
        if action in QUESTION_ANSWERS and url:
            return await self._replies.replace_question(answer, url)
        return await self._replies.send_answer(place, user, answer, url)

    async def _store_press(self, installation: Installation, press: SlackButtonPress, pressed_at: str) -> None:
        key = f"slack:button:{press.user}:{pressed_at}:{press.action}:{press.value}"
        facts = {"user": press.user, "name": press.name, "team": press.team, "url": press.response_url}
        facts |= {"act": press.card_action, "job": press.value, "key": key, "workspace": installation.workspace}
        await self._context.enqueue_event(key, {"kind": "button", "place": press.place.model_dump(), **facts})

    async def _asker_of(self, installation: Installation, press: SlackButtonPress) -> Asker:
        return await self._users.get_asker_quickly(installation.workspace, press.user, press.name, press.team)

    async def _unsubscribe(self, asker: Asker, place: Place, subscription: str, url: str) -> None:
        """End a channel's subscription, announce it there, and update the person's Home tab."""
        channel, _, topic = subscription.partition(" ")
        there = make_place(asker.workspace, channel)
        try:
            answer = await self._context.desk.run_command(asker, there, f"/did unsubscribe {topic}")
        except Refused as refusal:
            await self._replies.send_privately(place, asker.user, refusal.sentence, url)
        else:  # a failed announcement must not repeat the command
            self._context.run_in_background(self._replies.send_answer(there, asker.user, answer), "unsubscribed")
        await self._home_tab.publish_tab(asker)

    async def _open_question_form(self, installation: Installation, trigger_id: str, press: SlackButtonPress) -> None:
        try:
            asker = await self._asker_of(installation, press)
            draft = await self._context.desk.questions.draft_of(asker, press.value)
            await self._modals.open_form(installation, trigger_id, asker, draft)
        except Trouble as trouble:
            await self._replies.send_privately(press.place, press.user, trouble.sentence, press.response_url)

    async def _open_job_form(self, installation: Installation, trigger_id: str, press: SlackButtonPress) -> None:
        try:
            asker = await self._asker_of(installation, press)
            action, job = press.card_action, press.value
            await self._modals.open_for_job(installation, trigger_id, asker, action, job, press.place)
        except Trouble as trouble:
            await self._replies.send_privately(press.place, press.user, trouble.sentence, press.response_url)
