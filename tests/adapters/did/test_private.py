"""What D-ID tells of the account's owner ends at the edge."""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.studios.did.auth import header
from adapters.studios.did.client import Wire
from adapters.studios.did.responses import Seen
from adapters.studios.rate_limit import Governor
from bot.errors import Trouble, Unsure
from bot.requests.kinds import Video
from bot.studios.studio import Made
from tests.fakes.did_bench import Bench
from tests.fakes.did_server import KEY, PRIVATE


async def test_nobody_learns_who_owns_the_account(
    bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not from what is returned, kept, raised or logged, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    kept: list[Any] = []
    with capture_logs() as logs:
        await _everything(bench, tmp_path, kept)
    # The server's own log is not ours.
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    files = [path.read_text() for path in (tmp_path / "cache").iterdir()]
    assert files
    for text in (*map(str, logs), *lines, repr(kept), *files):
        assert PRIVATE not in text
        assert KEY.partition(":")[2] not in text
    # The address of a finished video is as good as a password, so it is returned but never logged.
    for text in (*map(str, logs), *lines):
        assert "canary-signature" not in text


async def test_a_call_is_logged_by_its_shape_only(bench: Bench) -> None:
    """Method, path, status and time: no id, no query, no body."""
    job = await bench.submitted()
    with capture_logs() as logs:
        await bench.studio.look([job])
    entry = next(each for each in logs if each["event"] == "D-ID call")
    assert entry["method"] == "GET"
    assert entry["path"] == "/talks/{id}"
    assert entry["status"] == 200
    assert set(entry) == {"event", "log_level", "method", "path", "status", "ms"}


async def test_the_owner_is_dropped_as_the_answer_is_read(bench: Bench) -> None:
    """Before anything could show it, a traceback with its variables included."""
    await bench.submitted()
    wire = Wire(bench.client, bench.server.url, header(KEY), Governor(bench.clock), bench.clock)
    reply = await wire.read("talks")
    assert reply.data["talks"][0]["id"] == "tlk_1"
    assert "user" not in reply.data["talks"][0]
    assert "tlk_1" not in repr(reply)


def test_a_moment_without_a_zone_means_utc() -> None:
    """D-ID leaves it out now and then."""
    bare, zoned = (Seen.of({"created_at": f"2026-06-09T13:48:51.087{zone}"}).created_at for zone in ("", "Z"))
    assert bare == zoned


@pytest.mark.parametrize(
    "odd", [None, [], "x", {"id": 7, "status": ["x"], "created_at": {}, "error": 3, "duration": "?"}]
)
def test_an_odd_object_is_read_as_far_as_it_can_be(odd: Any) -> None:
    """Schemas lag behind; one strange field must not hide a job."""
    assert Seen.of(odd) == Seen()


async def _everything(bench: Bench, tmp_path: Path, kept: list[Any]) -> None:
    """All that a studio does, well and badly."""
    studio, server = bench.studio, bench.server
    jobs = [await bench.submitted(Video(script="Hello", presenter="Mia", voice="Sara")) for _ in range(6)]
    server.finish("expressives")
    sights = await studio.look(jobs)
    kept += [job.model_dump_json() for job in jobs] + [asdict(sight) for sight in sights.values()]
    kept += [await studio.suggest(what, "") for what in ("voices", "presenters", "sentiments:Mia", "drivers:amy-1")]
    kept.append(await studio.credit())
    made = sights[jobs[0].id]
    assert isinstance(made, Made)
    server.dead |= set(server.files)
    server.finish("expressives")
    await studio.fetch(jobs[0].but(result={"video": made.video}), tmp_path / "v.mp4", tmp_path / "v.srt")
    for status in (400, 403, 451, 500):
        told = {"kind": "BadRequestError", "description": f"owner {PRIVATE} may not", "user": {"email": PRIVATE}}
        server.fault("POST", "/expressives", status, told)
        with pytest.raises(Trouble) as caught:
            await studio.submit(jobs[0])
        kept += [caught.value.sentence, repr(caught.value.__cause__)]
    server.fault("POST", "/expressives", taken=True, cut=True)
    with pytest.raises(Unsure):
        await studio.submit(jobs[0])
    kept.append(await studio.find(jobs[0]))
    kept.append(json.dumps(jobs[0].uploads))
    await studio.delete(jobs[0])
