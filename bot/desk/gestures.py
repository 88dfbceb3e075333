"""What people do instead of typing: a reaction, a mention, a message action. Chats describe the message neutrally, and
here it becomes a request, so that the same gesture means the same everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.commands.parser import attach_media, parse_command
from bot.commands.verbs import find_verb
from bot.desk.desk import Desk
from bot.errors import Refused
from bot.jobs.job import Asker, Job, Place
from bot.requests.base import Request, parse_values
from bot.requests.file_links import take_file_links
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.languages import language_of_flag
from bot.requests.media import Media, MediaKind
from bot.wording.cards import DeskReply, JobAction, video_file_name

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
_NO_USE_TEXT = "Send a picture, a sound recording, or words to say; /did help shows everything."
_TOO_SHORT_TEXT = "This video is too short to be translated."
_SPEAK_INSTEAD_TEXT = "A flag on it, such as 🇫🇷, has its words spoken in that language."
_QUESTION_WORDS = frozenset(["how", "what", "why", "when", "where", "who", "which", "can"])
_VARIATION_SELECTOR = "\ufe0f"  # "show me in colour": the same emoji with and without it


@dataclass(frozen=True)
class ChatMessage:
    """A message as any chat can describe it."""

    id: str
    text: str = ""
    media: tuple[Media, ...] = ()
    by_bot: bool = False  # written by us or another bot
    job: str | None = None  # when it shows one of our jobs

    unusable_files: tuple[str, ...] = ()  # the names of files that no request takes

    def with_linked_files(self) -> "ChatMessage":
        """Links to pictures, sounds and videos are files too, not words."""
        text, linked = take_file_links(self.text)
        return replace(self, text=text, media=(*self.media, *linked)) if linked else self

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

    def emoji_meaning(self, emoji: str) -> str | None:
        return self._emoji.get(emoji.replace(_VARIATION_SELECTOR, ""))

    async def handle_reaction(self, asker: Asker, place: Place, emoji: str, message: ChatMessage) -> DeskReply | None:
        """Do what a reaction requests; None when the emoji or the message has no use here."""
        idempotency_key = f"react:{place.key}:{message.id}:{asker.user}:{emoji.replace(_VARIATION_SELECTOR, '')}"
        meaning = self.emoji_meaning(emoji)
        match meaning:
            case "cancel" | "redo" | "delete":
                return await self._change_job(meaning, asker, place, message, idempotency_key)
            case None:
                request = await self._in_language(asker, message.with_linked_files(), language_of_flag(emoji))
            case "make" if message.job:
                raise Refused("This is a video of mine. 🔁 makes it again, and a flag says it in another language.")
            case "make":
                request = _fitting_request(message.with_linked_files())
            case family:
                picture = message.with_linked_files().first_media(MediaKind.PICTURE)
                request = (Animation, {"image": picture, "driver": family}) if picture else None
        return await self._take(asker, place, request, idempotency_key) if request else None

    async def handle_mention(
        self,
        asker: Asker,
        place: Place,
        text: str,
        message: ChatMessage,
        thread_start: ChatMessage | None = None,
        idempotency_key: str | None = None,
    ) -> DeskReply:
        """Run a mention or direct message. A verb or a file acts; mere words may be small talk, so they are asked
        about.

        Files come from the message, else from the one that began the thread.
        """
        words, message = text.strip(), message.with_linked_files()
        if not words and message.media:
            if not (request := _fitting_request(message)):
                raise Refused(_NO_USE_TEXT)
            return await self._take(asker, place, request, idempotency_key)
        if not message.media and message.unusable_files:
            raise Refused(f"I can't use “{message.unusable_files[0]}”. {_NO_USE_TEXT}")
        thread_media = thread_start.with_linked_files().media if thread_start else ()
        if not words:
            return await self._ask_about_thread(asker, place, thread_start)
        has_verb = find_verb(words.split(maxsplit=1)[0]) is not None
        line = f"/did {words}" if has_verb else words
        media = self._usable_media(line, message.media or thread_media)
        if has_verb or message.media or words.startswith("/"):
            return await self._desk.run_command(asker, place, line, media, idempotency_key)
        if _is_question(words):
            return await self._desk.run_command(asker, place, "/did help")
        return await self._ask(asker, place, Talk, parse_command(line, media).values)

    async def action_request(
        self, asker: Asker, action: MessageAction, message: ChatMessage
    ) -> tuple[type[Request], dict[str, Any]]:
        """The request and values that a message action begins with, for a form to show."""
        job = await self._desk.job_finder.find_job(asker, message.job) if message.job else None
        message = message.with_linked_files()
        picture = message.first_media(MediaKind.PICTURE)
        video = message.first_media(MediaKind.VIDEO)
        match action:
            case "animate" if picture:
                return Animation, {"image": picture}
            case "animate":
                raise Refused("There is no picture in this message to animate.")
            case "translate" if job:
                return Translation, translation_values(job, video)
            case "translate" if video:
                return Translation, {"video": video}
            case "translate":
                raise Refused("There is no video in this message to translate.")
            case "talk" if job:  # its words, not those of its card
                known = {name: getattr(job.request, name, None) for name in ("script", "image")}
                return Talk, {name: value for name, value in known.items() if value}
            case "talk":
                return _talk_request(message)

    async def offer_video(self, asker: Asker, place: Place, message: ChatMessage) -> DeskReply | None:
        """Ask about a photo that was posted without a word to us; None when there is none."""
        request = _fitting_request(message)
        if request is None or message.first_media(MediaKind.PICTURE) is None:
            return None
        return await self._ask(asker, place, *request)

    async def _take(
        self, asker: Asker, place: Place, request: tuple[type[Request], dict[str, Any]], idempotency_key: str | None
    ) -> DeskReply:
        """Request it, or ask for the words of a photo that has none."""
        kind, values = request
        if _lacks_words(kind, values):
            return await self._ask(asker, place, kind, values)
        return await self._desk.take_request(asker, place, parse_values(kind, values), idempotency_key)

    async def _ask(self, asker: Asker, place: Place, kind: type[Request], values: dict[str, Any]) -> DeskReply:
        await self._desk.check_may_request(asker, place)
        if _lacks_words(kind, values):
            return await self._desk.questions.ask_for_words(asker, place, kind, values, Animation)
        return await self._desk.questions.ask_to_make(asker, place, kind, values)

    async def _in_language(
        self, asker: Asker, message: ChatMessage, language: str | None
    ) -> tuple[type[Request], dict[str, Any]] | None:
        """What a flag asks for: the video translated, else the words spoken."""
        if language is None:
            return None
        if message.job:
            return await self._job_in_language(asker, message, language)
        if video := message.first_media(MediaKind.VIDEO):
            return Translation, {"video": video, "languages": (language,)}
        kind, values = _talk_request(message)
        return (kind, values | {"language": language}) if values.get("script") else None

    async def _job_in_language(
        self, asker: Asker, message: ChatMessage, language: str
    ) -> tuple[type[Request], dict[str, Any]]:
        """A video of ours is translated; one too short for that is spoken anew, as its words are known."""
        job = await self._desk.job_finder.find_job(asker, message.job or "")
        try:
            values = translation_values(job, message.first_media(MediaKind.VIDEO))
        except Refused:
            if not _are_words_known(job):
                raise
            own_voice = {"language": language, "voice": None, "provider": None, "style": None}
            return type(job.request), dict(job.request.model_copy(update=own_voice))
        return Translation, {**values, "languages": (language,)}

    async def _ask_about_thread(self, asker: Asker, place: Place, thread_start: ChatMessage | None) -> DeskReply:
        """A mention without a word may mean what began its thread."""
        request = _fitting_request(thread_start.with_linked_files()) if thread_start else None
        if request is None:
            return await self._desk.run_command(asker, place, "/did help")
        return await self._ask(asker, place, *request)

    async def _change_job(
        self, change: JobAction, asker: Asker, place: Place, message: ChatMessage, idempotency_key: str
    ) -> DeskReply | None:
        """Cancel, redo or delete the job shown by a message, or requested by a reaction to it."""
        job = message.job or await self._desk.job_finder.job_asked_by_message(asker, message.id)
        if job is None:
            return None
        if message.job and place.thread == place.message:  # as its button: where the card is, not below it
            place = place.model_copy(update={"thread": ""})
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


def translation_values(job: Job, attached: Media | None = None) -> dict[str, Any]:
    """What a translation of a video of ours begins with, or why it cannot be translated.

    Its length goes along, so that a provider which takes it is chosen. `attached` is the chat's copy of it.
    """
    stored = job.stored_video
    if stored and not job.deleted:
        ours = Media(kind=MediaKind.VIDEO, address=f"shelf:{stored.video}", name=video_file_name(job))
        video = (attached or ours).model_copy(update={"seconds": stored.seconds})
    elif attached:
        video = attached
    else:
        raise Refused("This video is not finished, or no longer here.")
    if not job.translatable:
        raise Refused(f"{_TOO_SHORT_TEXT} {_SPEAK_INSTEAD_TEXT}" if _are_words_known(job) else _TOO_SHORT_TEXT)
    return {"video": video}


def _are_words_known(job: Job) -> bool:
    return isinstance(job.request, Talk | Video) and bool(job.request.script)


def _lacks_words(kind: type[Request], values: Mapping[str, Any]) -> bool:
    return kind is Talk and not values.get("script") and not values.get("audio")


def _is_question(words: str) -> bool:
    return words.rstrip().endswith(("?", "？", "؟")) or words.split(maxsplit=1)[0].casefold() in _QUESTION_WORDS


def _fitting_request(message: ChatMessage) -> tuple[type[Request], dict[str, Any]] | None:
    """The talk that fits what is in a message; a photo without words still needs some."""
    kind, values = _talk_request(message)
    return (kind, values) if values and not message.job else None


def _talk_request(message: ChatMessage) -> tuple[type[Request], dict[str, Any]]:
    """A talk: the picture speaks the sound, else the text."""
    picture, sound = message.first_media(MediaKind.PICTURE), message.first_media(MediaKind.SOUND)
    values: dict[str, Any] = {"image": picture} if picture else {}
    words = message.text.strip()
    return Talk, values | ({"audio": sound} if sound else {"script": words} if words else {})
