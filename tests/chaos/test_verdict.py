"""The judge misses nothing: each way to break a promise is found, and nothing else is."""

from typing import Any

from tests.chaos.people.person import Gesture, Seen
from tests.chaos.store import Kept
from tests.chaos.verdict import Outside, Verdict, judge

DONE = Seen(said=["Talk: “Hello”\nAI-generated with D-ID, asked by Ana."], videos=1)


def _kept(gesture: Gesture, number: int = 1, stage: str = "delivered", waits: bool = False, **more: Any) -> Kept:
    body = {"request": {"kind": "talk", "script": gesture.text}, **more}
    return Kept(f"{number:020}", stage, waits, 5, body)


def _judged(
    gesture: Gesture, *jobs: Kept, charges: int = 1, seen: Seen | None = None, notices: int = 0, **more: Any
) -> Verdict:
    paid = {job.marker: charges for job in jobs}
    shown = {job.id: seen or DONE for job in jobs}
    return judge(Outside([gesture], jobs, paid, shown, notices, **more))


def _accepted() -> Gesture:
    return Gesture("Hello", accepted=True)


def test_a_video_that_was_paid_and_posted_once_is_well() -> None:
    """Accepted, delivered, nothing wrong."""
    gesture = _accepted()
    verdict = _judged(gesture, _kept(gesture))
    assert (verdict.accepted, verdict.delivered, verdict.wrong) == (1, 1, [])


def test_what_was_accepted_and_is_not_kept_is_lost() -> None:
    """A yes without a job behind it is the worst of all."""
    assert _judged(_accepted()).lost == 1


def test_what_was_never_accepted_may_be_missing() -> None:
    """Nobody was promised anything."""
    assert _judged(Gesture("Hello")).clean


def test_a_job_that_still_waits_is_lost() -> None:
    """When all is over nothing may still be on its way."""
    gesture = _accepted()
    assert _judged(gesture, _kept(gesture, stage="rendering", waits=True)).lost == 1


def test_a_video_that_nobody_sees_is_lost() -> None:
    """What the database calls delivered must stand in the chat."""
    gesture = _accepted()
    assert _judged(gesture, _kept(gesture), seen=Seen()).lost == 1


def test_a_failure_counts_only_with_its_reason_in_the_chat() -> None:
    """Failed in silence is lost; and no reason is good enough when nothing was wrong outside."""
    gesture = Gesture("Hello [fault:402]", accepted=True, may_fail=True)
    failed = _kept(gesture, stage="failed", reason="D-ID's account is empty & nobody pays.")
    told = Seen(said=["Talk\nD-ID's account is empty &amp; nobody pays."])
    assert _judged(gesture, failed, charges=0, seen=told).failed == 1
    assert _judged(gesture, failed, charges=0, seen=Seen(said=["On it."])).lost == 1
    gesture.may_fail = False
    assert not _judged(gesture, failed, charges=0, seen=told).clean


def test_two_charges_for_one_job_are_paid_twice() -> None:
    """The books of the studio decide."""
    gesture = _accepted()
    assert _judged(gesture, _kept(gesture), charges=2).paid_twice == 1


def test_two_jobs_of_one_gesture_are_paid_twice() -> None:
    """One gesture is one job, unless it was asked for again from its card."""
    gesture = _accepted()
    two = (_kept(gesture, 1), _kept(gesture, 2))
    assert _judged(gesture, *two).paid_twice == 1
    gesture.redone = 1
    assert _judged(gesture, *two).clean


def test_a_job_nobody_asked_for_is_found() -> None:
    """Whatever is made must have been asked for."""
    assert _judged(_accepted(), _kept(Gesture("Who is this?"))).paid_twice == 1


def test_two_videos_of_one_job_are_posted_twice() -> None:
    """One job, one result."""
    gesture = _accepted()
    assert _judged(gesture, _kept(gesture), seen=Seen(DONE.said, videos=2)).posted_twice == 1


def test_notices_are_counted_too() -> None:
    """A channel that subscribed hears of each end exactly once."""
    gesture = _accepted()
    job = _kept(gesture)
    assert _judged(gesture, job, notices=1, seen=Seen(DONE.said, 1, notices=1)).clean
    assert _judged(gesture, job, notices=1, seen=Seen(DONE.said, 1, notices=2)).posted_twice == 1
    assert _judged(gesture, job, notices=1).lost == 1


def test_a_bot_that_ends_by_itself_is_wrong() -> None:
    """We kill it; it never dies of anything else."""
    gesture = _accepted()
    assert not _judged(gesture, _kept(gesture), ends=[1]).clean


def test_what_was_deleted_is_gone() -> None:
    """A deleted video is no longer shown, and its file no longer kept."""
    gesture = _accepted()
    job = _kept(gesture)
    gone = frozenset({job.id})
    assert _judged(gesture, job, seen=Seen(), deleted=gone).clean
    assert _judged(gesture, job, deleted=gone).posted_twice == 1
    gesture.job = job.id
    assert _judged(gesture, _kept(Gesture("")), seen=Seen(), deleted=gone).clean  # its words are forgotten
    kept = _kept(gesture, kept={"video": "dt-1.mp4"})
    assert not _judged(gesture, kept, seen=Seen(), deleted=gone).clean


def test_a_cancelled_job_says_so_and_shows_nothing() -> None:
    """“Cancelled.” on the card, and no video."""
    gesture = _accepted()
    job = _kept(gesture, stage="cancelled")
    assert _judged(gesture, job, seen=Seen(["Talk\nCancelled."])).cancelled == 1
    assert _judged(gesture, job, seen=Seen(["Talk\nTrying again."])).lost == 1
    assert _judged(gesture, job, seen=Seen(["Talk\nCancelled."], videos=1)).lost == 1
