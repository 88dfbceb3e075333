"""What each refusal of D-ID makes the engine do: the difference between trying, waiting, looking and giving up."""

from typing import Any

import pytest

from adapters.studios.did.errors import MODERATED, clean, lost
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, Trouble, TryAgain, Unsure
from bot.requests.kinds import Talk, Translation
from tests.fakes.did_bench import FACE, FILM, Bench
from tests.fakes.did_server import PRIVATE

HTML = "<html><body>Bad gateway</body></html>"


def told(kind: str, description: str = "as it is") -> dict[str, str]:
    """D-ID's shape of an error."""
    return {"kind": kind, "description": description}


GATEWAY = {"message": "Endpoint request timed out"}
PAID: list[tuple[int, Any, type[Trouble]]] = [
    (400, told("BadRequestError"), Refused),
    (400, told("InvalidFileSizeError"), Refused),
    (400, told("InvalidImageResolutionError"), Refused),
    (400, told("InvalidFaceError"), Refused),
    (400, told("ConfigError"), Refused),
    (400, told("SomethingNew"), Refused),
    (400, HTML, Unsure),
    (401, told("AuthorizationError"), Locked),
    (402, told("InsufficientCreditsError"), OutOfCredit),
    (402, HTML, OutOfCredit),
    (403, told("PermissionError", "user may not do that"), Locked),
    (403, HTML, Unsure),
    (404, told("NotFoundError"), Refused),
    (409, told("ConflictError"), Unsure),
    (429, None, TryAgain),
    (429, HTML, TryAgain),
    (451, told("ImageModerationError"), Spoiled),
    (500, told("InternalServerError"), Unsure),
    (502, HTML, Unsure),
    (504, GATEWAY, Unsure),
    (201, HTML, Unsure),
    (201, {"status": "created"}, Unsure),
]
FREE: list[tuple[int, Any, type[Trouble]]] = [
    (401, told("AuthorizationError"), Locked),
    (402, told("InsufficientCreditsError"), OutOfCredit),
    (429, None, TryAgain),
    (500, told("InternalServerError"), TryAgain),
    (504, GATEWAY, TryAgain),
    (200, HTML, TryAgain),
]


@pytest.mark.parametrize(("status", "body", "error"), PAID)
async def test_an_answer_to_the_paid_call_means_one_thing(
    bench: Bench, status: int, body: Any, error: type[Trouble]
) -> None:
    """Only what is certain is not in doubt, and the call is made once."""
    job = await bench.prepared()
    bench.server.fault("POST", "/talks", status, body)
    with pytest.raises(Trouble) as caught:
        await bench.studio.submit(job)
    assert type(caught.value) is error
    assert caught.value.sentence.endswith(".")
    assert len(bench.server.calls("POST", "/talks")) == 1


@pytest.mark.parametrize(("status", "body", "error"), FREE)
async def test_an_answer_to_a_free_call_means_one_thing(
    bench: Bench, status: int, body: Any, error: type[Trouble]
) -> None:
    """What costs nothing may be asked again."""
    bench.server.fault("GET", "/credits", status, body)
    with pytest.raises(Trouble) as caught:
        await bench.studio.credit()
    assert type(caught.value) is error


@pytest.mark.parametrize("taken", [True, False])
async def test_a_line_that_dies_after_sending_leaves_doubt(bench: Bench, taken: bool) -> None:
    """The transport calls this a connect time-out; believing it would pay twice."""
    job = await bench.prepared()
    bench.server.fault("POST", "/talks", taken=taken, cut=True)
    with pytest.raises(Unsure):
        await bench.studio.submit(job)
    assert len(bench.server.calls("POST", "/talks")) == 1


async def test_a_refused_connection_leaves_no_doubt(bench: Bench) -> None:
    """Nobody was there to take anything."""
    job = await bench.prepared()
    nowhere = bench.build(url="http://127.0.0.1:9")
    with pytest.raises(TryAgain):
        await nowhere.submit(job)
    with pytest.raises(TryAgain):
        await nowhere.credit()


@pytest.mark.parametrize("kind", MODERATED)
async def test_the_four_kinds_of_moderation_are_told_apart(bench: Bench, kind: str) -> None:
    """The person learns what to change."""
    job = await bench.prepared()
    bench.server.fault("POST", "/talks", 451, told(kind))
    with pytest.raises(Spoiled, match=MODERATED[kind].split(".")[0]):
        await bench.studio.submit(job)
    assert len(set(MODERATED.values())) == 4


async def test_what_the_plan_lacks_is_left_out_and_said(bench: Bench) -> None:
    """A video without stitch and subtitles is better than none, and the person is told."""
    job = await bench.prepared(Talk(script="Hello", image=FACE, stitch=True, subtitles=True, pad=2))
    stitch, subtitles = ({"kind": "PermissionError", "description": f"user has no permission for {word}"}
                         for word in ("stitch", "subtitles"))  # fmt: skip
    bench.server.fault("POST", "/talks", 403, stitch, when=lambda body: "stitch" in body.get("config", {}))
    bench.server.fault("POST", "/talks", 403, subtitles, when=lambda body: "subtitles" in body["script"])
    accepted = await bench.studio.submit(job)
    assert accepted.notes == (
        "Made without stitch: the D-ID plan does not include it.",
        "Made without subtitles: the D-ID plan does not include it.",
    )
    assert bench.server.calls("POST", "/talks")[-1].body["config"] == {"pad_audio": 2}
    assert len(bench.server.jobs["talks"]) == 1


async def test_what_was_not_asked_for_cannot_be_left_out(bench: Bench) -> None:
    """A refusal that leaving out does not cure is told as it is, after one call."""
    job = await bench.prepared()
    bench.server.fault("POST", "/talks", 403, told("PermissionError", "no permission for stitch"), times=9)
    with pytest.raises(Locked) as caught:
        await bench.studio.submit(job)
    assert caught.value.feature == "stitch"
    assert len(bench.server.calls("POST", "/talks")) == 1


async def test_a_plan_without_translation_is_locked(bench: Bench) -> None:
    """Nothing is left of a translation without translating."""
    job = await bench.prepared(Translation(video=FILM, languages=("fr",)))
    bench.server.fault("POST", "/translations", 403, told("PermissionError", "user has no permission for translation"))
    with pytest.raises(Locked) as caught:
        await bench.studio.submit(job)
    assert caught.value.feature == "translation"


async def test_an_upload_that_is_refused_costs_nothing(bench: Bench) -> None:
    """A well-known face is refused at upload, with a sentence, before anything is paid."""
    bench.server.fault("POST", "/images", 451, told("CelebrityRecognizedError"))
    with pytest.raises(Refused, match="well-known"):
        await bench.prepared()
    bench.server.fault("POST", "/images", 415, told("UnsupportedMimeTypeError"))
    with pytest.raises(Refused, match="type"):
        await bench.prepared()


def test_foreign_words_are_shown_without_addresses() -> None:
    """What D-ID says may name people and signed links; what people read does not."""
    said = clean(f"Owner {PRIVATE} may not\nread https://b/x.png?Signature=abc. ")
    assert said == "Owner … may not read …"
    assert len(clean("x" * 900)) == 200


@pytest.mark.parametrize("kind", ["FaceError", "DriverError", "LogoError", "SourceError", "UnknownError", ""])
def test_every_failure_has_a_sentence(kind: str) -> None:
    """Even one without a kind or words."""
    assert lost(kind, "").endswith(".")
    assert lost(kind, "no face") != ""
