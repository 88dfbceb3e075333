"""Everything that can be made to go wrong does, and only when asked."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from adapters.sandbox.fault_injection import (
    FAULT_KINDS,
    FaultInjector,
    UnknownFault,
    make_fault,
    parse_fault_header,
    parse_markers,
    strip_markers,
)
from adapters.sandbox.render.order import RenderedVideo, RenderFailed, RenderOrder
from bot.runtime.clock import SystemClock
from tests.adapters.sandbox.did_schemas import ERROR, assert_matches
from tests.adapters.sandbox.sandbox_harness import HELLO_SCRIPT, SandboxHarness, WebhookReceiver, sandbox_harness

TALK_BODY = {"script": HELLO_SCRIPT}
FAULT_HEADER = "X-Sandbox-Fault"


def talk_saying(marker: str) -> dict[str, object]:
    """A talk whose spoken text carries a marker."""
    return {"script": HELLO_SCRIPT | {"input": f"Hello there [fault:{marker}]"}}


async def test_refusals_on_request(b: SandboxHarness) -> None:
    """Each refusal comes with its status and kind, and charges nothing."""
    for marker, status, kind in (
        ("402", 402, "InsufficientCreditsError"),
        ("451", 451, "TextModerationError"),
        ("451=image", 451, "ImageModerationError"),
        ("451=celebrity", 451, "CelebrityRecognizedError"),
        ("451=audio", 451, "AudioModerationError"),
        ("429=7", 429, "TooManyRequestsError"),
        ("500", 500, "InternalServerError"),
    ):
        answer = await b.post_json("/talks", talk_saying(marker))
        assert answer.status_code == status
        assert_matches(answer.json(), ERROR)
        assert answer.json()["kind"] == kind
        assert answer.headers.get("retry-after") == ("7" if status == 429 else None)
    assert await b.sandbox.ledger() == []


async def test_gateways_answer_in_their_own_shape(b: SandboxHarness) -> None:
    """503, 504 and web pages do not look like D-ID's errors; the header works on GET as well."""
    for name, status in (("503", 503), ("504", 504)):
        answer = await b.client.get("/credits", headers={FAULT_HEADER: name})
        assert (answer.status_code, set(answer.json())) == (status, {"message"})
    page = await b.client.get("/talks", headers={FAULT_HEADER: "html"})
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_a_missing_feature_is_missed_only_by_those_who_ask_for_it(b: SandboxHarness) -> None:
    """Left out of the body, the feature no longer stands in the way."""
    name = {"name": "x [fault:403=stitch] [fault:403=subtitles]"}
    wants = {"script": HELLO_SCRIPT | {"subtitles": True}, "config": {"stitch": True}} | name
    answer = await b.post_json("/talks", wants)
    assert (answer.status_code, answer.json()["kind"]) == (403, "PermissionError")
    assert "stitch" in answer.json()["description"]
    answer = await b.post_json("/talks", wants | {"config": {}})
    assert "subtitles" in answer.json()["description"]
    assert (await b.post_json("/talks", TALK_BODY | name)).status_code == 201
    film = {"source_url": "https://a.invalid/v.mp4", "languages": ["fr"], "user_data": "[fault:403=translation]"}
    assert (await b.post_json("/translations", film)).status_code == 403


async def test_passing_faults_in_a_text_strike_once(b: SandboxHarness) -> None:
    """The same body sent again gets through, as after a real hiccup; another body meets its own."""
    for marker, status in (("429", 429), ("503", 503)):
        body = talk_saying(marker)
        assert [(await b.post_json("/talks", body)).status_code for _ in range(2)] == [status, 201]
        assert (await b.post_json("/talks", body | {"user_data": "another"})).status_code == status


async def test_the_marker_is_not_spoken(tmp_path: Path) -> None:
    """Markers are cut from the text before it is rendered."""
    heard = []

    class RecordingRenderer:
        async def render(self, order: RenderOrder) -> RenderedVideo:
            heard.append(order.text)
            raise RenderFailed("FaceError", "face not detected")

    async with sandbox_harness(tmp_path, renderer=RecordingRenderer()) as b:
        job = await b.make_video("/talks", talk_saying("no-hook"))
        assert job["error"] == {"kind": "FaceError", "description": "face not detected"}
        assert job["status"] == "error"
        await b.make_video("/talks", {"script": HELLO_SCRIPT | {"input": "[fault:no-hook]"}})
    assert heard == ["Hello there", "Hello."]


async def test_a_lost_answer_was_accepted_and_charged(b: SandboxHarness) -> None:
    """The line is cut without a byte, yet the job is there and paid."""
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        await b.post_json("/talks", TALK_BODY | {"user_data": "dt:1 [fault:lost]"})
    talks = (await b.get_json("/talks"))["talks"]
    assert [talk["user_data"] for talk in talks] == ["dt:1 [fault:lost]"]
    assert [charge.job for charge in await b.sandbox.ledger()] == [talks[0]["id"]]


async def test_an_upload_can_be_lost_as_well(b: SandboxHarness, picture: Callable[..., bytes]) -> None:
    """The picture is there, though nobody was told its address."""
    b.sandbox.arm_fault("lost", path="/images")
    with pytest.raises(httpx.RemoteProtocolError):
        await b.upload_file(picture())
    await b.upload_file(picture())


async def test_a_late_answer_was_accepted_and_charged(b: SandboxHarness) -> None:
    """Who does not wait misses an answer to a paid job; who waits gets it."""
    with pytest.raises(httpx.ReadTimeout):
        await b.client.post("/talks", json=talk_saying("late=0.5"), timeout=0.2)
    assert len(await b.sandbox.ledger()) == 1
    assert (await b.post_json("/talks", TALK_BODY, **{FAULT_HEADER: "late=0.3"})).status_code == 201


async def test_a_call_left_hanging_is_not_accepted(b: SandboxHarness) -> None:
    """No answer, no job, no charge."""
    with pytest.raises(httpx.RemoteProtocolError):
        await b.post_json("/talks", talk_saying("hang=0.1"))
    with pytest.raises(httpx.ReadTimeout):
        await b.client.post("/talks", json=TALK_BODY, headers={FAULT_HEADER: "hang"}, timeout=0.1)
    assert await b.sandbox.ledger() == []


async def test_a_hanging_call_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """The server stops, whoever still waits."""
    async with asyncio.timeout(60), sandbox_harness(tmp_path) as b:
        waiting = asyncio.create_task(b.client.get("/credits", headers={FAULT_HEADER: "hang=600"}))
        await asyncio.sleep(0.1)
    with pytest.raises(httpx.HTTPError):
        await waiting


async def test_jobs_end_badly_on_request(b: SandboxHarness) -> None:
    """Error and rejection end a job with their kind and no result; a stuck one goes on for ever."""
    for marker, status, kind in (("error=FaceError", "error", "FaceError"), ("rejected", "rejected", None)):
        job = await b.make_video("/talks", talk_saying(marker))
        assert job["status"] == status
        assert job["error"]["kind"] == (kind or "TextModerationError")
        assert "result_url" not in job
    stuck = (await b.post_json("/talks", talk_saying("stuck"))).json()
    b.clock.jump(10_000_000)
    await b.make_video("/talks", TALK_BODY)
    seen = await b.wait_for_status(f"/talks/{stuck['id']}", "started")
    assert seen["pending_url"].startswith("s3://")


async def test_a_slow_job_takes_its_time_but_no_seat(b: SandboxHarness) -> None:
    """Others overtake it; it ends when its time has come."""
    slow = (await b.post_json("/talks", talk_saying("slow=60"))).json()
    for _ in range(4):
        await b.make_video("/talks", TALK_BODY)
    assert (await b.get_json(f"/talks/{slow['id']}"))["status"] == "started"
    b.clock.jump(61)
    assert (await b.wait_until_ended("/talks", slow["id"]))["status"] == "done"


async def test_a_truncated_download_is_whole_the_next_time(b: SandboxHarness) -> None:
    """The first download breaks off in the middle."""
    job = await b.make_video("/talks", talk_saying("truncated"))
    with pytest.raises(httpx.RemoteProtocolError):
        await b.client.get(job["result_url"])
    whole = await b.client.get(job["result_url"])
    assert len(whole.content) == int(whole.headers["content-length"]) > 0


async def test_an_expired_link_is_fresh_once_it_was_tried(b: SandboxHarness) -> None:
    """Every first link is dead; after a try the job asked again gives a good one."""
    job = await b.make_video("/talks", talk_saying("expired"))
    assert (await b.get_json("/talks"))["talks"][0]["result_url"] == job["result_url"]
    assert (await b.client.get(job["result_url"])).status_code == 403
    again = await b.get_json(f"/talks/{job['id']}")
    assert (await b.client.get(again["result_url"])).status_code == 200


async def test_faults_can_be_set_for_the_next_calls(b: SandboxHarness) -> None:
    """So many calls below a path fail, then all is well; DELETE ends it early."""
    wish = {"fault": "429", "value": "3", "times": 2, "path": "/talks"}
    assert (await b.post_json("/sandbox/faults", wish)).status_code == 201
    assert (await b.client.get("/credits")).status_code == 200
    assert [(await b.client.get("/talks")).status_code for _ in range(3)] == [429, 429, 200]
    await b.post_json("/sandbox/faults", {"fault": "lost", "path": "/talks"})
    assert (await b.client.get("/talks")).status_code == 200
    assert (await b.get_json("/sandbox/faults"))["armed"][0]["times"] == 1
    assert (await b.client.delete("/sandbox/faults")).status_code == 204
    assert (await b.post_json("/talks", TALK_BODY)).status_code == 201


async def test_any_answer_can_be_asked_for(b: SandboxHarness) -> None:
    """A status with a body of JSON or text, for one method only if so wished."""
    wish = {"fault": "respond", "value": '418 {"kind": "Teapot"}', "path": "/credits", "method": "POST"}
    await b.post_json("/sandbox/faults", wish)
    assert (await b.client.get("/credits")).status_code == 200
    await b.post_json("/sandbox/faults", wish | {"method": "GET"})
    answer = await b.client.get("/credits")
    assert (answer.status_code, answer.json()) == (418, {"kind": "Teapot"})
    b.sandbox.arm_fault("respond", "404 page not found", path="/credits")
    assert (await b.client.get("/credits")).text == "page not found"
    b.sandbox.arm_fault("429", "Fri, 15 Jan 2027 08:00:00 GMT", path="/credits")
    assert (await b.client.get("/credits")).headers["retry-after"].endswith("GMT")


async def test_fields_can_be_left_out_of_answers(b: SandboxHarness) -> None:
    """Everywhere, or in lists only: accounts differ in what they show of a job."""
    job = await b.make_video("/talks", TALK_BODY | {"user_data": "mine", "name": "A name"})
    b.sandbox.arm_fault("omit", "list:user_data+name", times=2, path="/talks")
    (listed,) = (await b.get_json("/talks"))["talks"]
    assert not {"user_data", "name"} & set(listed)
    assert (await b.get_json(f"/talks/{job['id']}"))["user_data"] == "mine"
    b.sandbox.arm_fault("omit", "user_data", path="/talks")
    assert "user_data" not in await b.get_json(f"/talks/{job['id']}")


async def test_a_slip_in_a_fault_is_told(b: SandboxHarness) -> None:
    """An unknown name is refused with the names there are, wherever it stands."""
    for answer in (
        await b.post_json("/talks", talk_saying("fourtwotwo")),
        await b.client.get("/talks", headers={FAULT_HEADER: "none"}),
        await b.post_json("/sandbox/faults", {"fault": "none"}),
        await b.post_json("/sandbox/faults", {"fault": "500", "times": 0}),
        await b.post_json("/sandbox/faults", []),
    ):
        assert answer.status_code == 400
        assert_matches(answer.json(), ERROR)
    assert await b.sandbox.ledger() == []


async def test_odd_values_of_faults_do_no_harm(b: SandboxHarness) -> None:
    """A value that is no number is as good as none."""
    assert (await b.post_json("/talks", talk_saying("429=soon"))).headers["retry-after"] == "1"
    await b.post_json("/sandbox/faults", {"fault": "429", "value": "é\r\n", "path": "/talks"})
    assert (await b.client.get("/talks")).status_code == 429
    ids = [(await b.post_json("/talks", talk_saying(f"slow={odd}"))).json()["id"] for odd in ("nan", "inf", "x")]
    await asyncio.gather(*(b.wait_for_status(f"/talks/{one}", "started") for one in ids))
    b.clock.jump(11)
    await asyncio.gather(*(b.wait_until_ended("/talks", one) for one in ids))
    await b.make_video("/talks", talk_saying("truncated=-1"))


async def test_uploads_can_be_moderated_too(b: SandboxHarness, picture: Callable[..., bytes]) -> None:
    """A picture may be refused when it is handed in."""
    b.sandbox.arm_fault("451", "celebrity", path="/images")
    answer = await b.client.post("/images", files={"image": ("a.png", picture(), "image/png")})
    assert (answer.status_code, answer.json()["kind"]) == (451, "CelebrityRecognizedError")


def test_every_fault_is_documented() -> None:
    """Each rule has a meaning, and each name can be written as marker and header."""
    for name, rule in FAULT_KINDS.items():
        assert rule.meaning
        assert parse_markers(f"[fault:{name}]") == parse_fault_header(name) == [make_fault(name)]
    assert strip_markers("a [fault:429=5] b[fault:lost]") == "a b"
    assert make_fault("slow", "soon").seconds == 10
    with pytest.raises(UnknownFault, match="429"):
        FaultInjector().take_from_texts(["[fault:nothing]"])


async def test_hooks_tell_the_end(tmp_path: Path) -> None:
    """Success and failure are posted as GET shows them, with user data, to another host with path and query kept."""
    async with (
        WebhookReceiver.listen() as receiver,
        sandbox_harness(tmp_path, hooks_to=receiver.url, echo_user_data=False) as b,
    ):
        hook = {"webhook": "https://bot.invalid/hooks/did/secret?x=1", "user_data": "dt:9"}
        job = await b.make_video("/talks", TALK_BODY | hook)
        await receiver.wait_for_count(1)
        await b.post_json("/talks", talk_saying("error=DriverError") | hook)
        await receiver.wait_for_count(2)
        await b.post_json("/talks", TALK_BODY)
        (path, done), (_, failed) = receiver.received
        assert path == "/hooks/did/secret?x=1"
        assert done == job | {"user_data": "dt:9"}
        assert (failed["status"], failed["error"]["kind"]) == ("error", "DriverError")


async def test_hooks_are_tried_three_times(tmp_path: Path) -> None:
    """A receiver that fails twice still learns of the end; after a third failure the sandbox gives up."""
    hook = {"webhook": "https://bot.invalid/h"}
    async with (
        WebhookReceiver.listen(500, 503, 200, 500, 500, 500) as receiver,
        sandbox_harness(tmp_path, hooks_to=receiver.url, clock=SystemClock(), hook_pauses=(0.01, 0.01)) as b,
    ):
        await b.make_video("/talks", TALK_BODY | hook)
        await receiver.wait_for_count(3)
        await b.make_video("/talks", TALK_BODY | hook)
        await receiver.wait_for_count(6)
        await asyncio.sleep(0.6)
        assert len(receiver.received) == 6


async def test_a_hook_to_nowhere_stops_no_other(tmp_path: Path) -> None:
    """Addresses that cannot be called are given up, and the postmen go on."""
    async with WebhookReceiver.listen() as receiver:
        async with sandbox_harness(tmp_path, hook_pauses=()) as b:
            for nowhere in (
                "https://127.0.0.1:9/",
                "https://a..b/",
                "https://:99999/",
                "https://\u0000/",
                "https://é:x/",
            ):
                assert (await b.make_video("/talks", TALK_BODY | {"webhook": nowhere}))["status"] == "done"
        async with sandbox_harness(tmp_path, hooks_to=receiver.url) as b:
            await b.make_video("/talks", TALK_BODY | {"webhook": "https://bot.invalid/h"})
            await receiver.wait_for_count(1)


async def test_hooks_misbehave_on_request(tmp_path: Path) -> None:
    """Never sent, sent twice, or joined by one for a job that does not exist."""
    hook = {"webhook": "https://bot.invalid/h"}
    async with WebhookReceiver.listen() as receiver, sandbox_harness(tmp_path, hooks_to=receiver.url) as b:
        await b.make_video("/talks", talk_saying("no-hook") | hook)
        twice = await b.make_video("/talks", talk_saying("double-hook") | hook)
        await receiver.wait_for_count(2)
        assert [body["id"] for _, body in receiver.received] == [twice["id"]] * 2
        forged = await b.make_video("/talks", talk_saying("forged-hook") | hook)
        await receiver.wait_for_count(4)
        ids = {body["id"] for _, body in receiver.received[2:]}
        assert len(ids) == 2
        assert forged["id"] in ids
        alien = (ids - {forged["id"]}).pop()
        assert (await b.client.get(f"/talks/{alien}")).status_code == 404
