"""What every studio must do, whoever makes the videos.

To add a studio, write a stand of it beside `did_stand` and name it in `STANDS`; the suite is red until it keeps all.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from adapters.sandbox.store.jobs import RenderOutcome
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.studios.studio import Failed, Finished, Studio, Waiting
from tests.fakes.vendors.did_harness import DidHarness, did_harness
from tests.fakes.vendors.heygen_harness import HeygenHarness, heygen_harness
from tests.fakes.vendors.sandbox_account import SAMPLE_VIDEO


class VendorStand(Protocol):
    """A studio with its account, and the ways in which vendors fail."""

    studio: Studio

    async def prepared_job(self) -> Job:
        """A job that is about to be submitted."""
        ...

    async def submitted_job(self) -> Job:
        """A job at the studio."""
        ...

    def lose_next_response(self) -> None:
        """The next paid call is done, and its answer lost."""
        ...

    def lose_next_call(self) -> None:
        """The next paid call is lost with its answer."""
        ...

    async def truncate_downloads(self, times: int) -> None:
        """The next downloads break off in the middle."""
        ...

    async def expire_links(self, *, fresh: bool) -> None:
        """Every link told so far is dead; asking again gives a fresh one or not."""
        ...

    async def finish_jobs(self, jobs: Sequence[Job]) -> None:
        """These jobs are done."""
        ...

    async def fail_job(self, job: Job) -> None:
        """This job failed."""
        ...

    async def forget_job(self, job: Job) -> None:
        """The vendor no longer has this job."""
        ...

    def pass_doubt_time(self) -> None:
        """So much time passes that a lost call must have arrived or never will."""
        ...

    async def count_paid(self) -> int:
        """How many videos were paid for."""
        ...

    def count_calls(self) -> int:
        """How many calls came in all."""
        ...

    def sent_markers(self) -> list[str]:
        """What was written on the paid calls to know them again."""
        ...

    def webhook_urls(self) -> list[str]:
        """Where the vendor was told to call."""
        ...


class SandboxStand:
    """A studio and its account in the sandbox; vendors differ in how a paid call is marked."""

    failure = RenderOutcome("error", error={"kind": "FaceError", "description": "no face"})

    def __init__(self, bench: DidHarness | HeygenHarness, submit_path: str, marker: str, webhook: str) -> None:
        self.bench = bench
        self.studio: Studio = bench.studio
        self._submit_path, self._marker, self._webhook = submit_path, marker, webhook

    async def prepared_job(self) -> Job:
        return await self.bench.prepared_job()

    async def submitted_job(self) -> Job:
        return await self.bench.submitted_job()

    def lose_next_response(self) -> None:
        self.bench.server.fail_next("POST", self._submit_path, still_processed=True, hangs_up=True)

    def lose_next_call(self) -> None:
        self.bench.server.fail_next("POST", self._submit_path, hangs_up=True)

    async def truncate_downloads(self, times: int) -> None:
        await self.bench.server.break_downloads("truncated", times)

    async def expire_links(self, *, fresh: bool) -> None:
        await self.bench.server.break_downloads("expired", 1 if fresh else 99)

    async def finish_jobs(self, jobs: Sequence[Job]) -> None:
        await self.bench.server.finish_jobs([(job.ticket or "").rpartition("/")[2] for job in jobs])

    async def fail_job(self, job: Job) -> None:
        await self.bench.server.finish_jobs(outcome=self.failure)

    async def forget_job(self, job: Job) -> None:
        await self.bench.server.forget_jobs()

    def pass_doubt_time(self) -> None:
        self.bench.clock.jump(60)

    async def count_paid(self) -> int:
        return len(await self.bench.server.list_jobs())

    def count_calls(self) -> int:
        return len(self.bench.server.received_calls)

    def sent_markers(self) -> list[str]:
        return [call.body[self._marker] for call in self.bench.server.paid_calls()]

    def webhook_urls(self) -> list[str]:
        return [call.body[self._webhook] for call in self.bench.server.paid_calls()]


@asynccontextmanager
async def did_stand(folder: Path) -> AsyncIterator[VendorStand]:
    async with did_harness(folder) as bench:
        yield SandboxStand(bench, "/talks", "user_data", "webhook")


def heygen_stand(version: str) -> Callable[[Path], AbstractAsyncContextManager[VendorStand]]:
    """HeyGen in one of its API versions."""

    @asynccontextmanager
    async def open_stand(folder: Path) -> AsyncIterator[VendorStand]:
        path = "/v2/video/generate" if version == "v2" else "/v3/videos"
        async with heygen_harness(folder, version=version) as bench:
            yield SandboxStand(bench, path, "callback_id", "callback_url")

    return open_stand


STANDS: dict[str, Callable[[Path], AbstractAsyncContextManager[VendorStand]]] = {
    "did": did_stand,
    "heygen-v2": heygen_stand("v2"),
    "heygen-v3": heygen_stand("v3"),
}


@pytest.fixture(params=STANDS)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VendorStand]:
    """Each studio in turn."""
    async with STANDS[request.param](tmp_path) as made:
        yield made


async def test_a_job_is_submitted_once_and_followed_to_its_end(stage: VendorStand, tmp_path: Path) -> None:
    """One paid call; then the studio says where it stands, and gives the whole video."""
    job = await stage.submitted_job()
    assert await stage.count_paid() == 1
    assert isinstance((await stage.studio.status_of([job]))[job.id], Waiting)
    await stage.finish_jobs([job])
    made = (await stage.studio.status_of([job]))[job.id]
    assert isinstance(made, Finished)
    await stage.studio.fetch(job.evolve(result={"video": made.video}), tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO


async def test_the_paid_call_carries_the_marker_and_the_hook(stage: VendorStand) -> None:
    """A submission can be recognised later, and the studio knows whom to tell."""
    job = await stage.submitted_job()
    assert stage.sent_markers() == [job.marker]
    assert job.id in stage.webhook_urls()[0]


async def test_a_lost_answer_is_unsure_and_found_again(stage: VendorStand) -> None:
    """The call arrived and its answer did not: the job is found, and not paid again."""
    job = await stage.prepared_job()
    stage.lose_next_response()
    with pytest.raises(Unsure):
        await stage.studio.submit(job)
    ticket = await stage.studio.recover(job)
    assert ticket
    assert isinstance((await stage.studio.status_of([job.evolve(ticket=ticket)]))[job.id], Waiting)
    assert await stage.count_paid() == 1


async def test_what_never_arrived_is_known_to_be_absent(stage: VendorStand) -> None:
    """After enough time for it to show, a call that left no trace may be made again."""
    job = await stage.prepared_job()
    stage.lose_next_call()
    with pytest.raises(Unsure):
        await stage.studio.submit(job)
    stage.pass_doubt_time()
    assert await stage.studio.recover(job) is None
    assert (await stage.studio.submit(job)).ticket
    assert await stage.count_paid() == 1


async def test_an_absence_is_not_believed_at_once(stage: VendorStand) -> None:
    """A slow vendor may show a submission only after a while, so at first doubt remains."""
    job = await stage.prepared_job()
    stage.lose_next_call()
    with pytest.raises(Unsure):
        await stage.studio.submit(job)
    with pytest.raises(Unsure):
        await stage.studio.recover(job)


async def test_a_job_of_another_is_never_taken_for_ours(stage: VendorStand) -> None:
    """Two jobs on one face differ in their marks, and only these count."""
    await stage.submitted_job()
    job = await stage.prepared_job()
    stage.pass_doubt_time()
    assert await stage.studio.recover(job) is None


@pytest.mark.slow
async def test_many_jobs_are_looked_at_together(stage: VendorStand) -> None:
    """Three hundred jobs in flight cost a few calls, not one each."""
    jobs = [await stage.submitted_job() for _ in range(300)]
    await stage.finish_jobs(jobs[:200])
    before = stage.count_calls()
    sights = await stage.studio.status_of(jobs)
    assert stage.count_calls() - before <= 5
    assert sum(isinstance(sight, Finished) for sight in sights.values()) == 200
    assert sum(isinstance(sight, Waiting) for sight in sights.values()) == 100


async def test_a_failed_job_is_lost_with_a_sentence(stage: VendorStand) -> None:
    """The person reads why, in words."""
    job = await stage.submitted_job()
    await stage.fail_job(job)
    sight = (await stage.studio.status_of([job]))[job.id]
    assert isinstance(sight, Failed)
    assert sight.sentence.endswith(".")


async def test_a_job_the_vendor_no_longer_has_is_lost(stage: VendorStand) -> None:
    """Waiting for it would be waiting for ever."""
    job = await stage.submitted_job()
    await stage.forget_job(job)
    assert isinstance((await stage.studio.status_of([job]))[job.id], Failed)


async def test_a_download_that_breaks_off_goes_on(stage: VendorStand, tmp_path: Path) -> None:
    """Half a video is not a video."""
    job = await _finished_job(stage)
    await stage.truncate_downloads(2)
    await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO


async def test_a_download_that_never_comes_whole_is_tried_later(stage: VendorStand, tmp_path: Path) -> None:
    """Nothing half is left behind."""
    job = await _finished_job(stage)
    await stage.truncate_downloads(99)
    with pytest.raises(TryAgain):
        await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert not _leftover_files(tmp_path, "v.mp4")


async def test_a_dead_link_is_asked_for_afresh(stage: VendorStand, tmp_path: Path) -> None:
    """Links die within a day; the job itself knows a newer one."""
    job = await _finished_job(stage)
    await stage.expire_links(fresh=True)
    await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO


async def test_a_link_that_stays_dead_is_refused_plainly(stage: VendorStand, tmp_path: Path) -> None:
    """It is tried for some minutes, because it is paid for; then the person learns that the video is gone."""
    job = await _finished_job(stage)
    await stage.expire_links(fresh=False)
    with pytest.raises(TryAgain):
        await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    with pytest.raises(Refused, match="expired"):
        await stage.studio.fetch(job.evolve(tries=20), tmp_path / "v.mp4", tmp_path / "v.srt")


async def test_a_job_is_deleted_when_it_is_done_and_not_before(stage: VendorStand) -> None:
    """Deleting what is gone already is no error."""
    job = await stage.submitted_job()
    with pytest.raises(TryAgain):
        await stage.studio.delete(job)
    await stage.finish_jobs([job])
    await stage.studio.delete(job)
    await stage.studio.delete(job)
    assert await stage.count_paid() == 0


async def test_suggestions_match_what_was_typed(stage: VendorStand) -> None:
    """There are voices and presenters, no more than asked for."""
    for what in ("voices", "presenters"):
        everyone = await stage.studio.suggest(what, "", 3)
        assert 0 < len(everyone) <= 3
        first = everyone[0]
        assert first in await stage.studio.suggest(what, first.label.split(" ")[0].lower(), 25)


async def test_credit_says_what_is_left(stage: VendorStand) -> None:
    """A number, and whose it is."""
    credit = await stage.studio.credit()
    assert credit.studio == stage.studio.name
    assert credit.remaining >= 0


async def test_an_unknown_voice_is_refused_before_anything_is_paid(stage: VendorStand) -> None:
    """Names are looked up while that costs nothing."""
    job = await stage.prepared_job()
    wrong = job.evolve(request=job.request.model_copy(update={"voice": "Nobody at all"}))
    with pytest.raises(Trouble, match="Nobody at all"):
        await stage.studio.prepare(wrong, {})
    assert await stage.count_paid() == 0


async def _finished_job(stage: VendorStand) -> Job:
    job = await stage.submitted_job()
    await stage.finish_jobs([job])
    made = (await stage.studio.status_of([job]))[job.id]
    assert isinstance(made, Finished)
    return job.evolve(result={"video": made.video})


def _leftover_files(folder: Path, name: str) -> list[Path]:
    return list(folder.glob(f"*{name}*"))
