"""Turns any colours a picture may come in into plain RGB, or RGBA where something shows through."""

import io

from PIL import Image, ImageCms

DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
WHITE = (255, 255, 255)


def to_screen_rgb(image: Image.Image, target: tuple[int, int]) -> Image.Image:
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


def flatten_on_white(image: Image.Image) -> Image.Image:
    """On white, where something showed through."""
    if image.mode != "RGBA":
        return image
    background = Image.new("RGB", image.size, WHITE)
    background.paste(image, mask=image.getchannel("A"))
    return background


def _drop_unused_alpha(image: Image.Image) -> Image.Image:
    """Without its transparency when nothing shows through."""
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
