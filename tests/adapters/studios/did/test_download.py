"""The finished video and its captions reach the disk, whole."""

from pathlib import Path

from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Talk, Video
from bot.studios.studio import Finished
from tests.fakes.vendors.did_harness import FACE, DidHarness
from tests.fakes.vendors.sandbox_account import SAMPLE_VIDEO


async def finished_job(bench: DidHarness, request: Request | None = None) -> Job:
    """A job whose video is made."""
    job = await bench.submitted_job(request)
    await bench.server.finish_jobs()
    made = (await bench.studio.status_of([job]))[job.id]
    assert isinstance(made, Finished)
    return job.evolve(result={"video": made.video} | ({"captions": made.captions} if made.captions else {}))


async def test_captions_that_are_told_of_are_fetched(bench: DidHarness, tmp_path: Path) -> None:
    """By their own link."""
    job = await finished_job(bench, Video(script="Hello", presenter="Mia", subtitles=True))
    assert job.result["captions"]
    assert await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.srt").read_text().startswith("1\n00:00")


async def test_a_talk_s_captions_lie_beside_its_video(bench: DidHarness, tmp_path: Path) -> None:
    """D-ID does not tell of them, but makes them."""
    job = await finished_job(bench, Talk(script="Hello", image=FACE, subtitles=True))
    assert "captions" not in job.result
    assert await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")


async def test_captions_that_are_not_there_are_done_without(bench: DidHarness, tmp_path: Path) -> None:
    """A video without them is better than none."""
    job = await finished_job(bench, Talk(script="Hello", image=FACE))
    job = job.evolve(request=Talk(script="Hello", image=FACE, subtitles=True))
    assert not await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO
    assert sorted(bench.server.count_calls()) == ["GET files", "GET talks", "POST images", "POST talks"]


async def test_nobody_asks_for_captions_nobody_wanted(bench: DidHarness, tmp_path: Path) -> None:
    """One download, not two."""
    job = await finished_job(bench)
    assert not await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert bench.server.count_calls()["GET files"] == 1


async def test_a_job_that_knows_no_link_asks_for_one(bench: DidHarness, tmp_path: Path) -> None:
    """A hook may have told of it before we looked."""
    job = await finished_job(bench)
    await bench.studio.fetch(job.evolve(result={}), tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO
