"""The sandbox as HeyGen: what it takes and refuses, what it repeats, and what it tells."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.adapters.sandbox.sandbox_harness import SandboxHarness, sandbox_harness
from tests.fakes.http_server import serve_app

HEYGEN_AUTH = {"X-Api-Key": "sandbox:sandbox"}
VOICE_ID = hashlib.md5(b"Harriet").hexdigest()  # noqa: S324 - as HeyGen names voices
SCENE_BODY: dict[str, Any] = {
    "character": {"type": "avatar", "avatar_id": "Anna_sandbox_front"},
    "voice": {"type": "text", "voice_id": VOICE_ID, "input_text": "Hello there"},
}
V3_BODY: dict[str, Any] = {"type": "avatar", "avatar_id": "Anna_sandbox_front", "script": "Hello there"}


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[SandboxHarness]:
    """A sandbox with HeyGen's key at the door."""
    async with sandbox_harness(tmp_path) as one:
        one.client.headers.update(HEYGEN_AUTH)
        yield one


async def wait_for_status(h: SandboxHarness, path: str, *wanted: str) -> dict[str, Any]:
    """Look until the status is one of these."""
    async with asyncio.timeout(10):
        while True:
            data: dict[str, Any] = (await h.get_json(path))["data"]
            if data["status"] in wanted:
                return data
            await asyncio.sleep(0.01)


async def test_scenes_become_a_video(h: SandboxHarness) -> None:
    """Submitted in v2, followed in v1, listed without its marks, and deleted."""
    body = {
        "video_inputs": [SCENE_BODY, SCENE_BODY | {"voice": {"type": "silence", "duration": 2}}],
        "callback_id": "dt-1",
    }
    ident = (await h.post_json("/v2/video/generate", body)).json()["data"]["video_id"]
    done = await wait_for_status(h, f"/v1/video_status.get?video_id={ident}", "completed")
    assert (done["callback_id"], done["error"]) == ("dt-1", None)
    assert (await h.client.get(done["video_url"])).status_code == 200
    listed = (await h.get_json("/v1/video.list"))["data"]["videos"]
    assert set(listed[0]) == {"video_id", "status", "created_at", "type"}
    assert (await h.client.delete(f"/v1/video.delete?video_id={ident}")).json()["code"] == 100
    assert (await h.client.get(f"/v1/video_status.get?video_id={ident}")).status_code == 404


async def test_one_key_makes_one_video_and_one_charge(h: SandboxHarness) -> None:
    """An Idempotency-Key is answered with the first video for a day, also when both calls come at once."""
    key = {"Idempotency-Key": "dt-2"}
    first = (await h.post_json("/v3/videos", V3_BODY, **key)).json()["data"]["video_id"]
    assert (await h.post_json("/v3/videos", V3_BODY, **key)).json()["data"]["video_id"] == first
    assert len(await h.sandbox.ledger()) == 1
    h.clock.jump(86_401)
    assert (await h.post_json("/v3/videos", V3_BODY, **key)).json()["data"]["video_id"] != first


async def test_a_key_whose_first_call_is_running_is_refused(h: SandboxHarness) -> None:
    """While the first answer is on its way the same key gets a conflict, and afterwards the same video."""
    key = {"Idempotency-Key": "dt-3"}
    first = asyncio.create_task(h.post_json("/v3/videos", V3_BODY | {"script": "Hello [fault:late=1]"}, **key))
    while not await h.sandbox.ledger():  # noqa: ASYNC110 - it happens in another task
        await asyncio.sleep(0.02)
    again = await h.post_json("/v3/videos", V3_BODY | {"script": "Hello [fault:late=1]"}, **key)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "request_in_progress")
    video = (await first).json()["data"]["video_id"]
    h.clock.jump(2)
    assert (await h.post_json("/v3/videos", V3_BODY, **key)).json()["data"]["video_id"] == video
    assert len(await h.sandbox.ledger()) == 1


async def test_statuses_come_by_the_hundred_and_titles_can_be_searched(h: SandboxHarness) -> None:
    """As the engine needs them."""
    idents = [
        (await h.post_json("/v3/videos", V3_BODY | {"title": f"no {n}"})).json()["data"]["video_id"] for n in range(3)
    ]
    found = (await h.get_json("/v3/videos/statuses?video_ids=" + ",".join(idents)))["data"]
    assert {each["video_id"] for each in found} == set(idents)
    assert [each["id"] for each in (await h.get_json("/v3/videos?title=NO%201"))["data"]] == [idents[1]]
    many = ",".join(["x"] * 101)
    assert (await h.client.get(f"/v3/videos/statuses?video_ids={many}")).status_code == 400


REFUSED_BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("/v2/video/generate", {"video_inputs": [SCENE_BODY] * 51}, "video_inputs"),
    ("/v2/video/generate", {"video_inputs": [{"character": SCENE_BODY["character"]}]}, "voice"),
    (
        "/v2/video/generate",
        {"video_inputs": [SCENE_BODY | {"voice": {"type": "silence", "duration": 101}}]},
        "duration",
    ),
    ("/v2/video/generate", {"video_inputs": [SCENE_BODY | {"voice": SCENE_BODY["voice"] | {"speed": 1.6}}]}, "speed"),
    ("/v2/video/generate", {"video_inputs": [SCENE_BODY], "dimension": {"width": 1281, "height": 720}}, "width"),
    (
        "/v2/video/generate",
        {"video_inputs": [SCENE_BODY | {"character": {"type": "avatar", "avatar_id": "X"}}]},
        "avatar X",
    ),
    (
        "/v2/video/generate",
        {"video_inputs": [SCENE_BODY | {"voice": SCENE_BODY["voice"] | {"voice_id": "X"}}]},
        "voice X",
    ),
    (
        "/v2/video/generate",
        {"video_inputs": [SCENE_BODY | {"background": {"type": "image", "url": "https://10.0.0.7/a.png"}}]},
        "could not be downloaded",
    ),
    ("/v3/videos", V3_BODY | {"audio_url": "https://example.com/a.mp3"}, "exactly one"),
    (
        "/v3/videos",
        V3_BODY | {"output_format": "webm", "background": {"type": "color", "value": "#112233"}},
        "transparent",
    ),
    ("/v3/video-translations", {"video": {"type": "asset_id", "asset_id": "x"}, "output_languages": ["Elvish"]}, "x"),
]


@pytest.mark.parametrize(("path", "body", "words"), REFUSED_BODIES)
async def test_what_heygen_refuses_is_refused_and_not_charged(
    h: SandboxHarness, path: str, body: dict[str, Any], words: str
) -> None:
    """In the shape of its generation."""
    answer = await h.post_json(path, body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert not await h.sandbox.ledger()


async def test_a_wrong_key_is_refused_in_each_generation(h: SandboxHarness) -> None:
    """v1 with a number, the others with a word."""
    wrong = {"X-Api-Key": "nobody"}
    first = await h.client.get("/v1/video.list", headers=wrong)
    third = await h.client.get("/v3/videos", headers=wrong)
    assert (first.status_code, first.json()["code"]) == (401, 40009)
    assert (third.status_code, third.json()["error"]["code"]) == (401, "unauthorized")


async def test_faults_strike_in_heygens_words(h: SandboxHarness) -> None:
    """A rehearsal of bad days."""
    body = {"video_inputs": [SCENE_BODY]}
    assert (await h.post_json("/v2/video/generate", body, **{"X-Sandbox-Fault": "402"})).status_code == 402
    busy = await h.post_json("/v3/videos", V3_BODY, **{"X-Sandbox-Fault": "429=7"})
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "7")
    failing = V3_BODY | {"script": "Hello [fault:error=40004]"}
    ident = (await h.post_json("/v3/videos", failing)).json()["data"]["video_id"]
    failed = await wait_for_status(h, f"/v3/videos/{ident}", "failed")
    assert failed["failure_code"] == "40004"


async def test_files_are_taken_as_each_generation_has_it(h: SandboxHarness, picture: Callable[..., bytes]) -> None:
    """Raw in v1, as a form in v3, in three steps when large; a form in v1 is nothing."""
    png = picture()
    raw = await h.client.post("/v1/asset", content=png, headers={"Content-Type": "image/png"})
    form = await h.client.post("/v3/assets", files={"file": ("a.png", png, "image/png")})
    wrong = await h.client.post("/v1/asset", files={"file": ("a.png", png, "image/png")})
    assert (wrong.status_code, "asset data must be provided" in wrong.text) == (400, True)
    begun = (await h.post_json("/v3/assets/direct-uploads", {"content_type": "image/png"})).json()["data"]
    assert (await h.client.put(begun["upload_url"], content=png)).status_code == 200
    ended = await h.post_json(f"/v3/assets/{begun['asset_id']}/complete", {})
    idents = [raw.json()["data"]["id"], form.json()["data"]["asset_id"], ended.json()["data"]["asset_id"]]
    for ident in idents:
        body = V3_BODY | {"background": {"type": "image", "asset_id": ident}}
        assert (await h.post_json("/v3/videos", body)).status_code == 200
    assert (await h.client.put("/sandbox/heygen/direct/..%2F../asset.png", content=b"x")).status_code in (404, 405)


async def test_an_account_keeps_so_many_photos(h: SandboxHarness, picture: Callable[..., bytes]) -> None:
    """Deleting one makes room."""
    send = {"content": picture(), "headers": {"Content-Type": "image/png"}}
    idents = [(await h.client.post("/v1/talking_photo", **send)).json()["data"]["talking_photo_id"] for _ in range(10)]  # type: ignore[arg-type]
    full = await h.client.post("/v1/talking_photo", **send)  # type: ignore[arg-type]
    assert "exceeded your limit" in full.json()["message"]
    assert (await h.client.delete(f"/v2/talking_photo/{idents[0]}")).status_code == 200
    assert (await h.client.post("/v1/talking_photo", **send)).status_code == 200  # type: ignore[arg-type]


async def test_endpoints_are_told_and_signed(h: SandboxHarness) -> None:
    """A registered endpoint gets its events with a signature over the raw body; deliveries can be listed."""
    got: list[tuple[dict[str, str], bytes]] = []
    both = asyncio.Event()

    async def take_event(request: Request) -> Response:
        got.append((dict(request.headers), await request.body()))
        if len(got) == 2:
            both.set()
        return Response()

    async with serve_app(Starlette(routes=[Route("/{path:path}", take_event, methods=["POST"])])) as (_, url):
        made = (await h.post_json("/v3/webhooks/endpoints", {"url": f"{url}/events"})).json()["data"]
        await h.post_json("/v3/videos", V3_BODY | {"callback_id": "dt-9", "callback_url": f"{url}/own"})
        async with asyncio.timeout(10):
            await both.wait()
    own, signed = sorted(got, key=lambda each: "heygen-signature" in each[0])
    mark = hmac.new(made["secret"].encode(), signed[1], hashlib.sha256).hexdigest()
    assert signed[0]["heygen-signature"] == mark
    assert "heygen-signature" not in own[0]
    events = (await h.get_json("/v3/webhooks/events"))["data"]
    assert events[0]["event_data"]["callback_id"] == "dt-9"
    assert "secret" not in (await h.get_json("/v3/webhooks/endpoints"))["data"][0]


@pytest.mark.parametrize(("dialects", "path"), [("v3", "/v2/avatars"), ("v2", "/v3/voices")])
async def test_an_account_may_be_served_in_one_dialect_only(tmp_path: Path, dialects: Any, path: str) -> None:
    """For rehearsing what is to come."""
    async with sandbox_harness(tmp_path, heygen=dialects) as one:
        assert (await one.client.get(path, headers=HEYGEN_AUTH)).status_code == 405


async def test_catalogues_come_in_pages_of_their_own_size(h: SandboxHarness) -> None:
    """Fifty looks, a hundred voices; a page larger than that is refused, and each page names the next."""
    first = await h.get_json("/v3/avatars/looks?limit=2")
    rest = await h.get_json(f"/v3/avatars/looks?limit=50&token={first['next_token']}")
    assert len({row["id"] for row in (*first["data"], *rest["data"])}) == 5
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert (await h.client.get("/v3/avatars/looks?limit=51")).status_code == 400
    assert (await h.client.get("/v3/voices?limit=101")).status_code == 400
    assert (await h.get_json("/v3/voices?type=private"))["data"] == []


async def test_a_template_tells_its_blanks_and_is_filled(h: SandboxHarness) -> None:
    """Told with what stands in them; a blank it has not is refused, and nothing is charged."""
    path = "/v2/template/tpl_sandbox_welcome"
    blanks = (await h.get_json(path))["data"]["variables"]
    assert blanks["first_name"] == {"name": "first_name", "type": "text", "properties": {"content": ""}}
    wrong = {"variables": {"nobody": {"name": "nobody", "type": "text", "properties": {"content": "x"}}}}
    assert (await h.post_json(f"{path}/generate", wrong)).status_code == 400
    body = {"variables": {"first_name": {"name": "first_name", "type": "text", "properties": {"content": "Ana"}}}}
    ident = (await h.post_json(f"{path}/generate", body | {"callback_id": "dt-9"})).json()["data"]["video_id"]
    done = await wait_for_status(h, f"/v1/video_status.get?video_id={ident}", "completed")
    assert done["callback_id"] == "dt-9"
    assert (await h.client.get("/v2/template/none")).status_code == 404
