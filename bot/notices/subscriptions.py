"""Channels that want to hear: which, of what, set by whom; and the notices still to be posted to them."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.requests.options import nearest

Topic = Literal["done", "failed", "credits"]
TOPICS: tuple[Topic, ...] = ("done", "failed", "credits")
DEFAULT: tuple[str, ...] = ("done", "failed")
CREDITS = "credits:<10"  # when no number is given
CALL_MOST = 30.0  # seconds for which a chat may take over posting one notice

_BELOW = re.compile(r"<?(\d{1,7})")
_PERSON = re.compile(r"<?@!?([^\s<>|]{1,80})(?:\|[^<>]*)?>?")  # as typed, or as chats write a mention: <@u1|ana>


class Subscription(BaseModel):
    """One topic that one channel wants to hear of."""

    model_config = ConfigDict(frozen=True, extra="allow")

    place: Place
    topic: Topic
    filter: str = ""  # credits: "<10"; done and failed: "@user", or nothing for everybody
    by: str  # who set it, as the chat knows them …
    by_name: str = ""
    at: float = 0.0
    paused: str | None = None  # why nothing is posted any more: the channel is gone, or closed to us

    @property
    def meaning(self) -> str:
        """What it tells of, as a person would say it."""
        if self.topic == "credits":
            return f"credits below {below(self.filter):g}"
        whose = f"{self.filter}'s videos" if self.filter else "videos"
        return f"{whose} that {'failed' if self.topic == 'failed' else 'are done'}"

    @property
    def words(self) -> str:
        """How it is typed."""
        return f"{self.topic}:{self.filter}" if self.filter else self.topic


class Notice(BaseModel):
    """Something to be posted once to a channel that subscribed to it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    key: str  # one channel, one occasion: a job's end, or credits falling below a line
    place: Place
    topic: Topic
    filter: str = ""
    to: str | None = None  # a person to whom it is whispered, instead of the channel
    job: str | None = None
    home: Place | None = None  # where that job lives, and the message there that holds its video
    post: str | None = None
    sentence: str = ""
    by: str = ""  # who subscribed the channel
    by_name: str = ""
    due_at: float = 0.0
    posting: bool = False  # written before the post: after a crash here, look first
    tries: int = 0

    @classmethod
    def of(cls, wanted: Subscription, key: str, now: float, **facts: Any) -> Self:
        """The notice that a subscription asks for."""
        who = {"by": wanted.by, "by_name": wanted.by_name}
        what = {"place": wanted.place, "topic": wanted.topic, "filter": wanted.filter, "due_at": now}
        return cls.model_validate({"key": key, **who, **what, **facts})

    @property
    def words(self) -> str:
        """What was subscribed to, as it is typed."""
        return f"{self.topic}:{self.filter}" if self.filter else self.topic


class Subscriptions(Protocol):
    """Keeps subscriptions and notices. Every method is one whole transaction."""

    async def put(self, wanted: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""
        ...

    async def drop(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Take topics from a channel, all of them when none are named; those that were there."""
        ...

    async def of(self, place: Place) -> list[Subscription]:
        """What a channel is subscribed to."""
        ...

    async def wanting(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""
        ...

    async def pause(self, place: Place, why: str) -> bool:
        """Post nothing more to a channel, until somebody subscribes it again; whether it was not paused before."""
        ...

    async def announce(self, notices: Sequence[Notice]) -> None:
        """Keep notices to be posted; a key that was ever kept is not kept again."""
        ...

    async def next_due(self) -> float | None:
        """When the next notice is due."""
        ...

    async def due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Hold notices that are due until that moment."""
        ...

    async def posting(self, key: str, owner: str, until: float) -> bool:
        """Write down that a notice is about to be posted, held until then; whether its owner may, as it holds it."""
        ...

    async def posted(self, key: str) -> None:
        """The notice is posted, or will never be: it is not due again, and its key stays known."""
        ...

    async def later(self, key: str, owner: str, due_at: float) -> None:
        """The notice was certainly not posted by its owner; try again then, unless somebody else is at it by now."""
        ...

    async def again(self, key: str, owner: str, due_at: float) -> None:
        """Whether the notice was posted could not be looked up; look again then, unless somebody else is at it."""
        ...


def topics(typed: str) -> dict[Topic, str]:
    """The topics of a typed line with their filters; the modest default when none are named."""
    found: dict[Topic, str] = {}
    for word in _words(typed) or DEFAULT:
        name, _, filter_ = word.partition(":")
        topic = _topic(name)
        found[topic] = _filter(topic, filter_)
    return found


def named(typed: str) -> list[Topic]:
    """The topics a line names, whatever their filters; the same words that subscribe also unsubscribe."""
    return list(dict.fromkeys(_topic(word.partition(":")[0]) for word in _words(typed)))


def below(filter_: str) -> float:
    """The line of a credits filter."""
    match = _BELOW.fullmatch(filter_)
    return float(match[1]) if match else 10.0


def about(filter_: str, asker: Asker) -> bool:
    """Whether a filter lets through what this person asked for: all of it, or that of the one it names."""
    names = {f"@{asker.user}".casefold(), "@" + "".join(asker.name.split()).casefold()}
    return not filter_ or filter_.casefold() in names


def _words(typed: str) -> list[str]:
    return typed.casefold().replace(",", " ").split()


def _topic(name: str) -> Topic:
    topic = next((each for each in TOPICS if each == name), None)
    if topic is None:
        hint = nearest(name, TOPICS)
        raise Refused(
            f"There is no topic “{name[:40]}”."
            + (f" Did you mean {hint}?" if hint else "")
            + f" Topics are done, failed and {CREDITS}."
        )
    return topic


def _filter(topic: Topic, typed: str) -> str:
    if topic == "credits":
        line = _BELOW.fullmatch(typed or "<10")
        if line is None:
            raise Refused(f"credits takes a number to fall below, such as {CREDITS}; “{typed[:40]}” is not that.")
        return f"<{line[1]}"
    person = _PERSON.fullmatch(typed)
    if typed and person is None:
        raise Refused(f"{topic} can be narrowed to one person, such as {topic}:@ana; “{typed[:40]}” is not that.")
    return f"@{person[1]}" if person else ""
