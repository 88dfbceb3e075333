"""What a file is by its first bytes, never by its name."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from adapters.media import mp4_boxes
from bot.requests.media import Kind

HEAD = 64 * 1024  # enough for a Matroska track list; an MP4's may lie anywhere, see boxes


@dataclass(frozen=True)
class Found:
    """What a file turned out to be."""

    kind: Kind
    format: str


# Offset, bytes, kind, format: what needs no second look.
MAGIC: tuple[tuple[int, bytes, Kind, str], ...] = (
    (0, b"\xff\xd8\xff", Kind.PICTURE, "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", Kind.PICTURE, "png"),
    (0, b"GIF87a", Kind.PICTURE, "gif"),
    (0, b"GIF89a", Kind.PICTURE, "gif"),
    (0, b"II*\0", Kind.PICTURE, "tiff"),
    (0, b"MM\0*", Kind.PICTURE, "tiff"),
    (0, b"II+\0", Kind.PICTURE, "tiff"),
    (0, b"MM\0+", Kind.PICTURE, "tiff"),
    (0, b"fLaC", Kind.SOUND, "flac"),
    (0, b"#!AMR", Kind.SOUND, "amr"),
    (0, b"caff", Kind.SOUND, "caf"),
    (0, b"\x00\x00\x01\xba", Kind.VIDEO, "mpeg"),
    (0, b"\x00\x00\x01\xb3", Kind.VIDEO, "mpegvideo"),
    (0, b"FLV\x01", Kind.VIDEO, "flv"),
)
# The four letters at offset 8 of a RIFF or FORM file.
CHUNKED = {
    b"WEBP": (Kind.PICTURE, "webp"),
    b"WAVE": (Kind.SOUND, "wav"),
    b"AVI ": (Kind.VIDEO, "avi"),
    b"AIFF": (Kind.SOUND, "aiff"),
    b"AIFC": (Kind.SOUND, "aiff"),
}
# People send these by mistake; a sentence that names them helps more than "unknown".
STRANGERS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture, which cannot be read here"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which cannot be read here"),
    (b"MThd", "a MIDI score"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
WEB_PAGE = re.compile(r"<(!doctype\s+html|html|head|body|title|script)\b", re.I)
DRAWING = re.compile(r"<(!doctype\s+)?svg\b", re.I)
MARKUP = 4096  # characters in which a page says that it is one


def sniff(head: bytes) -> Found | None:
    """What begins with these bytes; None for what we do not know."""
    for offset, magic, kind, form in MAGIC:
        if head.startswith(magic, offset):
            return Found(kind, form)
    return _chunked(head) or _boxed(head) or _tracked(head) or _streamed(head) or _bitmap(head) or _text(head)


def sniff_file(source: Path) -> Found | None:
    """What a file is; an MP4 that keeps its track list at the end is read there too."""
    with source.open("rb") as file:
        found = sniff(file.read(HEAD))
        if found and found.kind is Kind.VIDEO and found.format in ("mp4", "mov"):
            return _by_tracks(found, mp4_boxes.handlers(file))
        return found


def stranger(head: bytes) -> str | None:
    """What a person would call a file that is none of our kinds."""
    return next((called for magic, called in STRANGERS if head.startswith(magic)), None)


def _chunked(head: bytes) -> Found | None:
    """RIFF and FORM files say what they are at offset 8."""
    if head[:4] not in (b"RIFF", b"RF64", b"FORM"):
        return None
    known = CHUNKED.get(head[8:12])
    return Found(*known) if known else None


def _boxed(head: bytes) -> Found | None:
    """The MP4 family: HEIC and AVIF pictures, M4A sound, MP4 and MOV video."""
    form = mp4_boxes.brand(head)
    if form is None:
        return None
    if form in ("heic", "avif"):
        return Found(Kind.PICTURE, form)
    if form == "m4a":
        return Found(Kind.SOUND, form)
    return _by_tracks(Found(Kind.VIDEO, form), mp4_boxes.named(head))


def _by_tracks(found: Found, tracks: frozenset[bytes]) -> Found:
    """An MP4 with only sound is sound, whatever its brand."""
    return Found(Kind.SOUND, "m4a") if b"soun" in tracks and b"vide" not in tracks else found


def _tracked(head: bytes) -> Found | None:
    """Matroska, Ogg and ASF hold sound or video; the track list near the start says which."""
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        form = "webm" if b"webm" in head[:64] else "mkv"
        seen = re.search(rb"\x86[\x81-\xbf]V_", head)
        heard = re.search(rb"\x86[\x81-\xbf]A_", head)
        return Found(Kind.SOUND if heard and not seen else Kind.VIDEO, form)
    if head.startswith(b"OggS"):
        return Found(Kind.VIDEO if b"\x80theora" in head[:8192] else Kind.SOUND, "ogg")
    if head.startswith(ASF):
        return Found(Kind.VIDEO if ASF_VIDEO in head else Kind.SOUND, "asf")
    return None


def _streamed(head: bytes) -> Found | None:
    """Bare streams have no header, only marks that come again at a known distance."""
    if head[:3] == b"ID3":
        return Found(Kind.SOUND, _tagged(head))
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return Found(Kind.VIDEO, "ts")
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return Found(Kind.SOUND, "aac")
    # 0xFFFE would be a UTF-16 mark: layer III (or II), and a bit and sample rate that exist.
    layered = head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08 and head[1] & 0x06 in (0x02, 0x04)
    rated = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return Found(Kind.SOUND, "mp3") if layered and rated else None


def _tagged(head: bytes) -> str:
    """An ID3 tag is nearly always MP3's, but some programs put one before FLAC or AAC."""
    after = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    if head[after : after + 4] == b"fLaC":
        return "flac"
    adts = len(head) > after + 1 and head[after] == 0xFF and head[after + 1] & 0xF6 == 0xF0
    return "aac" if adts else "mp3"


def _bitmap(head: bytes) -> Found | None:
    """BM alone could begin a sentence, so the header's length must be one that exists."""
    if head[:2] == b"BM" and head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return Found(Kind.PICTURE, "bmp")
    return None


def _text(head: bytes) -> Found | None:
    """UTF-8 without NULs; web pages and SVG drawings are told apart."""
    if not head or b"\0" in head or head.startswith(b"%PDF"):
        return None
    try:
        # The head may end inside a character, which is not a fault of the file.
        words = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None
    first = _past_comments(words[:MARKUP])
    if WEB_PAGE.match(first):
        return Found(Kind.TEXT, "html")
    return Found(Kind.TEXT, "svg" if DRAWING.match(first) else "text")


def _past_comments(words: str) -> str:
    """What comes after an XML declaration and comments; a pattern for this could be made to run for ever."""
    words = words.lstrip()
    while words.startswith(("<?", "<!--")):
        words = words.partition("-->" if words.startswith("<!--") else "?>")[2].lstrip()
    return words
