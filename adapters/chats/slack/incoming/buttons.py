"""Taps on our buttons, on any message however old: the button names the job, and all else is looked up."""

from dataclasses import dataclass
from typing import Any, get_args

from adapters.chats.slack.context import Inside
from adapters.chats.slack.forms.drafts import request_of
from adapters.chats.slack.forms.modals import Modals
from adapters.chats.slack.forms.view import MORE
from adapters.chats.slack.outgoing.blocks import ACT
from adapters.chats.slack.outgoing.home_tab import NEW, TASTE, UNSUBSCRIBE, Home
from adapters.chats.slack.outgoing.replies import Replies
from adapters.chats.slack.people.channels import place_of
from adapters.chats.slack.people.users import People
from bot.chats.inbox import Letter
from bot.chats.installations import Installation
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker, Place
from bot.wording.cards import Act

_ACTS: tuple[Act, ...] = get_args(Act)

Body = dict[str, Any]


@dataclass(frozen=True)
class Tap:
    """Who tapped what, and where."""

    user: str
    name: str
    team: str
    place: Place
    trigger: str
    url: str
    action: str
    value: str
    key: str  # the same tap told twice has the same

    @property
    def letter(self) -> Body:
        """What has to be kept of it."""
        return {
            "kind": "tap",
            "user": self.user,
            "name": self.name,
            "team": self.team,
            "place": self.place.model_dump(),
            "url": self.url,
            "act": self.action.removeprefix(ACT),
            "job": self.value,
            "key": self.key,
        }


def tap_of(installation: Installation, body: Body) -> Tap:
    """What Slack tells of a tap."""
    action, user = body["actions"][0], body["user"]
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or user["id"])
    thread = str(message.get("thread_ts") or container.get("thread_ts") or message.get("ts") or "")
    place = place_of(installation.workspace, channel, str((body.get("channel") or {}).get("name") or ""))
    if not place.private:
        place = place.model_copy(update={"thread": thread})
    key = f"slack:tap:{user['id']}:{action.get('action_ts')}:{action['action_id']}:{action.get('value', '')}"
    return Tap(
        user=str(user["id"]),
        name=str(user.get("name") or user.get("username") or ""),
        team=str(user.get("team_id") or ""),
        place=place,
        trigger=str(body.get("trigger_id") or ""),
        url=str(body.get("response_url") or ""),
        action=str(action["action_id"]),
        value=str(action.get("value") or ""),
        key=key,
    )


class Taps:
    """Does what a tap asks for."""

    def __init__(self, inside: Inside, people: People, replies: Replies, modals: Modals, home: Home) -> None:
        self._in = inside
        self._home = home
        self._people = people
        self._replies = replies
        self._modals = modals

    async def take(self, installation: Installation, body: Body) -> None:
        """Open a form at once, for its trigger dies in three seconds; keep everything else to be done."""
        tap = tap_of(installation, body)
        if tap.action == MORE:
            await self._modals.more(installation, body["view"])
        elif tap.action.startswith(NEW):
            await self._blank(installation, tap)
        elif tap.action == TASTE:
            await self._modals.taste(installation, tap.trigger, await self._asker(installation, tap))
        elif tap.action == UNSUBSCRIBE:
            await self._in.post(tap.key, tap.letter | {"workspace": installation.workspace})
        elif tap.action in (f"{ACT}edit", f"{ACT}translate"):
            await self._form(installation, tap)
        elif tap.action.removeprefix(ACT) in _ACTS and tap.action.startswith(ACT):
            await self._in.post(tap.key, tap.letter | {"workspace": installation.workspace})

    async def do(self, letter: Letter) -> None:
        """A tap that was kept."""
        body = letter.body
        place, user, url = Place.model_validate(body["place"]), str(body["user"]), str(body["url"])
        try:
            asker = await self._people.asker(place.workspace, user, str(body["name"]), str(body["team"]))
            if body["act"] == UNSUBSCRIBE:
                return await self._unsubscribe(asker, place, str(body["job"]), url)
            answer = await self._in.door.desk.press(asker, place, body["act"], str(body["job"]), str(body["key"]))
        except Refused as refusal:
            return await self._replies.whisper(place, user, refusal.sentence, url)
        return await self._replies.answer(place, user, answer, url)

    async def _asker(self, installation: Installation, tap: Tap) -> Asker:
        return await self._people.quickly(installation.workspace, tap.user, tap.name, tap.team)

    async def _unsubscribe(self, asker: Asker, place: Place, held: str, url: str) -> None:
        """End one of a channel's subscriptions, in front of the channel; whoever tapped sees it gone."""
        channel, _, topic = held.partition(" ")
        there = place_of(asker.workspace, channel)
        try:
            answer = await self._in.door.desk.say(asker, there, f"/did unsubscribe {topic}")
        except Refused as refusal:
            await self._replies.whisper(place, asker.user, refusal.sentence, url)
        else:  # done once: that nobody could be told is no reason to do it again
            self._in.later(self._replies.answer(there, asker.user, answer), "unsubscribed")
        await self._home.draw(asker)

    async def _blank(self, installation: Installation, tap: Tap) -> None:
        asker = await self._asker(installation, tap)
        request = request_of(tap.action.removeprefix(NEW))
        await self._modals.blank(installation, tap.trigger, asker, None, request)

    async def _form(self, installation: Installation, tap: Tap) -> None:
        try:
            asker = await self._asker(installation, tap)
            act = tap.action.removeprefix(ACT)
            await self._modals.of_job(installation, tap.trigger, asker, act, tap.value, tap.place)
        except Trouble as trouble:
            await self._replies.whisper(tap.place, tap.user, trouble.sentence, tap.url)
