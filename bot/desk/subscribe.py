"""The board of a channel: what it hears of, who said so, and who may change that."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.chats.chat import Chat, Cries
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.notices.subscriptions import TOPICS, Subscription, Subscriptions, named, topics
from bot.runtime.clock import Clock
from bot.wording.answer import Answer
from bot.wording.cards import Card

TITLE = "Notices"


class Board:
    """Lets people say what their channel hears of."""

    def __init__(self, subscriptions: Subscriptions, chats: Mapping[str, Chat], clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._chats = chats
        self._clock = clock

    async def subscribe(self, asker: Asker, place: Place, typed: str) -> Answer:
        """Let a channel hear of more, or say what it hears of."""
        if typed.casefold().strip() == "list":
            return Answer(Card(title=TITLE, lines=await self.lines(place)), private=True)
        if not isinstance(self._chats.get(place.platform), Cries):
            raise Refused("Nothing can be posted here by itself, so there is nothing to subscribe.")
        new = self._wanted(asker, _channel(place), typed)
        held = {each.topic: each for each in await self._subscriptions.of(place)}
        fresh = [each for each in new if not _same(each, held.get(each.topic))]
        if not fresh:
            return Answer(Card(title=TITLE, lines=(_hears(place, list(held.values())),)), private=True)
        _check(asker, [held[each.topic] for each in fresh if each.topic in held])
        await self._subscriptions.put(fresh)
        return _told(asker, place, "subscribed", fresh, "to")

    async def unsubscribe(self, asker: Asker, place: Place, typed: str) -> Answer:
        """Let a channel hear less; of nothing any more when no topic is named."""
        gone = named(typed) or list(TOPICS)
        held = [each for each in await self._subscriptions.of(place) if each.topic in gone]
        if not held:
            raise Refused(_hears(place, await self._subscriptions.of(place)))
        _check(asker, held)
        dropped = await self._subscriptions.drop(place, [each.topic for each in held])
        return _told(asker, place, "unsubscribed", dropped or held, "from")

    async def lines(self, place: Place) -> tuple[str, ...]:
        """What a channel hears of, set by whom and when, in a line for each topic."""
        held = await self._subscriptions.of(place)
        return tuple(_line(each) for each in held) or (_hears(place, held),)

    def _wanted(self, asker: Asker, place: Place, typed: str) -> list[Subscription]:
        now = self._clock.now()
        return [
            Subscription(place=place, topic=topic, filter=filter_, by=asker.user, by_name=asker.name, at=now)
            for topic, filter_ in topics(typed).items()
        ]


def _channel(place: Place) -> Place:
    """The channel alone: a notice belongs to no thread."""
    return place.model_copy(update={"thread": "", "message": ""})


def _same(new: Subscription, old: Subscription | None) -> bool:
    return old is not None and old.paused is None and old.filter == new.filter


def _check(asker: Asker, held: Sequence[Subscription]) -> None:
    """Whoever set a topic may change it, and a moderator; one that is paused is anybody's."""
    for each in held:
        if each.by != asker.user and not asker.moderator and each.paused is None:
            raise Refused(
                f"@{each.by_name or each.by} set “{each.words}” here; only they or a moderator can change it."
            )


def _told(asker: Asker, place: Place, did: str, changed: Sequence[Subscription], to: str) -> Answer:
    """In a channel everybody sees who changed it, since it is everybody's."""
    words = ", ".join(each.words for each in changed)
    who = f"You are {did}" if place.private else f"@{asker.name or asker.user} {did} this channel"
    return Answer(Card(title=TITLE, lines=(f"{who} {to}: {words}.", "/did settings shows what holds here.")))


def _hears(place: Place, held: Sequence[Subscription]) -> str:
    who = "You are" if place.private else "This channel is"
    words = ", ".join(each.words for each in held if each.paused is None)
    return f"{who} subscribed to: {words}." if words else f"{who} not subscribed to anything."


def _line(held: Subscription) -> str:
    day = datetime.fromtimestamp(held.at, UTC)
    paused = f" Paused: {held.paused}" if held.paused else ""
    return f"{held.words}: set by @{held.by_name or held.by} on {day.day} {day:%B %Y}.{paused}"
