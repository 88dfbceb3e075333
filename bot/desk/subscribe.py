"""`/did subscribe`: which notices a channel gets, who asked for them, and who may change that."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.chats.chat import Chat
from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.notices.subscriptions import TOPICS, CanNotify, Subscription, Subscriptions, parse_topic_names, parse_topics
from bot.policy.access import AccessPolicy
from bot.runtime.clock import Clock
from bot.wording.cards import Card, DeskReply

NOTICES_TITLE = "Notices"


class SubscriptionCommands:
    """`/did subscribe` and `/did unsubscribe`: which notices a channel gets."""

    def __init__(
        self, subscriptions: Subscriptions, chats: Mapping[str, Chat], clock: Clock, access: AccessPolicy
    ) -> None:
        self._subscriptions = subscriptions
        self._chats = chats
        self._clock = clock
        self._access = access

    async def subscribe(self, asker: Asker, place: Place, typed: str) -> DeskReply:
        await self._access.check(asker, place)
        if typed.casefold().strip() == "list":
            return DeskReply(Card(title=NOTICES_TITLE, lines=await self.settings_lines(place)), private=True)
        if not isinstance(self._chats.get(place.platform), CanNotify):
            raise Refused("Notices cannot be posted here.")
        requested = self._parse_subscriptions(asker, _without_thread(place), typed)
        existing = {each.topic: each for each in await self._subscriptions.list_for_place(place)}
        changes = [each for each in requested if not _is_unchanged(each, existing.get(each.topic))]
        if not changes:
            return DeskReply(
                Card(title=NOTICES_TITLE, lines=(_subscribed_sentence(place, list(existing.values())),)), private=True
            )
        _check_permission(asker, [existing[each.topic] for each in changes if each.topic in existing])
        await self._subscriptions.subscribe(changes)
        return _change_reply(asker, place, "subscribed", changes, "to")

    async def unsubscribe(self, asker: Asker, place: Place, typed: str) -> DeskReply:
        """Without topics, all of them end."""
        topics_to_drop = parse_topic_names(typed) or list(TOPICS)
        existing = [each for each in await self._subscriptions.list_for_place(place) if each.topic in topics_to_drop]
        if not existing:
            raise Refused(_subscribed_sentence(place, await self._subscriptions.list_for_place(place)))
        _check_permission(asker, existing)
        dropped = await self._subscriptions.unsubscribe(place, [each.topic for each in existing])
        return _change_reply(asker, place, "unsubscribed", dropped or existing, "from")

    async def settings_lines(self, place: Place) -> tuple[str, ...]:
        """A line for each subscription of a channel."""
        existing = await self._subscriptions.list_for_place(place)
        return tuple(_subscription_line(each) for each in existing) or (_subscribed_sentence(place, existing),)

    def _parse_subscriptions(self, asker: Asker, place: Place, typed: str) -> list[Subscription]:
        now = self._clock.now()
        return [
            Subscription(
                place=place,
                topic=topic,
                filter=filter_,
                subscriber=asker.user,
                subscriber_name=asker.name,
                subscribed_at=now,
            )
            for topic, filter_ in parse_topics(typed).items()
        ]


def _without_thread(place: Place) -> Place:
    """A notice is posted to the channel, not to a thread."""
    return place.model_copy(update={"thread": "", "message": ""})


def _is_unchanged(new: Subscription, old: Subscription | None) -> bool:
    return old is not None and old.pause_reason is None and old.filter == new.filter


def _check_permission(asker: Asker, existing: Sequence[Subscription]) -> None:
    """A subscription may be changed by its creator or a moderator; a paused one by anybody."""
    for each in existing:
        if each.subscriber != asker.user and not asker.moderator and each.pause_reason is None:
            raise Refused(
                f"@{each.subscriber_name or each.subscriber} set “{each.typed_form}” here; only they or a "
                "moderator can change it."
            )


def _change_reply(asker: Asker, place: Place, verb: str, changed: Sequence[Subscription], to: str) -> DeskReply:
    """Posted in the channel, as it concerns everybody there."""
    words = ", ".join(each.typed_form for each in changed)
    who = f"You are {verb}" if place.private else f"@{asker.name or asker.user} {verb} this channel"
    return DeskReply(Card(title=NOTICES_TITLE, lines=(f"{who} {to}: {words}.", "See /did settings.")))


def _subscribed_sentence(place: Place, existing: Sequence[Subscription]) -> str:
    who = "You are" if place.private else "This channel is"
    words = ", ".join(each.typed_form for each in existing if each.pause_reason is None)
    return f"{who} subscribed to: {words}." if words else f"{who} not subscribed to anything."


def _subscription_line(subscription: Subscription) -> str:
    day = datetime.fromtimestamp(subscription.subscribed_at, UTC)
    paused = f" Paused: {subscription.pause_reason}" if subscription.pause_reason else ""
    return (
        f"Subscribed to {subscription.typed_form} by @{subscription.subscriber_name or subscription.subscriber} on "
        f"{day.day} {day:%B %Y}.{paused}"
    )
