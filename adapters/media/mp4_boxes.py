"""The boxes an MP4, MOV, M4A, HEIC or AVIF file is made of: just enough to tell these apart."""

import os
import re
from typing import BinaryIO

PICTURES = {
    b"heic": "heic", b"heix": "heic", b"heim": "heic", b"heis": "heic", b"hevc": "heic", b"hevx": "heic",
    b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif",
}  # fmt: skip
SOUNDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}
OLD_MOV = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # QuickTime before it had a type box
MOST_BOXES = 10_000
MOST_TRACK_LIST = 8 * 2**20


def brand(head: bytes) -> str | None:
    """The format a type box declares, or `mov` for a QuickTime file from before there were any."""
    if head[4:8] != b"ftyp":
        return "mov" if head[4:8] in OLD_MOV and head[:1] < b"\x20" else None
    length = max(16, min(int.from_bytes(head[:4], "big"), 256))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    major = brands[0]
    if major in PICTURES:
        return "avif" if b"avif" in brands else PICTURES[major]
    if major in SOUNDS:
        return "m4a"
    return "mov" if major == b"qt  " else "mp4"


def named(data: bytes) -> frozenset[bytes]:
    """The handlers (`vide`, `soun` …) named in a track list."""
    return frozenset(re.findall(rb"hdlr.{8}([a-z]{4})", data, re.S)) & {b"vide", b"soun"}


def handlers(file: BinaryIO) -> frozenset[bytes]:
    """The handlers of a whole file, found by stepping from box to box without reading the media between."""
    size = file.seek(0, os.SEEK_END)
    at = 0
    for _ in range(MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length = _length(head, size - at)
        if head[4:8] == b"moov":
            file.seek(at)
            return named(file.read(min(length, MOST_TRACK_LIST)))
        at += length
    return frozenset()


def _length(head: bytes, rest: int) -> int:
    """A box's length: in 32 bits, in 64 when that says 1, to the end of the file when it says 0."""
    short = int.from_bytes(head[:4], "big")
    length = int.from_bytes(head[8:16], "big") if short == 1 else short
    return rest if short == 0 else max(8, length)
