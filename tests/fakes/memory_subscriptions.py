"""Subscriptions and notices in memory: the simplest class that fulfils `Subscriptions`."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.job import Place
from bot.notices.subscriptions import Notice, Subscription, Topic


@dataclass
class _StoredNotice:
    notice: Notice
    due_at: float | None
    owner: str | None = None
    posting: bool = False
    tries: int = 0


class MemorySubscriptions:
    """No method waits for anything, so each is one transaction."""

    def __init__(self) -> None:
        self.stored_subscriptions: dict[tuple[str, Topic], Subscription] = {}
        self.notices: dict[str, _StoredNotice] = {}

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        self.stored_subscriptions |= {(each.place.key, each.topic): each for each in subscriptions}

    async def unsubscribe(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        gone = [each for each in await self.list_for_place(place) if not topics or each.topic in topics]
        return [self.stored_subscriptions.pop((each.place.key, each.topic)) for each in gone]

    async def list_for_place(self, place: Place) -> list[Subscription]:
        return [each for (channel, _), each in sorted(self.stored_subscriptions.items()) if channel == place.key]

    async def list_active(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        return [
            each
            for (_, subscribed), each in sorted(self.stored_subscriptions.items())
            if subscribed == topic
            and each.pause_reason is None
            and platform in (None, each.place.platform)
            and workspace in (None, each.place.workspace)
        ]

    async def pause_channel(self, place: Place, why: str) -> bool:
        active = [each for each in await self.list_for_place(place) if each.pause_reason is None]
        await self.subscribe([each.model_copy(update={"pause_reason": why}) for each in active])
        return bool(active)

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        for each in notices:
            self.notices.setdefault(each.key, _StoredNotice(each, each.due_at))

    async def next_due(self) -> float | None:
        return min((each.due_at for each in self.notices.values() if each.due_at is not None), default=None)

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        due = sorted((each.due_at, key) for key, each in self.notices.items() if each.due_at is not None)
        claimed = [self.notices[key] for at, key in due if at <= now][:limit]
        for each in claimed:
            each.due_at, each.owner = until, owner
        return [each.notice.model_copy(update={"posting": each.posting, "tries": each.tries}) for each in claimed]

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        stored = self.notices[key]
        if stored.owner == owner:
            stored.posting, stored.due_at = True, until
        return stored.owner == owner

    async def finish_posting(self, key: str) -> None:
        stored = self.notices[key]
        stored.due_at = stored.owner = None

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        stored = self.notices[key]
        if stored.owner == owner:
            stored.due_at, stored.owner, stored.posting, stored.tries = due_at, None, False, stored.tries + 1

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        stored = self.notices[key]
        if stored.owner == owner:
            stored.due_at, stored.owner, stored.tries = due_at, None, stored.tries + 1
