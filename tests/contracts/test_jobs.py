"""What every store of jobs must do, in memory and in every engine."""

import asyncio
import itertools
from typing import Any

import pytest

from bot.jobs.job import WORK_QUEUE, Job, JobFilter, Jobs, LedgerEntry, Stage
from bot.requests.base import DeletedRequest
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import Media, MediaKind, StoredVideo
from bot.requests.storyboard.storyboard import Storyboard
from tests.fakes.sample_job import NOW, a_job

LEASE_END = NOW + 30


async def _claim_jobs(
    jobs: Jobs, owner: str = "a", *, now: float = NOW, until: float = LEASE_END, limit: int = 10
) -> list[Job]:
    return await jobs.claim(WORK_QUEUE, owner, now, until, limit)


async def _leased_job(jobs: Jobs, **facts: Any) -> Job:
    await jobs.add([a_job(**facts)])
    (job,) = await _claim_jobs(jobs)
    return job


def _ledger_entry(job: Job, what: str = "submit") -> LedgerEntry:
    return LedgerEntry(
        recorded_at=NOW, job=job.id, event=what, asker_key="console/W1/U1", studio="did", cost=0.5, sentence="Sent."
    )


def _delivered_job(seconds: float, made_at: float, **facts: Any) -> Job:
    usual: dict[str, Any] = {
        "stage": Stage.DELIVERED,
        "submitted_at": made_at - seconds,
        "made_at": made_at,
        "asker_notified": True,
    }
    return a_job(**{**usual, **facts})


# add, get


@pytest.mark.slow
async def test_an_upload_is_in_use_until_the_last_job_with_it_has_ended(jobs: Jobs) -> None:
    """Whatever signs an address has; another studio's jobs say nothing of it."""
    url = 's3://b/auth0|4_%2/“a”"b.jpg'
    made = [(await jobs.add([a_job(uploads={"image": url})]))[0] for _ in range(2)]
    assert not await jobs.upload_in_use("heygen", url)
    assert not await jobs.upload_in_use("did", "s3://b/another.jpg")
    for job in made:
        assert await jobs.upload_in_use("did", url)
        await jobs.move(job, job.to_stage(Stage.FAILED, NOW))
    assert not await jobs.upload_in_use("did", url)


async def test_what_was_added_is_found_again(jobs: Jobs) -> None:
    """A job comes back by its id, the same in every field."""
    (job,) = await jobs.add([a_job()])
    assert await jobs.get(job.id) == job


async def test_every_kind_of_request_comes_back_whole(jobs: Jobs) -> None:
    """Nothing a person asked for is lost on the way to the disk and back."""
    picture = Media(kind=MediaKind.PICTURE, address="shelf:k", name="a face.png")
    film = Media(kind=MediaKind.VIDEO, address="https://example.test/film.mp4")
    asked = [
        Talk(script="It’s “fine” — 🎬", image=picture, expression=("0:happy:0.8",), pad=1.5, set=("config.x=1",)),
        Animation(image=picture),
        Video(script="Hello there", background="#223344"),
        Translation(video=film, languages=("es", "fr")),
        Storyboard(script="@anna: Hello", captions=True),
    ]
    added = await jobs.add([a_job(request=request) for request in asked])
    assert [await jobs.get(job.id) for job in added] == added


async def test_all_that_became_of_a_job_comes_back(jobs: Jobs) -> None:
    """Tickets, results, notes and what is on the shelf are part of the record."""
    (job,) = await jobs.add([a_job()])
    facts: dict[str, Any] = {
        "uploads": {"image": "s3://a/b"},
        "ticket": "tlk_1",
        "result": {"video": "https://example.test/v"},
        "stored_video": StoredVideo(video="k", captions="c", seconds=2.5, size=9),
        "notes": ("Without stitch.",),
        "doubtful_at": NOW,
        "cost": 0.25,
    }
    moved = await jobs.move(job, job.to_stage(Stage.KEPT, NOW, **facts))
    assert moved is not None
    assert await jobs.get(job.id) == moved
    assert {name: getattr(moved, name) for name in facts} == facts


async def test_an_unknown_id_is_no_job(jobs: Jobs) -> None:
    """Asking for a job that is not there is answered, not raised."""
    assert await jobs.get("nowhere") is None


async def test_adding_nothing_is_allowed(jobs: Jobs) -> None:
    """An empty batch is an empty answer."""
    assert await jobs.add([]) == []


async def test_the_same_gesture_twice_is_one_job(jobs: Jobs) -> None:
    """A chat may send the same command twice; the person gets one video."""
    first = await jobs.add([a_job(idempotency_key="Ev1")])
    again = await jobs.add([a_job("Other words", idempotency_key="Ev1")])
    assert again == first
    assert await jobs.list_jobs(JobFilter()) == first


async def test_the_same_gesture_gives_back_its_whole_batch_in_order(jobs: Jobs) -> None:
    """A gesture that became several jobs gives all of them back as they stand by now."""
    first = await jobs.add([a_job(idempotency_key="Ev1", group="g") for _ in range(3)])
    moved = await jobs.move(first[1], first[1].to_stage(Stage.PREPARED, NOW))
    assert await jobs.add([a_job(idempotency_key="Ev1")]) == [first[0], moved, first[2]]


async def test_gestures_may_come_mixed(jobs: Jobs) -> None:
    """In one batch, whatever its order, every new job is kept and those of a gesture stay together."""
    a, b, c = a_job(idempotency_key="Ev1"), a_job(), a_job(idempotency_key="Ev1")
    assert await jobs.add([a, b, c]) == [a, c, b]
    d = a_job(idempotency_key="Ev2")
    assert await jobs.add([d, a_job(idempotency_key="Ev1")]) == [d, a, c]


async def test_jobs_without_a_gesture_are_always_new(jobs: Jobs) -> None:
    """Only a gesture can be a repeat; two equal requests are two jobs."""
    await jobs.add([a_job(), a_job()])
    await jobs.add([a_job()])
    assert len(await jobs.list_jobs(JobFilter())) == 3


async def test_gestures_at_once_are_one_job(jobs: Jobs) -> None:
    """Even when the repeats arrive in the same instant, one job is kept and all hear of that one."""
    answers = await asyncio.gather(
        *(jobs.add([a_job(idempotency_key="Ev1"), a_job(idempotency_key="Ev1")]) for _ in range(8))
    )
    assert all(answer == answers[0] for answer in answers)
    assert len(await jobs.list_jobs(JobFilter())) == 2


async def test_a_batch_is_added_wholly_or_not_at_all(jobs: Jobs) -> None:
    """When one job of a batch cannot be kept, none of them is."""
    (kept,) = await jobs.add([a_job()])
    with pytest.raises(Exception, match=r"(?i)unique|already"):
        await jobs.add([a_job(), kept])
    assert await jobs.list_jobs(JobFilter()) == [kept]


# claim


async def test_a_claimed_job_is_held_until_that_moment(jobs: Jobs) -> None:
    """Whoever claims has the job to themselves until the hold runs out."""
    job = await _leased_job(jobs)
    assert (job.owner, job.due_at) == ("a", LEASE_END)
    assert await jobs.get(job.id) == job
    assert await _claim_jobs(jobs, "b", now=LEASE_END - 0.001) == []


async def test_an_expired_hold_is_anyones(jobs: Jobs) -> None:
    """A dead owner's job is found again when its hold runs out, and the dead one's move then loses."""
    job = await _leased_job(jobs)
    (again,) = await _claim_jobs(jobs, "b", now=LEASE_END, until=LEASE_END + 30)
    assert (again.id, again.owner) == (job.id, "b")
    assert await jobs.move(job, job.to_stage(Stage.PREPARED, LEASE_END)) is None


async def test_the_longest_due_come_first_and_no_more_than_asked_for(jobs: Jobs) -> None:
    """Nobody waits behind those who came later."""
    late, later, soon = await jobs.add([a_job(due_at=NOW - 5), a_job(due_at=NOW - 1), a_job(due_at=NOW - 9)])
    assert [job.id for job in await _claim_jobs(jobs, limit=2)] == [soon.id, late.id]
    assert [job.id for job in await _claim_jobs(jobs, limit=2)] == [later.id]


async def test_only_due_jobs_of_that_queue_are_claimed(jobs: Jobs) -> None:
    """What is due later, waits at a studio or is over is left alone."""
    due, *_ = await jobs.add(
        [
            a_job(),
            a_job(due_at=NOW + 1),
            a_job(due_at=None),
            a_job(stage=Stage.RENDERING),
            a_job(stage=Stage.DELIVERED, asker_notified=True),
        ]
    )
    assert [job.id for job in await _claim_jobs(jobs)] == [due.id]


async def test_jobs_at_a_studio_wait_in_its_own_queue(jobs: Jobs) -> None:
    """Watching one studio never claims what another is making."""
    mine, _ = await jobs.add([a_job(stage=Stage.RENDERING), a_job(stage=Stage.RENDERING, studio="heygen")])
    assert [job.id for job in await jobs.claim("poll:did", "a", NOW, LEASE_END, 10)] == [mine.id]


async def test_an_end_nobody_was_told_of_is_still_work(jobs: Jobs) -> None:
    """A failed job stays due until the person has heard of it."""
    job = await _leased_job(jobs)
    failed = await jobs.move(job, job.to_stage(Stage.FAILED, NOW))
    assert failed is not None
    (again,) = await _claim_jobs(jobs)
    assert await jobs.move(again, again.evolve(asker_notified=True)) is not None
    assert await _claim_jobs(jobs, now=NOW + 1e6) == []


async def test_two_claimers_never_get_the_same_job(jobs: Jobs) -> None:
    """However many claim at once, each job goes to one of them and none is left."""
    added = await jobs.add([a_job() for _ in range(40)])
    claims = await asyncio.gather(*(_claim_jobs(jobs, f"o{n}", limit=7) for n in range(8)))
    got = [job.id for claim in claims for job in claim]
    assert sorted(got) == sorted(job.id for job in added)


async def test_claiming_nothing_is_allowed(jobs: Jobs) -> None:
    """An empty queue gives an empty answer."""
    assert await _claim_jobs(jobs) == []


# renew


async def test_renewing_holds_the_named_jobs_of_this_owner_for_longer(jobs: Jobs) -> None:
    """A slow owner keeps its jobs, and its moves still count; others' holds stay as they are."""
    added = await jobs.add([a_job(), a_job(), a_job()])
    mine = await _claim_jobs(jobs, "a", limit=2)
    await _claim_jobs(jobs, "b")
    await jobs.renew("a", [job.id for job in added], LEASE_END + 30)
    (freed,) = await _claim_jobs(jobs, "c", now=LEASE_END + 1, until=LEASE_END + 31)
    assert {freed.id, *(job.id for job in mine)} == {job.id for job in added}
    assert await jobs.move(mine[0], mine[0].to_stage(Stage.PREPARED, LEASE_END)) is not None


async def test_renewing_never_shortens_a_hold(jobs: Jobs) -> None:
    """A renewal that comes late in the day does no harm."""
    job = await _leased_job(jobs)
    await jobs.renew("a", [job.id], LEASE_END - 10)
    assert (await jobs.get(job.id)) == job


async def test_renewing_leaves_out_what_is_not_named(jobs: Jobs) -> None:
    """A job that its owner has put aside becomes anyone's when its hold runs out."""
    await jobs.add([a_job(), a_job()])
    named, left = await _claim_jobs(jobs, "a", limit=2)
    await jobs.renew("a", [named.id], LEASE_END + 30)
    assert [job.id for job in await _claim_jobs(jobs, "b", now=LEASE_END + 1, until=LEASE_END + 31)] == [left.id]


# move


async def test_a_move_lets_go(jobs: Jobs) -> None:
    """After a move nobody holds the job and it is due when the new one says."""
    job = await _leased_job(jobs)
    moved = await jobs.move(job, job.to_stage(Stage.PREPARED, NOW, due_at=NOW + 7))
    assert moved is not None
    assert (moved.owner, moved.due_at, moved.stage) == (None, NOW + 7, Stage.PREPARED)
    assert moved.version > job.version
    assert await jobs.get(job.id) == moved


async def test_a_holding_move_keeps_owner_and_hold(jobs: Jobs) -> None:
    """Who moves on holding has the job for as long as the store says, whatever the new one says."""
    job = await _leased_job(jobs)
    await jobs.renew("a", [job.id], LEASE_END + 30)
    moved = await jobs.move(job, job.to_stage(Stage.SUBMITTING, NOW), keep_lease=True)
    assert moved is not None
    assert (moved.owner, moved.due_at) == ("a", LEASE_END + 30)
    assert await _claim_jobs(jobs, "b", now=LEASE_END + 29) == []


async def test_a_holding_move_of_what_nobody_holds_leaves_it_free(jobs: Jobs) -> None:
    """Marking a waiting job, as for a cancellation, does not invent an owner."""
    (job,) = await jobs.add([a_job()])
    moved = await jobs.move(job, job.evolve(cancelling=True, due_at=NOW - 1), keep_lease=True)
    assert moved is not None
    assert (moved.owner, moved.due_at, moved.cancelling) == (None, NOW - 1, True)


async def test_moving_what_somebody_moved_is_none_and_changes_nothing(jobs: Jobs) -> None:
    """Losing a race is not an error; the loser finds out and the winner's word stands."""
    job = await _leased_job(jobs)
    won = await jobs.move(job, job.to_stage(Stage.PREPARED, NOW), _ledger_entry(job))
    assert await jobs.move(job, job.to_stage(Stage.FAILED, NOW), _ledger_entry(job, "verdict")) is None
    assert await jobs.get(job.id) == won
    assert [entry.event for entry in await jobs.ledger_of(job.id)] == ["submit"]


async def test_moving_what_is_not_kept_is_none(jobs: Jobs) -> None:
    """A job that was never added cannot be moved."""
    assert await jobs.move(a_job(), a_job().to_stage(Stage.PREPARED, NOW)) is None


async def test_of_many_movers_one_wins(jobs: Jobs) -> None:
    """Of any number of moves from the same version exactly one is written."""
    job = await _leased_job(jobs)
    moves = await asyncio.gather(
        *(
            jobs.move(job, job.to_stage(Stage.PREPARED, NOW, trouble=str(n)), _ledger_entry(job, str(n)))
            for n in range(20)
        )
    )
    (won,) = [move for move in moves if move]
    assert await jobs.get(job.id) == won
    assert [entry.event for entry in await jobs.ledger_of(job.id)] == [won.trouble]


async def test_a_mover_who_lost_its_hold_loses(jobs: Jobs) -> None:
    """A claim counts as a change: what was read before it can no longer be written."""
    (read,) = await jobs.add([a_job()])
    await _claim_jobs(jobs)
    assert await jobs.move(read, read.to_stage(Stage.CANCELLED, NOW)) is None


async def test_a_moved_job_can_be_moved_on_without_reading_it_again(jobs: Jobs) -> None:
    """The answer of a move is good for the next one, all the way to the end."""
    job: Job | None = await _leased_job(jobs)
    for stage in (Stage.PREPARED, Stage.SUBMITTING, Stage.RENDERING, Stage.MADE, Stage.KEPT, Stage.DELIVERING):
        assert job is not None
        job = await jobs.move(job, job.to_stage(stage, NOW), keep_lease=True)
    assert job is not None
    assert (job.stage, job.owner) == (Stage.DELIVERING, "a")


# nudge, next_due


async def test_a_nudged_job_is_due_now(jobs: Jobs) -> None:
    """A webhook brings the next look forward."""
    (job,) = await jobs.add([a_job(due_at=NOW + 600)])
    assert await jobs.nudge(job.id, NOW)
    assert [due.id for due in await _claim_jobs(jobs)] == [job.id]


async def test_a_held_job_is_not_nudged(jobs: Jobs) -> None:
    """Whoever holds it is at it already; the nudge says so by its answer."""
    job = await _leased_job(jobs)
    assert not await jobs.nudge(job.id, NOW)
    assert await jobs.get(job.id) == job


async def test_an_expired_hold_is_nobodys_to_a_nudge(jobs: Jobs) -> None:
    """A hold that ran out holds nothing: the job is due."""
    job = await _leased_job(jobs)
    assert await jobs.nudge(job.id, LEASE_END + 1)
    assert [due.id for due in await _claim_jobs(jobs, "b", now=LEASE_END + 1, until=LEASE_END + 31)] == [job.id]


async def test_a_nudge_loses_no_place_in_the_line(jobs: Jobs) -> None:
    """What was due before stays as long due as it was."""
    (job,) = await jobs.add([a_job(due_at=NOW - 60)])
    assert await jobs.nudge(job.id, NOW)
    assert await jobs.next_due(WORK_QUEUE) == NOW - 60


async def test_a_job_that_waits_for_nothing_can_be_nudged(jobs: Jobs) -> None:
    """Without a time of its own a job waits for a nudge alone."""
    (job,) = await jobs.add([a_job(due_at=None)])
    assert await jobs.next_due(WORK_QUEUE) is None
    assert await jobs.nudge(job.id, NOW)
    assert await jobs.next_due(WORK_QUEUE) == NOW


async def test_what_is_over_or_unknown_is_not_nudged(jobs: Jobs) -> None:
    """A late webhook for a finished job, or for none of ours, wakes nobody."""
    (job,) = await jobs.add([a_job(stage=Stage.DELIVERED, asker_notified=True)])
    assert not await jobs.nudge(job.id, NOW)
    assert not await jobs.nudge("nowhere", NOW)


async def test_a_nudge_does_not_spoil_a_move(jobs: Jobs) -> None:
    """A nudge is no move: what was read before it can still be written."""
    (job,) = await jobs.add([a_job(due_at=NOW + 600)])
    await jobs.nudge(job.id, NOW)
    assert await jobs.move(job, job.evolve(cancelling=True)) is not None


async def test_next_due_is_the_earliest_of_its_queue(jobs: Jobs) -> None:
    """The engine sleeps until then; a held job counts with the end of its hold."""
    assert await jobs.next_due(WORK_QUEUE) is None
    await jobs.add([a_job(due_at=NOW + 5), a_job(due_at=NOW + 99), a_job(stage=Stage.RENDERING, due_at=NOW + 1)])
    assert await jobs.next_due(WORK_QUEUE) == NOW + 5
    await _claim_jobs(jobs, now=NOW + 5, until=NOW + 40)
    assert await jobs.next_due(WORK_QUEUE) == NOW + 40
    assert await jobs.next_due("poll:did") == NOW + 1


# pick, took, ledger


async def test_jobs_are_listed_newest_first(jobs: Jobs) -> None:
    """The latest gesture stands on top, and the list is no longer than asked for."""
    added = await jobs.add([a_job(asked_at=NOW + n) for n in (1, 3, 2)])
    assert await jobs.list_jobs(JobFilter()) == [added[1], added[2], added[0]]
    assert await jobs.list_jobs(JobFilter(limit=2)) == [added[1], added[2]]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (JobFilter(platform="console"), "abcd"),
        (JobFilter(platform="slack"), ""),
        (JobFilter(workspace="W2"), "d"),
        (JobFilter(user="U2"), "b"),
        (JobFilter(workspace="W1", user="U1"), "ac"),
        (JobFilter(ended=True), "cd"),
        (JobFilter(ended=False), "ab"),
        (JobFilter(stages=frozenset({Stage.RENDERING, Stage.FAILED})), "bd"),
        (JobFilter(ended=True, stages=frozenset({Stage.RENDERING})), ""),
        (JobFilter(limit=0), ""),
    ],
)
async def test_only_wanted_jobs_are_listed(jobs: Jobs, wanted: JobFilter, expected: str) -> None:
    """Each thing wanted narrows the list; what is None means any."""
    await jobs.add(
        [
            a_job("job a"),
            a_job("job b", user="U2", group="g", stage=Stage.RENDERING, asked_at=NOW + 1),
            a_job("job c", group="g", studio="heygen", stage=Stage.DELIVERED, asked_at=NOW + 2),
            a_job("job d", workspace="W2", stage=Stage.FAILED, asked_at=NOW + 3),
        ]
    )
    found = [job.request.script for job in await jobs.list_jobs(wanted) if isinstance(job.request, Talk)]
    assert "".join(sorted(script[-1] for script in found if script)) == expected


async def test_took_is_of_the_latest_like_this_one(jobs: Jobs) -> None:
    """How long it took comes from delivered jobs of that studio, kind and rough length, newest first."""
    words = "x" * 400
    await jobs.add(
        [
            _delivered_job(10, NOW + 1, script=words),
            _delivered_job(20, NOW + 3, script=words),
            _delivered_job(30, NOW + 2, script="x" * 850),
            _delivered_job(40, NOW + 4, script="x" * 150),
            _delivered_job(50, NOW + 5, script="x" * 851),
            _delivered_job(60, NOW + 6, script="x" * 149),
            _delivered_job(70, NOW + 7, script=words, studio="heygen"),
            _delivered_job(80, NOW + 8, request=Video(script=words)),
            _delivered_job(90, NOW + 9, script=words, stage=Stage.FAILED),
            _delivered_job(95, NOW + 9, script=words, submitted_at=None),
            a_job(words),
        ]
    )
    assert await jobs.recent_durations("did", "talk", 400) == [40, 20, 30, 10]
    assert await jobs.recent_durations("did", "talk", 400, limit=2) == [40, 20]
    assert await jobs.recent_durations("did", "animation", 400) == []


async def test_took_knows_a_job_once_it_is_delivered(jobs: Jobs) -> None:
    """A job counts from its delivery on, by the time between the paid call and the finished video."""
    job = await _leased_job(jobs)
    made = await jobs.move(job, job.to_stage(Stage.MADE, NOW, submitted_at=NOW - 9, made_at=NOW))
    assert made is not None
    assert await jobs.recent_durations("did", "talk", job.request.size) == []
    assert await jobs.move(made, made.to_stage(Stage.DELIVERED, NOW)) is not None
    assert await jobs.recent_durations("did", "talk", job.request.size) == [9]


async def test_a_workspace_is_forgotten_as_it_was_at_a_moment(jobs: Jobs) -> None:
    """What was asked later, or elsewhere, stays; and so does what was paid."""
    theirs, later, elsewhere = a_job(asked_at=NOW), a_job(asked_at=NOW + 1), a_job(asked_at=NOW)
    elsewhere = elsewhere.evolve(asker=elsewhere.asker.model_copy(update={"workspace": "W9"}))
    await jobs.add([theirs])
    await jobs.add([later])
    await jobs.add([elsewhere])
    (held,) = [job for job in await _claim_jobs(jobs) if job.id == theirs.id]
    assert await jobs.move(held, held.to_stage(Stage.FAILED, NOW), _ledger_entry(held))
    await jobs.delete_workspace(theirs.asker.platform, theirs.asker.workspace, NOW)
    assert await jobs.get(theirs.id) is None
    assert {job.id for job in await jobs.list_jobs(JobFilter())} == {later.id, elsewhere.id}
    assert len(await jobs.ledger_of(theirs.id)) == 1


async def test_the_ledger_tells_what_happened_in_order(jobs: Jobs) -> None:
    """Every submit and verdict is a line that comes back as it was written; jobs do not mix."""
    job = await _leased_job(jobs)
    sent = await jobs.move(job, job.to_stage(Stage.RENDERING, NOW), _ledger_entry(job))
    assert sent is not None
    assert await jobs.move(sent, sent.to_stage(Stage.MADE, NOW), _ledger_entry(job, "made")) is not None
    assert await jobs.ledger_of(job.id) == [_ledger_entry(job), _ledger_entry(job, "made")]
    assert await jobs.ledger_of("nowhere") == []


async def test_all_at_once_keeps_every_promise(jobs: Jobs) -> None:
    """Workers that claim, move, renew and lose races together take every job to its end exactly once."""
    added = await jobs.add([a_job() for _ in range(30)])
    ids = itertools.count()

    async def work_queue(owner: str) -> None:
        while held := await _claim_jobs(jobs, owner, limit=3):
            for job in held:
                await jobs.renew(owner, [job.id], LEASE_END + 5)
                sent = await jobs.move(
                    job, job.to_stage(Stage.SUBMITTING, NOW), _ledger_entry(job, "submit"), keep_lease=True
                )
                assert sent is not None
                await jobs.nudge(job.id, NOW)
                ended = sent.to_stage(Stage.DELIVERED, NOW, asker_notified=True, ticket=str(next(ids)))
                assert await jobs.move(sent, ended, _ledger_entry(job, "delivered")) is not None

    await asyncio.gather(*(work_queue(f"o{n}") for n in range(5)))
    done = await jobs.list_jobs(JobFilter(ended=True, limit=100))
    assert sorted(job.id for job in done) == sorted(job.id for job in added)
    for job in done:
        assert [entry.event for entry in await jobs.ledger_of(job.id)] == ["submit", "delivered"]


async def test_whoever_lets_go_lets_go_of_its_own_only(jobs: Jobs) -> None:
    """What was held is due when it was said; what somebody else holds is left alone."""
    mine, other = await jobs.add([a_job(idempotency_key="a")]), await jobs.add([a_job(idempotency_key="b")])
    await jobs.claim(WORK_QUEUE, "me", NOW, NOW + 30, 1)
    await jobs.claim(WORK_QUEUE, "you", NOW, NOW + 30, 1)
    held = {job.owner: job for job in [await jobs.get(each.id) for each in (*mine, *other)] if job}
    await jobs.release("me", [job.id for job in held.values()], NOW + 5)
    let_go, kept = await jobs.get(held["me"].id), await jobs.get(held["you"].id)
    assert let_go
    assert kept
    assert (let_go.owner, let_go.due_at) == (None, NOW + 5)
    assert (kept.owner, kept.due_at) == ("you", NOW + 30)
    assert await jobs.move(held["me"], held["me"].to_stage(Stage.PREPARED, NOW)) is None


async def test_old_jobs_are_those_over_whose_words_still_stand(jobs: Jobs) -> None:
    """The oldest first; not the unfinished, not what is to be deleted still, not what is gone already."""
    over: dict[str, Any] = {"stage": Stage.DELIVERED, "asker_notified": True, "due_at": None}
    first = a_job(asked_at=NOW - 20, **over)
    second = a_job(asked_at=NOW - 10, **over)
    others = [
        a_job(asked_at=NOW - 15),
        a_job(asked_at=NOW, **over),
        a_job(asked_at=NOW - 15, **over | {"deleting": True, "due_at": NOW}),
        a_job(asked_at=NOW - 15, request=DeletedRequest(), **over),
    ]
    for job in (second, first, *others):
        await jobs.add([job])
    assert [job.id for job in await jobs.expired(NOW, 10)] == [first.id, second.id]
    assert [job.id for job in await jobs.expired(NOW, 1)] == [first.id]
