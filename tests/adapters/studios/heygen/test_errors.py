"""What HeyGen refuses, in all its shapes, is one clear sentence and nothing spent."""

from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.store.jobs import RenderOutcome
from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.errors import NO_CREDITS, HeygenResponse
from adapters.studios.uploads import RECORDING_GRACE_SECONDS
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, TryAgain, Unsure, Unusable
from bot.requests.kinds import Talk, Translation, Video
from bot.requests.media import Media, MediaKind
from bot.requests.storyboard.storyboard import Storyboard
from bot.studios.studio import Failed, Finished
from tests.fakes.vendors.heygen_harness import CREDITS, FACE, FILM, OWNER_EMAIL, HeygenHarness
from tests.fakes.vendors.sandbox_account import SAMPLE_VIDEO

TOO_MANY_PHOTOS = {"code": 400665, "message": "You have exceeded your limit of 3 photo avatars", "data": None}


@pytest.mark.parametrize(
    ("status", "data", "kind", "words"),
    [
        (401, {"code": 400112, "message": "Unauthorized"}, Locked, "does not accept the API key"),
        (400, {"code": 40009, "message": "invalid api key", "data": None}, Locked, "does not accept the API key"),
        (403, {"error": {"code": "forbidden", "message": "upgrade"}}, Locked, "plan does not allow this: upgrade"),
        (402, {"error": {"code": "insufficient_credit", "message": "no"}}, OutOfCredit, "no API credits left"),
        (
            400,
            {"error": {"code": "MOVIO_PAYMENT_INSUFFICIENT_CREDIT", "message": ""}},
            OutOfCredit,
            "website credits do not count",
        ),
        (200, {"code": 40039, "message": "text is invalid", "data": None}, Refused, "cannot speak this text"),
        (400, {"code": 40004, "message": "no face"}, Unusable, "found no face"),
        (400, {"error": {"code": 40006, "message": "low"}}, Unusable, "quality of the picture"),
        (400, {"code": 400105, "message": "blocked"}, Spoiled, "some of this text"),
        (400, {"error": {"code": 402008, "message": "celebrity"}}, Spoiled, "public figures"),
        (400, {"error": "something plain at https://x.invalid/a"}, Refused, "something plain at …"),
        (
            400,
            {"error": {"code": "invalid_parameter", "message": "bad thing."}},
            Refused,
            "did not accept this: bad thing.",
        ),
        (429, {"error": {"code": "rate_limit_exceeded", "message": ""}}, TryAgain, "busy"),
        (409, {"error": {"code": "request_in_progress", "message": ""}}, Unsure, "certain whether"),
        (500, None, Unsure, "certain whether"),
        (200, None, Unsure, "certain whether"),
    ],
)
def test_each_shape_of_refusal_is_read(status: int, data: Any, kind: type[Exception], words: str) -> None:
    """v1 answers 200 to what it refuses, v2 and v3 nest their errors, and some are plain text."""
    with pytest.raises(kind, match=words):
        raise_for_error(HeygenResponse(status, data), paid=True)


async def test_a_link_is_a_success_whatever_else_is_said(second: HeygenHarness) -> None:
    """Free accounts are told of the watermark as if it were an error."""
    job = await second.submitted_job()
    await second.server.finish_jobs()
    shown = {
        "id": "v",
        "status": "completed",
        "video_url": "https://x.invalid/v.mp4",
        "error": {"message": "watermark"},
    }
    second.server.fail_next("GET", "/v1/video_status.get", 200, {"code": 100, "data": shown})
    assert isinstance((await second.studio.status_of([job]))[job.id], Finished)


async def test_credit_that_fails_while_rendering_is_told_as_such(second: HeygenHarness) -> None:
    """HeyGen takes the job and finds out later."""
    job = await second.submitted_job()
    error = {"kind": "MOVIO_PAYMENT_INSUFFICIENT_CREDIT", "description": "insufficient"}
    await second.server.finish_jobs(outcome=RenderOutcome("error", error=error))
    assert (await second.studio.status_of([job]))[job.id] == Failed(NO_CREDITS)


async def test_captions_are_fetched_where_they_were_asked_for(third: HeygenHarness, tmp_path: Path) -> None:
    """v3 always makes some; they come along only when somebody wants them."""
    for wanted in (True, False):
        job = await third.submitted_job(Talk(script="Hello", image=FACE, subtitles=wanted))
        await third.server.finish_jobs()
        assert await third.studio.fetch(job, tmp_path / "v.mp4", tmp_path / "v.srt") is wanted
    assert (tmp_path / "v.mp4").read_bytes() == SAMPLE_VIDEO


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Video(script="Hello", presenter="Abigial"), "Did you mean Abigail"),
        (Storyboard(script="@Abigail: Hi\n@Nobody: Hello"), "Line 2: no HeyGen avatar is called “Nobody”"),
        (
            Storyboard(script="[voice Joana]\n@Abigail: Hi"),
            "Line 2: no HeyGen voice.* “Joana”. Did you mean Joanna",
        ),
    ],
)
async def test_whoever_is_unknown_is_refused_before_anything_is_sent(
    bench: HeygenHarness, request_: Any, words: str
) -> None:
    """With the line, and with who was probably meant."""
    with pytest.raises(Refused, match=words):
        await bench.studio.check_names(request_)
    with pytest.raises(Refused, match=words):
        await bench.prepared_job(request_)
    assert not bench.server.find_calls("POST")


async def test_where_nobody_is_named_no_catalogue_is_asked(bench: HeygenHarness) -> None:
    """A plain line is recorded at once, however slow HeyGen is."""
    await bench.studio.check_names(Talk(script="Hello", image=FACE))
    assert not bench.server.received_calls


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Talk(script="Hello", image=FACE, rate="1.6"), "0.5 to 1.5 times as fast"),
        (Talk(script="Hello", image=FACE, pitch="+60"), "from -50 to 50"),
        (Talk(script="Hello", image=FACE, driver="lively"), "HeyGen has no --driver"),
        (Storyboard(script="[scale 2.5]\n@photo: Hi", image=FACE), "Line 2: the scale of a photo goes up to 2"),
        (Storyboard(script="[style square]\n@Abigail: Hi"), None),
        (Storyboard(script="@a: " + "Words. " * 1600 + "\n@a: Hi" * 49), "takes 50 scenes"),
        (Video(script="Hello", background="https://10.0.0.7/a.png"), "not a public address"),
        (Video(script="Hello", set=("script=other",)), "the words are given as text"),
        (Video(script="Hello", set=("resolutoin=720p",)), "Did you mean resolution"),
    ],
)
async def test_what_heygen_cannot_make_is_refused_at_once(
    bench: HeygenHarness, request_: Any, words: str | None
) -> None:
    """No call is needed to know."""
    if words is None:
        bench.studio.check(request_)
    else:
        with pytest.raises(Refused, match=words):
            bench.studio.check(request_)
    assert not bench.server.received_calls


async def test_a_plan_without_translation_is_told_as_such(bench: HeygenHarness) -> None:
    """The asker learns that it is the plan and not the video."""
    bench.server.fail_next("POST", "/v3/video-translations", 403, {"error": {"code": "forbidden", "message": "no"}})
    with pytest.raises(Locked, match="does not include video translation"):
        await bench.submitted_job(Translation(languages=("es",), video=FILM))


async def test_nothing_private_is_kept_of_the_account(bench: HeygenHarness, tmp_path: Path) -> None:
    """The account's e-mail comes with its credit, and ends there."""
    credit = await bench.studio.credit()
    assert credit.remaining == CREDITS
    assert OWNER_EMAIL not in repr(credit)
    kept = [file.read_text() for file in tmp_path.rglob("*.json")]  # noqa: ASYNC240 - a test may wait
    assert not any(OWNER_EMAIL in text for text in kept)


async def test_a_file_is_sent_once(bench: HeygenHarness) -> None:
    """The same picture again, also after a restart, is known by its content."""
    await bench.submitted_job()
    await bench.submitted_job()
    bench.studio = bench.build_studio()
    await bench.submitted_job()
    assert len(bench.server.find_calls("POST", "/v3/assets")) == 1


async def test_a_file_that_heygen_forgot_is_sent_anew(bench: HeygenHarness) -> None:
    """A redo must not stumble over the same stone."""
    job = await bench.prepared_job()
    gone = {"error": {"code": "invalid_parameter", "message": "asset as_3 not found"}}
    bench.server.fail_next("POST", "/v3/videos", 400, gone)
    with pytest.raises(Refused):
        await bench.studio.submit(job)
    await bench.submitted_job()
    assert len(bench.server.find_calls("POST", "/v3/assets")) == 2


async def test_the_oldest_photo_makes_room(second: HeygenHarness) -> None:
    """An account keeps three; ours are deleted and not other people's."""
    for nth in range(4):
        if nth == 3:
            second.server.fail_next("POST", "/v1/talking_photo", 400, TOO_MANY_PHOTOS)
        job = second.new_job()
        await second.studio.prepare(job, {"image": second.new_file(f"face {nth}".encode())})
        second.clock.jump(RECORDING_GRACE_SECONDS)
    assert len(second.server.find_calls("DELETE", "/v2/talking_photo")) == 1
    second.server.fail_next("POST", "/v1/talking_photo", 400, TOO_MANY_PHOTOS, times=9)
    second.studio = second.build_studio(version="v2", cache_folder=second.folder / "other")
    with pytest.raises(Refused, match="takes no more photos"):
        await second.studio.prepare(second.new_job(), {"image": second.new_file(b"one more")})


async def test_a_photo_that_a_job_is_waiting_with_makes_no_room(second: HeygenHarness) -> None:
    """A job that was prepared and is not sent yet would fail for it, and so would one that is only being prepared."""
    needed: set[str] = set()

    async def in_use(upload: str) -> bool:
        return upload in needed

    studio = second.build_studio(version="v2", in_use=in_use)
    photos = []
    for nth in range(3):
        prepared = await studio.prepare(second.new_job(), {"image": second.new_file(f"face {nth}".encode())})
        photos.append(prepared["image"])
    fourth = {"image": second.new_file(b"face 3")}
    second.server.fail_next("POST", "/v1/talking_photo", 400, TOO_MANY_PHOTOS)
    with pytest.raises(TryAgain, match="until another video is done"):  # the store does not know of the three yet
        await studio.prepare(second.new_job(), fourth)
    second.clock.jump(RECORDING_GRACE_SECONDS)
    needed |= {photos[0], photos[2]}
    second.server.fail_next("POST", "/v1/talking_photo", 400, TOO_MANY_PHOTOS)
    await studio.prepare(second.new_job(), fourth)
    assert [each.path for each in second.server.find_calls("DELETE", "/v2/talking_photo")] == [
        f"/v2/talking_photo/{photos[1]}"
    ]


async def test_a_photo_is_deleted_with_the_job_it_was_sent_for_and_sent_anew_for_the_next(
    second: HeygenHarness,
) -> None:
    """Unless another job needs it, or another process may be giving it to one."""
    job = await second.submitted_job()
    other = second.build_studio(version="v2", single_process=False)
    await other.delete_uploads(job)
    assert second.server.find_calls("DELETE", "/v2/talking_photo") == []
    await second.studio.delete_uploads(job)
    assert len(second.server.find_calls("DELETE", "/v2/talking_photo")) == 1
    await second.submitted_job()
    assert len(second.server.find_calls("POST", "/v1/talking_photo")) == 2


async def test_languages_and_templates_can_be_searched(bench: HeygenHarness) -> None:
    """Catalogues are told once a day, and searched here."""
    assert [each.value for each in await bench.studio.suggest("languages", "span")] == [
        "Spanish (Spain)",
        "Spanish (Mexico)",
    ]
    assert [each.label for each in await bench.studio.suggest("templates", "lau")] == ["Launch"]
    before = len(bench.server.received_calls)
    await bench.studio.suggest("languages", "fr")
    assert len(bench.server.received_calls) == before


async def test_endpoints_are_registered_with_the_events_we_know(bench: HeygenHarness) -> None:
    """The secret is told once, when it is made."""
    made = await bench.studio.webhooks.register_endpoint("https://bot.example.invalid/hooks/heygen/events")
    assert made.secret
    assert "avatar_video.success" in bench.server.received_calls[-1].body["events"]
    again = await bench.studio.webhooks.register_endpoint("https://bot.example.invalid/hooks/heygen/events")
    assert (again.id, again.secret) == (made.id, "")
    assert len(bench.server.find_calls("POST", "/v3/webhooks")) == 1


async def test_a_link_that_delivers_nothing_is_refused_after_a_few_tries(bench: HeygenHarness) -> None:
    """It was tried for seven days; whoever gave it learned nothing."""
    photo = Media(kind=MediaKind.PICTURE, address="https://files.example.invalid/me.png?size=2", name="me.png")
    job = bench.new_job(Talk(script="Hello", image=photo))
    for tries in range(2):
        with pytest.raises(TryAgain, match=r"files\.example\.invalid"):
            await bench.studio.prepare(job.evolve(tries=tries), {})
    with pytest.raises(Refused, match=r"files\.example\.invalid did not deliver “me\.png”"):
        await bench.studio.prepare(job.evolve(tries=2), {})
    assert bench.server.paid_calls() == []
