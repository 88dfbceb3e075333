"""What each refusal of D-ID makes the engine do: the difference between trying, waiting, looking and giving up."""

from typing import Any

import pytest

from adapters.studios.did.status import failed_status
from adapters.studios.errors import clean_text, load_sentences
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, Trouble, TryAgain, Unsure, Unusable
from bot.requests.kinds import Talk, Translation
from tests.fakes.vendors.did_harness import FACE, FILM, OWNER_EMAIL, DidHarness

GATEWAY_PAGE = "<html><body>Bad gateway</body></html>"


def error_body(kind: str, description: str = "as it is") -> dict[str, str]:
    """D-ID's shape of an error."""
    return {"kind": kind, "description": description}


GATEWAY_TIMEOUT_BODY = {"message": "Endpoint request timed out"}
PAID_CALL_ERRORS: list[tuple[int, Any, type[Trouble]]] = [
    (400, error_body("BadRequestError"), Refused),
    (400, error_body("InvalidFileSizeError"), Refused),
    (400, error_body("InvalidImageResolutionError"), Refused),
    (400, error_body("InvalidFaceError"), Refused),
    (400, error_body("ConfigError"), Refused),
    (400, error_body("FaceError"), Unusable),
    (400, error_body("SomethingNew"), Refused),
    (400, GATEWAY_PAGE, Unsure),
    (401, error_body("AuthorizationError"), Locked),
    (402, error_body("InsufficientCreditsError"), OutOfCredit),
    (402, GATEWAY_PAGE, OutOfCredit),
    (403, error_body("PermissionError", "user may not do that"), Locked),
    (403, GATEWAY_PAGE, Unsure),
    (404, error_body("NotFoundError"), Refused),
    (409, error_body("ConflictError"), Unsure),
    (429, None, TryAgain),
    (429, GATEWAY_PAGE, TryAgain),
    (451, error_body("ImageModerationError"), Spoiled),
    (500, error_body("InternalServerError"), Unsure),
    (502, GATEWAY_PAGE, Unsure),
    (504, GATEWAY_TIMEOUT_BODY, Unsure),
    (201, GATEWAY_PAGE, Unsure),
    (201, {"status": "created"}, Unsure),
]
FREE_CALL_ERRORS: list[tuple[int, Any, type[Trouble]]] = [
    (401, error_body("AuthorizationError"), Locked),
    (402, error_body("InsufficientCreditsError"), OutOfCredit),
    (429, None, TryAgain),
    (500, error_body("InternalServerError"), TryAgain),
    (504, GATEWAY_TIMEOUT_BODY, TryAgain),
    (200, GATEWAY_PAGE, TryAgain),
]


@pytest.mark.parametrize(("status", "body", "error"), PAID_CALL_ERRORS)
async def test_an_answer_to_the_paid_call_means_one_thing(
    bench: DidHarness, status: int, body: Any, error: type[Trouble]
) -> None:
    """Only what is certain is not in doubt, and the call is made once."""
    job = await bench.prepared_job()
    bench.server.fail_next("POST", "/talks", status, body)
    with pytest.raises(Trouble) as caught:
        await bench.studio.submit(job)
    assert type(caught.value) is error
    assert caught.value.sentence.endswith(".")
    assert len(bench.server.find_calls("POST", "/talks")) == 1


@pytest.mark.parametrize(("status", "body", "error"), FREE_CALL_ERRORS)
async def test_an_answer_to_a_free_call_means_one_thing(
    bench: DidHarness, status: int, body: Any, error: type[Trouble]
) -> None:
    """What costs nothing may be asked again."""
    bench.server.fail_next("GET", "/credits", status, body)
    with pytest.raises(Trouble) as caught:
        await bench.studio.credit()
    assert type(caught.value) is error


@pytest.mark.parametrize("taken", [True, False])
async def test_a_line_that_dies_after_sending_leaves_doubt(bench: DidHarness, taken: bool) -> None:
    """The transport calls this a connect time-out; believing it would pay twice."""
    job = await bench.prepared_job()
    bench.server.fail_next("POST", "/talks", still_processed=taken, hangs_up=True)
    with pytest.raises(Unsure):
        await bench.studio.submit(job)
    assert len(bench.server.find_calls("POST", "/talks")) == 1


async def test_a_refused_connection_leaves_no_doubt(bench: DidHarness) -> None:
    """Nobody was there to take anything."""
    job = await bench.prepared_job()
    nowhere = bench.build_studio(url="http://127.0.0.1:9")
    with pytest.raises(TryAgain):
        await nowhere.submit(job)
    with pytest.raises(TryAgain):
        await nowhere.credit()


@pytest.mark.parametrize("kind", load_sentences("did")["moderation"])
async def test_the_four_kinds_of_moderation_are_told_apart(bench: DidHarness, kind: str) -> None:
    """The person learns what to change."""
    job = await bench.prepared_job()
    bench.server.fail_next("POST", "/talks", 451, error_body(kind))
    with pytest.raises(Spoiled, match=load_sentences("did")["moderation"][kind].split(".")[0]):
        await bench.studio.submit(job)
    assert len(set(load_sentences("did")["moderation"].values())) == 4


async def test_what_the_plan_lacks_is_left_out_and_said(bench: DidHarness) -> None:
    """A video without stitch and subtitles is better than none, and the person is told."""
    job = await bench.prepared_job(Talk(script="Hello", image=FACE, stitch=True, subtitles=True, pad=2))
    for feature in ("stitch", "subtitles"):
        bench.server.sandbox.arm_fault("403", feature, times=9, path="/talks")
    accepted = await bench.studio.submit(job)
    assert accepted.notes == (
        "Made without stitch: the D-ID plan does not include it.",
        "Made without subtitles: the D-ID plan does not include it.",
    )
    assert bench.server.find_calls("POST", "/talks")[-1].body["config"] == {"pad_audio": 2}
    assert len(await bench.server.job_ids("talks")) == 1


async def test_what_was_not_asked_for_cannot_be_left_out(bench: DidHarness) -> None:
    """A refusal that leaving out does not cure is told as it is, after one call."""
    job = await bench.prepared_job()
    bench.server.fail_next("POST", "/talks", 403, error_body("PermissionError", "no permission for stitch"), times=9)
    with pytest.raises(Locked) as caught:
        await bench.studio.submit(job)
    assert caught.value.feature == "stitch"
    assert len(bench.server.find_calls("POST", "/talks")) == 1


async def test_a_plan_without_translation_is_locked(bench: DidHarness) -> None:
    """Nothing is left of a translation without translating."""
    job = await bench.prepared_job(Translation(video=FILM, languages=("fr",)))
    bench.server.fail_next(
        "POST", "/translations", 403, error_body("PermissionError", "user has no permission for translation")
    )
    with pytest.raises(Locked) as caught:
        await bench.studio.submit(job)
    assert caught.value.feature == "translation"


async def test_an_upload_that_is_refused_costs_nothing(bench: DidHarness) -> None:
    """A well-known face is refused at upload, with a sentence, before anything is paid."""
    bench.server.fail_next("POST", "/images", 451, error_body("CelebrityRecognizedError"))
    with pytest.raises(Refused, match="public figures"):
        await bench.prepared_job()
    bench.server.fail_next("POST", "/images", 415, error_body("UnsupportedMimeTypeError"))
    with pytest.raises(Refused, match="type"):
        await bench.prepared_job()


def test_foreign_words_are_shown_without_addresses() -> None:
    """What D-ID says may name people and signed links; what people read does not."""
    said = clean_text(f"Owner {OWNER_EMAIL} may not\nread https://b/x.png?Signature=abc. ")
    assert said == "Owner … may not read …"
    assert len(clean_text("x" * 900)) == 200


@pytest.mark.parametrize("kind", ["FaceError", "DriverError", "LogoError", "SourceError", "UnknownError", ""])
def test_every_failure_has_a_sentence(kind: str) -> None:
    """Even one without a kind or words."""
    assert failed_status(kind, "").sentence.endswith(".")
    assert failed_status(kind, "no face").sentence


@pytest.mark.parametrize(("kind", "moderated"), [("CelebrityRecognizedError", True), ("FaceError", False)])
def test_a_no_of_the_moderation_is_told_apart_from_a_picture_of_no_use(kind: str, moderated: bool) -> None:
    """Another provider is offered for the second alone."""
    assert failed_status(kind, "").moderated is moderated
