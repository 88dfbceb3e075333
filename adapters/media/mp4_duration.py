"""How long an MP4 or MOV plays, read from its header alone: a few reads, whatever the size of the file."""

import struct
from pathlib import Path
from typing import BinaryIO


def video_duration(path: Path) -> float | None:
    """The length of a video in seconds; None when the file does not say."""
    try:
        with path.open("rb") as file:
            return _read_movie_header(file, path.stat().st_size)
    except (OSError, struct.error):
        return None


def _read_movie_header(file: BinaryIO, end: int) -> float | None:
    """Find `moov`, and in it `mvhd`, whose time scale and duration are the film's."""
    inside = _find_box(file, b"moov", 0, end)
    header = _find_box(file, b"mvhd", *inside) if inside else None
    if header is None:
        return None
    file.seek(header[0])
    version = file.read(4)[0]
    struct_format, skip = (">IQ", 16) if version == 1 else (">II", 8)
    file.seek(skip, 1)  # when it was made and changed
    scale, length = struct.unpack(struct_format, file.read(struct.calcsize(struct_format)))
    return length / scale if scale else None


def _find_box(file: BinaryIO, name: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the inside of a box begins and ends."""
    position = start
    while position + 8 <= end:
        file.seek(position)
        size, box_name = struct.unpack(">I4s", file.read(8))
        start_inside = position + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            start_inside += 8
        size = size or end - position
        if box_name == name:
            return start_inside, min(end, position + size)
        if size < 8:
            return None
        position += size
    return None
