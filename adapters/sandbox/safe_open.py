"""Opens what was sent to the sandbox, by readers that read this one file: left to guess, the libraries would also take
playlists and drawings, which name other files and addresses, and pages that start other programs."""

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageFile

if TYPE_CHECKING:
    from av.container import InputContainer

PICTURE_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
MEDIA_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpeg,mpegvideo,mpegts,ogg,mp3,wav,flac,aac,aiff,amr,caf,w64"
)


def open_picture(path: Path) -> Image.Image:
    """A picture; only its header is read yet."""
    image = Image.open(path, formats=PICTURE_FORMATS)
    if not isinstance(image, ImageFile.ImageFile):
        raise TypeError(type(image))
    return image


def open_media(path: Path | None) -> "InputContainer":
    """A sound or a film; to be used in a `with`."""
    import av  # the extra "demo", not needed to start

    return av.open(str(path), "r", options={"protocol_whitelist": "file", "format_whitelist": MEDIA_FORMATS})
