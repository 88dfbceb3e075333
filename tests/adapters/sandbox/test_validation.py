"""What D-ID refuses, the sandbox refuses; what it takes, the sandbox takes."""

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.contracts import load_contract
from adapters.sandbox.api.did.generators import animation_drivers, languages
from adapters.sandbox.api.did.presenters import AVATARS, INSTANT_AVATARS, PRESENTERS
from tests.adapters.sandbox.did_schemas import ERROR, assert_matches
from tests.adapters.sandbox.sandbox_harness import HELLO_SCRIPT, SandboxHarness, sandbox_harness

BASE_BODIES: dict[str, dict[str, Any]] = {
    "/talks": {"script": HELLO_SCRIPT},
    "/animations": {},
    "/expressives": {"avatar_id": AVATARS[0].id, "script": HELLO_SCRIPT},
    "/clips": {"script": HELLO_SCRIPT},
    "/scenes": {"avatar_id": INSTANT_AVATARS[0].id, "script": HELLO_SCRIPT},
    "/translations": {"source_url": "https://a.invalid/v.mp4", "languages": ["French"]},
}
REMOVED = object()


def changed_body(path: str, field: str, value: Any) -> dict[str, Any]:
    """The plain body of a generator with one field set or taken away, however deep."""
    body = copy.deepcopy(BASE_BODIES[path])
    *parents, last = field.split(".")
    inner: dict[str, Any] = body
    for name in parents:
        inner = inner.setdefault(name, {})
    if value is REMOVED:
        del inner[last]
    else:
        inner[last] = value
    return body


TALKS, ANIMATIONS, EXPRESSIVES, CLIPS, SCENES, TRANSLATIONS = BASE_BODIES
ANY_SPEAKER = [TALKS, EXPRESSIVES, CLIPS, SCENES]
COLOUR_BACKGROUND = {"type": "color", "value": "#a1b2c3"}
AUDIO_URL = "https://a.invalid/a.mp3"
REFUSED_CHANGES: list[tuple[str, str, Any]] = [
    *[(path, "script.input", text) for path in ANY_SPEAKER for text in ("", "Hi", "   ", "x" * 40_001, 5, None)],
    *[
        (path, "script", value)
        for path in ANY_SPEAKER
        for value in (REMOVED, "Hello", {"type": "song"}, {"type": "audio"})
    ],
    *[(path, "nonsense", 1) for path in BASE_BODIES],
    *[(path, "webhook", url) for path in BASE_BODIES for url in ("http://a.invalid/h", "https://a b", "ftp://x", 5)],
    *[(path, "user_data", value) for path in BASE_BODIES for value in ("", "  ", "two\nlines", "x" * 1001, 5)],
    *[(path, "result_url", "http://a.invalid/x.mp4") for path in BASE_BODIES],
    (TALKS, "source_url", "http://a.invalid/a.jpg"),
    (TALKS, "source_url", "https://a.invalid/a.gif"),
    (TALKS, "source_url", "https://[/a.jpg"),
    (TALKS, "webhook", "https://[/a"),
    (TALKS, "config.motion_factor", "nan"),
    (TALKS, "config.align_expand_factor", "inf"),
    (TRANSLATIONS, "source_url", "https://[/v.mp4"),
    (TALKS, "source_url", "data:image/png;base64,xx"),
    (TALKS, "source_url", "s3://didtalk-sandbox/images/img_none/a.png"),
    (TALKS, "driver_url", "bank://natural/driver-99"),
    (TALKS, "driver_url", "bank://nowhere"),
    (TALKS, "driver_url", "http://a.invalid/d.mp4"),
    (TALKS, "name", ""),
    (TALKS, "config.result_format", "gif"),
    (TALKS, "config.result_format", ".mp4"),
    (TALKS, "config.result_format", "webm"),
    (TALKS, "config.pad_audio", 60.1),
    (TALKS, "config.pad_audio", -1),
    (TALKS, "config.output_resolution", 1081),
    (TALKS, "config.normalization_factor", 1.5),
    (TALKS, "config.stitch", "perhaps"),
    (TALKS, "config.unknown", 1),
    (TALKS, "config.driver_expressions", {"expressions": [{"start_frame": 0, "expression": "angry", "intensity": 1}]}),
    (TALKS, "config.driver_expressions", {"expressions": [{"start_frame": -1, "expression": "happy", "intensity": 1}]}),
    (TALKS, "config.driver_expressions", {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 2}]}),
    (TALKS, "config.driver_expression", {"expressions": []}),
    (TALKS, "config.logo", {"url": "http://a.invalid/l.png"}),
    (TALKS, "config.logo", {"url": "https://a.invalid/l.png", "position": [1]}),
    (TALKS, "face", {"top_left": [0, 0]}),
    (TALKS, "face", {"top_left": [8001, 0], "size": 10}),
    (TALKS, "face", {"top_left": [0, 0], "size": 0}),
    (TALKS, "script.provider", {"type": "playht", "voice_id": "x"}),
    (TALKS, "script.provider", {"type": "microsoft", "voice_id": "xx-XX-NobodyNeural"}),
    (TALKS, "script.provider", {"type": "amazon"}),
    (TALKS, "script.provider", {"type": "amazon", "voice_id": "Sara"}),
    (TALKS, "script.provider", {"type": "azure-openai"}),
    (TALKS, "script.provider", {"type": "elevenlabs", "voice_id": "nobody"}),
    (TALKS, "script.provider", {"type": "elevenlabs", "voice_config": {"stability": 1.1}}),
    (TALKS, "script.provider", {"type": "elevenlabs", "voice_config": {"rate": "1.3"}}),
    (TALKS, "script.provider", {"type": "elevenlabs", "voice_config": {"style": "2"}}),
    (TALKS, "script.provider", "microsoft"),
    (TALKS, "script", {"type": "audio", "audio_url": "https://a.invalid/a.ogg"}),
    (TALKS, "script", {"type": "audio", "audio_url": "https://a.invalid/a.mp3?x=a+b"}),
    (TALKS, "script", {"type": "audio", "audio_url": "http://a.invalid/a.mp3"}),
    (TALKS, "script", {"type": "audio", "audio_url": AUDIO_URL, "input": "Hello"}),
    (ANIMATIONS, "name", "x"),
    (ANIMATIONS, "script", HELLO_SCRIPT),
    (ANIMATIONS, "persist", True),
    (ANIMATIONS, "source_url", "https://a.invalid/a.gif"),
    (ANIMATIONS, "driver_url", "bank://nostalgia/driver-13"),
    (ANIMATIONS, "driver_url", "bank://stitch/driver-28"),
    (ANIMATIONS, "driver_url", "bank://natural"),
    (ANIMATIONS, "config.max_animated_faces", 0),
    (ANIMATIONS, "config.max_animated_faces", 6),
    (ANIMATIONS, "config.overlay", "https://a.invalid/o.gif"),
    (ANIMATIONS, "config.result_format", "webm"),
    (EXPRESSIVES, "avatar_id", REMOVED),
    (EXPRESSIVES, "avatar_id", "public_nobody@avt_x"),
    (EXPRESSIVES, "presenter_id", AVATARS[0].id),
    (EXPRESSIVES, "sentiment_id", "snt_none"),
    (EXPRESSIVES, "config.output_resolution", 640),
    (EXPRESSIVES, "config.result_format", "avi"),
    (EXPRESSIVES, "background", {"type": "color", "value": "red"}),
    (EXPRESSIVES, "background", {"type": "image_url", "value": "http://a.invalid/b.png"}),
    (EXPRESSIVES, "background", {"type": "hologram"}),
    (CLIPS, "presenter_id", "nobody"),
    (CLIPS, "driver_id", "nobody"),
    (CLIPS, "config.output_resolution", 149),
    (CLIPS, "presenter_config", {"crop": {"type": "rectangle"}}),
    (
        CLIPS,
        "presenter_config",
        {"crop": {"type": "rectangle", "rectangle": {"top": 0, "left": 0, "bottom": 2, "right": 1}}},
    ),
    (CLIPS, "background", {"color": False}),
    (CLIPS, "background", {"color": "blue"}),
    (SCENES, "avatar_id", "nobody"),
    (SCENES, "result_url", "https://a.invalid/x.mov"),
    (SCENES, "config.result_format", "mp4"),
    (TRANSLATIONS, "source_url", REMOVED),
    (TRANSLATIONS, "source_url", "https://a.invalid/v.avi"),
    (TRANSLATIONS, "languages", REMOVED),
    (TRANSLATIONS, "languages", []),
    (TRANSLATIONS, "languages", ["Klingon"]),
    (TRANSLATIONS, "languages", ["french"]),
    (TRANSLATIONS, "languages", "French"),
    (TRANSLATIONS, "source_language", "Klingon"),
    (TRANSLATIONS, "user_data", "x" * 501),
    (TRANSLATIONS, "name", "x"),
]
ACCEPTED_CHANGES: list[tuple[str, str, Any]] = [
    *[(path, "user_data", value) for path in BASE_BODIES for value in ("x", "x" * 500, "dt:1 — é")],
    *[(path, "webhook", url) for path in BASE_BODIES for url in ("https://a.invalid/h?t=1", "")],
    *[(path, "script.input", text) for path in ANY_SPEAKER for text in ("Hey", "x" * 40_000)],
    *[(path, "script", {"type": "audio", "audio_url": AUDIO_URL + "?x=1#t"}) for path in ANY_SPEAKER],
    *[(path, "name", "A name") for path in ANY_SPEAKER],
    *[
        (TALKS, "driver_url", f"bank://{f}/{d}")
        for f, bank in load_contract("did").document["x-talk-drivers"].items()
        for d in bank
    ],
    (TALKS, "driver_url", "bank://lively/"),
    (TALKS, "driver_url", "https://a.invalid/d.mp4"),
    (TALKS, "source_url", "https://a.invalid/a.JPG?x=1"),
    (TALKS, "source_url", "s3://elsewhere/a.jpeg"),
    (TALKS, "config.stitch", "false"),
    (TALKS, "config.pad_audio", "0.0"),
    (TALKS, "config.result_format", "mov"),
    (TALKS, "config.logo", True),
    (TALKS, "config.logo", {"url": "https://a.invalid/l.png", "position": [-10, 5]}),
    (
        TALKS,
        "config.driver_expressions",
        {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 0.5}]},
    ),
    (TALKS, "face", {"top_left": [-5, 10], "size": 100, "detect_confidence": 0.9, "overlap": "NO", "face_id": "f"}),
    (TALKS, "persist", True),
    (TALKS, "script.provider", {"voice_id": "Sara"}),
    (
        TALKS,
        "script.provider",
        {"type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": {"style": "Chat"}},
    ),
    (
        TALKS,
        "script.provider",
        {"type": "microsoft", "voice_id": "Sara", "voice_config": {"rate": "fast", "pitch": "+2st"}},
    ),
    (TALKS, "script.provider", {"type": "elevenlabs", "model_id": "eleven_multilingual_v2"}),
    (
        TALKS,
        "script.provider",
        {"type": "elevenlabs", "voice_config": {"stability": 0.5, "rate": "0.7", "style": "0.1"}},
    ),
    (TALKS, "script.provider", {"type": "amazon", "voice_id": "Léa"}),
    (TALKS, "script.provider", {"type": "google"}),
    (TALKS, "script.provider", {"type": "azure-openai", "voice_id": "nova", "language": "French"}),
    (ANIMATIONS, "driver_url", "bank://dancing/driver-03"),
    (ANIMATIONS, "driver_url", "bank://nostalgia/driver-16/flipped"),
    (ANIMATIONS, "source_url", "https://a.invalid/a.tiff"),
    (ANIMATIONS, "config", {"stitch": True, "max_animated_faces": 3, "mute": False}),
    (ANIMATIONS, "config.overlay", "https://a.invalid/o.mov"),
    (EXPRESSIVES, "sentiment_id", next(iter(AVATARS[0].sentiments))),
    (EXPRESSIVES, "background", COLOUR_BACKGROUND),
    (EXPRESSIVES, "background", {"type": "image_url", "value": "https://a.invalid/b.png"}),
    (EXPRESSIVES, "config", {"output_resolution": 480, "result_format": "webm"}),
    (EXPRESSIVES, "result_url", "https://a.invalid/x.mp4"),
    (CLIPS, "presenter_id", PRESENTERS[3].id),
    (CLIPS, "background", {"color": "#00ff00", "source_url": "https://a.invalid/b.png"}),
    (CLIPS, "presenter_config", {"crop": {"type": "wide"}}),
    (SCENES, "background", {"color": "#00ff00"}),
    (SCENES, "background", COLOUR_BACKGROUND),
    (TRANSLATIONS, "source_language", "English"),
    (TRANSLATIONS, "languages", [*languages()]),
    (TRANSLATIONS, "languages", [*languages().values()]),
]


@pytest.mark.slow
async def test_every_refusal(b: SandboxHarness) -> None:
    """A field outside its documented limits is a bad request in D-ID's shape, names the field, and costs nothing."""
    for path, field, value in REFUSED_CHANGES:
        answer = await b.post_json(path, changed_body(path, field, value))
        assert answer.status_code == 400, (path, field, value, answer.text)
        assert_matches(answer.json(), ERROR)
        assert field.split(".")[-1] in answer.text or field.split(".")[0] in answer.text, (path, field, answer.text)
    assert await b.sandbox.ledger() == []


@pytest.mark.slow
async def test_everything_documented_is_taken(tmp_path: Path) -> None:
    """Each documented value is accepted, and becomes a film."""
    async with sandbox_harness(tmp_path, credits=100_000) as b:
        for path, field, value in ACCEPTED_CHANGES:
            answer = await b.post_json(path, changed_body(path, field, value))
            assert answer.status_code == 201, (path, field, value, answer.text)
        for path in BASE_BODIES:
            jobs = (await b.get_json(f"{path}?limit=1000"))[path[1:]]
            assert len(jobs) >= sum(taken[0] == path for taken in ACCEPTED_CHANGES)
            for job in jobs:
                assert (await b.wait_until_ended(path, job["id"]))["status"] == "done", job


async def test_every_animation_driver_is_in_the_bank(b: SandboxHarness) -> None:
    """All 103 drivers and six families can be ordered."""
    drivers = [f"bank://{family}/{driver}" for family, bank in animation_drivers().items() for driver in bank]
    assert len(drivers) == 103
    for url in [*drivers, *(f"bank://{family}" for family in animation_drivers())]:
        assert (await b.post_json("/animations", {"driver_url": url})).status_code == 201


@pytest.mark.parametrize("path", ["/talks", "/clips", "/expressives"])
async def test_the_result_address_and_format_must_agree(b: SandboxHarness, path: str) -> None:
    """A result_url ending in another format than the one asked for is refused."""
    body = BASE_BODIES[path] | {"result_url": "https://a.invalid/x.mov"}
    assert (await b.post_json(path, body | {"config": {"result_format": "mp4"}})).status_code == 400
    assert (await b.post_json(path, body | {"config": {"result_format": "mov"}})).status_code == 201
    assert (await b.post_json(path, body)).status_code == 201


async def test_webm_may_be_transparent(b: SandboxHarness) -> None:
    """A clip without a background colour is taken as webm."""
    body = BASE_BODIES["/clips"] | {"background": {"color": False}, "config": {"result_format": "webm"}}
    job = await b.make_video("/clips", body)
    assert job["status"] == "done"
    assert (await b.client.get(job["result_url"])).headers["content-type"] == "video/webm"


async def test_a_key_of_ones_own_brings_ones_own_voices(b: SandboxHarness) -> None:
    """With x-api-key-external any ElevenLabs voice goes; the header must be a JSON object."""
    body = {
        "script": HELLO_SCRIPT
        | {"provider": {"type": "elevenlabs", "voice_id": "MyOwnClone", "access": "external-private"}}
    }
    assert (await b.post_json("/talks", body)).status_code == 400
    answer = await b.post_json("/talks", body, **{"x-api-key-external": '{"elevenlabs": "invented"}'})
    assert answer.status_code == 201
    assert (await b.post_json("/talks", body, **{"x-api-key-external": "elevenlabs"})).status_code == 400


async def test_a_body_that_is_no_object_is_refused(b: SandboxHarness) -> None:
    """Broken JSON is a bad request, not an error inside."""
    for content in (
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b'{"script": \xff}',
        b'{"name": "\\ud800"}',
        b'{"a": NaN}',
    ):
        answer = await b.client.post("/talks", content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["kind"]) == (400, "BadRequestError"), content[:20]


async def test_a_body_that_is_not_json_is_refused(b: SandboxHarness) -> None:
    """A form is no talk."""
    assert (await b.client.post("/talks", data={"script": "x"})).status_code == 400


async def _slow_megabytes(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b" " * 1024 * 1024


async def test_a_huge_body_is_refused_before_it_is_read(b: SandboxHarness) -> None:
    """More than a megabyte of JSON is turned away, announced or not; so is a bucket object beyond 2 GB."""
    headers = {"content-type": "application/json"}
    assert (await b.client.post("/talks", content=b" " * 1_100_000, headers=headers)).status_code == 413
    assert (await b.client.post("/talks", content=_slow_megabytes(2), headers=headers)).status_code == 413
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(b.url).port)
    writer.write(b"PUT /sandbox/bucket/a.mp4 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic sandbox:sandbox\r\n")
    writer.write(b"Content-Length: 3000000000\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
