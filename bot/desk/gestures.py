"""What people do instead of typing: a reaction, a mention, a message action. Chats describe the message neutrally, and
here it becomes a request, so that the same gesture means the same everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.commands.parser import attach_media, parse_command, parse_options
from bot.commands.verbs import find_verb
from bot.desk.desk import Desk
from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Animation, Talk, Translation
from bot.requests.languages import language_of_flag
from bot.requests.media import Media, MediaKind
from bot.requests.options import options_of
from bot.wording.cards import ButtonAction, DeskReply

MessageAction = Literal["talk", "animate", "translate"]

# What an emoji asks for: "make" is the right thing for what is there, a family animates, the rest is about a job.
DEFAULT_EMOJI: Mapping[str, str] = {
    "🎬": "make",
    "🗣": "make",
    "🕺": "dance",
    "💃": "dance",
    "😂": "fun",
    "🕰": "nostalgia",
    "🎵": "classics",
    "❌": "cancel",
    "🔁": "redo",
    "🗑": "delete",
}
_EMOJI_FAMILIES = ("nostalgia", "fun", "dance", "classics", "subtle", "stitch")
_EMOJI_MEANINGS = ("make", "cancel", "redo", "delete", *_EMOJI_FAMILIES)
_VARIATION_SELECTOR = "\ufe0f"  # "show me in colour": the same emoji with and without it


@dataclass(frozen=True)
class ChatMessage:
    """A message as any chat can describe it."""

    id: str
    text: str = ""
    media: tuple[Media, ...] = ()
    by_bot: bool = False  # written by us or another bot
    job: str | None = None  # when it shows one of our jobs

    def first_media(self, kind: MediaKind) -> Media | None:
        return next((each for each in self.media if each.kind is kind), None)


def parse_emoji_map(setting: str) -> dict[str, str]:
    """Parse a setting such as `🎬=make 🕺=dance`; an empty one is the built-in map."""
    if not setting.strip():
        return dict(DEFAULT_EMOJI)
    pairs = [pair.partition("=") for pair in setting.split()]
    for emoji, _, meaning in pairs:
        if meaning not in _EMOJI_MEANINGS:
            raise Refused(
                f"“{emoji}={meaning}” in the emoji map means nothing; an emoji means {', '.join(_EMOJI_MEANINGS)}."
            )
    return {emoji.replace(_VARIATION_SELECTOR, ""): meaning for emoji, _, meaning in pairs}


class Gestures:
    def __init__(self, desk: Desk, emoji: Mapping[str, str] = DEFAULT_EMOJI) -> None:
        self._desk = desk
        self._emoji = emoji

    def is_known_emoji(self, emoji: str) -> bool:
        """Whether an emoji is in the map, so that a chat fetches the message only when it matters."""
        return self.emoji_meaning(emoji) is not None or language_of_flag(emoji) is not None

    async def handle_reaction(self, asker: Asker, place: Place, emoji: str, message: ChatMessage) -> DeskReply | None:
        """Do what a reaction requests; None when the emoji or the message has no use here."""
        idempotency_key = f"react:{place.key}:{message.id}:{asker.user}:{emoji.replace(_VARIATION_SELECTOR, '')}"
        picture, video = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.VIDEO)
        fitting: tuple[type[Request], dict[str, Any]] | None = None
        if language := language_of_flag(emoji):
            fitting = (Translation, {"video": video, "languages": (language,)}) if video else None
        else:
            match self.emoji_meaning(emoji):
                case "cancel" | "redo" | "delete" as change:
                    return await self._change_job(change, asker, place, message, idempotency_key)
                case "make":
                    fitting = _fitting_request(message)
                case str(family):
                    fitting = (Animation, {"image": picture, "driver": family}) if picture else None
        if fitting is None:
            return None
        return await self._desk.take_request(asker, place, parse_values(*fitting), idempotency_key)

    async def handle_mention(
        self,
        asker: Asker,
        place: Place,
        text: str,
        message: ChatMessage,
        thread_start: ChatMessage | None = None,
        idempotency_key: str | None = None,
    ) -> DeskReply:
        """Run a mention. Files come from the message, else from the one that began the thread."""
        words = text.strip()
        if not words and (fitting := _fitting_request(message) or (thread_start and _fitting_request(thread_start))):
            return await self._desk.take_request(asker, place, parse_values(*fitting), idempotency_key)
        line = f"/did {words}" if words and find_verb(words.split(maxsplit=1)[0]) else words or "/did help"
        media = message.media or (thread_start.media if thread_start else ())
        return await self._desk.run_command(asker, place, line, self._usable_media(line, media), idempotency_key)

    async def handle_action(
        self,
        asker: Asker,
        place: Place,
        action: MessageAction,
        message: ChatMessage,
        typed: str = "",
        idempotency_key: str | None = None,
    ) -> DeskReply:
        """Run a message action with the values of its form."""
        request, values = self.action_request(action, message)
        values |= parse_options(typed, options_of(request))
        return await self._desk.take_request(asker, place, parse_values(request, values), idempotency_key)

    def action_request(self, action: MessageAction, message: ChatMessage) -> tuple[type[Request], dict[str, Any]]:
        """The request and values that a message action begins with, for a form to show."""
        picture, video = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.VIDEO)
        match action:
            case "animate" if picture:
                return Animation, {"image": picture}
            case "animate":
                raise Refused("There is no picture in this message to animate.")
            case "translate" if video:
                return Translation, {"video": video}
            case "translate":
                raise Refused("There is no video in this message to translate.")
            case "talk":
                return _talk_request(message)

    def emoji_meaning(self, emoji: str) -> str | None:
        return self._emoji.get(emoji.replace(_VARIATION_SELECTOR, ""))

    async def _change_job(
        self, change: ButtonAction, asker: Asker, place: Place, message: ChatMessage, idempotency_key: str
    ) -> DeskReply | None:
        """Cancel, redo or delete the job shown by a message, or requested by a reaction to it."""
        job = message.job or await self._desk.job_finder.job_asked_by_message(asker, message.id)
        if job is None:
            return None
        return await self._desk.press_button(asker, place, change, job, idempotency_key)

    def _usable_media(self, line: str, media: tuple[Media, ...]) -> list[Media]:
        """The files a command can use: a picture in a thread is no reason to refuse a translation."""
        verb_typed = parse_command(line).verb
        if verb_typed.request is None:
            return []
        usable: list[Media] = []
        for each in media:
            try:
                attach_media({}, [*usable, each], verb_typed)
            except Refused:
                continue
            usable.append(each)
        return usable


def _fitting_request(message: ChatMessage) -> tuple[type[Request], dict[str, Any]] | None:
    """The request that fits what is in a message."""
    picture, sound = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.SOUND)
    words = "" if message.job else message.text.strip()  # a card of ours is not what anybody wants to hear
    if picture and not sound and not words:
        return Animation, {"image": picture}
    return _talk_request(message) if sound or words else None


def _talk_request(message: ChatMessage) -> tuple[type[Request], dict[str, Any]]:
    """A talk: the picture speaks the sound, else the text."""
    picture, sound = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.SOUND)
    values: dict[str, Any] = {"image": picture} if picture else {}
    return Talk, values | ({"audio": sound} if sound else {"script": message.text.strip()})
