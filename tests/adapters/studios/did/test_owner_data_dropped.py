"""What D-ID tells of the account's owner ends at the edge."""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.studios.did.client import DidClient, DidRemoteJob, auth_header
from adapters.studios.rate_limit import RateLimiter
from bot.errors import Trouble, Unsure
from bot.requests.kinds import Video
from bot.studios.studio import Finished
from tests.fakes.vendors.did_harness import DID_KEY, OWNER_EMAIL, DidHarness


async def test_nobody_learns_who_owns_the_account(
    bench: DidHarness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not from what is returned, kept, raised or logged, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    kept: list[Any] = []
    with capture_logs() as logs:
        await _do_everything(bench, tmp_path, kept)
    # The server's own log is not ours.
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    files = [path.read_text() for path in (tmp_path / "cache").iterdir()]
    assert files
    for text in (*map(str, logs), *lines, repr(kept), *files):
        assert OWNER_EMAIL not in text
        assert DID_KEY.partition(":")[2] not in text
    # The address of a finished video is as good as a password, so it is returned but never logged.
    for text in (*map(str, logs), *lines):
        assert "Signature=" not in text


async def test_a_call_is_logged_by_its_shape_only(bench: DidHarness) -> None:
    """Method, path, status and time: no id, no query, no body."""
    job = await bench.submitted_job()
    with capture_logs() as logs:
        await bench.studio.status_of([job])
    entry = next(each for each in logs if each["event"] == "vendor call")
    assert entry["method"] == "GET"
    assert entry["path"] == "/talks/{id}"
    assert entry["status"] == 200
    assert set(entry) == {"event", "log_level", "method", "path", "status", "ms", "vendor"}


async def test_the_owner_is_dropped_as_the_answer_is_read(bench: DidHarness) -> None:
    """Before anything could show it, a traceback with its variables included."""
    job = await bench.submitted_job()
    wire = DidClient(bench.client, bench.server.url, auth_header(DID_KEY), RateLimiter(bench.clock), bench.clock)
    reply = await wire.get("talks")
    ident = (job.ticket or "").partition("/")[2]
    assert reply.data["talks"][0]["id"] == ident
    assert "user" not in reply.data["talks"][0]
    assert ident not in repr(reply)


def test_a_moment_without_a_zone_means_utc() -> None:
    """D-ID leaves it out now and then."""
    bare, zoned = (
        DidRemoteJob.from_data({"created_at": f"2026-06-09T13:48:51.087{zone}"}).created_at for zone in ("", "Z")
    )
    assert bare == zoned


@pytest.mark.parametrize(
    "odd", [None, [], "x", {"id": 7, "status": ["x"], "created_at": {}, "error": 3, "duration": "?"}]
)
def test_an_odd_object_is_read_as_far_as_it_can_be(odd: Any) -> None:
    """Schemas lag behind; one strange field must not hide a job."""
    assert DidRemoteJob.from_data(odd) == DidRemoteJob()


async def _do_everything(bench: DidHarness, tmp_path: Path, kept: list[Any]) -> None:
    """All that a studio does, well and badly."""
    studio, server = bench.studio, bench.server
    jobs = [await bench.submitted_job(Video(script="Hello", presenter="Mia", voice="Sara")) for _ in range(6)]
    await server.finish_kind("expressives")
    sights = await studio.status_of(jobs)
    kept += [job.model_dump_json() for job in jobs] + [asdict(sight) for sight in sights.values()]
    kept += [await studio.suggest(what, "") for what in ("voices", "presenters", "sentiments:Mia", "drivers:amy-1")]
    kept.append(await studio.credit())
    made = sights[jobs[0].id]
    assert isinstance(made, Finished)
    await server.break_downloads("expired", 1)
    await studio.fetch(jobs[0].evolve(result={"video": made.video}), tmp_path / "v.mp4", tmp_path / "v.srt")
    for status in (400, 403, 451, 500):
        told = {
            "kind": "BadRequestError",
            "description": f"owner {OWNER_EMAIL} may not",
            "user": {"email": OWNER_EMAIL},
        }
        server.fail_next("POST", "/expressives", status, told)
        with pytest.raises(Trouble) as caught:
            await studio.submit(jobs[0])
        kept += [caught.value.sentence, repr(caught.value.__cause__)]
    server.fail_next("POST", "/expressives", still_processed=True, hangs_up=True)
    with pytest.raises(Unsure):
        await studio.submit(jobs[0])
    kept.append(await studio.recover(jobs[0]))
    kept.append(json.dumps(jobs[0].uploads))
    await studio.delete(jobs[0])
