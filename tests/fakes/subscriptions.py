"""Subscriptions and notices kept in memory: the plainest thing that keeps every promise of `Subscriptions`."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice, Subscription, Topic


@dataclass
class _Kept:
    notice: Notice
    due_at: float | None
    owner: str | None = None
    posting: bool = False
    tries: int = 0


class MemorySubscriptions:
    """Keeps them as long as it lives. Nothing awaits on the way, so each method is a transaction by itself."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, Topic], Subscription] = {}
        self.notices: dict[str, _Kept] = {}

    async def put(self, wanted: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""
        self.held |= {(each.place.key, each.topic): each for each in wanted}

    async def drop(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Take topics from a channel, all of them when none are named; those that were there."""
        gone = [each for each in await self.of(place) if not topics or each.topic in topics]
        return [self.held.pop((each.place.key, each.topic)) for each in gone]

    async def of(self, place: Place) -> list[Subscription]:
        """What a channel is subscribed to."""
        return [each for (channel, _), each in sorted(self.held.items()) if channel == place.key]

    async def wanting(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""
        return [
            each
            for (_, held), each in sorted(self.held.items())
            if held == topic
            and each.paused is None
            and platform in (None, each.place.platform)
            and workspace in (None, each.place.workspace)
        ]

    async def pause(self, place: Place, why: str) -> bool:
        """Post nothing more to a channel, until somebody subscribes it again; whether it was not paused before."""
        open_ = [each for each in await self.of(place) if each.paused is None]
        await self.put([each.model_copy(update={"paused": why}) for each in open_])
        return bool(open_)

    async def announce(self, notices: Sequence[Notice]) -> None:
        """Keep notices to be posted; a key that was ever kept is not kept again."""
        for each in notices:
            self.notices.setdefault(each.key, _Kept(each, each.due_at))

    async def next_due(self) -> float | None:
        """When the next notice is due."""
        return min((each.due_at for each in self.notices.values() if each.due_at is not None), default=None)

    async def due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Hold notices that are due until that moment."""
        ready = sorted((each.due_at, key) for key, each in self.notices.items() if each.due_at is not None)
        held = [self.notices[key] for at, key in ready if at <= now][:limit]
        for each in held:
            each.due_at, each.owner = until, owner
        return [each.notice.model_copy(update={"posting": each.posting, "tries": each.tries}) for each in held]

    async def posting(self, key: str, owner: str, until: float) -> bool:
        """Write down that a notice is about to be posted, held until then; whether its owner may, as it holds it."""
        kept = self.notices[key]
        if kept.owner == owner:
            kept.posting, kept.due_at = True, until
        return kept.owner == owner

    async def posted(self, key: str) -> None:
        """The notice is posted, or will never be: it is not due again, and its key stays known."""
        kept = self.notices[key]
        kept.due_at = kept.owner = None

    async def later(self, key: str, owner: str, due_at: float) -> None:
        """The notice was certainly not posted by its owner; try again then, unless somebody else is at it by now."""
        kept = self.notices[key]
        if kept.owner == owner:
            kept.due_at, kept.owner, kept.posting, kept.tries = due_at, None, False, kept.tries + 1

    async def again(self, key: str, owner: str, due_at: float) -> None:
        """Whether the notice was posted could not be looked up; look again then, unless somebody else is at it."""
        kept = self.notices[key]
        if kept.owner == owner:
            kept.due_at, kept.owner, kept.tries = due_at, None, kept.tries + 1
