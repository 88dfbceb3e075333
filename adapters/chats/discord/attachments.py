"""Files as Discord names them, and messages as gestures see them.

A file's link dies within a day, so its address also says in which message it lies: there a fresh link can be had.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Self
from urllib.parse import urldefrag, urlsplit

import discord

from adapters.chats.discord.context import PLATFORM
from adapters.chats.discord.incoming.button_ids import job_id_of
from bot.desk.gestures import ChatMessage
from bot.errors import Refused
from bot.requests.media import Media, MediaKind
from bot.requests.options import Option
from bot.wording import chat_texts

_KIND_BY_TYPE = {"image": MediaKind.PICTURE, "audio": MediaKind.SOUND, "video": MediaKind.VIDEO, "text": MediaKind.TEXT}
_TEXT_SUFFIXES = {".yaml", ".yml", ".json", ".txt", ".srt"}


@dataclass(frozen=True)
class FileAddress:
    """Where a file lies: its link, and its message when it has one."""

    url: str
    channel_id: int = 0
    message_id: int = 0
    attachment_id: int = 0

    @property
    def encoded(self) -> str:
        """As a job keeps it."""
        location = f"#{self.channel_id}/{self.message_id}/{self.attachment_id}" if self.message_id else ""
        return f"{PLATFORM}:{self.url}{location}"

    @classmethod
    def parse(cls, encoded: str) -> Self:
        """Read back what a job kept."""
        url, location = urldefrag(encoded.partition(":")[2])
        ids = [int(each) for each in location.split("/")] if location else [0, 0, 0]
        return cls(url, *ids)


def media_of(attachment: discord.Attachment, message: discord.Message | None = None) -> Media | None:
    """An attachment as media; None when it is of no kind we know."""
    kind = kind_of(attachment)
    if kind is None:
        return None
    ids = (message.channel.id, message.id, attachment.id) if message else ()
    return Media(kind=kind, address=FileAddress(attachment.url, *ids).encoded, name=attachment.filename)


def media_for(option: Option, attachment: discord.Attachment) -> Media:
    """An attachment for an option; refused at once when its name already says that it cannot be right."""
    wanted, kind = option.media_kind or MediaKind.PICTURE, kind_of(attachment)
    fits = kind in (None, wanted) or (wanted is MediaKind.SOUND and kind is MediaKind.VIDEO)
    if not fits:
        raise Refused(chat_texts.wrong_file_kind(attachment.filename, wanted), option.field)
    return Media(kind=wanted, address=FileAddress(attachment.url).encoded, name=attachment.filename)


def kind_of(attachment: discord.Attachment) -> MediaKind | None:
    """What a file says it is; what it really is shows when it is fetched."""
    if PurePath(attachment.filename).suffix.lower() in _TEXT_SUFFIXES:
        return MediaKind.TEXT
    return _KIND_BY_TYPE.get((attachment.content_type or "").partition("/")[0])


def _component_media(message: discord.Message) -> list[Media | None]:
    """Files inside Components V2, as in our own cards: Discord does not list them among the attachments."""
    items = [item for each in _walk_components(message.components) for item in getattr(each, "items", ())]
    media: list[Media | None] = []
    for item in items:
        kind = _KIND_BY_TYPE.get((item.media.content_type or "").partition("/")[0])
        if kind and item.media.attachment_id:
            address = FileAddress(item.media.url, message.channel.id, message.id, item.media.attachment_id)
            media.append(Media(kind=kind, address=address.encoded, name=PurePath(urlsplit(item.media.url).path).name))
    return media


def file_links(message: discord.Message) -> dict[int, str]:
    """Today's link of every file of a message."""
    items = [item for each in _walk_components(message.components) for item in getattr(each, "items", ())]
    shown = {item.media.attachment_id: item.media.url for item in items if item.media.attachment_id}
    return shown | {each.id: each.url for each in message.attachments}


def _walk_components(components: Sequence[Any]) -> Iterator[Any]:
    for each in components:
        yield each
        yield from _walk_components(getattr(each, "children", ()))


def to_gesture_message(message: discord.Message, text: str | None = None) -> ChatMessage:
    """A message as any chat would describe it."""
    media = [media_of(each, message) for each in message.attachments]
    media += _component_media(message)
    for snapshot in message.message_snapshots:  # a forwarded message carries its files inside
        media += [media_of(each) for each in snapshot.attachments]
    return ChatMessage(
        id=str(message.id),
        text=message.content if text is None else text,
        media=tuple(each for each in media if each),
        by_bot=message.author.bot,
        job=job_id_of(message),
    )
