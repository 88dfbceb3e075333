"""How jobs stand, in few calls and in words."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.store.jobs import RenderOutcome
from bot.errors import Locked, TryAgain
from bot.requests.kinds import Animation, Translation
from bot.studios.studio import Failed, Finished, Waiting
from tests.fakes.vendors.did_harness import FACE, FILM, DidHarness


@pytest.mark.parametrize("word", ["created", "started", "validating", "ready", "something-new", ""])
async def test_a_word_for_underway_or_an_unknown_one_is_waited_for(bench: DidHarness, word: str) -> None:
    """Only the job's own deadline ends the waiting."""
    job = await bench.submitted_job()
    await bench.server.finish_kind("talks", outcome=RenderOutcome(word))
    assert (await bench.studio.status_of([job]))[job.id] == Waiting(word)


async def test_an_unknown_word_is_logged_once(bench: DidHarness) -> None:
    """Once is news, more is noise."""
    job = await bench.submitted_job()
    await bench.server.finish_kind("talks", outcome=RenderOutcome("something-new"))
    with capture_logs() as logs:
        await bench.studio.status_of([job])
        await bench.studio.status_of([job])
    assert [entry["status"] for entry in logs if entry["log_level"] == "warning"] == ["something-new"]


FAILED_ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"status": "error", "error": {"kind": "FaceError", "description": "x"}}, "no face"),
    ({"status": "error", "error": {"kind": "DriverError"}}, "movement"),
    ({"status": "error", "error": {"kind": "UnknownError", "description": "odd thing"}}, "odd thing"),
    ({"status": "error", "error": None}, "could not finish"),
    ({"status": "error", "error": "odd"}, "could not finish"),
    ({"status": "rejected"}, "moderation"),
    ({"status": "rejected", "error": {"kind": "CelebrityRecognizedError"}}, "public figures"),
]


@pytest.mark.parametrize(("facts", "said"), FAILED_ANSWERS)
async def test_a_job_that_ended_badly_says_why(bench: DidHarness, facts: dict[str, Any], said: str) -> None:
    """By the kind D-ID names, or with a sentence for all others."""
    job = await bench.submitted_job()
    await bench.server.finish_kind("talks", outcome=RenderOutcome(**facts))
    sight = (await bench.studio.status_of([job]))[job.id]
    assert isinstance(sight, Failed)
    assert said in sight.sentence


async def test_a_made_video_comes_with_its_captions_and_length(bench: DidHarness) -> None:
    """Whatever D-ID tells of it."""
    job = await bench.submitted_job(Translation(video=FILM, languages=("fr",)))
    shown = {"id": "t", "status": "done", "result_url": "https://b/x.mp4", "subtitles_url": "https://b/x.srt"}
    bench.server.fail_next("GET", "/translations", 200, shown | {"duration": "12.5"})
    sight = (await bench.studio.status_of([job]))[job.id]
    assert isinstance(sight, Finished)
    assert (sight.captions, sight.seconds) == ("https://b/x.srt", 12.5)


async def test_up_to_four_jobs_are_asked_for_one_by_one(bench: DidHarness) -> None:
    """A page of a hundred would be more to read."""
    jobs = [await bench.submitted_job() for _ in range(4)]
    await bench.studio.status_of(jobs)
    assert len(bench.server.find_calls("GET", "/talks/")) == 4


async def test_kinds_are_looked_at_apart(bench: DidHarness) -> None:
    """Each has its own list."""
    jobs = [await bench.submitted_job() for _ in range(5)] + [await bench.submitted_job(Animation(image=FACE))]
    before = len(bench.server.received_calls)
    sights = await bench.studio.status_of(jobs)
    assert len(sights) == 6
    assert len(bench.server.received_calls) - before == 2


async def test_what_no_page_shows_is_asked_for_by_itself(bench: DidHarness) -> None:
    """It may be gone, or older than what the pages reach."""
    jobs = [await bench.submitted_job() for _ in range(6)]
    await bench.server.forget_jobs([(await bench.server.job_ids("talks"))[2]])
    sights = await bench.studio.status_of(jobs)
    assert isinstance(sights[jobs[2].id], Failed)
    assert sum(isinstance(sight, Waiting) for sight in sights.values()) == 5


async def test_pages_end_where_older_jobs_begin(bench: DidHarness) -> None:
    """A job that vanished does not make us read the history of the account."""
    await bench.server.add_foreign_jobs("talks", 500)
    bench.clock.jump(3600)
    jobs = [await bench.submitted_job() for _ in range(6)]
    await bench.server.forget_jobs([(await bench.server.job_ids("talks"))[-1]])
    await bench.studio.status_of(jobs)
    assert len(bench.server.find_calls("GET", "/talks")) == 2


async def test_a_done_job_without_an_address_is_asked_for(bench: DidHarness) -> None:
    """A list may be behind."""
    jobs = [await bench.submitted_job() for _ in range(5)]
    await bench.server.finish_kind("talks", outcome=RenderOutcome("done"))
    sights = await bench.studio.status_of(jobs)
    assert set(sights.values()) == {Waiting("done")}
    assert len(bench.server.find_calls("GET", "/talks/")) == 5


async def test_one_answer_that_fails_leaves_its_job_as_before(bench: DidHarness) -> None:
    """The others are told of."""
    jobs = [await bench.submitted_job() for _ in range(3)]
    bench.server.fail_next("GET", f"/{jobs[1].ticket}", 500)
    assert set(await bench.studio.status_of(jobs)) == {jobs[0].id, jobs[2].id}


@pytest.mark.parametrize("count", [2, 6])
async def test_a_look_that_fails_is_tried_again(bench: DidHarness, count: int) -> None:
    """Nothing was learned, so nothing changes."""
    jobs = [await bench.submitted_job() for _ in range(count)]
    bench.server.fail_next("GET", "/talks", 503, times=99)
    with pytest.raises(TryAgain):
        await bench.studio.status_of(jobs)


async def test_a_key_that_no_longer_opens_is_told_bare(bench: DidHarness) -> None:
    """Not as a group of errors that nobody expects."""
    jobs = [await bench.submitted_job() for _ in range(3)]
    bench.server.fail_next("GET", "/talks", 401, {"kind": "AuthorizationError"}, times=9)
    with pytest.raises(Locked):
        await bench.studio.status_of(jobs)
