"""Channels that want to hear: which, of what, set by whom; and the notices still to be posted to them."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.requests.options import did_you_mean
from bot.wording.cards import Card

Topic = Literal["done", "failed", "credits"]
TOPICS: tuple[Topic, ...] = ("done", "failed", "credits")
DEFAULT_TOPICS: tuple[str, ...] = ("done", "failed")
DEFAULT_CREDITS_TOPIC = "credits:<10"  # when no number is given
NOTICE_TIMEOUT_SECONDS = 30.0  # seconds for which a chat may take over posting one notice

_BELOW = re.compile(r"<?(\d{1,7})")
_PERSON = re.compile(r"<?@!?([^\s<>|]{1,80})(?:\|[^<>]*)?>?")  # as typed, or as chats write a mention: <@u1|ana>


class Subscription(BaseModel):
    """One topic that one channel wants to hear of."""

    model_config = ConfigDict(frozen=True, extra="allow")

    place: Place
    topic: Topic
    filter: str = ""  # credits: "<10"; done and failed: "@user", or nothing for everybody
    subscriber: str  # who set it, as the chat knows them …
    subscriber_name: str = ""
    subscribed_at: float = 0.0
    pause_reason: str | None = None  # why nothing is posted any more: the channel is gone, or closed to us

    @property
    def description(self) -> str:
        """What it tells of, as a person would say it."""
        if self.topic == "credits":
            return f"credits below {credits_threshold(self.filter):g}"
        whose = f"{self.filter}'s videos" if self.filter else "videos"
        return f"{whose} that {'failed' if self.topic == 'failed' else 'are done'}"

    @property
    def typed_form(self) -> str:
        """How it is typed."""
        return f"{self.topic}:{self.filter}" if self.filter else self.topic


class Notice(BaseModel):
    """Something to be posted once to a channel that subscribed to it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    key: str  # one channel, one occasion: a job's end, or credits falling below a line
    place: Place
    topic: Topic
    filter: str = ""
    recipient: str | None = None  # a person to whom it is whispered, instead of the channel
    job: str | None = None
    job_place: Place | None = None  # where that job lives, and the message there that holds its video
    video_message: str | None = None
    sentence: str = ""
    subscriber: str = ""  # who subscribed the channel
    subscriber_name: str = ""
    due_at: float = 0.0
    posting: bool = False  # written before the post: after a crash here, look first
    tries: int = 0

    @classmethod
    def from_subscription(cls, subscription: Subscription, key: str, now: float, **facts: Any) -> Self:
        """The notice that a subscription asks for."""
        who = {"subscriber": subscription.subscriber, "subscriber_name": subscription.subscriber_name}
        what = {"place": subscription.place, "topic": subscription.topic, "filter": subscription.filter, "due_at": now}
        return cls.model_validate({"key": key, **who, **what, **facts})

    @property
    def typed_form(self) -> str:
        """What was subscribed to, as it is typed."""
        return f"{self.topic}:{self.filter}" if self.filter else self.topic


class Subscriptions(Protocol):
    """Keeps subscriptions and notices. Every method is one whole transaction."""

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""
        ...

    async def unsubscribe(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Take topics from a channel, all of them when none are named; those that were there."""
        ...

    async def list_for_place(self, place: Place) -> list[Subscription]:
        """What a channel is subscribed to."""
        ...

    async def list_active(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""
        ...

    async def pause_channel(self, place: Place, why: str) -> bool:
        """Post nothing more to a channel, until somebody subscribes it again; whether it was not paused before."""
        ...

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        """Keep notices to be posted; a key that was ever kept is not kept again."""
        ...

    async def next_due(self) -> float | None:
        """When the next notice is due."""
        ...

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Hold notices that are due until that moment."""
        ...

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        """Write down that a notice is about to be posted, held until then; whether its owner may, as it holds it."""
        ...

    async def finish_posting(self, key: str) -> None:
        """The notice is posted, or will never be: it is not due again, and its key stays known."""
        ...

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        """The notice was certainly not posted by its owner; try again then, unless somebody else is at it by now."""
        ...

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        """Whether the notice was posted could not be looked up; look again then, unless somebody else is at it."""
        ...


@runtime_checkable
class CanNotify(Protocol):
    """A chat that can tell a channel something nobody there asked for just now."""

    async def post_notice(self, notice: Notice, card: Card) -> str:
        """Post a notice in its channel; the id of the message. Refused when the channel is gone or closed to us."""
        ...

    async def find_notice(self, notice: Notice) -> str | None:
        """The message of a notice whose answer was lost; None when it certainly was not posted."""
        ...

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        """Tell one person something about a place, and which it is, where only they read it; it may be gone itself."""
        ...


def parse_topics(typed: str) -> dict[Topic, str]:
    """The topics of a typed line with their filters; the modest default when none are named."""
    by_topic: dict[Topic, str] = {}
    for word in _split_words(typed) or DEFAULT_TOPICS:
        name, _, filter_ = word.partition(":")
        topic = _parse_topic(name)
        by_topic[topic] = _parse_filter(topic, filter_)
    return by_topic


def parse_topic_names(typed: str) -> list[Topic]:
    """The topics a line names, whatever their filters; the same words that subscribe also unsubscribe."""
    return list(dict.fromkeys(_parse_topic(word.partition(":")[0]) for word in _split_words(typed)))


def credits_threshold(filter_: str) -> float:
    """The line of a credits filter."""
    match = _BELOW.fullmatch(filter_)
    return float(match[1]) if match else 10.0


def filter_matches(filter_: str, asker: Asker) -> bool:
    """Whether a filter lets through what this person asked for: all of it, or that of the one it names."""
    names = {f"@{asker.user}".casefold(), "@" + "".join(asker.name.split()).casefold()}
    return not filter_ or filter_.casefold() in names


def _split_words(typed: str) -> list[str]:
    return typed.casefold().replace(",", " ").split()


def _parse_topic(name: str) -> Topic:
    topic = next((each for each in TOPICS if each == name), None)
    if topic is None:
        meant = did_you_mean(name, TOPICS)
        raise Refused(f"No topic is called “{name[:40]}”.{meant} Topics are done, failed and {DEFAULT_CREDITS_TOPIC}.")
    return topic


def _parse_filter(topic: Topic, typed: str) -> str:
    if topic == "credits":
        line = _BELOW.fullmatch(typed or "<10")
        if line is None:
            raise Refused(
                f"credits takes a number to fall below, such as {DEFAULT_CREDITS_TOPIC}; “{typed[:40]}” is not that."
            )
        return f"<{line[1]}"
    person = _PERSON.fullmatch(typed)
    if typed and person is None:
        raise Refused(f"{topic} can be narrowed to one person, such as {topic}:@ana; “{typed[:40]}” is not that.")
    return f"@{person[1]}" if person else ""
