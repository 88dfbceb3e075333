"""Many jobs on one face share its upload, but only once their other marks are known to show."""

import pytest

from bot.errors import TryAgain
from bot.requests.kinds import Animation
from tests.fakes.did_bench import FACE, Bench


async def test_a_picture_is_shared_once_marks_are_seen_to_show(bench: Bench) -> None:
    """From then on a job can be recognised without its own file name."""
    first = await bench.submitted()
    await bench.studio.look([first])
    second = await bench.prepared()
    assert second.uploads["image"] == first.uploads["image"]
    assert len(bench.server.calls("POST", "/images")) == 1


async def test_a_job_waits_a_moment_to_learn_whether_it_may_share(bench: Bench) -> None:
    """Nothing is sent meanwhile; the first job is seen within seconds."""
    await bench.submitted()
    second = bench.job()
    with pytest.raises(TryAgain) as caught:
        await bench.studio.prepare(second, bench.files(second))
    assert caught.value.after == 2
    assert len(bench.server.calls("POST", "/images")) == 1


async def test_the_wait_ends_when_nothing_is_learned(bench: Bench) -> None:
    """The first job may have been cancelled; then each sends its own."""
    await bench.submitted()
    bench.clock.move(21)
    jobs = [bench.job() for _ in range(3)]
    uploads = [await bench.studio.prepare(job, bench.files(job)) for job in jobs]
    assert all(job.marker in each["image"] for job, each in zip(jobs, uploads, strict=True))


async def test_nobody_waits_for_a_job_of_another_kind(bench: Bench) -> None:
    """What a talk shows says nothing of animations, so the first animation on its face begins at once."""
    await bench.submitted()
    animation = bench.job(Animation(image=FACE))
    assert animation.marker in (await bench.studio.prepare(animation, bench.files(animation)))["image"]


async def test_without_marks_every_job_sends_its_own(bench: Bench) -> None:
    """Its file name may then be the only trace."""
    bench.server.lists_show = bench.server.gets_show = {"source_url"}
    first = await bench.submitted()
    await bench.studio.look([first])
    second = await bench.prepared()
    assert second.marker in second.uploads["image"]


async def test_a_shared_picture_is_sent_again_before_it_vanishes(bench: Bench) -> None:
    """D-ID keeps uploads for a day, and a render may start late."""
    await bench.studio.look([await bench.submitted()])
    bench.clock.move(20 * 3600 + 1)
    second = await bench.prepared()
    assert second.marker in second.uploads["image"]


async def test_a_lost_answer_on_a_shared_picture_finds_the_right_job(bench: Bench) -> None:
    """The picture bears the name of the first job, and is no mark of either then."""
    first = await bench.submitted()
    await bench.studio.look([first])
    second = await bench.submitted()
    assert second.uploads["image"] == first.uploads["image"]
    bench.clock.move(60)
    assert await bench.studio.find(second) == second.ticket
    assert await bench.studio.find(first) == first.ticket
    third = await bench.prepared()
    bench.clock.move(60)
    assert await bench.studio.find(third) is None


async def test_a_shared_picture_does_not_pass_for_its_owner(bench: Bench) -> None:
    """When only single jobs show marks, the list's picture names the wrong one, so each is asked for."""
    bench.server.lists_show = {"source_url"}
    first = await bench.prepared()
    other = await bench.submitted()
    await bench.studio.look([other])
    borrower = bench.job()
    borrower = borrower.but(uploads=first.uploads, submitted_at=bench.clock.now())
    await bench.studio.submit(borrower)
    bench.clock.move(60)
    assert await bench.studio.find(first) is None


async def test_three_hundred_jobs_on_one_face_cost_few_calls(bench: Bench) -> None:
    """Beyond the submissions: one upload, and a few pages."""
    first = await bench.submitted()
    await bench.studio.look([first])
    jobs = [first] + [await bench.submitted() for _ in range(299)]
    await bench.studio.look(jobs)
    bench.server.finish("talks")
    await bench.studio.look(jobs)
    extra = len(bench.server.asked) - len(bench.server.calls("POST", "/talks"))
    assert extra <= 10
