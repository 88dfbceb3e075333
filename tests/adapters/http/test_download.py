"""A film is known to be whole by its first bytes and the lengths of its boxes."""

from pathlib import Path

import pytest

from adapters.http.download import is_whole_video

FTYP_BOX = b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"
MOOV_BOX = b"\x00\x00\x00\x0cmoov1234"
LARGE_SIZE_BOX = b"\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x14beef"


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (FTYP_BOX + MOOV_BOX, True),
        (FTYP_BOX + LARGE_SIZE_BOX + MOOV_BOX, True),
        (FTYP_BOX + b"\x00\x00\x00\x00mdat to the end", True),
        (FTYP_BOX + MOOV_BOX[:-1], False),
        (FTYP_BOX + b"\x00\x00\x00\x03mdat", False),
        (FTYP_BOX + MOOV_BOX + b"\x00\x00", False),
        (b"\x1a\x45\xdf\xa3 a webm", True),
        (b"GIF89a", True),
        (b"<!doctype html>", False),
        (b"", False),
    ],
)
def test_what_is_cut_or_no_film_is_seen(tmp_path: Path, content: bytes, whole: bool) -> None:
    """Cut in a box, after a box, or something else altogether."""
    (tmp_path / "film").write_bytes(content)
    assert is_whole_video(tmp_path / "film") is whole
