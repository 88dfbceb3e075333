"""How many jobs a person or a channel may have: what every store of jobs must hold to."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import Asker, Job, JobFilter, Jobs, Place, Stage
from bot.jobs.limits import Limit, LimitReached, parse_limits
from storage.database import Database
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import SqlJobs
from tests.fakes.sample_job import NOW, a_job

FIVE_AN_HOUR = parse_limits("hour=5", "person")
HOUR_SECONDS = 3600.0


def _place_in(channel: str, **facts: Any) -> Place:
    return Place(platform="console", workspace="W1", channel=channel, **facts)


async def _add_jobs(jobs: Jobs, count: int, limits: tuple[Limit, ...] = (), **facts: Any) -> list[Job]:
    return [(await jobs.add([a_job(**facts)], limits))[0] for _ in range(count)]


async def _count_accepted(jobs: Jobs, asked: list[list[Job]], limits: tuple[Limit, ...]) -> int:
    """How many of these, all asked in one instant, were taken on."""
    answers = await asyncio.gather(*(jobs.add(each, limits) for each in asked), return_exceptions=True)
    assert all(isinstance(each, (list, LimitReached)) for each in answers), answers
    return len([each for each in answers if isinstance(each, list)])


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["running=5", "minute=5", "hour=5", "day=5", "hour=5 day=100 running=7"])
@pytest.mark.parametrize("whose", ["person", "channel"])
async def test_fifty_asks_in_one_instant_accept_as_many_as_the_limit_allows(
    jobs: Jobs, setting: str, whose: Any
) -> None:
    """A limit cannot be outrun, and what it refused leaves nothing behind."""
    asked = [[a_job(user="U1" if whose == "person" else f"U{n}")] for n in range(50)]
    assert await _count_accepted(jobs, asked, parse_limits(setting, whose)) == 5
    kept = [await jobs.get(job.id) for (job,) in asked]
    assert len([job for job in kept if job]) == 5


async def test_each_person_and_each_channel_is_counted_apart(jobs: Jobs) -> None:
    """Nobody is refused for what others asked; the same id in another workspace or chat is another person."""
    both = (*parse_limits("hour=1", "person"), *parse_limits("hour=3", "channel"))
    await _add_jobs(jobs, 1, both)
    await _add_jobs(jobs, 1, both, user="U2")
    await _add_jobs(jobs, 1, both, workspace="W2", place=_place_in("C1"))
    for facts in (
        {"user": "U3"},
        {"place": _place_in("C2")},
    ):  # the channel is full; and so is the person, elsewhere too
        with pytest.raises(LimitReached):
            await _add_jobs(jobs, 1, both, **facts)
    await _add_jobs(jobs, 1, both, asker=Asker(platform="slack", workspace="W1", user="U1"), place=_place_in("C2"))


async def test_a_thread_counts_for_the_channel_it_hangs_from(jobs: Jobs) -> None:
    """A new thread is no way round a channel's limit."""
    two = parse_limits("hour=2", "channel")
    await _add_jobs(jobs, 1, two, place=_place_in("C1"))
    await _add_jobs(jobs, 1, two, place=_place_in("T1", parent_channel="C1"))
    with pytest.raises(LimitReached):
        await _add_jobs(jobs, 1, two, place=_place_in("T2", parent_channel="C1"))


async def test_the_same_gesture_again_is_never_refused_by_the_limit_it_filled(jobs: Jobs) -> None:
    """Chats send things twice: the answer is the job that was kept, and it counts once."""
    one = parse_limits("running=1 hour=1", "person")
    first = await jobs.add([a_job(idempotency_key="Ev1")], one)
    assert await jobs.add([a_job(idempotency_key="Ev1")], one) == first
    again = await asyncio.gather(*(jobs.add([a_job(idempotency_key="Ev1")], one) for _ in range(10)))
    assert again == [first] * 10
    with pytest.raises(LimitReached):
        await jobs.add([a_job(idempotency_key="Ev2")], one)


async def test_the_same_gesture_again_is_the_same_job_after_a_limit_was_lowered(jobs: Jobs) -> None:
    """It was taken on when there was room, so there is nothing to refuse any more."""
    first = await jobs.add([a_job(idempotency_key="Ev1")], FIVE_AN_HOUR)
    await _add_jobs(jobs, 2, FIVE_AN_HOUR)
    assert await jobs.add([a_job(idempotency_key="Ev1")], parse_limits("running=1 hour=1", "person")) == first


async def test_one_gesture_in_several_languages_counts_each(jobs: Jobs) -> None:
    """All of it is taken on or nothing is, and its repeat is the same jobs."""
    await _add_jobs(jobs, 3, FIVE_AN_HOUR)
    three = [a_job(idempotency_key="Ev1", index=n, count=3) for n in range(3)]
    with pytest.raises(LimitReached):
        await jobs.add(three, FIVE_AN_HOUR)
    assert [await jobs.get(job.id) for job in three] == [None] * 3
    two = await jobs.add(three[:2], FIVE_AN_HOUR)
    assert await jobs.add([a_job(idempotency_key="Ev1"), a_job(idempotency_key="Ev1", index=1)], FIVE_AN_HOUR) == two


async def test_a_refused_gesture_may_come_again_when_there_is_room(jobs: Jobs) -> None:
    """Nothing of a refusal is remembered against the one who asks."""
    await _add_jobs(jobs, 5, FIVE_AN_HOUR)
    with pytest.raises(LimitReached):
        await jobs.add([a_job(idempotency_key="Ev1")], FIVE_AN_HOUR)
    later = NOW + HOUR_SECONDS + 1
    (job,) = await jobs.add([a_job(idempotency_key="Ev1", asked_at=later)], FIVE_AN_HOUR)
    assert await jobs.get(job.id) == job


async def test_it_opens_when_the_oldest_that_counts_has_aged_out(jobs: Jobs) -> None:
    """The moment told is the moment: not a second before it, and at it."""
    for n in range(5):
        await jobs.add([a_job(asked_at=NOW + n)], FIVE_AN_HOUR)
    with pytest.raises(LimitReached) as refusal:
        await jobs.add([a_job(asked_at=NOW + 100)], FIVE_AN_HOUR)
    assert refusal.value.retry_at == NOW + HOUR_SECONDS
    with pytest.raises(LimitReached):
        await jobs.add([a_job(asked_at=NOW + HOUR_SECONDS - 1)], FIVE_AN_HOUR)
    await jobs.add([a_job(asked_at=NOW + HOUR_SECONDS)], FIVE_AN_HOUR)
    with pytest.raises(LimitReached) as refusal:
        await jobs.add([a_job(asked_at=NOW + HOUR_SECONDS), a_job(asked_at=NOW + HOUR_SECONDS)], FIVE_AN_HOUR)
    assert refusal.value.retry_at == NOW + 2 + HOUR_SECONDS  # two places are needed, and one frees a second before


async def test_what_runs_is_counted_until_it_has_ended(jobs: Jobs) -> None:
    """A finished, failed or cancelled job makes room at once; however long it takes."""
    two = parse_limits("running=2", "person")
    old, _ = [(await jobs.add([a_job(asked_at=NOW - 90_000 + n)], two))[0] for n in range(2)]
    with pytest.raises(LimitReached) as refusal:
        await jobs.add([a_job()], two)
    assert refusal.value.retry_at is None
    await jobs.move(old, old.to_stage(Stage.CANCELLED, NOW, asker_notified=True))
    await jobs.add([a_job()], two)
    with pytest.raises(LimitReached):
        await jobs.add([a_job()], two)


async def test_who_was_counted_is_forgotten_and_counted_again(database: Database) -> None:
    """The turns that people and channels take are kept for hours, and without them limits hold as before."""
    jobs = SqlJobs(database)
    await _add_jobs(jobs, 3, FIVE_AN_HOUR)
    await jobs.prune_counters(NOW)
    await _add_jobs(jobs, 2, FIVE_AN_HOUR)
    await jobs.prune_counters(NOW + 1)
    assert not await database.read("SELECT * FROM limit_counters")
    asked = [[a_job()] for _ in range(4)]
    assert await _count_accepted(jobs, asked, parse_limits("hour=7", "person")) == 2


async def test_the_limit_that_was_reached_is_told(jobs: Jobs) -> None:
    """Of several it is the first in the order they are set."""
    held = (*parse_limits("running=9 hour=4 day=4", "person"), *parse_limits("hour=4", "channel"))
    await _add_jobs(jobs, 4, held)
    with pytest.raises(LimitReached) as refusal:
        await jobs.add([a_job()], held)
    assert refusal.value.limit == Limit("person", 4, "hour")


async def test_limits_survive_a_restart(tmp_path: Path) -> None:
    """They are counted from what is kept, so another process counts the same."""
    for fits in (3, 2, 0):
        async with open_sqlite(tmp_path / "a.sqlite3") as database:
            jobs = SqlJobs(database)
            await _add_jobs(jobs, fits, FIVE_AN_HOUR)
            if not fits:
                with pytest.raises(LimitReached):
                    await _add_jobs(jobs, 1, FIVE_AN_HOUR)


async def test_a_form_is_told_what_adding_would_be_told(jobs: Jobs) -> None:
    """One more job would be too many: the same limit, and the same moment from which there is room."""
    job = a_job()
    every = (parse_limits("hour=2", "person"), parse_limits("hour=2", "channel"), parse_limits("running=2", "person"))
    for _ in range(2):
        for limits in every:
            await jobs.check_limits(job.asker, job.place, NOW, limits)
        await _add_jobs(jobs, 1)
    for limits in every:
        with pytest.raises(LimitReached) as told:
            await jobs.check_limits(job.asker, job.place, NOW, limits)
        with pytest.raises(LimitReached) as refused:
            await jobs.add([a_job()], limits)
        assert (told.value.limit, told.value.retry_at) == (refused.value.limit, refused.value.retry_at)
    assert len(await jobs.list_jobs(JobFilter())) == 2
