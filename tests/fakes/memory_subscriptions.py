"""Subscriptions and notices kept in memory: the plainest thing that keeps every promise of `Subscriptions`."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice, Subscription, Topic


@dataclass
class _StoredNotice:
    notice: Notice
    due_at: float | None
    owner: str | None = None
    posting: bool = False
    tries: int = 0


class MemorySubscriptions:
    """Keeps them as long as it lives. Nothing awaits on the way, so each method is a transaction by itself."""

    def __init__(self) -> None:
        self.stored_subscriptions: dict[tuple[str, Topic], Subscription] = {}
        self.notices: dict[str, _StoredNotice] = {}

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""
        self.stored_subscriptions |= {(each.place.key, each.topic): each for each in subscriptions}

    async def unsubscribe(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Take topics from a channel, all of them when none are named; those that were there."""
        gone = [each for each in await self.list_for_place(place) if not topics or each.topic in topics]
        return [self.stored_subscriptions.pop((each.place.key, each.topic)) for each in gone]

    async def list_for_place(self, place: Place) -> list[Subscription]:
        """What a channel is subscribed to."""
        return [each for (channel, _), each in sorted(self.stored_subscriptions.items()) if channel == place.key]

    async def list_active(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""
        return [
            each
            for (_, held), each in sorted(self.stored_subscriptions.items())
            if held == topic
            and each.pause_reason is None
            and platform in (None, each.place.platform)
            and workspace in (None, each.place.workspace)
        ]

    async def pause_channel(self, place: Place, why: str) -> bool:
        """Post nothing more to a channel, until somebody subscribes it again; whether it was not paused before."""
        open_ = [each for each in await self.list_for_place(place) if each.pause_reason is None]
        await self.subscribe([each.model_copy(update={"pause_reason": why}) for each in open_])
        return bool(open_)

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        """Keep notices to be posted; a key that was ever kept is not kept again."""
        for each in notices:
            self.notices.setdefault(each.key, _StoredNotice(each, each.due_at))

    async def next_due(self) -> float | None:
        """When the next notice is due."""
        return min((each.due_at for each in self.notices.values() if each.due_at is not None), default=None)

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Hold notices that are due until that moment."""
        ready = sorted((each.due_at, key) for key, each in self.notices.items() if each.due_at is not None)
        held = [self.notices[key] for at, key in ready if at <= now][:limit]
        for each in held:
            each.due_at, each.owner = until, owner
        return [each.notice.model_copy(update={"posting": each.posting, "tries": each.tries}) for each in held]

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        """Write down that a notice is about to be posted, held until then; whether its owner may, as it holds it."""
        kept = self.notices[key]
        if kept.owner == owner:
            kept.posting, kept.due_at = True, until
        return kept.owner == owner

    async def finish_posting(self, key: str) -> None:
        """The notice is posted, or will never be: it is not due again, and its key stays known."""
        kept = self.notices[key]
        kept.due_at = kept.owner = None

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        """The notice was certainly not posted by its owner; try again then, unless somebody else is at it by now."""
        kept = self.notices[key]
        if kept.owner == owner:
            kept.due_at, kept.owner, kept.posting, kept.tries = due_at, None, False, kept.tries + 1

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        """Whether the notice was posted could not be looked up; look again then, unless somebody else is at it."""
        kept = self.notices[key]
        if kept.owner == owner:
            kept.due_at, kept.owner, kept.tries = due_at, None, kept.tries + 1
