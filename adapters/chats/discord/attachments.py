"""Files as Discord names them, and messages as gestures see them.

A file's link dies within a day, so its address also says in which message it lies: there a fresh link can be had.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Self
from urllib.parse import urldefrag, urlsplit

import discord

from adapters.chats.discord.context import NAME
from adapters.chats.discord.incoming.button_ids import job_of
from bot.desk.gestures import Message
from bot.errors import Refused
from bot.requests.media import Kind, Media
from bot.requests.options import Option
from bot.wording import chat_texts

_TYPES = {"image": Kind.PICTURE, "audio": Kind.SOUND, "video": Kind.VIDEO, "text": Kind.TEXT}
_TEXTS = {".yaml", ".yml", ".json", ".txt", ".srt"}


@dataclass(frozen=True)
class Address:
    """Where a file lies: its link, and its message when it has one."""

    url: str
    channel: int = 0
    message: int = 0
    attachment: int = 0

    @property
    def packed(self) -> str:
        """As a job keeps it."""
        where = f"#{self.channel}/{self.message}/{self.attachment}" if self.message else ""
        return f"{NAME}:{self.url}{where}"

    @classmethod
    def of(cls, packed: str) -> Self:
        """Read back what a job kept."""
        url, where = urldefrag(packed.partition(":")[2])
        ids = [int(each) for each in where.split("/")] if where else [0, 0, 0]
        return cls(url, *ids)


def media_of(attachment: discord.Attachment, message: discord.Message | None = None) -> Media | None:
    """An attachment as media; None when it is of no kind we know."""
    kind = kind_of(attachment)
    if kind is None:
        return None
    ids = (message.channel.id, message.id, attachment.id) if message else ()
    return Media(kind=kind, at=Address(attachment.url, *ids).packed, name=attachment.filename)


def media_for(option: Option, attachment: discord.Attachment) -> Media:
    """An attachment for an option; refused at once when its name already says that it cannot be right."""
    wanted, kind = option.takes or Kind.PICTURE, kind_of(attachment)
    fits = kind in (None, wanted) or (wanted is Kind.SOUND and kind is Kind.VIDEO)
    if not fits:
        raise Refused(chat_texts.wrong_kind(attachment.filename, wanted), option.field)
    return Media(kind=wanted, at=Address(attachment.url).packed, name=attachment.filename)


def kind_of(attachment: discord.Attachment) -> Kind | None:
    """What a file says it is; what it really is shows when it is fetched."""
    if PurePath(attachment.filename).suffix.lower() in _TEXTS:
        return Kind.TEXT
    return _TYPES.get((attachment.content_type or "").partition("/")[0])


def _shown(message: discord.Message) -> list[Media | None]:
    """Files inside Components V2, as in our own cards: Discord does not list them among the attachments."""
    items = [item for each in _walk(message.components) for item in getattr(each, "items", ())]
    found: list[Media | None] = []
    for item in items:
        kind = _TYPES.get((item.media.content_type or "").partition("/")[0])
        if kind and item.media.attachment_id:
            at = Address(item.media.url, message.channel.id, message.id, item.media.attachment_id)
            found.append(Media(kind=kind, at=at.packed, name=PurePath(urlsplit(item.media.url).path).name))
    return found


def links(message: discord.Message) -> dict[int, str]:
    """Today's link of every file of a message."""
    items = [item for each in _walk(message.components) for item in getattr(each, "items", ())]
    shown = {item.media.attachment_id: item.media.url for item in items if item.media.attachment_id}
    return shown | {each.id: each.url for each in message.attachments}


def _walk(components: Sequence[Any]) -> Iterator[Any]:
    for each in components:
        yield each
        yield from _walk(getattr(each, "children", ()))


def neutral(message: discord.Message, text: str | None = None) -> Message:
    """A message as any chat would describe it."""
    found = [media_of(each, message) for each in message.attachments]
    found += _shown(message)
    for snapshot in message.message_snapshots:  # a forwarded message carries its files inside
        found += [media_of(each) for each in snapshot.attachments]
    return Message(
        id=str(message.id),
        text=message.content if text is None else text,
        media=tuple(each for each in found if each),
        by_bot=message.author.bot,
        job=job_of(message),
    )
