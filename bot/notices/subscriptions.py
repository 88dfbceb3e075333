"""Subscriptions of channels, and the notices still to be posted to them."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.requests.options import did_you_mean
from bot.wording.cards import Card

Topic = Literal["done", "failed", "credits"]
TOPICS: tuple[Topic, ...] = ("done", "failed", "credits")
DEFAULT_TOPICS: tuple[str, ...] = ("done", "failed")
DEFAULT_CREDITS_TOPIC = "credits:<10"  # when no number is given
NOTICE_TIMEOUT_SECONDS = 30.0  # for one call of a chat

_BELOW = re.compile(r"<?(\d{1,7})")
_PERSON = re.compile(r"<?@!?([^\s<>|]{1,80})(?:\|[^<>]*)?>?")  # as typed, or as chats write a mention: <@u1|ana>


class _ChannelTopic(BaseModel):
    """One topic of one channel, and who subscribed to it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    place: Place
    topic: Topic
    filter: str = ""  # credits: "<10"; done and failed: "@user", or nothing for everybody
    subscriber: str  # as the chat knows them
    subscriber_name: str = ""


class Subscription(_ChannelTopic):
    subscribed_at: float = 0.0
    pause_reason: str | None = None  # the channel is gone, or we may not post there

    @property
    def description(self) -> str:
        if self.topic == "credits":
            return f"credits below {credits_threshold(self.filter):g}"
        whose = f"{self.filter}'s videos" if self.filter else "videos"
        return f"{whose} that {'failed' if self.topic == 'failed' else 'are done'}"

    @property
    def typed_form(self) -> str:
        return f"{self.topic}:{self.filter}" if self.filter else self.topic


class Notice(_ChannelTopic):
    """A message to be posted once."""

    key: str  # one channel and one event: the end of a job, or a crossed credit threshold
    recipient: str | None = None  # a person who gets it privately, instead of the channel
    job: str | None = None
    job_place: Place | None = None  # the place of that job, and the message there with its video
    video_message: str | None = None
    sentence: str = ""
    due_at: float = 0.0
    posting: bool = False  # written before the post: after a crash here, look it up first
    tries: int = 0

    @classmethod
    def from_subscription(cls, subscription: Subscription, key: str, now: float, **facts: Any) -> Self:
        shared = {name: getattr(subscription, name) for name in _ChannelTopic.model_fields}
        return cls.model_validate({"key": key, "due_at": now, **shared, **facts})


class Subscriptions(Protocol):
    """Stores subscriptions and notices. Every method is one whole transaction."""

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""

    async def unsubscribe(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Remove topics, all when none are named; those that were there."""

    async def list_for_place(self, place: Place) -> list[Subscription]: ...

    async def list_active(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""

    async def pause_channel(self, place: Place, why: str) -> bool:
        """Stop posting to a channel until it is subscribed again; whether it was not paused before."""

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        """Store notices; a key that was ever stored is ignored."""

    async def next_due(self) -> float | None: ...

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Lease notices that are due until that moment."""

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        """Mark a notice as being posted and lease it until then; False when its owner lost the lease."""

    async def finish_posting(self, key: str) -> None:
        """The notice was posted, or will never be; its key stays known."""

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        """It was certainly not posted; retry then, unless another owner has it."""

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        """It could not be looked up; look again then, unless another owner has it."""


@runtime_checkable
class CanNotify(Protocol):
    """A chat that can post in a channel without a request from there."""

    async def post_notice(self, notice: Notice, card: Card) -> str:
        """The id of the message. Refused when the channel is gone or we may not post there."""

    async def find_notice(self, notice: Notice) -> str | None:
        """The message of a notice whose answer was lost; None when it certainly was not posted."""

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        """Send one person a sentence about a place, and name the place, which may be gone."""


def parse_topics(typed: str) -> dict[Topic, str]:
    """The topics of a typed line with their filters; DEFAULT_TOPICS when none are named."""
    by_topic: dict[Topic, str] = {}
    for word in _split_words(typed) or DEFAULT_TOPICS:
        name, _, filter_ = word.partition(":")
        topic = _parse_topic(name)
        by_topic[topic] = _parse_filter(topic, filter_)
    return by_topic


def parse_topic_names(typed: str) -> list[Topic]:
    """The topics of a typed line; filters are ignored."""
    return list(dict.fromkeys(_parse_topic(word.partition(":")[0]) for word in _split_words(typed)))


def credits_threshold(filter_: str) -> float:
    match = _BELOW.fullmatch(filter_)
    return float(match[1]) if match else 10.0


def filter_matches(filter_: str, asker: Asker) -> bool:
    """A filter names one person; an empty one matches everybody."""
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
