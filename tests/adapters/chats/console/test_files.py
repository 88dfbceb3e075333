"""Files: judged by their bytes, refused before they are read whole, given out in ranges."""

import asyncio
from urllib.parse import urlsplit

import pytest

from adapters.chats.console.files import srt_to_vtt
from bot.wiring.faces import portrait_paths
from tests.adapters.chats.console.console_harness import ConsoleHarness

FACE = portrait_paths()["ada"]


async def test_a_file_that_says_it_is_too_large_is_not_read(b: ConsoleHarness) -> None:
    """600 MB are refused by their announcement; the answer comes before the bytes would."""
    ana = await b.open_page()
    at = urlsplit(b.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    marks = "".join(f"{name}: {value}\r\n" for name, value in ana.change_headers.items())
    head = (
        f"POST /console/api/files?name=film.mp4 HTTP/1.1\r\nHost: {at.netloc}\r\n{marks}Content-Length: 600000000\r\n"
    )
    writer.write(f"{head}\r\n".encode())
    async with asyncio.timeout(5):
        answer = await reader.read(4000)
    writer.close()
    assert b"422" in answer.partition(b"\r\n")[0]
    assert "“film.mp4” is 600 MB. The limit is 500 MB." in answer.decode()


@pytest.mark.parametrize(
    ("name", "body"),
    [("face.jpg", b"%PDF-1.7 not a face"), ("talk.mp4", b"MZ\x90\x00\x03"), ("photo.png", b"\x00\x01\x02\x03\x04")],
)
async def test_a_file_of_the_wrong_kind_is_refused_whatever_its_name(b: ConsoleHarness, name: str, body: bytes) -> None:
    """The sentence names the file; nothing of it stays."""
    ana = await b.open_page()
    answer = await ana.upload_file(name, body)
    assert answer.status_code == 422
    assert name in answer.json()["error"]
    assert not [each for each in b.app.shelf.folder.iterdir() if name in each.name]


async def test_a_picture_comes_back_and_a_page_posing_as_one_does_not_run(b: ConsoleHarness) -> None:
    """Only what a browser may show is shown; a text with markup in it is only ever downloaded."""
    ana = await b.open_page()
    face = (await ana.upload_file("../../face.png", FACE.read_bytes())).json()
    assert (face["name"], face["kind"], face["type"]) == ("face.png", "picture", "image/png")
    shown = await b.client.get(f"/console/files/file/{face['key']}")
    assert (shown.headers["content-type"], shown.content == FACE.read_bytes()) == ("image/png", True)
    page = (await ana.upload_file("face.png", b"<html><script>alert(1)</script></html>")).json()
    assert page["kind"] == "text"
    given = await b.client.get(f"/console/files/file/{page['key']}")
    assert given.headers["content-type"] == "application/octet-stream"
    assert given.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in given.headers["content-security-policy"]


async def test_videos_come_in_ranges(b: ConsoleHarness) -> None:
    """A browser seeks: it asks for a part and gets that part."""
    ana = await b.open_page()
    await ana.say_line("/didtalk Seek and find")
    key = (await ana.find_card("good"))["video"]["key"]
    part = await b.client.get(f"/console/files/file/{key}", headers={"range": "bytes=2-6"})
    assert (part.status_code, part.content) == (206, b"video"[:5])
    assert part.headers["content-type"] == "video/mp4"
    assert (await b.client.get("/console/files/file/dt-unknown.mp4")).status_code == 404


@pytest.mark.parametrize(
    ("srt", "first"),
    [
        ("1\n00:00:00,500 --> 00:00:02,000\nHello, there\n", "00:00:00.500 --> 00:00:02.000"),
        ("\ufeff1\r\n0:00:01,000 --> 0:00:02,5000\r\nHi", "00:00:01.000 --> 00:00:02.500"),
    ],
)
def test_captions_become_what_browsers_read(srt: str, first: str) -> None:
    """SubRip in, WebVTT out; commas in what is said stay commas."""
    made = srt_to_vtt(srt)
    assert made.startswith("WEBVTT\n\n")
    assert first in made
    assert ("Hello, there" in made) == ("Hello, there" in srt)


def test_captions_that_are_right_already_stay() -> None:
    """WebVTT in, the same out."""
    assert srt_to_vtt("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n").count("WEBVTT") == 1
