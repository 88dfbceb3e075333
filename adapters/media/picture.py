"""Makes a picture fit: upright, in plain colours, small enough, without what the camera noted about the place."""

import io
import math
import os
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageCms, ImageFile

from adapters.media import texts
from adapters.media.protocol import FitTask, prepared_file
from adapters.media.sniff import FileType
from bot.requests.media import FileLimits, PreparedFile

MAX_OPENED_PIXELS = 80_000_000  # pixels we are willing to unpack: 320 MB
MAX_PICTURE_READ_BYTES = 100 * 2**20  # bytes; HEIC and WebP are read whole before anything is known
MAX_JPEG_SIDE_PIXELS = 65_000  # what the JPEG format itself can say
JPEG_QUALITIES = (92, 85, 75, 65, 50)
SHRINK_FACTOR = 0.75  # when no quality is small enough
PILLOW_FORMATS = {"jpeg": ("JPEG", "MPO"), "heic": ("HEIF",)}
# What a file may carry and still be passed on as it is: nothing about the person, the place or the device.
HARMLESS_INFO = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "gamma", "icc_profile", "adobe", "adobe_transform",
    "progressive", "progression", "srgb", "interlace", "aspect", "chromaticity", "background", "loop", "duration",
    "timestamp", "default_image",
}  # fmt: skip
LAST_BYTES = {"jpeg": b"\xff\xd9", "png": b"IEND\xae\x42\x60\x82"}
HARMLESS_SEGMENTS = {"APP0", "APP14"}
ICC_PROFILE_PREFIX = b"ICC_PROFILE"
ORIENTATION_TAG = 0x0112
TRANSPOSE_BY_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
WHITE = (255, 255, 255)
Sides = tuple[int, int]


def fit_picture(task: FitTask, file_type: FileType) -> PreparedFile:
    """The picture itself when it already fits, else a new JPEG or PNG."""
    if task.size > MAX_PICTURE_READ_BYTES:
        raise texts.too_many_bytes(task.name, task.size, MAX_PICTURE_READ_BYTES)
    with _open_picture(task, file_type) as image:
        _refuse_bomb(task.name, image.size)
        target = fitting_size(task.name, image.size, task.limits)
        if image.size == target and _fits_unchanged(image, task, file_type):
            return prepared_file(task.source, file_type.format, sides=image.size)
        image.draft(image.mode, target)  # a JPEG unpacks at a half, quarter or eighth for the asking
        image.load()
        return _write_within_limit(_turn_upright(_to_screen_rgb(image, target), image), task)


def fitting_size(name: str, sides: Sides, limits: FileLimits) -> Sides:
    """The size to make a picture of this size, which may be its own; refused when too small for the limits."""
    min_side = limits.min_side or 1
    if min(sides) < min_side:
        raise texts.too_few_pixels(name, *sides, min_side)
    smaller = largest_size(sides, limits)
    if min(smaller) < min_side:
        raise texts.too_narrow(name, *sides, smaller, min_side)
    return smaller


def largest_size(sides: Sides, limits: FileLimits) -> Sides:
    """The largest size of the same shape within the limits."""
    by_side = min(limits.max_side or MAX_JPEG_SIDE_PIXELS, MAX_JPEG_SIDE_PIXELS) / max(sides)
    by_pixels = math.sqrt(limits.max_pixels / (sides[0] * sides[1])) if limits.max_pixels else 1.0
    width, height = _scale_sides(sides, min(1.0, by_side, by_pixels))
    max_pixels = limits.max_pixels or width * height  # a line of one pixel cannot become narrower, only shorter
    width = min(width, max_pixels // height)
    return width, min(height, max_pixels // width)


def _scale_sides(sides: Sides, factor: float) -> Sides:
    return max(1, int(sides[0] * factor)), max(1, int(sides[1] * factor))


def _open_picture(task: FitTask, file_type: FileType) -> ImageFile.ImageFile:
    """Opened by the one reader its first bytes call for; only the header is read yet."""
    if file_type.format == "heic":
        import pi_heif  # only phones send these, and loading it takes a while

        pi_heif.register_heif_opener()
    if file_type.format == "webp":
        _refuse_bomb(task.name, _webp_sides(task))
    formats = PILLOW_FORMATS.get(file_type.format, (file_type.format.upper(),))
    # Pillow's own check raises without our sentence and numbers; ours is stricter and comes right after.
    pillow_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        image = Image.open(task.source, formats=formats)
    finally:
        Image.MAX_IMAGE_PIXELS = pillow_limit
    if not isinstance(image, ImageFile.ImageFile):
        raise TypeError(type(image))
    return image


def _refuse_bomb(name: str, sides: Sides) -> None:
    if sides[0] * sides[1] > MAX_OPENED_PIXELS:
        raise texts.too_many_pixels(name, *sides, MAX_OPENED_PIXELS)


def _webp_sides(task: FitTask) -> Sides:
    """From the header: Pillow's WebP reader makes room for the whole canvas when it opens a file."""
    with task.source.open("rb") as file:
        head = file.read(30)
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        packed = int.from_bytes(head[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def _fits_unchanged(image: ImageFile.ImageFile, task: FitTask, file_type: FileType) -> bool:
    """Whether the file can go as it is; unpacked whole, because a cut-off file shows only then."""
    if file_type.format not in task.formats or task.size > task.limits.max_bytes or image.mode not in ("RGB", "RGBA"):
        return False
    deep = any(";16" in str(tile[3]) for tile in image.tile)  # Pillow calls these RGB, too
    if deep or getattr(image, "n_frames", 1) > 1 or not _ends_with_picture(task.source, file_type.format):
        return False
    image.load()  # a PNG may note the place after the pixels
    segments = {name for name, data in getattr(image, "applist", ()) if not data.startswith(ICC_PROFILE_PREFIX)}
    has_notes = set(image.info) - HARMLESS_INFO or segments - HARMLESS_SEGMENTS
    return not has_notes and image.getexif().get(ORIENTATION_TAG, 1) == 1


def _ends_with_picture(source: Path, format_: str) -> bool:
    """Whether the picture is all there is: some phones put a short film behind it, which says where it was taken."""
    with source.open("rb") as file:
        file.seek(-12, os.SEEK_END)
        return file.read().endswith(LAST_BYTES.get(format_, b""))


def _turn_upright(image: Image.Image, source: ImageFile.ImageFile) -> Image.Image:
    """Turned as its source says it was held; asked after unpacking, as some readers turn it themselves."""
    turn = TRANSPOSE_BY_ORIENTATION.get(source.getexif().get(ORIENTATION_TAG, 1))
    return image if turn is None else image.transpose(turn)


def _write_within_limit(image: Image.Image, task: FitTask) -> PreparedFile:
    image.info.clear()  # Pillow writes back some of what it read
    for format_, sides, data in _encodings(image, task):
        if len(data) <= task.limits.max_bytes:
            path = task.output_path(format_)
            path.write_bytes(data)
            return prepared_file(path, format_, sides=sides)
    raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)


def _encodings(image: Image.Image, task: FitTask) -> Iterator[tuple[str, Sides, bytes]]:
    """Ways to write a picture, best first, each smaller than the one before."""
    jpeg = "jpeg" in task.formats or "png" not in task.formats
    if image.mode == "RGBA" and "png" in task.formats:
        yield "png", image.size, _encode_picture(image, "PNG")
    flat = _flatten_on_white(image)
    while min(flat.size) >= (task.limits.min_side or 2):
        for quality in JPEG_QUALITIES if jpeg else ():
            yield "jpeg", flat.size, _encode_picture(flat, "JPEG", quality=quality)
        if not jpeg:
            yield "png", flat.size, _encode_picture(flat, "PNG")
        flat = flat.resize(_scale_sides(flat.size, SHRINK_FACTOR), Image.Resampling.LANCZOS)


def _encode_picture(image: Image.Image, format_: str, quality: int = 0) -> bytes:
    data = io.BytesIO()
    image.save(data, format_, quality=quality)
    return data.getvalue()


def _to_screen_rgb(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """The unpacked picture at its new size, in RGB or RGBA as screens understand them."""
    profile = image.info.get("icc_profile")
    if image.mode in DEEP_MODES:
        image = _to_eight_bits(image)
    # A palette's numbers and bare bits do not mix when made smaller.
    if image.mode in ("1", "P", "PA", "LA") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        image = _drop_unused_alpha(image)
    if image.size != target:
        image = image.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if profile:
        image = _to_srgb(image, profile)
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _flatten_on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    background = Image.new("RGB", image.size, WHITE)
    background.paste(image, mask=image.getchannel("A"))
    return background


def _drop_unused_alpha(image: Image.Image) -> Image.Image:
    low, _ = image.getchannel("A").getextrema()
    return image.convert("RGB") if low == 255 else image


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """From 16 or 32 bits a point to 8: scaled by what the depth can hold, not by how bright this picture is."""
    deep = image.convert("F")
    top = _white_level(deep) if image.mode in ("I", "F") else 65_535.0
    return deep.point(lambda value: value * (255.0 / top) + 0.0).convert("L")


def _white_level(deep: Image.Image) -> float:
    """What counts as white where the depth does not say: 1, 255 or 65,535, whichever holds the brightest point."""
    _, high = deep.getextrema()
    brightest = high if isinstance(high, float) else 0.0
    return next((top for top in (1.0, 255.0, 65_535.0) if brightest <= top), brightest)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """From the profile's colours (a phone's wide ones, a printer's inks) to sRGB; as they are if it is unusable."""
    try:
        source_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb_profile = ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        changed = ImageCms.profileToProfile(image, source_profile, srgb_profile, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return changed or image
