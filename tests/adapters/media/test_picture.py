"""Pictures come out upright, plain, small enough and without the place they were taken at."""

import hashlib
import struct
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from adapters.media.picture import MAX_OPENED_PIXELS, largest_size
from adapters.media.sniff import sniff
from bot.requests.media import FileLimits, MediaKind, PreparedFile
from tests.adapters.media import sample_files
from tests.adapters.media.in_process_worker import fit_or_fail, refusal_sentence, write_file
from tests.adapters.media.sample_files import (
    CORNER_COLOURS,
    PICTURE_LIMITS,
    corner_picture,
    encode_picture,
    read_corners,
)

MIB = 2**20


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_already_fits_is_passed_on_untouched(tmp_path: Path, form: str) -> None:
    """Encoding anew would only cost quality."""
    data = encode_picture(corner_picture(), form)
    fitted = fit_or_fail(sample_files.new_task(write_file(tmp_path, data), PICTURE_LIMITS))
    assert fitted == PreparedFile(
        tmp_path / "photo", form.lower(), len(data), hashlib.sha256(data).hexdigest(), None, 240, 180
    )


@pytest.mark.parametrize("form", ["WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_every_other_format_becomes_a_jpeg(tmp_path: Path, form: str) -> None:
    """Studios take JPEG and PNG only; phones send HEIC."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    source = write_file(tmp_path, encode_picture(corner_picture(), form))
    fitted = fit_or_fail(sample_files.new_task(source, PICTURE_LIMITS))
    assert (fitted.format, fitted.path.suffix, fitted.width, fitted.height) == ("jpeg", ".jpg", 240, 180)
    assert read_corners(fitted.path) == CORNER_COLOURS
    assert source.read_bytes() == encode_picture(corner_picture(), form), "the original was touched"


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WebP"])
def test_a_picture_is_turned_as_the_camera_was_held(tmp_path: Path, form: str, turn: int) -> None:
    """Studios do not read the note a camera leaves, and would see a face lying on its side."""
    held = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]  # the transposition that undoes each turn
    exif = Image.Exif()
    exif[0x0112] = turn
    lying = corner_picture() if held is None else corner_picture().transpose(Image.Transpose(held))
    fitted = fit_or_fail(
        sample_files.new_task(write_file(tmp_path, encode_picture(lying, form, exif=exif)), PICTURE_LIMITS)
    )
    assert (fitted.width, fitted.height) == (240, 180)
    assert read_corners(fitted.path) == CORNER_COLOURS


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WebP", "TIFF"])
def test_the_place_a_photo_was_taken_at_never_leaves_the_house(tmp_path: Path, form: str) -> None:
    """Also when nothing else about the photo needed changing."""
    exif = Image.Exif()
    exif[0x010F] = "Invented Camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 34.0, 56.0), 3: "E", 4: (65.0, 43.0, 21.0)})
    source = write_file(tmp_path, encode_picture(corner_picture(), form, exif=exif))
    limits = replace(PICTURE_LIMITS, formats=("jpeg", "png", "webp", "tiff"))
    fitted = fit_or_fail(sample_files.new_task(source, limits))
    assert b"Invented Camera" not in fitted.path.read_bytes()
    with Image.open(fitted.path) as image:
        assert not image.getexif()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_other_notes_in_a_photo_stay_here_too(tmp_path: Path, form: str) -> None:
    """XMP, comments and captions name people and places as well."""
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Where", "Invented Street 1")
    note = {"pnginfo": words} if form == "PNG" else {"comment": b"Invented Street 1"}
    fitted = fit_or_fail(
        sample_files.new_task(write_file(tmp_path, encode_picture(corner_picture(), form, **note)), PICTURE_LIMITS)
    )
    assert b"Invented Street" not in fitted.path.read_bytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_is_hidden_behind_a_picture_stays_here(tmp_path: Path, form: str) -> None:
    """Some phones put a short film behind a photo."""
    source = write_file(tmp_path, encode_picture(corner_picture(), form) + b"a film of Invented Street 1")
    fitted = fit_or_fail(sample_files.new_task(source, PICTURE_LIMITS))
    assert b"Invented Street" not in fitted.path.read_bytes()
    assert read_corners(fitted.path) == CORNER_COLOURS


def test_a_phones_photo_keeps_neither_its_place_nor_its_turn(tmp_path: Path) -> None:
    """HEIC notes the turn in a way of its own."""
    import pillow_heif

    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 34.0, 56.0)})
    heif = pillow_heif.from_pillow(corner_picture().transpose(Image.Transpose.ROTATE_90))
    heif.save(tmp_path / "photo", exif=exif.tobytes())
    fitted = fit_or_fail(sample_files.new_task(tmp_path / "photo", PICTURE_LIMITS))
    assert (fitted.width, fitted.height) == (240, 180)
    assert read_corners(fitted.path) == CORNER_COLOURS
    with Image.open(fitted.path) as image:
        assert not image.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "I;16", "I", "F", "LA", "PA"])
def test_any_kind_of_colours_becomes_plain_rgb(tmp_path: Path, mode: str) -> None:
    """Sixteen bits, printer's inks and palettes are read by us and not by the studio."""
    image = (
        deep_colour_picture(mode)
        if mode in ("I;16", "I", "F")
        else corner_picture().convert("RGB").convert(mode.replace("PA", "P"))
    )
    form = {"LA": "PNG", "PA": "PNG", "P": "PNG", "CMYK": "JPEG", "I;16": "PNG", "1": "PNG"}.get(mode, "TIFF")
    fitted = fit_or_fail(
        sample_files.new_task(
            write_file(tmp_path, encode_picture(image, form)), replace(PICTURE_LIMITS, formats=("jpeg",))
        )
    )
    with Image.open(fitted.path) as seen:
        assert (seen.format, seen.mode) == ("JPEG", "RGB")
    if mode in ("CMYK", "YCbCr", "P", "LAB"):
        assert read_corners(fitted.path) == CORNER_COLOURS
    if mode in ("I;16", "I", "F"):
        assert read_corners(fitted.path) == ((0, 0, 0), (0, 0, 0), (255, 255, 255), (255, 255, 255))


def deep_colour_picture(mode: str) -> Image.Image:
    """Dark above and bright below, at more than eight bits a point."""
    bright = Image.new(mode, (240, 180), 60_000)
    half = bright.tobytes()[: len(bright.tobytes()) // 2]
    return Image.frombytes(mode, (240, 180), bytes(len(half)) + half)


def test_sixteen_bits_a_colour_become_eight(tmp_path: Path) -> None:
    """Also in a PNG that would pass otherwise."""
    rows = zlib.compress((b"\0" + b"\xff\xff\0\0\0\0" * 200) * 200)
    data = sample_files.build_png(struct.pack(">IIBBBBB", 200, 200, 16, 2, 0, 0, 0), rows)
    fitted = fit_or_fail(sample_files.new_task(write_file(tmp_path, data), replace(PICTURE_LIMITS, formats=("png",))))
    assert fitted.path.read_bytes()[24] == 8, "the depth stands at this place"
    assert read_corners(fitted.path) == ((255, 0, 0),) * 4


def test_a_dark_sixteen_bit_picture_stays_dark(tmp_path: Path) -> None:
    """Depth is what the format can hold, not what this picture uses of it."""
    data = encode_picture(Image.new("I;16", (200, 200), 2_570), "PNG")
    fitted = fit_or_fail(sample_files.new_task(write_file(tmp_path, data), PICTURE_LIMITS))
    with Image.open(fitted.path) as seen:
        assert seen.convert("L").getpixel((100, 100)) in (9, 10, 11)


def test_colours_of_a_profile_become_those_of_a_screen(tmp_path: Path) -> None:
    """A photo in a profile of its own would look wrong to whoever ignores profiles."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    data = encode_picture(corner_picture().convert("RGB"), "TIFF", icc_profile=profile)
    assert fit_or_fail(sample_files.new_task(write_file(tmp_path, data), PICTURE_LIMITS)).format == "jpeg"
    broken = encode_picture(corner_picture(), "TIFF", icc_profile=b"no profile at all")
    assert (
        read_corners(fit_or_fail(sample_files.new_task(write_file(tmp_path, broken), PICTURE_LIMITS)).path)
        == CORNER_COLOURS
    )


def test_what_shows_through_stays_so_in_a_png(tmp_path: Path) -> None:
    """A cut-out portrait keeps its edge where the studio takes PNG."""
    data = encode_picture(transparent_picture(), "WebP", lossless=True)
    fitted = fit_or_fail(sample_files.new_task(write_file(tmp_path, data), PICTURE_LIMITS))
    with Image.open(fitted.path) as seen:
        assert (seen.format, seen.mode, seen.getpixel((10, 10))) == ("PNG", "RGBA", (0, 0, 0, 0))


def test_what_shows_through_is_white_in_a_jpeg(tmp_path: Path) -> None:
    """Left to itself it would be black."""
    for form in ("PNG", "GIF"):
        fitted = fit_or_fail(
            sample_files.new_task(
                write_file(tmp_path, encode_picture(transparent_picture(), form)),
                replace(PICTURE_LIMITS, formats=("jpg",)),
            )
        )
        with Image.open(fitted.path) as seen:
            assert seen.format == "JPEG"
            assert seen.getpixel((10, 10)) == (255, 255, 255)


def transparent_picture() -> Image.Image:
    """A red square in the middle of nothing."""
    image = Image.new("RGBA", (240, 240), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (80, 80, 160, 160))
    return image


@pytest.mark.parametrize("form", ["GIF", "WebP", "PNG", "TIFF"])
def test_of_a_moving_picture_the_first_frame_is_taken(tmp_path: Path, form: str) -> None:
    """Also of one in a format that is taken: a studio may take any frame, or none."""
    more = [Image.new("RGB", (240, 180), colour) for colour in ("black", "white")]
    data = encode_picture(corner_picture(), form, save_all=True, append_images=more)
    fitted = fit_or_fail(sample_files.new_task(write_file(tmp_path, data), PICTURE_LIMITS))
    assert fitted.path != tmp_path / "photo"
    assert read_corners(fitted.path) == CORNER_COLOURS


@pytest.mark.parametrize(
    ("sides", "limits"),
    [
        ((4000, 3000), PICTURE_LIMITS),
        ((4000, 3000), replace(PICTURE_LIMITS, max_side=2048)),
        ((3000, 200), replace(PICTURE_LIMITS, max_side=2500)),
        ((161, 160), replace(PICTURE_LIMITS, max_pixels=161 * 160)),
        ((99_999, 3), FileLimits(MediaKind.PICTURE, 1, ("jpeg",), max_pixels=50)),
    ],
)
def test_a_scaled_size_is_within_the_limits_and_of_the_same_shape(sides: tuple[int, int], limits: FileLimits) -> None:
    """Rounding must not take it over the limit again."""
    width, height = largest_size(sides, limits)
    assert width * height <= (limits.max_pixels or 10**12)
    assert max(width, height) <= (limits.max_side or 10**6)
    assert (width, height) == sides or min(width, height) == 1 or abs(width / height - sides[0] / sides[1]) < 0.2


@pytest.mark.slow
def test_a_large_photo_is_made_smaller(tmp_path: Path) -> None:
    """D-ID takes ten megapixels and says so only once it is asked for a video."""
    fitted = fit_or_fail(
        sample_files.new_task(write_file(tmp_path, encode_picture(corner_picture(4000, 3000), "JPEG")), PICTURE_LIMITS)
    )
    assert fitted.width is not None
    assert fitted.height is not None
    assert 0.98 * 10 * MIB < fitted.width * fitted.height <= 10 * MIB
    assert read_corners(fitted.path) == CORNER_COLOURS


@pytest.mark.slow
def test_too_many_bytes_become_fewer(tmp_path: Path) -> None:
    """First by quality, then by size."""
    noise = Image.effect_noise((600, 600), 200).convert("RGB")
    source = write_file(tmp_path, encode_picture(noise, "PNG"))
    half = fit_or_fail(sample_files.new_task(source, replace(PICTURE_LIMITS, max_bytes=240_000)))
    assert (half.width, half.size <= 240_000) == (600, True)
    tiny = fit_or_fail(sample_files.new_task(source, replace(PICTURE_LIMITS, max_bytes=20_000)))
    assert tiny.width is not None
    assert (160 <= tiny.width < 600, tiny.size <= 20_000) == (True, True)
    assert refusal_sentence(sample_files.new_task(source, replace(PICTURE_LIMITS, max_bytes=1000))).endswith(
        "The limit is 1,000 bytes."
    )


def test_only_png_taken_gives_png(tmp_path: Path) -> None:
    """The limits decide."""
    fitted = fit_or_fail(
        sample_files.new_task(
            write_file(tmp_path, encode_picture(corner_picture(), "JPEG")),
            replace(PICTURE_LIMITS, formats=("image/png",)),
        )
    )
    assert (fitted.format, sniff(fitted.path.read_bytes())) == ("png", sniff(b"\x89PNG\r\n\x1a\n"))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (159, 4000)])
def test_a_picture_too_small_is_refused_with_both_sizes(tmp_path: Path, width: int, height: int) -> None:
    """The asker learns what was found and what is needed."""
    said = refusal_sentence(
        sample_files.new_task(
            write_file(tmp_path, encode_picture(Image.new("RGB", (width, height)), "PNG"), "dot.png"), PICTURE_LIMITS
        )
    )
    assert said == (f"“dot.png” is {width:,} × {height:,} pixels. Send one of at least 160 × 160.")


def test_a_picture_too_narrow_to_be_made_smaller_is_refused(tmp_path: Path) -> None:
    """A panorama would have no height left."""
    source = write_file(tmp_path, encode_picture(Image.new("RGB", (6000, 200)), "PNG"), "wide.png")
    said = refusal_sentence(sample_files.new_task(source, replace(PICTURE_LIMITS, max_side=2000)))
    assert "6,000 × 200" in said
    assert "2,000 × 66" in said


@cache
def huge_headers() -> dict[str, bytes]:
    """Small files that say they are 12,000 × 12,000."""
    lossless = (11_999 | 11_999 << 14).to_bytes(4, "little")
    return {
        "png": sample_files.build_png(struct.pack(">IIBBBBB", 12_000, 12_000, 8, 2, 0, 0, 0), b""),
        "bomb": sample_files.png_bomb(12_000, 12_000),
        "gif": b"GIF89a"
        + struct.pack("<HH", 12_000, 12_000)
        + b"\0\0\0,\0\0\0\0"
        + struct.pack("<HHB", 12_000, 12_000, 0)
        + b"\x02\0;",
        "bmp": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 12_000, 12_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "webp": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (11_999).to_bytes(3, "little") * 2,
        "webp-lossless": b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f" + lossless + bytes(5),
        "webp-lossy": b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 12_000, 12_000),
    }


@pytest.mark.parametrize("form", huge_headers())
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, form: str) -> None:
    """Nobody unpacks 144 megapixels to find that they are too many."""
    said = refusal_sentence(sample_files.new_task(write_file(tmp_path, huge_headers()[form], "huge"), PICTURE_LIMITS))
    assert said == (
        "“huge” is 12,000 × 12,000 pixels (144 megapixels). The limit is 80 megapixels. Send a smaller copy."
    )


def test_a_bomb_of_any_size_is_refused(tmp_path: Path) -> None:
    """Pillow's own alarm must not get in the way of the sentence."""
    assert MAX_OPENED_PIXELS < 90_000_000
    for side in (9_500, 60_000):
        data = sample_files.build_png(struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0), b"")
        assert f"{side:,} × {side:,} pixels" in refusal_sentence(
            sample_files.new_task(write_file(tmp_path, data), PICTURE_LIMITS)
        )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WebP", "TIFF", "BMP", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.1, 0.6])
def test_a_file_cut_off_is_refused(tmp_path: Path, form: str, share: float) -> None:
    """Half a face makes no video."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    data = encode_picture(Image.effect_noise((300, 300), 90).convert("RGB"), form)
    said = refusal_sentence(
        sample_files.new_task(write_file(tmp_path, data[: int(len(data) * share)], "half.jpg"), PICTURE_LIMITS)
    )
    assert said == "“half.jpg” looks like a picture but is damaged or incomplete. Save it again and send that."
