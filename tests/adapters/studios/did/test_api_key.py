"""A key works however it was pasted, and goes nowhere but to D-ID."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from adapters.studios.did.client import auth_header, elevenlabs_header
from bot.errors import Locked
from bot.requests.kinds import Talk
from bot.studios.studio import Finished
from tests.fakes.vendors.did_harness import CREDITS, DID_KEY, FACE, DidHarness

ENCODED_KEY = b64encode(DID_KEY.encode()).decode()


@pytest.mark.parametrize(
    "key",
    [DID_KEY, f" {DID_KEY}\n", f"Basic {DID_KEY}", ENCODED_KEY, f"basic {ENCODED_KEY}", f"  Basic  {ENCODED_KEY} "],
)
async def test_every_spelling_of_a_key_opens(bench: DidHarness, key: str) -> None:
    """User and password, encoded or not, with or without the word before them."""
    assert (await bench.build_studio(key=key).credit()).remaining == CREDITS


async def test_a_wrong_key_is_said_to_be_wrong(bench: DidHarness) -> None:
    """The person who set it up learns what to mend."""
    with pytest.raises(Locked, match="key"):
        await bench.build_studio(key="someone:else").credit()


def test_a_bearer_token_is_used_only_when_asked_for() -> None:
    """It is never guessed from how a key looks."""
    assert auth_header("abc.def.ghi", "bearer") == {"Authorization": "Bearer abc.def.ghi"}
    assert auth_header("Bearer abc", "bearer") == {"Authorization": "Bearer abc"}
    assert auth_header("abc.def.ghi") == {"Authorization": "Basic abc.def.ghi"}


def test_the_outside_key_cannot_break_out_of_its_header() -> None:
    """It is written as JSON, whatever stands in it."""
    assert json.loads(elevenlabs_header('k"}{')["x-api-key-external"]) == {"elevenlabs": 'k"}{'}


async def test_the_outside_key_goes_only_with_such_a_voice(bench: DidHarness) -> None:
    """Other calls have no use for it."""
    bench.studio = bench.build_studio(elevenlabs_key="outside")
    await bench.submitted_job(Talk(script="Hello", image=FACE, voice="Sara"))
    await bench.submitted_job(Talk(script="Hello", image=FACE, voice="Rachel"))
    sent = [call.headers.get("x-api-key-external") for call in bench.server.received_calls if call.path != "/talks"]
    assert set(sent) == {None}
    first, second = (call.headers.get("x-api-key-external") for call in bench.server.find_calls("POST", "/talks"))
    assert first is None
    assert json.loads(second or "") == {"elevenlabs": "outside"}


async def test_the_key_stays_away_from_where_videos_lie(bench: DidHarness, tmp_path: Path) -> None:
    """Their links are signed by themselves, and lead to other hosts."""
    job = await bench.submitted_job()
    await bench.server.finish_kind("talks")
    made = (await bench.studio.status_of([job]))[job.id]
    assert isinstance(made, Finished)
    await bench.studio.fetch(job.evolve(result={"video": made.video}), tmp_path / "v.mp4", tmp_path / "v.srt")
    fetched = bench.server.find_calls("GET", "/files")
    assert fetched
    assert not any("authorization" in call.headers for call in fetched)
