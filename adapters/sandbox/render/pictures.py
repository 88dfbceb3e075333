"""Still pictures: opened, cropped round a face, fitted into frames, and marked."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

from adapters.sandbox import portraits
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.order import RenderErrorKind, RenderFailed, RenderOrder
from adapters.sandbox.render.yuv_planes import Overlay, Size, even_size, rgb_to_yuv
from adapters.sandbox.safe_open import open_picture

_LANCZOS = Image.Resampling.LANCZOS


def load_picture(path: Path, error_kind: RenderErrorKind = "SourceError", what: str = "picture") -> Image.Image:
    """A picture of any kind, upright, with transparency where it has some."""
    try:
        with open_picture(path) as raw:
            upright = ImageOps.exif_transpose(raw)
            seen = "A" in upright.getbands() or "transparency" in upright.info
            if upright.mode.startswith("I"):  # 16 bits a point, of which a plain conversion would keep only white
                upright = Image.fromarray((np.asarray(upright) >> 8).clip(0, 255).astype(np.uint8))
            return upright.convert("RGBA" if seen else "RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as broken:
        raise RenderFailed(error_kind, f"the {what} cannot be read") from broken


def load_source(given: Path | None) -> Image.Image:
    """The picture of a face that was given, or a portrait of ours."""
    return on_white(load_picture(given or portraits.portrait_path("ada")))


def on_white(image: Image.Image) -> Image.Image:
    """A picture on white instead of on nothing."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


def crop_to_face(image: Image.Image, face: Landmarks, size: Size) -> tuple[Image.Image, Landmarks]:
    """The square round a face at the film's size, as the vendor crops it; other shapes keep the face in the middle."""
    wide, tall = size[0] / max(size), size[1] / max(size)
    (x, y), reach = face.eye_middle, face.chin[1] - face.eye_middle[1]
    side = min(3.4 * reach / tall, image.width / wide, image.height / tall)
    left = min(max(x - side * wide / 2, 0), image.width - side * wide)
    top = min(max(y + 0.27 * reach - side * tall / 2, 0), image.height - side * tall)
    box = (left, top, left + side * wide, top + side * tall)
    scale = max(size) / side
    return image.resize(size, _LANCZOS, box=box), face.transformed(scale, -left * scale, -top * scale)


def scale_whole(image: Image.Image, face: Landmarks, size: Size) -> tuple[Image.Image, Landmarks]:
    return image.resize(size, _LANCZOS), face.transformed(size[0] / image.width)


def parse_colour(name: str) -> tuple[int, int, int]:
    """A colour by its digits or its name; grey where it is neither."""
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:
        return (128, 128, 128)


def fill_size(image: Image.Image, size: Size) -> Image.Image:
    """A picture scaled and cut to fill a size."""
    return ImageOps.fit(on_white(image), size, _LANCZOS)


def blurred_background(image: Image.Image, size: Size) -> Image.Image:
    """A calm background made of the picture itself."""
    tiny = fill_size(image, (max(size[0] // 8, 2), max(size[1] // 8, 2)))
    calm = tiny.filter(ImageFilter.GaussianBlur(5)).resize(size, Image.Resampling.BICUBIC)
    return Image.blend(calm, Image.new("RGB", size, (40, 44, 52)), 0.25)


def studio_background(size: Size) -> Image.Image:
    """The default background of presenters."""
    ys, xs = np.mgrid[0 : size[1], 0 : size[0]]
    far = np.hypot((xs / size[0] - 0.5) * 1.5, ys / size[1] - 0.4)[..., None]
    near, edge = np.array([226, 232, 236]), np.array([120, 138, 152])
    grain = np.random.default_rng(2).normal(0, 0.6, (size[1], size[0], 1))
    return Image.fromarray((near + (edge - near) * np.clip(far, 0, 1) + grain).astype(np.uint8))


def order_overlays(order: RenderOrder, size: Size) -> list[Overlay]:
    """What is laid over every frame: the label and the logo."""
    label = [label_overlay(order.label, size)] if order.label else []
    return [*label, *([logo_overlay(order.logo, order.logo_position, size)] if order.logo else [])]


def logo_overlay(path: Path, position: tuple[int, int], size: Size) -> Overlay:
    """A logo where it is wanted; negative places count from the far edge."""
    image = load_picture(path, "LogoError", "logo").convert("RGBA")
    scale = min(1.0, size[0] / 3 / image.width, size[1] / 3 / image.height)
    image = image.resize((max(round(image.width * scale), 1), max(round(image.height * scale), 1)), _LANCZOS)
    room = (size[0] - image.width, size[1] - image.height)
    left, top = (at if at >= 0 else room[axis] + at for axis, at in enumerate(position))
    return make_overlay(image, min(max(left, 0), room[0]), min(max(top, 0), room[1]), size)


def make_overlay(image: Image.Image, left: int, top: int, size: Size) -> Overlay:
    """A picture with transparency, to be laid over every frame."""
    x, y = left // 2 * 2, top // 2 * 2
    wide, tall = min(even_size(image.width + 3), size[0] - x), min(even_size(image.height + 3), size[1] - y)
    sheet = Image.new("RGBA", (wide, tall), (0, 0, 0, 0))
    sheet.paste(image, (left - x, top - y))
    values = np.asarray(sheet, np.float32)
    return Overlay(y, x, (values[..., 3] / 255).astype(np.float32), rgb_to_yuv(values[..., :3]))


def label_overlay(text: str, size: Size) -> Overlay:
    """A small line in the lower right corner: a sandbox video must not be taken for a real one."""
    font = ImageFont.load_default(max(min(size) / 38, 9))
    box = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((0, 0), text, font=font)
    wide, tall, edge = round(box[2]) + 12, round(box[3]) + 8, max(min(size) // 64, 4)
    image = Image.new("RGBA", (min(wide, size[0]), tall), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, image.width - 1, tall - 1), tall / 2.4, fill=(20, 24, 30, 76))
    pen.text((6, 3), text, font=font, fill=(255, 255, 255, 190))
    return make_overlay(image, max(size[0] - image.width - edge, 0), size[1] - tall - edge, size)
