"""Pictures, sounds and public files handed in, and what becomes of them."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import httpx
import pytest
from PIL import Image

from adapters.sandbox.clock import DAY_SECONDS
from adapters.sandbox.render.order import RenderedVideo, RenderOrder
from tests.adapters.sandbox.did_schemas import AUDIO, ERROR, IMAGE, assert_matches
from tests.adapters.sandbox.sandbox_harness import HELLO_SCRIPT, SandboxHarness, sandbox_harness

EXAMPLES = Path(__file__).parents[3] / "examples"
DrawPicture = Callable[..., bytes]
MakeTone = Callable[[float], bytes]


class OrderRecorder:
    """A renderer that remembers its orders."""

    def __init__(self) -> None:
        self.orders: list[RenderOrder] = []

    async def render(self, order: RenderOrder) -> RenderedVideo:
        self.orders.append(order)
        order.out.write_bytes(b"film")
        return RenderedVideo(order.out, None, 1.0, 8, 8, 25, 25.0)


async def test_a_picture_handed_in_is_the_face_of_the_talk(tmp_path: Path, picture: DrawPicture) -> None:
    """The upload's address is taken as source_url; the job shows its own copy under the original name."""
    listener = OrderRecorder()
    async with sandbox_harness(tmp_path, renderer=listener) as b:
        made = await b.upload_file(picture(), "dt-42.png")
        assert_matches(made, IMAGE)
        assert made["url"].startswith("s3://didtalk-sandbox/")
        job = await b.make_video("/talks", {"source_url": made["url"], "script": HELLO_SCRIPT})
        assert f"/{job['id']}/source/dt-42.png?" in job["source_url"]
        assert (await b.client.get(job["source_url"])).content == picture()
        assert job["result_url"].split("?")[0].endswith("/dt-42.mp4")
        face = listener.orders[0].picture
        assert face is not None
        assert face.read_bytes() == picture()


async def test_a_job_outlives_its_upload(tmp_path: Path, picture: DrawPicture) -> None:
    """An upload may be deleted as soon as its job is accepted."""
    listener = OrderRecorder()
    async with sandbox_harness(tmp_path, renderer=listener) as b:
        made = await b.upload_file(picture())
        b.sandbox.arm_fault("slow", "60", path="/talks")
        job = (await b.post_json("/talks", {"source_url": made["url"], "script": HELLO_SCRIPT})).json()
        assert (await b.client.delete(f"/images/{made['id']}")).status_code == 204
        assert (await b.client.delete(f"/images/{made['id']}")).status_code == 404
        b.clock.jump(61)
        assert (await b.wait_until_ended("/talks", job["id"]))["status"] == "done"
        face = listener.orders[0].picture
        assert face is not None
        assert face.read_bytes() == picture()


async def test_uploads_vanish_after_a_day(b: SandboxHarness, picture: DrawPicture) -> None:
    """Yesterday's upload is no source any more."""
    made = await b.upload_file(picture())
    body = {"source_url": made["url"], "script": HELLO_SCRIPT}
    b.clock.jump(DAY_SECONDS - 1)
    assert (await b.post_json("/talks", body)).status_code == 201
    b.clock.jump(2)
    assert (await b.post_json("/talks", body)).status_code == 400


async def test_pictures_of_other_kinds_are_refused(b: SandboxHarness, picture: DrawPicture) -> None:
    """Only JPEG and PNG are taken, whatever the file claims to be."""
    claims = [("image/gif", picture(kind="GIF")), ("image/png", picture(kind="GIF")), ("image/jpeg", b"text")]
    for kind, data in claims:
        answer = await b.client.post("/images", files={"image": ("a.png", data, kind)})
        assert (answer.status_code, answer.json()["kind"]) == (415, "UnsupportedMimeTypeError")
        assert set(answer.json()["details"]) == {"received", "supported"}


async def test_a_picture_over_ten_megabytes_is_refused(b: SandboxHarness, picture: DrawPicture) -> None:
    """The limit in bytes strikes at the upload, announced or counted."""
    for extra in (10 * 1024 * 1024 - 300, 10 * 1024 * 1024 + 100_000):
        data = picture() + b"\0" * extra
        answer = await b.client.post("/images", files={"image": ("a.png", data, "image/png")})
        assert (answer.status_code, answer.json()["kind"]) == (400, "InvalidFileSizeError")


async def test_pixels_are_only_counted_when_a_talk_is_made(b: SandboxHarness, picture: DrawPicture) -> None:
    """Too large and too small a picture can be uploaded, but not used."""
    for size, kind in (((4000, 2700), "InvalidFileSizeError"), ((159, 400), "InvalidImageResolutionError")):
        made = await b.upload_file(picture(*size))
        answer = await b.post_json("/talks", {"source_url": made["url"], "script": HELLO_SCRIPT})
        assert (answer.status_code, answer.json()["kind"]) == (400, kind)
    made = await b.upload_file(picture(160, 160, "JPEG"), "a.jpg", "image/jpeg")
    assert (await b.post_json("/talks", {"source_url": made["url"], "script": HELLO_SCRIPT})).status_code == 201


async def test_a_picture_that_would_burst_is_only_measured(b: SandboxHarness) -> None:
    """A few kilobytes that unpack to 144 megapixels are refused by their header."""
    file = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(file, "PNG")
    made = await b.upload_file(file.getvalue())
    answer = await b.post_json("/talks", {"source_url": made["url"], "script": HELLO_SCRIPT})
    assert (answer.status_code, answer.json()["kind"]) == (400, "InvalidFileSizeError")


async def test_faces_are_told_when_asked_for(b: SandboxHarness, picture: DrawPicture) -> None:
    """Without detect_faces the answer's faces are null."""
    file = {"image": ("a.png", picture(), "image/png")}
    assert (await b.client.post("/images", files=file)).json()["faces"] is None
    made = (await b.client.post("/images", files=file, data={"detect_faces": "true"})).json()
    assert made["faces"][0]["size"] == 100
    seen = (await b.post_json("/images/face-detection", {"source_url": made["url"]})).json()
    assert (seen["metadata"]["width"], seen["metadata"]["height"]) == (200, 220)
    assert 0 < seen["faceCrops"][0]["left"] < seen["faceCrops"][0]["right"] < 1


async def test_a_form_without_its_file_is_refused(b: SandboxHarness, picture: DrawPicture) -> None:
    """A form must be one, and hold what the path is for."""
    for path in ("/images", "/audios"):
        for answer in (
            await b.client.post(path, files={"other": ("a.png", picture(), "image/png")}),
            await b.client.post(path, content=b"x", headers={"content-type": "multipart/form-data; boundary=q"}),
            await b.post_json(path, {}),
        ):
            assert answer.status_code == 400
            assert_matches(answer.json(), ERROR)


async def test_a_sound_handed_in_is_stored_as_wave(b: SandboxHarness, sound: MakeTone) -> None:
    """Whatever comes, the address ends in wav, and the talk lasts and costs as long as the sound."""
    answer = await b.client.post("/audios", files={"audio": ("my voice.ogg", sound(20), "audio/ogg")})
    assert_matches(answer.json(), AUDIO)
    assert answer.json()["url"].endswith("/my-voice.wav")
    assert abs(answer.json()["duration"] - 20) < 0.2
    job = await b.make_video("/talks", {"script": {"type": "audio", "audio_url": answer.json()["url"]}})
    assert "/audio/my-voice.wav?" in job["audio_url"]
    assert [charge.credits for charge in await b.sandbox.ledger()] == [2]
    assert (await b.client.delete(f"/audios/{answer.json()['id']}")).status_code == 204


async def test_sounds_out_of_bounds_are_refused(b: SandboxHarness, sound: MakeTone) -> None:
    """Empty, unreadable, too long, too large and other kinds each get their own error."""
    for data, kind, status, word in (
        (sound(0), "audio/wav", 400, "InvalidAudioDurationError"),
        (sound(660), "audio/wav", 400, "InvalidAudioDurationError"),
        (b"text", "audio/wav", 400, "BadRequestError"),
        (b"", "audio/wav", 400, "BadRequestError"),
        (b"\0" * (6 * 1024 * 1024 + 1), "audio/wav", 400, "InvalidFileSizeError"),
        (sound(1), "text/plain", 415, "UnsupportedMimeTypeError"),
    ):
        answer = await b.client.post("/audios", files={"audio": ("a.wav", data, kind)})
        assert (answer.status_code, answer.json()["kind"]) == (status, word)


async def test_clips_take_less_sound_than_talks(b: SandboxHarness, sound: MakeTone) -> None:
    """Six minutes are too long for a clip and fine for a talk."""
    url = (await b.client.put("/sandbox/bucket/speech.wav", content=sound(360))).json()["url"]
    script = {"script": {"type": "audio", "audio_url": url}}
    assert (await b.post_json("/clips", script)).status_code == 400
    assert (await b.post_json("/talks", script)).status_code == 201


async def _endless_chunks(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b"\0" * 1024 * 1024


async def test_the_bucket_takes_any_file_as_public_host_would(tmp_path: Path) -> None:
    """What D-ID would fetch from a public address is put into the bucket instead, streamed."""
    listener = OrderRecorder()
    async with sandbox_harness(tmp_path, renderer=listener) as b:
        answer = await b.client.put("/sandbox/bucket/holiday.mp4", content=_write_film(tmp_path / "film.mp4", 12))
        assert answer.status_code == 201
        body = {"source_url": answer.json()["url"], "languages": ["German"]}
        job = await b.make_video("/translations", body)
        assert job["name"] == "holiday-german"
        video = listener.orders[0].video
        assert video is not None
        assert video.read_bytes() == (tmp_path / "film.mp4").read_bytes()
        assert (await b.client.put("/sandbox/bucket/big.bin", content=_endless_chunks(20))).status_code == 201
        async with httpx.AsyncClient(base_url=b.url) as stranger:
            assert (await stranger.put("/sandbox/bucket/x.mp4", content=b"x")).status_code == 401


@pytest.mark.parametrize("seconds", [3, 320])
async def test_footage_of_the_wrong_length_is_refused(tmp_path: Path, seconds: int) -> None:
    """Ten seconds to five minutes, said with what was found, and nothing is charged."""
    async with sandbox_harness(tmp_path) as b:
        content = _write_film(tmp_path / "film.mp4", seconds)
        url = (await b.client.put("/sandbox/bucket/film.mp4", content=content)).json()["url"]
        answer = await b.post_json("/translations", {"source_url": url, "languages": ["German"]})
        assert answer.status_code == 400
        assert f"this has {seconds:.1f} seconds" in answer.json()["description"]
        assert await b.sandbox.ledger() == []


def _write_film(path: Path, seconds: int) -> bytes:
    """A real film of one grey picture a second."""
    with av.open(str(path), "w") as box:
        stream = box.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(seconds):
            box.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        box.mux(stream.encode())
    return path.read_bytes()


async def test_backgrounds_and_logos_reach_the_renderer(tmp_path: Path, picture: DrawPicture) -> None:
    """Pictures from the bucket lie behind and in front of the presenter; the account's logo serves for true."""
    listener = OrderRecorder()
    async with sandbox_harness(tmp_path, renderer=listener) as b:
        url = (await b.client.put("/sandbox/bucket/b.png", content=picture())).json()["url"]
        logo = {"logo": {"url": url, "position": [-8, 4]}}
        await b.make_video("/clips", {"script": HELLO_SCRIPT, "background": {"source_url": url}, "config": logo})
        order = listener.orders[0]
        assert order.background_picture is not None
        assert order.logo is not None
        assert order.logo_position == (-8, 4)
        assert (await b.client.get("/settings/logo")).status_code == 404
        files = {"logo": ("l.png", picture(), "image/png")}
        assert (await b.client.post("/settings/logo", files=files, data={"left": "3"})).status_code == 201
        await b.make_video("/talks", {"script": HELLO_SCRIPT, "config": {"logo": True}})
        assert listener.orders[1].logo is not None
        assert (await b.client.delete("/settings/logo")).status_code == 204
        assert (await b.client.delete("/settings/logo")).status_code == 404


async def test_pictures_elsewhere_are_not_fetched(b: SandboxHarness) -> None:
    """A portrait of the sandbox's own stands in, and the job says so."""
    job = await b.make_video("/talks", {"source_url": "https://faces.invalid/me.jpg", "script": HELLO_SCRIPT})
    assert "note" in job["metadata"]
    assert "note" not in (await b.make_video("/talks", {"script": HELLO_SCRIPT}))["metadata"]


async def test_faces_are_really_looked_for(tmp_path: Path) -> None:
    """Where films are painted, uploads tell the faces in them; a picture without any makes no film at either vendor."""
    office, photo = ((EXAMPLES / name).read_bytes() for name in ("office.png", "photo.jpg"))
    async with sandbox_harness(tmp_path, instant=False) as b:
        answers = [
            await b.client.post("/images", files={"image": ("a.jpg", data, kind)}, data={"detect_faces": "true"})
            for data, kind in ((photo, "image/jpeg"), (office, "image/png"))
        ]
        (seen,), empty = (answer.json()["faces"] for answer in answers)
        assert seen["top_left"][0] < 301 < 419 < seen["top_left"][0] + seen["size"]
        assert empty == []
        url = answers[1].json()["url"]
        assert (await b.post_json("/images/face-detection", {"source_url": url})).json()["faceCrops"] == []
        job = await b.make_video("/talks", {"source_url": url, "script": HELLO_SCRIPT})
        assert job["error"] == {"kind": "FaceError", "description": "face not detected"}
        refused = await b.client.post(
            "/v1/talking_photo", content=office, headers={"content-type": "image/png", "x-api-key": "sandbox:sandbox"}
        )
        assert (refused.status_code, refused.json()["code"]) == (400, 40004)
