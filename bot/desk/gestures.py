"""What people do instead of typing: a reaction, a mention, a message action. Chats describe the message neutrally, and
here it becomes a request, so that the same gesture means the same everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.commands.parser import attach, read, read_options
from bot.commands.verbs import verb
from bot.desk.desk import Desk
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.requests.flag_emoji import language_of
from bot.requests.kinds import Animation, Request, Talk, Translation, make
from bot.requests.media import Kind, Media
from bot.requests.options import options
from bot.wording.answer import Answer

Action = Literal["talk", "animate", "translate"]

# What an emoji asks for: "make" is the right thing for what is there, a family animates, the rest is about a job.
EMOJI: Mapping[str, str] = {
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
_FAMILIES = ("nostalgia", "fun", "dance", "classics", "subtle", "stitch")
_KNOWN = ("make", "cancel", "redo", "delete", *_FAMILIES)
_VARIATION = "\ufe0f"  # "show me in colour": the same emoji with and without it


@dataclass(frozen=True)
class Message:
    """A message somebody points at, as any chat can describe it."""

    id: str
    text: str = ""
    media: tuple[Media, ...] = ()
    by_bot: bool = False  # written by us or another bot
    job: str | None = None  # when it shows one of our jobs

    def first(self, kind: Kind) -> Media | None:
        """The first file of a kind."""
        return next((each for each in self.media if each.kind is kind), None)


def emoji_map(setting: str) -> dict[str, str]:
    """The emoji of a setting such as `🎬=make 🕺=dance`, or our own when it is empty."""
    if not setting.strip():
        return dict(EMOJI)
    pairs = [pair.partition("=") for pair in setting.split()]
    for emoji, _, meaning in pairs:
        if meaning not in _KNOWN:
            raise Refused(f"“{emoji}={meaning}” in the emoji map means nothing; an emoji means {', '.join(_KNOWN)}.")
    return {emoji.replace(_VARIATION, ""): meaning for emoji, _, meaning in pairs}


class Gestures:
    """Turns gestures into calls of the desk."""

    def __init__(self, desk: Desk, emoji: Mapping[str, str] = EMOJI) -> None:
        self._desk = desk
        self._emoji = emoji

    def means(self, emoji: str) -> bool:
        """Whether an emoji is one of ours, so that a chat fetches the message only when it matters."""
        return self.meaning(emoji) is not None or language_of(emoji) is not None

    async def react(self, asker: Asker, place: Place, emoji: str, message: Message) -> Answer | None:
        """Do what a reaction asks for; nothing when it is not one of ours, or points at nothing we can use."""
        once = f"react:{place.key}:{message.id}:{asker.user}:{emoji.replace(_VARIATION, '')}"
        if spoken := language_of(emoji):
            return await self._translate(asker, place, spoken, message, once)
        meaning = self.meaning(emoji)
        match meaning:
            case None:
                return None
            case "cancel" | "redo" | "delete":
                return await self._about(meaning, asker, place, message, once)
            case "make":
                found = _make(message)
            case family:
                picture = message.first(Kind.PICTURE)
                found = (Animation, {"image": picture, "driver": family}) if picture else None
        return await self._desk.ask(asker, place, make(*found), once) if found else None

    async def mention(
        self,
        asker: Asker,
        place: Place,
        text: str,
        message: Message,
        around: Message | None = None,
        once: str | None = None,
    ) -> Answer:
        """Do what a mention says. Files come from the message, else from the one the thread began with."""
        words = text.strip()
        first = words.split(maxsplit=1)[0].casefold() if words else ""
        named = verb(first)
        if not words and (found := _make(message) or (_make(around) if around else None)):
            return await self._desk.ask(asker, place, make(*found), once)
        line = f"/did {words}" if named else words or "/did help"
        media = message.media or (around.media if around else ())
        return await self._desk.say(asker, place, line, self._useful(line, media), once)

    async def act(
        self, asker: Asker, place: Place, action: Action, message: Message, typed: str = "", once: str | None = None
    ) -> Answer:
        """Do a message action, with what its form added."""
        request, values = self.start(action, message)
        known = options(request)
        return await self._desk.ask(asker, place, make(request, values | read_options(typed, known)), once)

    def start(self, action: Action, message: Message) -> tuple[type[Request], dict[str, Any]]:
        """What a message action begins with, for a form to show: the request and the values the message gives."""
        picture, video = message.first(Kind.PICTURE), message.first(Kind.VIDEO)
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
                return _talk(message)

    def meaning(self, emoji: str) -> str | None:
        """What an emoji asks for, flags aside."""
        return self._emoji.get(emoji.replace(_VARIATION, ""))

    async def _translate(self, asker: Asker, place: Place, spoken: str, message: Message, once: str) -> Answer | None:
        video = message.first(Kind.VIDEO)
        if video is None:
            return None  # a flag under anything else is just a flag
        return await self._desk.ask(asker, place, make(Translation, {"video": video, "languages": (spoken,)}), once)

    async def _about(self, what: str, asker: Asker, place: Place, message: Message, once: str) -> Answer | None:
        """Cancel, redo or delete what a message shows, or what was asked by reacting to it."""
        job = message.job or await self._desk.asked_of(asker, place, message.id)
        if job is None:
            return None
        if what == "redo":
            return await self._desk.redo(asker, place, job, once)
        return await (self._desk.cancel(asker, job) if what == "cancel" else self._desk.delete(asker, job))

    def _useful(self, line: str, media: tuple[Media, ...]) -> list[Media]:
        """The files a line can use: a thread's picture is no reason to refuse a translation."""
        named = read(line).verb
        if named.request is None:
            return []
        useful: list[Media] = []
        for each in media:
            try:
                attach({}, [*useful, each], named)
            except Refused:
                continue
            useful.append(each)
        return useful


def _make(message: Message) -> tuple[type[Request], dict[str, Any]] | None:
    """The right thing for what is there."""
    picture, sound = message.first(Kind.PICTURE), message.first(Kind.SOUND)
    words = "" if message.job else message.text.strip()  # a card of ours is not what anybody wants to hear
    if picture and not sound and not words:
        return Animation, {"image": picture}
    return _talk(message) if sound or words else None


def _talk(message: Message) -> tuple[type[Request], dict[str, Any]]:
    """A talk of a message: its picture speaks its sound, else its words."""
    picture, sound = message.first(Kind.PICTURE), message.first(Kind.SOUND)
    values: dict[str, Any] = {"image": picture} if picture else {}
    return Talk, values | ({"audio": sound} if sound else {"script": message.text.strip()})
