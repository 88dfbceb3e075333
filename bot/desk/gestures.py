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
from bot.jobs.asker import Asker, Place
from bot.requests.flag_emoji import language_of_flag
from bot.requests.kinds import Animation, Request, Talk, Translation, parse_values
from bot.requests.media import Media, MediaKind
from bot.requests.options import options_of
from bot.wording.cards import DeskReply

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
    """A message somebody points at, as any chat can describe it."""

    id: str
    text: str = ""
    media: tuple[Media, ...] = ()
    by_bot: bool = False  # written by us or another bot
    job: str | None = None  # when it shows one of our jobs

    def first_media(self, kind: MediaKind) -> Media | None:
        """The first file of a kind."""
        return next((each for each in self.media if each.kind is kind), None)


def parse_emoji_map(setting: str) -> dict[str, str]:
    """The emoji of a setting such as `🎬=make 🕺=dance`, or our own when it is empty."""
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
    """Turns gestures into calls of the desk."""

    def __init__(self, desk: Desk, emoji: Mapping[str, str] = DEFAULT_EMOJI) -> None:
        self._desk = desk
        self._emoji = emoji

    def is_known_emoji(self, emoji: str) -> bool:
        """Whether an emoji is one of ours, so that a chat fetches the message only when it matters."""
        return self.emoji_meaning(emoji) is not None or language_of_flag(emoji) is not None

    async def handle_reaction(self, asker: Asker, place: Place, emoji: str, message: ChatMessage) -> DeskReply | None:
        """Do what a reaction asks for; nothing when it is not one of ours, or points at nothing we can use."""
        idempotency_key = f"react:{place.key}:{message.id}:{asker.user}:{emoji.replace(_VARIATION_SELECTOR, '')}"
        if language := language_of_flag(emoji):
            return await self._translate_video(asker, place, language, message, idempotency_key)
        meaning = self.emoji_meaning(emoji)
        match meaning:
            case None:
                return None
            case "cancel" | "redo" | "delete":
                return await self._change_job(meaning, asker, place, message, idempotency_key)
            case "make":
                request_and_values = _fitting_request(message)
            case family:
                picture = message.first_media(MediaKind.PICTURE)
                request_and_values = (Animation, {"image": picture, "driver": family}) if picture else None
        return (
            await self._desk.take_request(asker, place, parse_values(*request_and_values), idempotency_key)
            if request_and_values
            else None
        )

    async def handle_mention(
        self,
        asker: Asker,
        place: Place,
        text: str,
        message: ChatMessage,
        thread_start: ChatMessage | None = None,
        idempotency_key: str | None = None,
    ) -> DeskReply:
        """Do what a mention says. Files come from the message, else from the one the thread began with."""
        words = text.strip()
        first = words.split(maxsplit=1)[0].casefold() if words else ""
        verb_typed = find_verb(first)
        if not words and (
            request_and_values := _fitting_request(message)
            or (_fitting_request(thread_start) if thread_start else None)
        ):
            return await self._desk.take_request(asker, place, parse_values(*request_and_values), idempotency_key)
        line = f"/did {words}" if verb_typed else words or "/did help"
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
        """Do a message action, with what its form added."""
        request, values = self.action_request(action, message)
        known_options = options_of(request)
        return await self._desk.take_request(
            asker, place, parse_values(request, values | parse_options(typed, known_options)), idempotency_key
        )

    def action_request(self, action: MessageAction, message: ChatMessage) -> tuple[type[Request], dict[str, Any]]:
        """What a message action begins with, for a form to show: the request and the values the message gives."""
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
        """What an emoji asks for, flags aside."""
        return self._emoji.get(emoji.replace(_VARIATION_SELECTOR, ""))

    async def _translate_video(
        self, asker: Asker, place: Place, language: str, message: ChatMessage, idempotency_key: str
    ) -> DeskReply | None:
        video = message.first_media(MediaKind.VIDEO)
        if video is None:
            return None  # a flag under anything else is just a flag
        return await self._desk.take_request(
            asker, place, parse_values(Translation, {"video": video, "languages": (language,)}), idempotency_key
        )

    async def _change_job(
        self, change: str, asker: Asker, place: Place, message: ChatMessage, idempotency_key: str
    ) -> DeskReply | None:
        """Cancel, redo or delete what a message shows, or what was asked by reacting to it."""
        job = message.job or await self._desk.job_finder.job_asked_by_message(asker, message.id)
        if job is None:
            return None
        if change == "redo":
            return await self._desk.redo_job(asker, place, job, idempotency_key)
        return await (self._desk.cancel_job(asker, job) if change == "cancel" else self._desk.delete_job(asker, job))

    def _usable_media(self, line: str, media: tuple[Media, ...]) -> list[Media]:
        """The files a line can use: a thread's picture is no reason to refuse a translation."""
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
    """The right thing for what is there."""
    picture, sound = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.SOUND)
    words = "" if message.job else message.text.strip()  # a card of ours is not what anybody wants to hear
    if picture and not sound and not words:
        return Animation, {"image": picture}
    return _talk_request(message) if sound or words else None


def _talk_request(message: ChatMessage) -> tuple[type[Request], dict[str, Any]]:
    """A talk of a message: its picture speaks its sound, else its words."""
    picture, sound = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.SOUND)
    values: dict[str, Any] = {"image": picture} if picture else {}
    return Talk, values | ({"audio": sound} if sound else {"script": message.text.strip()})
