"""The boxes an MP4, MOV, M4A, HEIC or AVIF file is made of: just enough to tell these apart."""

import os
import re
import struct
from pathlib import Path
from typing import BinaryIO

PICTURE_BRANDS = {
    b"heic": "heic", b"heix": "heic", b"heim": "heic", b"heis": "heic", b"hevc": "heic", b"hevx": "heic",
    b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif",
}  # fmt: skip
SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}
OLD_MOV_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # QuickTime before it had a type box
MAX_BOXES = 10_000
MAX_TRACK_LIST_BYTES = 8 * 2**20


def format_by_brand(head: bytes) -> str | None:
    """The format a type box declares, or `mov` for a QuickTime file from before there were any."""
    if head[4:8] != b"ftyp":
        return "mov" if head[4:8] in OLD_MOV_BOXES and head[:1] < b"\x20" else None
    length = max(16, min(int.from_bytes(head[:4], "big"), 256))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    major = brands[0]
    if major in PICTURE_BRANDS:
        return "avif" if b"avif" in brands else PICTURE_BRANDS[major]
    if major in SOUND_BRANDS:
        return "m4a"
    return "mov" if major == b"qt  " else "mp4"


def find_handlers(data: bytes) -> frozenset[bytes]:
    """The handlers (`vide`, `soun` …) named in a track list."""
    return frozenset(re.findall(rb"hdlr.{8}([a-z]{4})", data, re.S)) & {b"vide", b"soun"}


def read_handlers(file: BinaryIO) -> frozenset[bytes]:
    """The handlers of a whole file, found by stepping from box to box without reading the media between."""
    size = file.seek(0, os.SEEK_END)
    position = 0
    for _ in range(MAX_BOXES):
        file.seek(position)
        head = file.read(16)
        if len(head) < 8:
            break
        length = _box_length(head, size - position)
        if head[4:8] == b"moov":
            file.seek(position)
            return find_handlers(file.read(min(length, MAX_TRACK_LIST_BYTES)))
        position += length
    return frozenset()


def _box_length(head: bytes, remaining: int) -> int:
    """A box's length: in 32 bits, in 64 when that says 1, to the end of the file when it says 0."""
    length_field = int.from_bytes(head[:4], "big")
    length = int.from_bytes(head[8:16], "big") if length_field == 1 else length_field
    return remaining if length_field == 0 else max(8, length)


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
