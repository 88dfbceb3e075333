"""The judge misses nothing: each way to break a promise is found, and nothing else is."""

from typing import Any

from tests.kill_tests.database_reader import StoredJob
from tests.kill_tests.people.person import Gesture, JobInChat
from tests.kill_tests.verdict import Observations, PromiseVerdict, judge_promises

DELIVERED_IN_CHAT = JobInChat(card_texts=["“Hello”\nAI-generated with D-ID · Requested by Ana"], videos=1)


def _stored_job(
    gesture: Gesture, number: int = 1, stage: str = "delivered", waits: bool = False, **more: Any
) -> StoredJob:
    body = {"request": {"kind": "talk", "script": gesture.typed_text}, **more}
    return StoredJob(f"{number:020}", stage, waits, 5, body)


def _judge_one(
    gesture: Gesture, *jobs: StoredJob, charges: int = 1, seen: JobInChat | None = None, notices: int = 0, **more: Any
) -> PromiseVerdict:
    paid = {job.marker: charges for job in jobs}
    shown = {job.id: seen or DELIVERED_IN_CHAT for job in jobs}
    return judge_promises(Observations([gesture], jobs, paid, shown, notices, **more))


def _accepted_gesture() -> Gesture:
    return Gesture("Hello", accepted=True)


def test_a_video_that_was_paid_and_posted_once_is_well() -> None:
    """Accepted, delivered, nothing wrong."""
    gesture = _accepted_gesture()
    verdict = _judge_one(gesture, _stored_job(gesture))
    assert (verdict.accepted, verdict.delivered, verdict.violations) == (1, 1, [])


def test_what_was_accepted_and_is_not_kept_is_lost() -> None:
    """A yes without a job behind it is the worst of all."""
    assert _judge_one(_accepted_gesture()).lost == 1


def test_what_was_never_accepted_may_be_missing() -> None:
    """Nobody was promised anything."""
    assert _judge_one(Gesture("Hello")).all_kept


def test_a_job_that_still_waits_is_lost() -> None:
    """When all is over nothing may still be on its way."""
    gesture = _accepted_gesture()
    assert _judge_one(gesture, _stored_job(gesture, stage="rendering", waits=True)).lost == 1


def test_a_video_that_nobody_sees_is_lost() -> None:
    """What the database calls delivered must stand in the chat."""
    gesture = _accepted_gesture()
    assert _judge_one(gesture, _stored_job(gesture), seen=JobInChat()).lost == 1


def test_a_failure_counts_only_with_its_reason_in_the_chat() -> None:
    """Failed in silence is lost; and no reason is good enough when nothing was wrong outside."""
    gesture = Gesture("Hello [fault:402]", accepted=True, may_fail=True)
    failed = _stored_job(gesture, stage="failed", reason="D-ID's account is empty & nobody pays.")
    told = JobInChat(card_texts=["Talk\nD-ID's account is empty &amp; nobody pays."])
    assert _judge_one(gesture, failed, charges=0, seen=told).failed == 1
    assert _judge_one(gesture, failed, charges=0, seen=JobInChat(card_texts=["On it."])).lost == 1
    gesture.may_fail = False
    assert not _judge_one(gesture, failed, charges=0, seen=told).all_kept


def test_two_charges_for_one_job_are_paid_twice() -> None:
    """The books of the studio decide."""
    gesture = _accepted_gesture()
    assert _judge_one(gesture, _stored_job(gesture), charges=2).paid_twice == 1


def test_two_jobs_of_one_gesture_are_paid_twice() -> None:
    """One gesture is one job, unless it was asked for again from its card."""
    gesture = _accepted_gesture()
    two = (_stored_job(gesture, 1), _stored_job(gesture, 2))
    assert _judge_one(gesture, *two).paid_twice == 1
    gesture.redo_count = 1
    assert _judge_one(gesture, *two).all_kept


def test_a_job_nobody_asked_for_is_found() -> None:
    """Whatever is made must have been asked for."""
    assert _judge_one(_accepted_gesture(), _stored_job(Gesture("Who is this?"))).paid_twice == 1


def test_two_videos_of_one_job_are_posted_twice() -> None:
    """One job, one result."""
    gesture = _accepted_gesture()
    assert (
        _judge_one(gesture, _stored_job(gesture), seen=JobInChat(DELIVERED_IN_CHAT.card_texts, videos=2)).posted_twice
        == 1
    )


def test_notices_are_counted_too() -> None:
    """A channel that subscribed hears of each end exactly once."""
    gesture = _accepted_gesture()
    job = _stored_job(gesture)
    assert _judge_one(gesture, job, notices=1, seen=JobInChat(DELIVERED_IN_CHAT.card_texts, 1, notices=1)).all_kept
    assert (
        _judge_one(gesture, job, notices=1, seen=JobInChat(DELIVERED_IN_CHAT.card_texts, 1, notices=2)).posted_twice
        == 1
    )
    assert _judge_one(gesture, job, notices=1).lost == 1


def test_a_bot_that_ends_by_itself_is_wrong() -> None:
    """We kill it; it never dies of anything else."""
    gesture = _accepted_gesture()
    assert not _judge_one(gesture, _stored_job(gesture), exit_codes=[1]).all_kept


def test_what_was_deleted_is_gone() -> None:
    """A deleted video is no longer shown, and its file no longer kept."""
    gesture = _accepted_gesture()
    job = _stored_job(gesture)
    gone = frozenset({job.id})
    assert _judge_one(gesture, job, seen=JobInChat(), deleted=gone).all_kept
    assert _judge_one(gesture, job, deleted=gone).posted_twice == 1
    gesture.job_id = job.id
    assert _judge_one(
        gesture, _stored_job(Gesture("")), seen=JobInChat(), deleted=gone
    ).all_kept  # its words are forgotten
    kept = _stored_job(gesture, stored_video={"video": "dt-1.mp4"})
    assert not _judge_one(gesture, kept, seen=JobInChat(), deleted=gone).all_kept


def test_a_cancelled_job_says_so_and_shows_nothing() -> None:
    """“Cancelled.” on the card, and no video."""
    gesture = _accepted_gesture()
    job = _stored_job(gesture, stage="cancelled")
    assert _judge_one(gesture, job, seen=JobInChat(["Talk\nCancelled."])).cancelled == 1
    assert _judge_one(gesture, job, seen=JobInChat(["Talk\nTrying again."])).lost == 1
    assert _judge_one(gesture, job, seen=JobInChat(["Talk\nCancelled."], videos=1)).lost == 1
