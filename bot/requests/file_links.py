"""Files by the ending of their name, and links to files in what people write."""

import re
from collections.abc import Callable

from bot.requests.media import Media, MediaKind

_EXTENSION_LISTS = {
    MediaKind.PICTURE: "jpg jpeg png webp gif bmp tif tiff heic heif",
    MediaKind.SOUND: "mp3 wav m4a ogg oga opus flac aac weba",
    MediaKind.VIDEO: "mp4 mov webm mkv avi m4v mpg mpeg",
    MediaKind.TEXT: "yaml yml json txt",
}
EXTENSIONS: dict[MediaKind, list[str]] = {kind: endings.split() for kind, endings in _EXTENSION_LISTS.items()}
_KIND_BY_EXTENSION = {ending: kind for kind, endings in EXTENSIONS.items() for ending in endings}
_LINK_PATTERN = re.compile(r"(?P<option>(?:--|[—–])[\w-]{1,40}(?:\s{1,20}|=))?<?(?P<url>https://[^\s<>]+)>?")


def kind_by_name(name: str) -> MediaKind | None:
    return _KIND_BY_EXTENSION.get(name.rpartition(".")[2].casefold())


def media_of_link(url: str) -> Media | None:
    """The file behind a link, if its name shows what it is."""
    name = url.partition("?")[0].partition("#")[0].rsplit("/", 1)[-1]
    kind = kind_by_name(name)
    return Media(kind=kind, address=url, name=name[:60]) if kind else None


def take_file_links(
    text: str, media_of_url: Callable[[str, bool], Media | None] | None = None
) -> tuple[str, tuple[Media, ...]]:
    """The text without links to files, and the files. A link that is an option's value stays in the text.

    `media_of_url` is told whether the link is an option's value: a chat's own files have no other address.
    """
    found: list[Media] = []

    def replace_link(match: re.Match[str]) -> str:
        is_option_value = bool(match["option"])
        if media_of_url:
            media = media_of_url(match["url"], is_option_value)
        else:
            media = None if is_option_value else media_of_link(match["url"])
        if media is None:
            return match[0]
        found.append(media)
        return ""

    remaining = _LINK_PATTERN.sub(replace_link, text)
    return (re.sub(r"[ \t]{2,}", " ", remaining).strip() if found else text), tuple(found)
