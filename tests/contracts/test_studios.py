"""What every studio must do, whoever makes the videos.

To add a studio, write a `Stage` of it beside `DidStage` and name it in `STAGES`; the suite is red until it keeps all.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.studios.studio import Lost, Made, Studio, Waiting
from tests.fakes.did_bench import Bench, did_bench
from tests.fakes.heygen_bench import Bench as HeygenBench
from tests.fakes.heygen_bench import heygen_bench
from tests.fakes.vendor import VIDEO


class Stage(Protocol):
    """A studio with its vendor's twin, and the ways in which vendors fail."""

    studio: Studio

    async def prepared(self) -> Job:
        """A job that is about to be submitted."""
        ...

    async def submitted(self) -> Job:
        """A job at the studio."""
        ...

    def lose_answer(self) -> None:
        """The next paid call is done, and its answer lost."""
        ...

    def drop_call(self) -> None:
        """The next paid call is lost with its answer."""
        ...

    def truncate(self, times: int) -> None:
        """The next downloads break off in the middle."""
        ...

    def expire(self, *, fresh: bool) -> None:
        """Every link told so far is dead; asking again gives a fresh one or not."""
        ...

    def finish(self, jobs: Sequence[Job]) -> None:
        """These jobs are done."""
        ...

    def fail(self, job: Job) -> None:
        """This job failed."""
        ...

    def forget(self, job: Job) -> None:
        """The vendor no longer has this job."""
        ...

    def later(self) -> None:
        """So much time passes that a lost call must have arrived or never will."""
        ...

    def made(self) -> int:
        """How many videos were paid for."""
        ...

    def asked(self) -> int:
        """How many calls came in all."""
        ...

    def markers(self) -> list[str]:
        """What was written on the paid calls to know them again."""
        ...

    def hooks(self) -> list[str]:
        """Where the vendor was told to call."""
        ...


class DidStage:
    """D-ID on its bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.studio: Studio = bench.studio

    async def prepared(self) -> Job:
        return await self.bench.prepared()

    async def submitted(self) -> Job:
        return await self.bench.submitted()

    def lose_answer(self) -> None:
        self.bench.server.fault("POST", "/talks", taken=True, cut=True)

    def drop_call(self) -> None:
        self.bench.server.fault("POST", "/talks", cut=True)

    def truncate(self, times: int) -> None:
        self.bench.server.truncate = times

    def expire(self, *, fresh: bool) -> None:
        self.bench.server.dead |= set(self.bench.server.files)
        if fresh:
            self.bench.server.finish("talks")

    def finish(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self.bench.server.finish("talks", (job.ticket or "").partition("/")[2])

    def fail(self, job: Job) -> None:
        self.bench.server.finish("talks", status="error", error={"kind": "FaceError", "description": "no face"})

    def forget(self, job: Job) -> None:
        self.bench.server.jobs["talks"].clear()

    def later(self) -> None:
        self.bench.clock.move(60)

    def made(self) -> int:
        return len(self.bench.server.jobs["talks"])

    def asked(self) -> int:
        return len(self.bench.server.asked)

    def markers(self) -> list[str]:
        return [call.body["user_data"] for call in self.bench.server.calls("POST", "/talks")]

    def hooks(self) -> list[str]:
        return [call.body["webhook"] for call in self.bench.server.calls("POST", "/talks")]


@asynccontextmanager
async def did(folder: Path) -> AsyncIterator[Stage]:
    """D-ID on its bench."""
    async with did_bench(folder) as bench:
        yield DidStage(bench)


class HeygenStage:
    """HeyGen on its bench, in one of its dialects."""

    def __init__(self, bench: HeygenBench, version: str) -> None:
        self.bench = bench
        self.studio: Studio = bench.studio
        self._path = "/v2/video/generate" if version == "v2" else "/v3/videos"

    async def prepared(self) -> Job:
        return await self.bench.prepared()

    async def submitted(self) -> Job:
        return await self.bench.submitted()

    def lose_answer(self) -> None:
        self.bench.server.fault("POST", self._path, taken=True, cut=True)

    def drop_call(self) -> None:
        self.bench.server.fault("POST", self._path, cut=True)

    def truncate(self, times: int) -> None:
        self.bench.server.truncate = times

    def expire(self, *, fresh: bool) -> None:
        self.bench.server.dead |= set(self.bench.server.files)
        if fresh:
            self.bench.server.finish()

    def finish(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self.bench.server.finish((job.ticket or "").rpartition("/")[2])

    def fail(self, job: Job) -> None:
        self.bench.server.finish(status="failed", link=None, error={"code": 40004, "message": "no face"})

    def forget(self, job: Job) -> None:
        self.bench.server.jobs.clear()

    def later(self) -> None:
        self.bench.clock.move(60)

    def made(self) -> int:
        return len(self.bench.server.jobs)

    def asked(self) -> int:
        return len(self.bench.server.asked)

    def markers(self) -> list[str]:
        return [call.body["callback_id"] for call in self.bench.server.paid()]

    def hooks(self) -> list[str]:
        return [call.body["callback_url"] for call in self.bench.server.paid()]


def heygen(version: str) -> Callable[[Path], AbstractAsyncContextManager[Stage]]:
    """HeyGen on its bench, in one of its dialects."""

    @asynccontextmanager
    async def open_stage(folder: Path) -> AsyncIterator[Stage]:
        async with heygen_bench(folder, version=version) as bench:
            yield HeygenStage(bench, version)

    return open_stage


STAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Stage]]] = {
    "did": did,
    "heygen-v2": heygen("v2"),
    "heygen-v3": heygen("v3"),
}


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """Each studio in turn."""
    async with STAGES[request.param](tmp_path) as made:
        yield made


async def test_a_job_is_submitted_once_and_followed_to_its_end(stage: Stage, tmp_path: Path) -> None:
    """One paid call; then the studio says where it stands, and gives the whole video."""
    job = await stage.submitted()
    assert stage.made() == 1
    assert isinstance((await stage.studio.look([job]))[job.id], Waiting)
    stage.finish([job])
    made = (await stage.studio.look([job]))[job.id]
    assert isinstance(made, Made)
    await stage.studio.fetch(job.but(result={"video": made.video}), tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == VIDEO


async def test_the_paid_call_carries_the_marker_and_the_hook(stage: Stage) -> None:
    """A submission can be recognised later, and the studio knows whom to tell."""
    job = await stage.submitted()
    assert stage.markers() == [job.marker]
    assert job.id in stage.hooks()[0]


async def test_a_lost_answer_is_unsure_and_found_again(stage: Stage) -> None:
    """The call arrived and its answer did not: the job is found, and not paid again."""
    job = await stage.prepared()
    stage.lose_answer()
    with pytest.raises(Unsure):
        await stage.studio.submit(job)
    ticket = await stage.studio.find(job)
    assert ticket
    assert isinstance((await stage.studio.look([job.but(ticket=ticket)]))[job.id], Waiting)
    assert stage.made() == 1


async def test_what_never_arrived_is_known_to_be_absent(stage: Stage) -> None:
    """After enough time for it to show, a call that left no trace may be made again."""
    job = await stage.prepared()
    stage.drop_call()
    with pytest.raises(Unsure):
        await stage.studio.submit(job)
    stage.later()
    assert await stage.studio.find(job) is None
    assert (await stage.studio.submit(job)).ticket
    assert stage.made() == 1


async def test_an_absence_is_not_believed_at_once(stage: Stage) -> None:
    """A slow vendor may show a submission only after a while, so at first doubt remains."""
    job = await stage.prepared()
    stage.drop_call()
    with pytest.raises(Unsure):
        await stage.studio.submit(job)
    with pytest.raises(Unsure):
        await stage.studio.find(job)


async def test_a_job_of_another_is_never_taken_for_ours(stage: Stage) -> None:
    """Two jobs on one face differ in their marks, and only these count."""
    await stage.submitted()
    job = await stage.prepared()
    stage.later()
    assert await stage.studio.find(job) is None


async def test_many_jobs_are_looked_at_together(stage: Stage) -> None:
    """Three hundred jobs in flight cost a few calls, not one each."""
    jobs = [await stage.submitted() for _ in range(300)]
    stage.finish(jobs[:200])
    before = stage.asked()
    sights = await stage.studio.look(jobs)
    assert stage.asked() - before <= 5
    assert sum(isinstance(sight, Made) for sight in sights.values()) == 200
    assert sum(isinstance(sight, Waiting) for sight in sights.values()) == 100


async def test_a_failed_job_is_lost_with_a_sentence(stage: Stage) -> None:
    """The person reads why, in words."""
    job = await stage.submitted()
    stage.fail(job)
    sight = (await stage.studio.look([job]))[job.id]
    assert isinstance(sight, Lost)
    assert sight.sentence.endswith(".")


async def test_a_job_the_vendor_no_longer_has_is_lost(stage: Stage) -> None:
    """Waiting for it would be waiting for ever."""
    job = await stage.submitted()
    stage.forget(job)
    assert isinstance((await stage.studio.look([job]))[job.id], Lost)


async def test_a_download_that_breaks_off_goes_on(stage: Stage, tmp_path: Path) -> None:
    """Half a video is not a video."""
    job = await _done(stage)
    stage.truncate(2)
    await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == VIDEO


async def test_a_download_that_never_comes_whole_is_tried_later(stage: Stage, tmp_path: Path) -> None:
    """Nothing half is left behind."""
    job = await _done(stage)
    stage.truncate(99)
    with pytest.raises(TryAgain):
        await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert not _left(tmp_path, "v.mp4")


async def test_a_dead_link_is_asked_for_afresh(stage: Stage, tmp_path: Path) -> None:
    """Links die within a day; the job itself knows a newer one."""
    job = await _done(stage)
    stage.expire(fresh=True)
    await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == VIDEO


async def test_a_link_that_stays_dead_is_refused_plainly(stage: Stage, tmp_path: Path) -> None:
    """It is tried for some minutes, because it is paid for; then the person learns that the video is gone."""
    job = await _done(stage)
    stage.expire(fresh=False)
    with pytest.raises(TryAgain):
        await stage.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    with pytest.raises(Refused, match="expired"):
        await stage.studio.fetch(job.but(tries=20), tmp_path / "v.mp4", tmp_path / "v.srt")


async def test_a_job_is_deleted_when_it_is_done_and_not_before(stage: Stage) -> None:
    """Deleting what is gone already is no error."""
    job = await stage.submitted()
    with pytest.raises(TryAgain):
        await stage.studio.delete(job)
    stage.finish([job])
    await stage.studio.delete(job)
    await stage.studio.delete(job)
    assert stage.made() == 0


async def test_suggestions_match_what_was_typed(stage: Stage) -> None:
    """There are voices and presenters, no more than asked for."""
    for what in ("voices", "presenters"):
        everyone = await stage.studio.suggest(what, "", 3)
        assert 0 < len(everyone) <= 3
        first = everyone[0]
        assert first in await stage.studio.suggest(what, first.label.split(" ")[0].lower(), 25)


async def test_credit_says_what_is_left(stage: Stage) -> None:
    """A number, and whose it is."""
    credit = await stage.studio.credit()
    assert credit.studio == stage.studio.name
    assert credit.remaining >= 0


async def test_an_unknown_voice_is_refused_before_anything_is_paid(stage: Stage) -> None:
    """Names are looked up while that costs nothing."""
    job = await stage.prepared()
    wrong = job.but(request=job.request.model_copy(update={"voice": "Nobody at all"}))
    with pytest.raises(Trouble, match="Nobody at all"):
        await stage.studio.prepare(wrong, {})
    assert stage.made() == 0


async def _done(stage: Stage) -> Job:
    job = await stage.submitted()
    stage.finish([job])
    made = (await stage.studio.look([job]))[job.id]
    assert isinstance(made, Made)
    return job.but(result={"video": made.video})


def _left(folder: Path, name: str) -> list[Path]:
    return list(folder.glob(f"*{name}*"))
