"""Which dialect speaks, and what happens where one of them is gone."""

import pytest

from bot.errors import Refused, TryAgain, Unsure
from bot.requests.kinds import Talk, Translation, Video
from bot.requests.storyboard.storyboard import Storyboard
from bot.studios.studio import Finished
from tests.fakes.vendors.heygen_harness import CREDITS, FACE, FILM, NOT_FOUND_PAGE, HeygenHarness

RETIREMENT_NOTICE = '403 {"code": 40301, "message": "This API version was retired, please migrate to v3."}'
TWO_SPEAKERS = Storyboard(script="@Abigail: Hello\n@Bernd: Hi")


@pytest.mark.parametrize("words", [NOT_FOUND_PAGE, RETIREMENT_NOTICE])
async def test_without_v2_single_speakers_go_on(bench: HeygenHarness, words: str) -> None:
    """Whether v2 answers 404 or says that it is retired, what v3 can make is made."""
    bench.server.close_versions("/v1", "/v2", answer=words)
    for request in (
        Talk(script="Hello", image=FACE),
        Video(script="Hello", presenter="Abigail"),
        Storyboard(script="@Abigail: Hello [captions]"),
        Translation(languages=("es",), video=FILM),
    ):
        job = await bench.submitted_job(request)
        assert (job.ticket or "").startswith("v3/")


@pytest.mark.parametrize("words", [NOT_FOUND_PAGE, RETIREMENT_NOTICE])
async def test_without_v2_several_scenes_are_refused_plainly(bench: HeygenHarness, words: str) -> None:
    """v3 has one scene to a video, and nothing was spent finding out."""
    bench.server.close_versions("/v1", "/v2", answer=words)
    job = await bench.prepared_job(TWO_SPEAKERS)
    with pytest.raises(Refused, match="no longer serves several scenes"):
        await bench.studio.submit(job)
    assert not await bench.server.list_jobs()
    with pytest.raises(Refused, match="no longer has v2"):
        bench.studio.check(TWO_SPEAKERS)


async def test_without_v3_everything_goes_by_v2(bench: HeygenHarness) -> None:
    """Old accounts go on as they did."""
    bench.server.close_versions("/v3")
    job = await bench.submitted_job(Video(script="Hello", presenter="Abigail"))
    assert (job.ticket or "").startswith("v2/video/")
    assert (await bench.studio.credit()).remaining == CREDITS - 1


async def test_an_avatar_of_the_newer_kind_goes_by_v3(bench: HeygenHarness) -> None:
    """v2 refuses it in words of its own."""
    words = "This avatar does not support unlimited mode, use Avatar IV or V"
    bench.server.fail_next(
        "POST", "/v2/video/generate", 400, {"error": {"code": "invalid_parameter", "message": words}}
    )
    with pytest.raises(Refused, match="emotions"):
        await bench.submitted_job(Video(script="Hello", presenter="Abigail", style="Serious"))
    assert not await bench.server.list_jobs()


async def test_v3_alone_refuses_what_only_v2_has(third: HeygenHarness) -> None:
    """The sentence names what is missing."""
    with pytest.raises(Refused, match="v3 has no emotions"):
        third.studio.check(Talk(script="Hello", image=FACE, style="Serious"))
    with pytest.raises(Refused, match="one scene, this has 2"):
        third.studio.check(TWO_SPEAKERS)


async def test_the_same_job_carries_the_same_key(third: HeygenHarness) -> None:
    """Sent twice after a doubt, HeyGen makes it once."""
    job = await third.prepared_job()
    third.server.fail_next("POST", "/v3/videos", still_processed=True, hangs_up=True)
    with pytest.raises(Unsure):
        await third.studio.submit(job)
    again = await third.studio.submit(job)
    (made,) = await third.server.list_jobs()
    assert again.ticket == f"v3/video/{made.id}"
    assert len(await third.server.list_jobs()) == 1


async def test_a_key_is_not_trusted_after_a_day(third: HeygenHarness) -> None:
    """HeyGen forgets it, so an absence proves nothing any more."""
    job = await third.prepared_job()
    third.clock.jump(24 * 3600)
    with pytest.raises(Unsure):
        await third.studio.recover(job)


async def test_in_v2_each_newer_video_is_asked_for_its_mark(second: HeygenHarness) -> None:
    """The list shows none; whose callback id is another is another's."""
    await second.submitted_job()
    job = await second.prepared_job()
    second.server.fail_next("POST", "/v2/video/generate", still_processed=True, hangs_up=True)
    with pytest.raises(Unsure):
        await second.studio.submit(job)
    await second.submitted_job()
    ours = (await second.server.list_jobs())[1]
    assert await second.studio.recover(job) == f"v2/video/{ours.id}"


@pytest.mark.parametrize("words", [NOT_FOUND_PAGE, RETIREMENT_NOTICE])
async def test_a_job_made_by_v2_is_watched_by_v3_when_v1_tells_no_more(bench: HeygenHarness, words: str) -> None:
    """A video that is paid for is not given up because its status has moved."""
    jobs = [await bench.submitted_job(TWO_SPEAKERS) for _ in range(6)]
    bench.server.close_versions("/v1", answer=words)
    await bench.server.finish_jobs()
    sights = await bench.studio.status_of(jobs)
    assert all(isinstance(sights[job.id], Finished) for job in jobs)
    await bench.studio.delete(jobs[0])
    assert len(await bench.server.list_jobs()) == 5


async def test_a_job_nobody_tells_of_is_waited_for(bench: HeygenHarness) -> None:
    """That no list and no status is served any more says nothing about the video."""
    job = await bench.submitted_job(TWO_SPEAKERS)
    bench.server.close_versions("/v1", "/v3")
    with pytest.raises(TryAgain, match="no longer reports the status"):
        await bench.studio.status_of([job])


async def test_files_go_by_v3_when_v1_takes_none(bench: HeygenHarness) -> None:
    """Several scenes outlive the uploads they were made with."""
    bench.server.close_versions("/v1", answer=RETIREMENT_NOTICE)
    body = await bench.submitted_body(Storyboard(script="@Abigail: Hello\n@Bernd: Hi", background_image=FACE))
    assert body["video_inputs"][0]["background"]["image_asset_id"]
    assert bench.server.find_calls("POST", "/v3/assets")


async def test_a_photo_becomes_a_photo_avatar_when_talking_photos_are_gone(second: HeygenHarness) -> None:
    """It is waited for until it is ready, and known again next time."""
    second.server.close_versions("/v1/talking_photo")
    job = second.new_job()
    with pytest.raises(TryAgain, match="getting the photo ready"):
        await second.studio.prepare(job, second.files_for(job))
    body = await second.submitted_body()
    assert body["video_inputs"][0]["character"]["talking_photo_id"]
    await second.submitted_job()
    assert len(second.server.find_calls("POST", "/v2/photo_avatar")) == 1


async def test_a_photo_goes_by_v2_where_there_is_no_v3(bench: HeygenHarness) -> None:
    """Nobody has to ask twice for it."""
    bench.server.close_versions("/v3")
    job = await bench.submitted_job(Talk(script="Hello", image=FACE))
    assert (job.ticket or "").startswith("v2/")


async def test_a_job_that_a_batch_does_not_know_is_asked_for_alone(third: HeygenHarness) -> None:
    """Only then it is lost."""
    jobs = [await third.submitted_job() for _ in range(6)]
    await third.server.forget_jobs([(await third.server.list_jobs())[-1].id])
    sights = await third.studio.status_of(jobs)
    assert "no longer has" in repr(sights[jobs[-1].id])
    assert len(third.server.find_calls("GET", f"/v3/videos/{(jobs[-1].ticket or '').rpartition('/')[2]}")) == 1


async def test_what_was_delivered_settles_a_doubt(second: HeygenHarness) -> None:
    """Where v2 shows no marks, an endpoint that was registered may have been told which video it was."""
    job = await second.prepared_job()
    second.server.fail_next("POST", "/v2/video/generate", still_processed=True, hangs_up=True)
    with pytest.raises(Unsure):
        await second.studio.submit(job)
    second.server.sandbox.arm_fault("omit", "callback_id", times=99, path="/v1/video_status.get")
    with pytest.raises(Unsure):
        await second.studio.recover(job)
    (made,) = await second.server.list_jobs()
    data = {"video_id": made.id, "url": "https://x.invalid/v", "callback_id": job.marker}
    delivered = {"data": [{"event_type": "avatar_video.success", "event_data": data}], "has_more": False}
    second.server.fail_next("GET", "/v3/webhooks/events", 200, delivered)
    assert await second.studio.recover(job) == f"v2/video/{made.id}"
