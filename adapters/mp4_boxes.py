"""The boxes an MP4, MOV, M4A, HEIC or AVIF file is made of, found without reading the media in them."""

import asyncio
import os
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

MAX_BOXES = 10_000


class Box(NamedTuple):
    """A box: its name, where its content begins and where it ends."""

    name: bytes
    start: int
    end: int


def walk_boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Box after box, up to the end or to one that is malformed; the last may say that it ends beyond the file."""
    position = start
    while position + 8 <= end:
        file.seek(position)
        head = file.read(16)
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:  # the length follows in 64 bits
            length, header = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:  # up to the end of the file
            length = end - position
        if length < header:
            return
        yield Box(head[4:8], position + header, position + length)
        position += length


def find_box(file: BinaryIO, name: bytes, start: int, end: int) -> Box | None:
    return next((box for box in islice(walk_boxes(file, start, end), MAX_BOXES) if box.name == name), None)


async def video_duration(video: Path) -> float | None:
    """How many seconds a finished video plays; None when it does not say."""
    return await asyncio.to_thread(_read_duration, video)


def _read_duration(video: Path) -> float | None:
    """Find `moov`, and in it `mvhd`, whose time scale and duration are the video's."""
    try:
        with video.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            movie = find_box(file, b"moov", 0, end)
            header = find_box(file, b"mvhd", movie.start, min(end, movie.end)) if movie else None
            if header is None:
                return None
            file.seek(header.start)
            struct_format, times_bytes = (">IQ", 16) if file.read(4)[0] == 1 else (">II", 8)
            file.seek(times_bytes, os.SEEK_CUR)  # when it was created and changed
            scale, length = struct.unpack(struct_format, file.read(struct.calcsize(struct_format)))
            return length / scale if scale else None
    except (OSError, IndexError, struct.error):
        return None
