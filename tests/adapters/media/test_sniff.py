"""What a file is is told by its bytes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.media.sniff import SNIFF_HEAD_BYTES, FileType, sniff, sniff_file, unsupported_type
from bot.requests.media import MediaKind
from tests.adapters.media import sample_files


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_every_picture_format_is_known_by_its_first_bytes(form: str) -> None:
    """A picture's name plays no part."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    word = "heic" if form == "HEIF" else form.lower()
    assert sniff(sample_files.encode_picture(sample_files.corner_picture(), form)[:SNIFF_HEAD_BYTES]) == FileType(
        MediaKind.PICTURE, word
    )


@pytest.mark.parametrize(
    ("coder", "wrapper", "word"),
    [
        ("libmp3lame", "mp3", "mp3"), ("aac", "adts", "aac"), ("aac", "ipod", "m4a"), ("aac", "mp4", "m4a"),
        ("aac", "mov", "m4a"), ("flac", "flac", "flac"), ("libopus", "ogg", "ogg"), ("libopus", "webm", "webm"),
        ("pcm_s16le", "wav", "wav"), ("pcm_s16be", "aiff", "aiff"), ("libopus", "matroska", "mkv"),
    ],
)  # fmt: skip
def test_every_sound_format_is_known_also_in_a_wrapper_made_for_video(
    tmp_path: Path, coder: str, wrapper: str, word: str
) -> None:
    """An MP4 or WebM with only sound is sound, wherever its track list lies."""
    path = sample_files.write_sound(tmp_path / "x", coder, wrapper=wrapper)
    assert sniff_file(path) == FileType(MediaKind.SOUND, word)


@pytest.mark.parametrize(
    ("name", "coder", "word"),
    [
        ("a.mp4", "libx264", "mp4"), ("a.mov", "libx264", "mov"), ("a.webm", "libvpx", "webm"),
        ("a.mkv", "libx264", "mkv"), ("a.avi", "mpeg4", "avi"), ("a.mpg", "mpeg2video", "mpeg"),
        ("a.ts", "libx264", "ts"), ("a.flv", "flv1", "flv"), ("a.3gp", "libx264", "mp4"), ("a.wmv", "wmv2", "asf"),
    ],
)  # fmt: skip
def test_every_video_format_is_known_by_its_first_bytes(tmp_path: Path, name: str, coder: str, word: str) -> None:
    """A video's name plays no part."""
    path = sample_files.write_video(tmp_path / name, coder, sound_coder=None, seconds=0.4)
    assert sniff_file(path) == FileType(MediaKind.VIDEO, word)


@pytest.mark.parametrize("tag", [b"ID3\x04\x00\x00\x00\x00\x00\x04none", b""])
def test_flac_behind_a_tag_is_flac(tag: bytes) -> None:
    """Some programs put MP3's kind of tag before other sound."""
    assert sniff(tag + b"fLaC\x00\x00\x00\x22") == FileType(MediaKind.SOUND, "flac")


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"Welcome aboard!", "text"), ("\ufeffGrüße".encode(), "text"), ("Grüße".encode()[:3], "text"),
        (b"BM is short for bitmap", "text"), (b"ID 3 of 7", "text"), (b'{"a": 1}', "text"),
        (b"\n <!DOCTYPE html><html>", "html"), (b"<!-- hi --><!-- ho -->\n<HTML lang=en>", "html"),
        (b'<?xml version="1.0"?><svg xmlns="x">', "svg"), (b"<b>bold words</b>", "text"),
    ],
)  # fmt: skip
def test_text_web_pages_and_drawings_are_told_apart(head: bytes, word: str) -> None:
    """A sign-in page where a picture was expected is the commonest surprise."""
    assert sniff(head) == FileType(MediaKind.TEXT, word)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0\0\0\0",
        b"\xff\xfeh\0i\0",
        b"%PDF-1.7\n\xb5\xb5\0",
        b"MZ\x90\0",
        b"RIFF\x04\0\0\0ACON",
        b"%PDF-1.7\nall plain letters",
    ],
)
def test_what_is_not_known_is_none(head: bytes) -> None:
    """Nothing is guessed."""
    assert sniff(head) is None


def test_a_stranger_is_called_by_its_name() -> None:
    """People send PDFs."""
    assert unsupported_type(b"%PDF-1.7") == "a PDF"
    assert unsupported_type(b"\x01\x02") is None


def test_comments_without_end_cost_no_time() -> None:
    """A page of nothing but comments once would have kept a pattern busy for ever."""
    assert sniff(b"<!---->" * 9000) == FileType(MediaKind.TEXT, "text")


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_something_or_nothing(head: bytes) -> None:
    """Sniffing never fails."""
    found = sniff(head)
    assert found is None or found.kind in MediaKind
