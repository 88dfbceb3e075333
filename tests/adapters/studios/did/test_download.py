"""The finished video and its captions reach the disk, whole."""

from pathlib import Path
from typing import Any

from bot.jobs.job import Job
from bot.requests.kinds import Talk
from tests.fakes.vendors.did_harness import FACE, DidHarness
from tests.fakes.vendors.vendor_server import SAMPLE_VIDEO

SUBTITLES = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"


async def finished_job(bench: DidHarness, request: Talk | None = None, **facts: Any) -> Job:
    """A job whose video is made."""
    job = await bench.submitted_job(request)
    bench.server.finish_jobs("talks")
    shown = bench.server.jobs["talks"][0]
    return job.evolve(result={"video": shown["result_url"]} | facts)


async def test_captions_that_are_told_of_are_fetched(bench: DidHarness, tmp_path: Path) -> None:
    """By their own link."""
    bench.server.files["c.srt"] = SUBTITLES
    job = await finished_job(bench, captions=f"{bench.server.url}/files/c.srt")
    assert await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.srt").read_bytes() == SUBTITLES


async def test_a_talk_s_captions_lie_beside_its_video(bench: DidHarness, tmp_path: Path) -> None:
    """D-ID does not tell of them, but makes them."""
    job = await finished_job(bench, Talk(script="Hello", image=FACE, subtitles=True))
    name = job.result["video"].rpartition("/")[2].partition("?")[0]
    bench.server.files[name.replace(".mp4", ".srt")] = SUBTITLES
    assert await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")


async def test_captions_that_are_not_there_are_done_without(bench: DidHarness, tmp_path: Path) -> None:
    """A video without them is better than none."""
    job = await finished_job(bench, Talk(script="Hello", image=FACE, subtitles=True))
    assert not await bench.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt")
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO
    assert sorted(bench.server.count_calls()) == ["GET files", "POST images", "POST talks"]


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
