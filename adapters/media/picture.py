"""Makes a picture fit: upright, in plain colours, small enough, without what the camera noted about the place."""

import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFile

from adapters.media import colour, texts
from adapters.media.protocol import Task, fitted
from adapters.media.sniff import Found
from bot.requests.media import Fitted, Limits

MOST_OPENED = 80_000_000  # pixels we are willing to unpack: 320 MB
MOST_READ = 100 * 2**20  # bytes; HEIC and WebP are read whole before anything is known
MOST_SIDE = 65_000  # what the JPEG format itself can say
QUALITIES = (92, 85, 75, 65, 50)
SHRINK = 0.75  # when no quality is small enough
PLUGINS = {"jpeg": ("JPEG", "MPO"), "heic": ("HEIF",)}
# What a file may carry and still be passed on as it is: nothing about the person, the place or the device.
HARMLESS = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "gamma", "icc_profile", "adobe", "adobe_transform",
    "progressive", "progression", "srgb", "interlace", "aspect", "chromaticity", "background", "loop", "duration",
    "timestamp", "default_image",
}  # fmt: skip
LAST_BYTES = {"jpeg": b"\xff\xd9", "png": b"IEND\xae\x42\x60\x82"}
HARMLESS_SEGMENTS = {"APP0", "APP14"}
PROFILE = b"ICC_PROFILE"
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
Sides = tuple[int, int]


def fit_picture(task: Task, found: Found) -> Fitted:
    """The picture itself when it already fits, else a new JPEG or PNG."""
    if task.size > MOST_READ:
        raise texts.too_many_bytes(task.name, task.size, MOST_READ)
    with _opened(task, found) as image:
        _refuse_bomb(task.name, image.size)
        target = shrunk(task.name, image.size, task.limits)
        if image.size == target and _passes(image, task, found):
            return fitted(task.source, found.format, sides=image.size)
        image.draft(image.mode, target)  # a JPEG unpacks at a half, quarter or eighth for the asking
        image.load()
        return _written(_upright(colour.plain(image, target), image), task)


def shrunk(name: str, sides: Sides, limits: Limits) -> Sides:
    """The size to make a picture of this size, which may be its own; refused when too small for the limits."""
    least = limits.least_side or 1
    if min(sides) < least:
        raise texts.too_few_pixels(name, *sides, least)
    smaller = scaled(sides, limits)
    if min(smaller) < least:
        raise texts.too_narrow(name, *sides, smaller, least)
    return smaller


def scaled(sides: Sides, limits: Limits) -> Sides:
    """The largest size of the same shape within the limits."""
    by_side = min(limits.most_side or MOST_SIDE, MOST_SIDE) / max(sides)
    by_pixels = math.sqrt(limits.most_pixels / (sides[0] * sides[1])) if limits.most_pixels else 1.0
    width, height = _times(sides, min(1.0, by_side, by_pixels))
    most = limits.most_pixels or width * height  # a line of one pixel cannot become narrower, only shorter
    width = min(width, most // height)
    return width, min(height, most // width)


def _times(sides: Sides, factor: float) -> Sides:
    return max(1, int(sides[0] * factor)), max(1, int(sides[1] * factor))


def _opened(task: Task, found: Found) -> ImageFile.ImageFile:
    """Opened by the one reader its first bytes call for; only the header is read yet."""
    if found.format == "heic":
        import pi_heif  # only phones send these, and loading it takes a while

        pi_heif.register_heif_opener()
    if found.format == "webp":
        _refuse_bomb(task.name, _webp_sides(task))
    with _no_alarm():
        image = Image.open(task.source, formats=PLUGINS.get(found.format, (found.format.upper(),)))
    if not isinstance(image, ImageFile.ImageFile):
        raise TypeError(type(image))
    return image


@contextmanager
def _no_alarm() -> Iterator[None]:
    """Pillow's own check knows no sentence and no numbers; ours is stricter and comes right after."""
    alarm, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = alarm


def _refuse_bomb(name: str, sides: Sides) -> None:
    if sides[0] * sides[1] > MOST_OPENED:
        raise texts.too_many_pixels(name, *sides, MOST_OPENED)


def _webp_sides(task: Task) -> Sides:
    """From the header: Pillow's WebP reader makes room for the whole canvas when it opens a file."""
    with task.source.open("rb") as file:
        head = file.read(30)
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        packed = int.from_bytes(head[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def _passes(image: ImageFile.ImageFile, task: Task, found: Found) -> bool:
    """Whether the file can go as it is; unpacked whole, because a cut-off file shows only then."""
    if found.format not in task.formats or task.size > task.limits.most_bytes or image.mode not in ("RGB", "RGBA"):
        return False
    deep = any(";16" in str(tile[3]) for tile in image.tile)  # Pillow calls these RGB, too
    if deep or getattr(image, "n_frames", 1) > 1 or not _ends(task.source, found.format):
        return False
    image.load()  # a PNG may note the place after the pixels
    segments = {name for name, data in getattr(image, "applist", ()) if not data.startswith(PROFILE)}
    noted = set(image.info) - HARMLESS or segments - HARMLESS_SEGMENTS
    return not noted and image.getexif().get(ORIENTATION, 1) == 1


def _ends(source: Path, form: str) -> bool:
    """Whether the picture is all there is: some phones put a short film behind it, which says where it was taken."""
    with source.open("rb") as file:
        file.seek(-12, os.SEEK_END)
        return file.read().endswith(LAST_BYTES.get(form, b""))


def _upright(image: Image.Image, source: ImageFile.ImageFile) -> Image.Image:
    """Turned as its source says it was held; asked after unpacking, as some readers turn it themselves."""
    turn = TURNS.get(source.getexif().get(ORIENTATION, 1))
    return image if turn is None else image.transpose(turn)


def _written(image: Image.Image, task: Task) -> Fitted:
    """Written in the best way that is small enough."""
    image.info.clear()  # Pillow writes back some of what it read
    for form, sides, data in _tries(image, task):
        if len(data) <= task.limits.most_bytes:
            path = task.out(form)
            path.write_bytes(data)
            return fitted(path, form, sides=sides)
    raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)


def _tries(image: Image.Image, task: Task) -> Iterator[tuple[str, Sides, bytes]]:
    """Ways to write a picture, best first, each smaller than the one before."""
    jpeg = "jpeg" in task.formats or "png" not in task.formats
    if image.mode == "RGBA" and "png" in task.formats:
        yield "png", image.size, _encoded(image, "PNG")
    flat = colour.flat(image)
    while min(flat.size) >= (task.limits.least_side or 2):
        for quality in QUALITIES if jpeg else ():
            yield "jpeg", flat.size, _encoded(flat, "JPEG", quality=quality)
        if not jpeg:
            yield "png", flat.size, _encoded(flat, "PNG")
        flat = flat.resize(_times(flat.size, SHRINK), Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, form: str, quality: int = 0) -> bytes:
    data = io.BytesIO()
    image.save(data, form, quality=quality)
    return data.getvalue()
