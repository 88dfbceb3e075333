"""Many jobs on one face share its upload, but only once their other marks are known to show."""

import pytest

from bot.errors import TryAgain
from bot.requests.kinds import Animation
from tests.fakes.vendors.did_harness import FACE, DidHarness


async def test_a_picture_is_shared_once_marks_are_seen_to_show(bench: DidHarness) -> None:
    """From then on a job can be recognised without its own file name."""
    first = await bench.submitted_job()
    await bench.studio.status_of([first])
    second = await bench.prepared_job()
    assert second.uploads["image"] == first.uploads["image"]
    assert len(bench.server.find_calls("POST", "/images")) == 1


async def test_a_job_waits_a_moment_to_learn_whether_it_may_share(bench: DidHarness) -> None:
    """Nothing is sent meanwhile; the first job is seen within seconds."""
    await bench.submitted_job()
    second = bench.new_job()
    with pytest.raises(TryAgain) as caught:
        await bench.studio.prepare(second, bench.files_for(second))
    assert caught.value.retry_after == 2
    assert len(bench.server.find_calls("POST", "/images")) == 1


async def test_the_wait_ends_when_nothing_is_learned(bench: DidHarness) -> None:
    """The first job may have been cancelled; then each sends its own."""
    await bench.submitted_job()
    bench.clock.jump(21)
    jobs = [bench.new_job() for _ in range(3)]
    uploads = [await bench.studio.prepare(job, bench.files_for(job)) for job in jobs]
    assert all(job.marker in each["image"] for job, each in zip(jobs, uploads, strict=True))


async def test_nobody_waits_for_a_job_of_another_kind(bench: DidHarness) -> None:
    """What a talk shows says nothing of animations, so the first animation on its face begins at once."""
    await bench.submitted_job()
    animation = bench.new_job(Animation(image=FACE))
    assert animation.marker in (await bench.studio.prepare(animation, bench.files_for(animation)))["image"]


async def test_without_marks_every_job_sends_its_own(bench: DidHarness) -> None:
    """Its file name may then be the only trace."""
    bench.server.show_only("source_url")
    first = await bench.submitted_job()
    await bench.studio.status_of([first])
    second = await bench.prepared_job()
    assert second.marker in second.uploads["image"]


async def test_a_shared_picture_is_sent_again_before_it_vanishes(bench: DidHarness) -> None:
    """D-ID keeps uploads for a day, and a render may start late."""
    await bench.studio.status_of([await bench.submitted_job()])
    bench.clock.jump(20 * 3600 + 1)
    second = await bench.prepared_job()
    assert second.marker in second.uploads["image"]


async def test_a_lost_answer_on_a_shared_picture_finds_the_right_job(bench: DidHarness) -> None:
    """The picture bears the name of the first job, and is no mark of either then."""
    first = await bench.submitted_job()
    await bench.studio.status_of([first])
    second = await bench.submitted_job()
    assert second.uploads["image"] == first.uploads["image"]
    bench.clock.jump(60)
    assert await bench.studio.recover(second) == second.ticket
    assert await bench.studio.recover(first) == first.ticket
    third = await bench.prepared_job()
    bench.clock.jump(60)
    assert await bench.studio.recover(third) is None


async def test_a_shared_picture_does_not_pass_for_its_owner(bench: DidHarness) -> None:
    """When only single jobs show marks, the list's picture names the wrong one, so each is asked for."""
    bench.server.show_only("source_url", lists=True)
    first = await bench.prepared_job()
    other = await bench.submitted_job()
    await bench.studio.status_of([other])
    borrower = bench.new_job()
    borrower = borrower.evolve(uploads=first.uploads, submitted_at=bench.clock.now())
    await bench.studio.submit(borrower)
    bench.clock.jump(60)
    assert await bench.studio.recover(first) is None


@pytest.mark.slow
async def test_three_hundred_jobs_on_one_face_cost_few_calls(bench: DidHarness) -> None:
    """Beyond the submissions: one upload, and a few pages."""
    first = await bench.submitted_job()
    await bench.studio.status_of([first])
    jobs = [first] + [await bench.submitted_job() for _ in range(299)]
    await bench.studio.status_of(jobs)
    await bench.server.finish_kind("talks")
    await bench.studio.status_of(jobs)
    extra = len(bench.server.received_calls) - len(bench.server.find_calls("POST", "/talks"))
    assert extra <= 10
