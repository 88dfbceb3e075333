"""What every store of subscriptions must do, in memory and in every engine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import Place
from bot.notices.subscriptions import Notice, Subscription, Subscriptions
from storage.tables.leased_queue import SqlSubscriptions
from tests.fakes.database_engines import DATABASE_ENGINES, open_engine
from tests.fakes.memory_subscriptions import MemorySubscriptions

NOW = 1_800_000_000.0
GENERAL = Place(platform="console", workspace="W1", channel="general")
RANDOM = GENERAL.model_copy(update={"channel": "random"})


@pytest.fixture(params=["memory", *DATABASE_ENGINES])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subscriptions]:
    """Each store in turn, empty."""
    if request.param == "memory":
        yield MemorySubscriptions()
        return
    async with open_engine(request.param, request, tmp_path) as database:
        yield SqlSubscriptions(database)


def _subscription(topic: str, place: Place = GENERAL, **facts: Any) -> Subscription:
    return Subscription.model_validate(
        {"place": place, "topic": topic, "subscriber": "U1", "subscriber_name": "ana", **facts}
    )


def _notice(key: str, place: Place = GENERAL, **facts: Any) -> Notice:
    return Notice.model_validate(
        {"key": key, "place": place, "topic": "done", "subscriber": "U1", "due_at": NOW, **facts}
    )


async def _claim_due(store: Subscriptions, now: float = NOW, until: float = NOW + 60, limit: int = 10) -> list[Notice]:
    return await store.claim_due("a", now, until, limit)


async def test_what_was_put_is_there_whole(store: Subscriptions) -> None:
    """Every field comes back, in the order of the topics."""
    wanted = [_subscription("done", filter="@ben", subscribed_at=NOW), _subscription("credits", filter="<5")]
    await store.subscribe(wanted)
    assert await store.list_for_place(GENERAL) == wanted[::-1]
    assert await store.list_for_place(RANDOM) == []


async def test_a_channel_is_one_channel_whatever_the_thread(store: Subscriptions) -> None:
    """Typed in a thread, it holds for the channel."""
    await store.subscribe([_subscription("done", GENERAL.model_copy(update={"thread": "7", "message": "8"}))])
    assert [each.topic for each in await store.list_for_place(GENERAL)] == ["done"]


async def test_a_topic_takes_the_place_of_the_same_topic(store: Subscriptions) -> None:
    """One filter for each topic: the last one put."""
    await store.subscribe([_subscription("done"), _subscription("failed")])
    await store.subscribe([_subscription("done", filter="@ben", subscriber="U2")])
    assert [(each.topic, each.filter, each.subscriber) for each in await store.list_for_place(GENERAL)] == [
        ("done", "@ben", "U2"),
        ("failed", "", "U1"),
    ]


async def test_dropping_names_what_was_there(store: Subscriptions) -> None:
    """Named topics go, all of them when none are named, and only in that channel."""
    await store.subscribe(
        [_subscription("done"), _subscription("failed"), _subscription("credits"), _subscription("done", RANDOM)]
    )
    assert [each.topic for each in await store.unsubscribe(GENERAL, ["failed"])] == ["failed"]
    assert await store.unsubscribe(GENERAL, ["failed"]) == []
    assert [each.topic for each in await store.unsubscribe(GENERAL, [])] == ["credits", "done"]
    assert [each.topic for each in await store.list_for_place(RANDOM)] == ["done"]


async def test_only_channels_of_the_same_workspace_want_to_hear(store: Subscriptions) -> None:
    """What happens in one workspace is not told in another; credits, which are everybody's, are."""
    elsewhere = GENERAL.model_copy(update={"workspace": "W2"})
    other = GENERAL.model_copy(update={"platform": "slack"})
    await store.subscribe([_subscription("done", each) for each in (GENERAL, RANDOM, elsewhere, other)])
    found = await store.list_active("done", "console", "W1")
    assert [each.place for each in found] == [GENERAL, RANDOM]
    assert len(await store.list_active("done")) == 4
    assert await store.list_active("failed") == []


async def test_a_paused_channel_wants_nothing_until_it_subscribes_again(store: Subscriptions) -> None:
    """All its topics pause together, once, and say why; the topic put again is wanted again."""
    await store.subscribe([_subscription("done"), _subscription("failed"), _subscription("done", RANDOM)])
    assert await store.pause_channel(GENERAL, "It is archived.")
    assert not await store.pause_channel(GENERAL, "It is gone.")
    assert [each.pause_reason for each in await store.list_for_place(GENERAL)] == ["It is archived."] * 2
    assert [each.place for each in await store.list_active("done")] == [RANDOM]
    await store.subscribe([_subscription("done")])
    assert [each.place for each in await store.list_active("done")] == [GENERAL, RANDOM]
    assert await store.list_active("failed") == []


async def test_an_announced_notice_is_due_whole(store: Subscriptions) -> None:
    """Every field comes back."""
    notice = _notice(
        "k",
        job="j1",
        job_place=RANDOM,
        video_message="m1",
        subscriber_name="ana",
        filter="@ben",
        recipient="U1",
        sentence="Hm.",
    )
    await store.add_notices([notice])
    assert await store.next_due() == NOW
    assert await _claim_due(store) == [notice]


async def test_a_key_is_announced_once_for_ever(store: Subscriptions) -> None:
    """Before it is posted and after, in one call and in two."""
    await store.add_notices([_notice("k"), _notice("k", sentence="again")])
    await store.add_notices([_notice("k", sentence="again")])
    assert [each.sentence for each in await _claim_due(store)] == [""]
    await store.finish_posting("k")
    await store.add_notices([_notice("k")])
    assert await _claim_due(store, NOW + 999) == []
    assert await store.next_due() is None


async def test_nothing_announced_is_nothing_due(store: Subscriptions) -> None:
    """Announcing nothing is not an error."""
    await store.add_notices([])
    assert (await store.next_due(), await _claim_due(store)) == (None, [])


async def test_a_held_notice_is_due_again_when_the_hold_runs_out(store: Subscriptions) -> None:
    """Whoever held it may have died; what was written before the post is known to the next."""
    await store.add_notices([_notice("k")])
    await _claim_due(store)
    await store.begin_posting("k", "a", NOW + 35)
    assert await _claim_due(store, NOW + 34) == []
    assert await store.next_due() == NOW + 35  # no longer than the call can take
    (again,) = await _claim_due(store, NOW + 35)
    assert (again.posting, again.due_at) == (True, NOW)  # it still says when it was announced


async def test_later_means_that_it_was_not_posted(store: Subscriptions) -> None:
    """The next try need not look first, and tries are counted."""
    await store.add_notices([_notice("k")])
    await _claim_due(store)
    await store.begin_posting("k", "a", NOW + 60)
    await store.retry_at("k", "a", NOW + 5)
    assert await _claim_due(store, NOW + 4) == []
    (again,) = await _claim_due(store, NOW + 5)
    assert (again.posting, again.tries) == (False, 1)


async def test_a_notice_that_could_not_be_looked_for_is_looked_for_again(store: Subscriptions) -> None:
    """Nobody knows more than before of whether it was posted; whoever lost it to somebody else says nothing."""
    await store.add_notices([_notice("k")])
    await _claim_due(store)
    await store.begin_posting("k", "a", NOW + 60)
    await store.retry_lookup_at("k", "a", NOW + 5)
    await store.retry_lookup_at("k", "a", NOW + 1)
    assert await _claim_due(store, NOW + 4) == []
    (again,) = await _claim_due(store, NOW + 5)
    assert (again.posting, again.tries) == (True, 1)


async def test_who_lost_its_hold_may_not_post(store: Subscriptions) -> None:
    """Only the notifier that leases a notice may post it or put it off; anyone may say that it was posted."""
    await store.add_notices([_notice("k")])
    await store.claim_due("a", NOW, NOW + 60, 10)
    assert await store.begin_posting("k", "a", NOW + 60)
    await store.claim_due("b", NOW + 60, NOW + 120, 10)
    assert not await store.begin_posting("k", "a", NOW + 60)
    await store.retry_at("k", "a", NOW + 61)
    assert await store.next_due() == NOW + 120
    await store.finish_posting("k")
    assert await store.next_due() is None


async def test_two_notifiers_never_hold_the_same_notice(store: Subscriptions) -> None:
    """However many look at once, each notice goes to one of them."""
    await store.add_notices([_notice(f"k{n}") for n in range(20)])
    turns = await asyncio.gather(*(store.claim_due(f"h{n}", NOW, NOW + 60, 7) for n in range(6)))
    got = [notice.key for turn in turns for notice in turn]
    assert len(got) == len(set(got))
    assert len(got) + len(await store.claim_due("last", NOW, NOW + 60, 20)) == 20


async def test_the_longest_due_come_first_and_no_more_than_asked_for(store: Subscriptions) -> None:
    """Order and number are the caller's; what is not due stays."""
    await store.add_notices([_notice("c", due_at=NOW + 1), _notice("b"), _notice("a"), _notice("d", due_at=NOW - 9)])
    assert [each.key for each in await _claim_due(store, limit=2)] == ["d", "a"]
    assert [each.key for each in await _claim_due(store)] == ["b"]
    assert await store.next_due() == NOW + 1
