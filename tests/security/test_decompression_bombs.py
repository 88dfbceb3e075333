"""Small things that want to become large, or to open something else, end in a sentence, soon and in little memory."""

import asyncio
import contextlib
import os
import struct
import sys
import time
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.chats.console.files import srt_to_vtt
from adapters.chats.slack.files import take_links
from adapters.chats.slack.people import mentioned_users, unescape
from adapters.media.fitter import MediaFitter
from adapters.sandbox.inspect_media import UnreadableMedia, convert_to_wav, measure_picture, media_seconds
from bot.commands.parser import parse_command
from bot.errors import Refused
from bot.requests.media import FileLimits, MediaKind
from bot.requests.storyboard.storyboard import parse_storyboard
from bot.requests.storyboard.yaml_format import is_structured_file, parse_nodes
from bot.security.log_setup import redact_text

LIMITS_BY_KIND = {
    MediaKind.PICTURE: FileLimits(MediaKind.PICTURE, 10_000_000, ("jpeg", "png"), max_side=4096),
    MediaKind.SOUND: FileLimits(MediaKind.SOUND, 10_000_000, ("mp3", "wav"), max_seconds=300.0),
    MediaKind.VIDEO: FileLimits(MediaKind.VIDEO, 100_000_000, ("mp4",), max_seconds=300.0),
}

ZEROS = zlib.compress(bytes(80_000_000), 9)


def png_chunk(name: bytes, data: bytes) -> bytes:
    """A piece of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def flat_png(width: int, height: int, *extra: bytes, depth: int = 1, colour: int = 0) -> bytes:
    """A picture that is all one colour, of any size, in few bytes."""
    pack = zlib.compressobj(9)
    line = bytes(1 + (width * depth * (3 if colour == 2 else 1) + 7) // 8)
    rows = b"".join(pack.compress(line) for _ in range(min(height, 20_000))) + pack.flush()
    begin = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + begin + b"".join(extra) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def many_frame_gif(frames: int, side: int) -> bytes:
    """Very many pictures of a large side, each of hardly any bytes."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    one = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02L\x01\0"
    return head + one * frames + b";"


def overclaiming_wav(claimed: int) -> bytes:
    """A recording whose header promises more than there is."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    return b"RIFF" + struct.pack("<I", claimed) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack(
        "<I", claimed
    ) + bytes(2000)  # fmt: skip


BOMBS: dict[str, tuple[MediaKind, bytes]] = {
    "huge.png": (MediaKind.PICTURE, flat_png(60_000, 60_000)),
    "wide.png": (MediaKind.PICTURE, flat_png(2_000_000_000, 1)),
    "text.png": (MediaKind.PICTURE, flat_png(64, 64, png_chunk(b"zTXt", b"a\0\0" + ZEROS))),
    "profile.png": (MediaKind.PICTURE, flat_png(64, 64, png_chunk(b"iCCP", b"a\0\0" + ZEROS))),
    "frames.gif": (MediaKind.PICTURE, many_frame_gif(200_000, 60_000)),
    "huge.jpg": (
        MediaKind.PICTURE,
        b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 11, 8, 65500, 65500, 1) + b"\1\x11\0\xff\xd9",
    ),
    "huge.webp": (MediaKind.PICTURE, b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\xff" * 2 + bytes(20)),
    "entities.svg": (
        MediaKind.PICTURE,
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM '
        b'"file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&b;&f;</text></svg>',
    ),
    "bare.svg": (MediaKind.PICTURE, b'<svg><image href="file:///etc/passwd"/></svg>'),
    "script.eps": (MediaKind.PICTURE, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"),
    "bomb.zip": (MediaKind.PICTURE, b"PK\x03\x04" + bytes(60)),
    "claims.wav": (MediaKind.SOUND, overclaiming_wav(0xFFFFFFF0)),
    "list.m3u8": (MediaKind.SOUND, b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n"),
    "list.ffconcat": (MediaKind.VIDEO, b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
    "session.sdp": (MediaKind.VIDEO, b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
    "claims.mp4": (
        MediaKind.VIDEO,
        b"\0\0\0\x14ftypisom\0\0\2\0isom" + b"\0\0\0\x74moov\0\0\0\x6cmvhd" + bytes(12) + b"\0\0\0\1\x7f\xff\xff\xff"
        + bytes(80),
    ),
}  # fmt: skip


@pytest.mark.slow
async def test_no_file_goes_off(tmp_path: Path) -> None:
    """Pictures larger than a house, films of a century, archives, drawings and playlists: each a sentence."""
    fitter = MediaFitter(tmp_path / "made", timeout_seconds=30, max_workers=4)

    async def judged(name: str) -> str:
        kind, content = BOMBS[name]
        path = tmp_path / name
        await asyncio.to_thread(path.write_bytes, content)
        try:
            fitted = await fitter.fit(path, LIMITS_BY_KIND[kind], name)
        except Refused as refusal:
            return refusal.sentence
        return f"{fitted.size} bytes"

    answers = dict(zip(BOMBS, await asyncio.gather(*map(judged, BOMBS)), strict=True))
    for name, answer in answers.items():
        kept = name in ("text.png", "profile.png", "claims.wav")  # what is in them is small once the junk is left out
        assert kept or answer.startswith(f"“{name}”"), (name, answer)
        assert "root:" not in answer
        assert "megapixels" in answer or not name.startswith("huge"), (name, answer)  # known from the header alone
        assert "within" not in answer, (name, answer)  # none had to be stopped by the clock


CATALOGUE_BOMBS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{beside}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{name}'\n",
    "list.wav": "ffconcat version 1.0\nfile '{name}'\n",
}


@pytest.mark.parametrize("name", CATALOGUE_BOMBS)
def test_the_sandbox_opens_no_file_but_the_one_it_was_sent(name: str, tmp_path: Path) -> None:
    """A playlist would let whoever has the key hear, or see, the files of its machine."""
    inside = tmp_path / "private.wav"
    inside.write_bytes(overclaiming_wav(2000))
    assert media_seconds(inside) > 0
    path = tmp_path / name
    path.write_text(CATALOGUE_BOMBS[name].format(beside=inside, name=inside.name))
    with pytest.raises(UnreadableMedia):
        media_seconds(path)
    with pytest.raises(UnreadableMedia):
        convert_to_wav(path, tmp_path / "out.wav", 10.0)


def test_the_sandbox_runs_no_program_for_a_picture(tmp_path: Path) -> None:
    """PostScript is a program, and Pillow would hand it to one that runs it."""
    path = tmp_path / "a.png"
    path.write_bytes(BOMBS["script.eps"][1])
    with pytest.raises(UnreadableMedia):
        measure_picture(path)


def run_within(work: Callable[[], Any], seconds: float = 5.0, max_bytes: int = 60_000_000) -> None:
    """Do it, refused or not, and hold it to its time and memory."""
    began = time.process_time()
    with contextlib.suppress(Refused):
        work()
    assert time.process_time() - began < seconds
    tracemalloc.start()
    try:
        with contextlib.suppress(Refused):
            work()
        assert tracemalloc.get_traced_memory()[1] < max_bytes
    finally:
        tracemalloc.stop()


YAML_BOMBS = {
    "laughs": "a: &a [x]\n" + "\n".join(f"{c}: &{c} [{', '.join('*' + p for _ in range(9))}]"
                                        for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
    "loop": "scenes: &a [*a]",
    "deep list": "[" * 50_000,
    "deep map": "{a: " * 20_000,
    "deep lines": "\n".join(" " * n + "- a:" for n in range(300)),
    "merge": "a: &a {b: c}\nscenes:\n" + "- <<: *a\n" * 1000,
    "python": "scenes: !!python/object/apply:os.system ['true']",
    "many": "scenes:\n" + "- x\n" * 9_000,
    "keys": "scenes:\n- " + "? a\n  " * 10_000,
    "quotes": "scenes: '" + "\n" * 90_000,
    "bare": "scenes: " + "a " * 45_000,
    "tags": "scenes: " + "!a " * 30_000,
    "comments": "#\n" * 45_000 + "scenes: x",
    "json": "{" + '"a":[' * 15_000,
    "number": '{"scenes": ' + "9" * 90_000 + "}",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", YAML_BOMBS)
def test_no_storyboard_file_goes_off(name: str) -> None:
    """Aliases that multiply, nesting, loops, tags that call, and mere size."""
    run_within(lambda: is_structured_file(YAML_BOMBS[name]) and parse_storyboard(YAML_BOMBS[name]))


@pytest.mark.parametrize("name", ["laughs", "loop", "deep list", "deep map", "deep lines", "merge", "many", "json"])
def test_what_would_grow_is_refused_before_it_is_built(name: str) -> None:
    """With the line on which it stands."""
    with pytest.raises(Refused, match="Line"):
        parse_nodes(YAML_BOMBS[name])


REPEATED_UNITS = [
    "<", "<a", "<@", "https://a", "https://", " ", "\n", "--a ", "--", "—", "[", "](", "{", "@a", "&amp;", "token=",
    "a.", "://", "key ", "/", "a", "1", "1.", "_", "-", "#", '"', "'", "“", "\\", "(a)", "@anna: ", "[silence 1] ",
    "[a: b] ", "**", "00:00:00,000 --> ", "authorization ", "/hooks/a/", "--voice x ", "--set a.b=c ", "@a: b [c]\n",
    "--expressions 1", "--crop 1", "[offset 1", "basic ", "x-api-key",
]  # fmt: skip
REPEAT_COUNT = 20_000
TEXT_READERS: dict[str, Callable[[str], Any]] = {
    "line": lambda text: parse_command(f"/didtalk {text}"),
    "option": lambda text: parse_command(f"/did video Hello --expressions {text}"),
    "crop": lambda text: parse_command(f"/did animate --crop {text}"),
    "storyboard": parse_storyboard,
    "offset": lambda text: parse_storyboard(f"@anna: Hello [offset {text}]"),
    "slack": unescape,
    "mentions": mentioned_users,
    "links": lambda text: take_links(text, "T1"),
    "logs": redact_text,
    "captions": srt_to_vtt,
}


@pytest.mark.slow
@pytest.mark.parametrize("reader", TEXT_READERS)
def test_no_text_takes_long_to_read(reader: str) -> None:
    """Whatever is repeated, in whatever is typed, quoted or logged: it grows with the text, not with its square."""
    began = time.process_time()
    for unit in REPEATED_UNITS:
        for end in ("", "\0!x"):
            text = (unit * (REPEAT_COUNT // len(unit)))[:REPEAT_COUNT] + end
            one = time.process_time()
            with contextlib.suppress(Refused):
                TEXT_READERS[reader](text)
            assert time.process_time() - one < 3, unit
    assert time.process_time() - began < 30


def test_a_storyboard_file_is_not_nested_deeply() -> None:
    """What is built from it is walked by functions that call themselves."""
    with pytest.raises(Refused, match="nested deeper"):
        parse_nodes("scenes:\n" + "".join(f"{'  ' * n}- a:\n" for n in range(1, 12)))


async def test_the_worker_that_opens_files_knows_no_secret(tmp_path: Path) -> None:
    """Its environment is empty of ours, and its memory is never dumped."""
    seen = tmp_path / "environment"
    script = f"import os, pathlib; pathlib.Path({str(seen)!r}).write_text(repr(dict(os.environ)))"
    fitter = MediaFitter(tmp_path, worker_command=(sys.executable, "-c", script))
    before, os.environ["DIDTALK_INVENTED"] = os.environ.get("DIDTALK_INVENTED"), "canary"
    try:
        await _expect_refusal(fitter.fit(seen.with_name("x"), LIMITS_BY_KIND[MediaKind.PICTURE], "x"))
    finally:
        del os.environ["DIDTALK_INVENTED"]
        assert before is None
    assert "canary" not in seen.read_text()


async def _expect_refusal(work: Awaitable[Any]) -> None:
    with pytest.raises(Refused):
        await work
