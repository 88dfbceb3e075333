"""What D-ID refuses, the sandbox refuses; what it takes, the sandbox takes."""

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sandbox.api.did.drivers import ANIMATION_DRIVERS, TALK_DRIVERS
from adapters.sandbox.api.did.languages import LANGUAGES
from adapters.sandbox.api.did.presenters import AVATARS, INSTANT, PRESENTERS
from tests.sandbox.bench import HELLO, Bench, bench
from tests.sandbox.schemas import FAULT, fits

BASES: dict[str, dict[str, Any]] = {
    "/talks": {"script": HELLO},
    "/animations": {},
    "/expressives": {"avatar_id": AVATARS[0].id, "script": HELLO},
    "/clips": {"script": HELLO},
    "/scenes": {"avatar_id": INSTANT[0].id, "script": HELLO},
    "/translations": {"source_url": "https://a.invalid/v.mp4", "languages": ["French"]},
}
GONE = object()


def changed(path: str, field: str, value: Any) -> dict[str, Any]:
    """The plain body of a generator with one field set or taken away, however deep."""
    body = copy.deepcopy(BASES[path])
    *parents, last = field.split(".")
    inner: dict[str, Any] = body
    for name in parents:
        inner = inner.setdefault(name, {})
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return body


T, A, E, C, S, R = BASES
ANY_SPEAKER = [T, E, C, S]
COLOUR = {"type": "color", "value": "#a1b2c3"}
AUDIO = "https://a.invalid/a.mp3"
REFUSED: list[tuple[str, str, Any]] = [
    *[(path, "script.input", text) for path in ANY_SPEAKER for text in ("", "Hi", "   ", "x" * 40_001, 5, None)],
    *[
        (path, "script", value)
        for path in ANY_SPEAKER
        for value in (GONE, "Hello", {"type": "song"}, {"type": "audio"})
    ],
    *[(path, "nonsense", 1) for path in BASES],
    *[(path, "webhook", url) for path in BASES for url in ("http://a.invalid/h", "https://a b", "ftp://x", 5)],
    *[(path, "user_data", value) for path in BASES for value in ("", "  ", "two\nlines", "x" * 1001, 5)],
    *[(path, "result_url", "http://a.invalid/x.mp4") for path in BASES],
    (T, "source_url", "http://a.invalid/a.jpg"),
    (T, "source_url", "https://a.invalid/a.gif"),
    (T, "source_url", "https://[/a.jpg"),
    (T, "webhook", "https://[/a"),
    (T, "config.motion_factor", "nan"),
    (T, "config.align_expand_factor", "inf"),
    (R, "source_url", "https://[/v.mp4"),
    (T, "source_url", "data:image/png;base64,xx"),
    (T, "source_url", "s3://didtalk-sandbox/images/img_none/a.png"),
    (T, "driver_url", "bank://natural/driver-99"),
    (T, "driver_url", "bank://nowhere"),
    (T, "driver_url", "http://a.invalid/d.mp4"),
    (T, "name", ""),
    (T, "config.result_format", "gif"),
    (T, "config.result_format", ".mp4"),
    (T, "config.result_format", "webm"),
    (T, "config.pad_audio", 60.1),
    (T, "config.pad_audio", -1),
    (T, "config.output_resolution", 1081),
    (T, "config.normalization_factor", 1.5),
    (T, "config.stitch", "perhaps"),
    (T, "config.unknown", 1),
    (T, "config.driver_expressions", {"expressions": [{"start_frame": 0, "expression": "angry", "intensity": 1}]}),
    (T, "config.driver_expressions", {"expressions": [{"start_frame": -1, "expression": "happy", "intensity": 1}]}),
    (T, "config.driver_expressions", {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 2}]}),
    (T, "config.driver_expression", {"expressions": []}),
    (T, "config.logo", {"url": "http://a.invalid/l.png"}),
    (T, "config.logo", {"url": "https://a.invalid/l.png", "position": [1]}),
    (T, "face", {"top_left": [0, 0]}),
    (T, "face", {"top_left": [8001, 0], "size": 10}),
    (T, "face", {"top_left": [0, 0], "size": 0}),
    (T, "script.provider", {"type": "playht", "voice_id": "x"}),
    (T, "script.provider", {"type": "microsoft", "voice_id": "xx-XX-NobodyNeural"}),
    (T, "script.provider", {"type": "amazon"}),
    (T, "script.provider", {"type": "amazon", "voice_id": "Sara"}),
    (T, "script.provider", {"type": "azure-openai"}),
    (T, "script.provider", {"type": "elevenlabs", "voice_id": "nobody"}),
    (T, "script.provider", {"type": "elevenlabs", "voice_config": {"stability": 1.1}}),
    (T, "script.provider", {"type": "elevenlabs", "voice_config": {"rate": "1.3"}}),
    (T, "script.provider", {"type": "elevenlabs", "voice_config": {"style": "2"}}),
    (T, "script.provider", "microsoft"),
    (T, "script", {"type": "audio", "audio_url": "https://a.invalid/a.ogg"}),
    (T, "script", {"type": "audio", "audio_url": "https://a.invalid/a.mp3?x=a+b"}),
    (T, "script", {"type": "audio", "audio_url": "http://a.invalid/a.mp3"}),
    (T, "script", {"type": "audio", "audio_url": AUDIO, "input": "Hello"}),
    (A, "name", "x"),
    (A, "script", HELLO),
    (A, "persist", True),
    (A, "source_url", "https://a.invalid/a.gif"),
    (A, "driver_url", "bank://nostalgia/driver-13"),
    (A, "driver_url", "bank://stitch/driver-28"),
    (A, "driver_url", "bank://natural"),
    (A, "config.max_animated_faces", 0),
    (A, "config.max_animated_faces", 6),
    (A, "config.overlay", "https://a.invalid/o.gif"),
    (A, "config.result_format", "webm"),
    (E, "avatar_id", GONE),
    (E, "avatar_id", "public_nobody@avt_x"),
    (E, "presenter_id", AVATARS[0].id),
    (E, "sentiment_id", "snt_none"),
    (E, "config.output_resolution", 640),
    (E, "config.result_format", "avi"),
    (E, "background", {"type": "color", "value": "red"}),
    (E, "background", {"type": "image_url", "value": "http://a.invalid/b.png"}),
    (E, "background", {"type": "hologram"}),
    (C, "presenter_id", "nobody"),
    (C, "driver_id", "nobody"),
    (C, "config.output_resolution", 149),
    (C, "presenter_config", {"crop": {"type": "rectangle"}}),
    (
        C,
        "presenter_config",
        {"crop": {"type": "rectangle", "rectangle": {"top": 0, "left": 0, "bottom": 2, "right": 1}}},
    ),
    (C, "background", {"color": False}),
    (C, "background", {"color": "blue"}),
    (S, "avatar_id", "nobody"),
    (S, "result_url", "https://a.invalid/x.mov"),
    (S, "config.result_format", "mp4"),
    (R, "source_url", GONE),
    (R, "source_url", "https://a.invalid/v.avi"),
    (R, "languages", GONE),
    (R, "languages", []),
    (R, "languages", ["Klingon"]),
    (R, "languages", ["french"]),
    (R, "languages", "French"),
    (R, "source_language", "Klingon"),
    (R, "user_data", "x" * 501),
    (R, "name", "x"),
]
TAKEN: list[tuple[str, str, Any]] = [
    *[(path, "user_data", value) for path in BASES for value in ("x", "x" * 500, "dt:1 — é")],
    *[(path, "webhook", url) for path in BASES for url in ("https://a.invalid/h?t=1", "")],
    *[(path, "script.input", text) for path in ANY_SPEAKER for text in ("Hey", "x" * 40_000)],
    *[(path, "script", {"type": "audio", "audio_url": AUDIO + "?x=1#t"}) for path in ANY_SPEAKER],
    *[(path, "name", "A name") for path in ANY_SPEAKER],
    *[(T, "driver_url", f"bank://{f}/{d}") for f, bank in TALK_DRIVERS.items() for d in bank],
    (T, "driver_url", "bank://lively/"),
    (T, "driver_url", "https://a.invalid/d.mp4"),
    (T, "source_url", "https://a.invalid/a.JPG?x=1"),
    (T, "source_url", "s3://elsewhere/a.jpeg"),
    (T, "config.stitch", "false"),
    (T, "config.pad_audio", "0.0"),
    (T, "config.result_format", "mov"),
    (T, "config.logo", True),
    (T, "config.logo", {"url": "https://a.invalid/l.png", "position": [-10, 5]}),
    (T, "config.driver_expressions", {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 0.5}]}),
    (T, "face", {"top_left": [-5, 10], "size": 100, "detect_confidence": 0.9, "overlap": "NO", "face_id": "f"}),
    (T, "persist", True),
    (T, "script.provider", {"voice_id": "Sara"}),
    (T, "script.provider", {"type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": {"style": "Chat"}}),
    (
        T,
        "script.provider",
        {"type": "microsoft", "voice_id": "Sara", "voice_config": {"rate": "fast", "pitch": "+2st"}},
    ),
    (T, "script.provider", {"type": "elevenlabs", "model_id": "eleven_multilingual_v2"}),
    (T, "script.provider", {"type": "elevenlabs", "voice_config": {"stability": 0.5, "rate": "0.7", "style": "0.1"}}),
    (T, "script.provider", {"type": "amazon", "voice_id": "Léa"}),
    (T, "script.provider", {"type": "google"}),
    (T, "script.provider", {"type": "azure-openai", "voice_id": "nova", "language": "French"}),
    (A, "driver_url", "bank://dancing/driver-03"),
    (A, "driver_url", "bank://nostalgia/driver-16/flipped"),
    (A, "source_url", "https://a.invalid/a.tiff"),
    (A, "config", {"stitch": True, "max_animated_faces": 3, "mute": False}),
    (A, "config.overlay", "https://a.invalid/o.mov"),
    (E, "sentiment_id", next(iter(AVATARS[0].feelings))),
    (E, "background", COLOUR),
    (E, "background", {"type": "image_url", "value": "https://a.invalid/b.png"}),
    (E, "config", {"output_resolution": 480, "result_format": "webm"}),
    (E, "result_url", "https://a.invalid/x.mp4"),
    (C, "presenter_id", PRESENTERS[3].id),
    (C, "background", {"color": "#00ff00", "source_url": "https://a.invalid/b.png"}),
    (C, "presenter_config", {"crop": {"type": "wide"}}),
    (S, "background", {"color": "#00ff00"}),
    (S, "background", COLOUR),
    (R, "source_language", "English"),
    (R, "languages", [*LANGUAGES]),
    (R, "languages", [*LANGUAGES.values()]),
]


async def test_every_refusal(b: Bench) -> None:
    """A field outside its documented limits is a bad request in D-ID's shape, names the field, and costs nothing."""
    for path, field, value in REFUSED:
        answer = await b.post(path, changed(path, field, value))
        assert answer.status_code == 400, (path, field, value, answer.text)
        fits(answer.json(), FAULT)
        assert field.split(".")[-1] in answer.text or field.split(".")[0] in answer.text, (path, field, answer.text)
    assert await b.sandbox.ledger() == []


async def test_everything_documented_is_taken(tmp_path: Path) -> None:
    """Each documented value is accepted, and becomes a film."""
    async with bench(tmp_path, credits=100_000) as b:
        for path, field, value in TAKEN:
            answer = await b.post(path, changed(path, field, value))
            assert answer.status_code == 201, (path, field, value, answer.text)
        for path in BASES:
            jobs = (await b.get(f"{path}?limit=1000"))[path[1:]]
            assert len(jobs) >= sum(taken[0] == path for taken in TAKEN)
            for job in jobs:
                assert (await b.ended(path, job["id"]))["status"] == "done", job


async def test_every_animation_driver_is_in_the_bank(b: Bench) -> None:
    """All 103 drivers and six families can be ordered."""
    drivers = [f"bank://{family}/{driver}" for family, bank in ANIMATION_DRIVERS.items() for driver in bank]
    assert len(drivers) == 103
    for url in [*drivers, *(f"bank://{family}" for family in ANIMATION_DRIVERS)]:
        assert (await b.post("/animations", {"driver_url": url})).status_code == 201


@pytest.mark.parametrize("path", ["/talks", "/clips", "/expressives"])
async def test_the_result_address_and_format_must_agree(b: Bench, path: str) -> None:
    """A result_url ending in another format than the one asked for is refused."""
    body = BASES[path] | {"result_url": "https://a.invalid/x.mov"}
    assert (await b.post(path, body | {"config": {"result_format": "mp4"}})).status_code == 400
    assert (await b.post(path, body | {"config": {"result_format": "mov"}})).status_code == 201
    assert (await b.post(path, body)).status_code == 201


async def test_webm_may_be_transparent(b: Bench) -> None:
    """A clip without a background colour is taken as webm."""
    body = BASES["/clips"] | {"background": {"color": False}, "config": {"result_format": "webm"}}
    job = await b.make("/clips", body)
    assert job["status"] == "done"
    assert (await b.client.get(job["result_url"])).headers["content-type"] == "video/webm"


async def test_a_key_of_ones_own_brings_ones_own_voices(b: Bench) -> None:
    """With x-api-key-external any ElevenLabs voice goes; the header must be a JSON object."""
    body = {
        "script": HELLO | {"provider": {"type": "elevenlabs", "voice_id": "MyOwnClone", "access": "external-private"}}
    }
    assert (await b.post("/talks", body)).status_code == 400
    answer = await b.post("/talks", body, **{"x-api-key-external": '{"elevenlabs": "invented"}'})
    assert answer.status_code == 201
    assert (await b.post("/talks", body, **{"x-api-key-external": "elevenlabs"})).status_code == 400


async def test_a_body_that_is_no_object_is_refused(b: Bench) -> None:
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


async def test_a_body_that_is_not_json_is_refused(b: Bench) -> None:
    """A form is no talk."""
    assert (await b.client.post("/talks", data={"script": "x"})).status_code == 400


async def _drip(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b" " * 1024 * 1024


async def test_a_huge_body_is_refused_before_it_is_read(b: Bench) -> None:
    """More than a megabyte of JSON is turned away, announced or not; so is a bucket object beyond 2 GB."""
    headers = {"content-type": "application/json"}
    assert (await b.client.post("/talks", content=b" " * 1_100_000, headers=headers)).status_code == 413
    assert (await b.client.post("/talks", content=_drip(2), headers=headers)).status_code == 413
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(b.url).port)
    writer.write(b"PUT /sandbox/bucket/a.mp4 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic sandbox:sandbox\r\n")
    writer.write(b"Content-Length: 3000000000\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
