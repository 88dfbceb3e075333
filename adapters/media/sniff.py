"""What a file is by its first bytes, never by its name."""

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

from adapters.mp4_boxes import find_box
from bot.requests.media import MediaKind

SNIFF_HEAD_BYTES = 64 * 1024  # enough for a Matroska track list; an MP4's may lie anywhere


@dataclass(frozen=True)
class FileType:
    """What a file turned out to be."""

    kind: MediaKind
    format: str


# What needs no second look: format, kind and the ways it begins.
MAGIC_NUMBERS: tuple[tuple[str, MediaKind, tuple[bytes, ...]], ...] = (
    ("jpeg", MediaKind.PICTURE, (b"\xff\xd8\xff",)),
    ("png", MediaKind.PICTURE, (b"\x89PNG\r\n\x1a\n",)),
    ("gif", MediaKind.PICTURE, (b"GIF87a", b"GIF89a")),
    ("tiff", MediaKind.PICTURE, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("flac", MediaKind.SOUND, (b"fLaC",)),
    ("amr", MediaKind.SOUND, (b"#!AMR",)),
    ("caf", MediaKind.SOUND, (b"caff",)),
    ("mpeg", MediaKind.VIDEO, (b"\x00\x00\x01\xba",)),
    ("mpegvideo", MediaKind.VIDEO, (b"\x00\x00\x01\xb3",)),
    ("flv", MediaKind.VIDEO, (b"FLV\x01",)),
)
# The four letters at offset 8 of a RIFF or FORM file.
RIFF_TYPES = {
    b"WEBP": (MediaKind.PICTURE, "webp"),
    b"WAVE": (MediaKind.SOUND, "wav"),
    b"AVI ": (MediaKind.VIDEO, "avi"),
    b"AIFF": (MediaKind.SOUND, "aiff"),
    b"AIFC": (MediaKind.SOUND, "aiff"),
}
# People send these by mistake; a sentence that names them helps more than "unknown".
UNSUPPORTED_TYPES = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture, which is not supported"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which is not supported"),
    (b"MThd", "a MIDI score"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
PICTURE_BRANDS = {
    b"heic": "heic", b"heix": "heic", b"heim": "heic", b"heis": "heic", b"hevc": "heic", b"hevx": "heic",
    b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif",
}  # fmt: skip
SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}
OLD_MOV_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # QuickTime before it had a type box
MAX_TRACK_LIST_BYTES = 8 * 2**20
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_VIDEO_STREAM = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
WEB_PAGE_PATTERN = re.compile(r"<(!doctype\s+html|html|head|body|title|script)\b", re.I)
SVG_PATTERN = re.compile(r"<(!doctype\s+)?svg\b", re.I)
MARKUP_CHARS = 4096  # characters in which a page says that it is one


def sniff(head: bytes) -> FileType | None:
    """What begins with these bytes; None for what we do not know."""
    for format_, kind, beginnings in MAGIC_NUMBERS:
        if head.startswith(beginnings):
            return FileType(kind, format_)
    return (
        _sniff_riff(head)
        or _sniff_mp4_family(head)
        or _sniff_by_track_list(head)
        or _sniff_bare_stream(head)
        or _sniff_bitmap(head)
        or _sniff_text(head)
    )


def sniff_file(source: Path) -> FileType | None:
    """What a file is; an MP4 that keeps its track list at the end is read there too."""
    with source.open("rb") as file:
        file_type = sniff(file.read(SNIFF_HEAD_BYTES))
        if file_type and file_type.kind is MediaKind.VIDEO and file_type.format in ("mp4", "mov"):
            track_list = find_box(file, b"moov", 0, file.seek(0, os.SEEK_END))
            if track_list:
                file.seek(track_list.start)
                return _correct_by_tracks(
                    file_type, file.read(min(track_list.end - track_list.start, MAX_TRACK_LIST_BYTES))
                )
        return file_type


def unsupported_type(head: bytes) -> str | None:
    """What a person would call a file that is none of our kinds."""
    return next((called for magic, called in UNSUPPORTED_TYPES if head.startswith(magic)), None)


def _sniff_riff(head: bytes) -> FileType | None:
    """RIFF and FORM files say what they are at offset 8."""
    if head[:4] not in (b"RIFF", b"RF64", b"FORM"):
        return None
    file_type = RIFF_TYPES.get(head[8:12])
    return FileType(*file_type) if file_type else None


def _sniff_mp4_family(head: bytes) -> FileType | None:
    """The MP4 family: HEIC and AVIF pictures, M4A sound, MP4 and MOV video."""
    format_ = _format_by_brand(head)
    if format_ is None:
        return None
    if format_ in ("heic", "avif"):
        return FileType(MediaKind.PICTURE, format_)
    if format_ == "m4a":
        return FileType(MediaKind.SOUND, format_)
    return _correct_by_tracks(FileType(MediaKind.VIDEO, format_), head)


def _format_by_brand(head: bytes) -> str | None:
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


def _correct_by_tracks(file_type: FileType, track_list: bytes) -> FileType:
    """An MP4 with only sound is sound, whatever its brand."""
    tracks = set(re.findall(rb"hdlr.{8}([a-z]{4})", track_list, re.S))
    return FileType(MediaKind.SOUND, "m4a") if b"soun" in tracks and b"vide" not in tracks else file_type


def _sniff_by_track_list(head: bytes) -> FileType | None:
    """Matroska, Ogg and ASF hold sound or video; the track list near the start says which."""
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        format_ = "webm" if b"webm" in head[:64] else "mkv"
        has_video = re.search(rb"\x86[\x81-\xbf]V_", head)
        has_audio = re.search(rb"\x86[\x81-\xbf]A_", head)
        return FileType(MediaKind.SOUND if has_audio and not has_video else MediaKind.VIDEO, format_)
    if head.startswith(b"OggS"):
        return FileType(MediaKind.VIDEO if b"\x80theora" in head[:8192] else MediaKind.SOUND, "ogg")
    if head.startswith(ASF_HEADER):
        return FileType(MediaKind.VIDEO if ASF_VIDEO_STREAM in head else MediaKind.SOUND, "asf")
    return None


def _sniff_bare_stream(head: bytes) -> FileType | None:
    """Bare streams have no header, only marks that come again at a known distance."""
    if head[:3] == b"ID3":
        return FileType(MediaKind.SOUND, _format_after_id3(head))
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return FileType(MediaKind.VIDEO, "ts")
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return FileType(MediaKind.SOUND, "aac")
    # 0xFFFE would be a UTF-16 mark: layer III (or II), and a bit and sample rate that exist.
    layered = head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08 and head[1] & 0x06 in (0x02, 0x04)
    rated = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return FileType(MediaKind.SOUND, "mp3") if layered and rated else None


def _format_after_id3(head: bytes) -> str:
    """An ID3 tag is nearly always MP3's, but some programs put one before FLAC or AAC."""
    after = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    if head[after : after + 4] == b"fLaC":
        return "flac"
    adts = len(head) > after + 1 and head[after] == 0xFF and head[after + 1] & 0xF6 == 0xF0
    return "aac" if adts else "mp3"


def _sniff_bitmap(head: bytes) -> FileType | None:
    """BM alone could begin a sentence, so the header's length must be one that exists."""
    if head[:2] == b"BM" and head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return FileType(MediaKind.PICTURE, "bmp")
    return None


def _sniff_text(head: bytes) -> FileType | None:
    """UTF-8 without NULs; web pages and SVG drawings are told apart."""
    if not head or b"\0" in head or head.startswith(b"%PDF"):
        return None
    try:
        # The head may end inside a character, which is not a fault of the file.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None
    first = _skip_comments(text[:MARKUP_CHARS])
    if WEB_PAGE_PATTERN.match(first):
        return FileType(MediaKind.TEXT, "html")
    return FileType(MediaKind.TEXT, "svg" if SVG_PATTERN.match(first) else "text")


def _skip_comments(text: str) -> str:
    """What comes after an XML declaration and comments; a pattern for this could be made to run for ever."""
    text = text.lstrip()
    while text.startswith(("<?", "<!--")):
        text = text.partition("-->" if text.startswith("<!--") else "?>")[2].lstrip()
    return text
