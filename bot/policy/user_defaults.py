"""A person's taste: the voice, face and the like that hold for them wherever they say nothing else."""

from typing import Annotated, Any, ClassVar

from annotated_types import MaxLen
from pydantic import AfterValidator

from bot.commands.parser import parse_options
from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.requests.base import OptionModel, StudioName, parse_values
from bot.requests.kinds import Language, Presenter, Voice
from bot.requests.options import Opt, option_of, options_of
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore
from bot.studios.studio import studio_title
from bot.wording.answer import DeskReply
from bot.wording.cards import Card

USER_DEFAULTS_SPACE = "taste"
USER_DEFAULTS_CACHE_SECONDS = (
    5.0  # seconds for which what was read is believed, so that asking costs no reading; other replicas lag that much
)
MAX_CACHED_PEOPLE = 20_000  # people known by heart
USER_DEFAULTS_TITLE = "Your defaults"
USER_DEFAULTS_COMMAND = "/did settings mine"
BUILT_IN_FACES = ("ada", "ben")  # those that ship with didtalk
_DASHES = tuple("-—–―")  # as keyboards make of two
_RESET_WORDS = ("none", "reset", "off")


def _check_face(typed: str) -> str:
    typed = typed.strip().strip("<>")
    if typed.casefold() in BUILT_IN_FACES:
        return typed.casefold()
    if not typed.startswith("https://"):
        raise Refused(
            f"As a default --image is {', '.join(BUILT_IN_FACES)} or an https link to a photo; “{typed[:60]}” is "
            "neither.",
            "image",
        )
    return typed


class UserDefaults(OptionModel):
    """What holds for one person; each field is an option of the requests that have it."""

    noun: ClassVar[str] = "a default"

    voice: Voice = None
    language: Language = None
    presenter: Presenter = None
    image: Annotated[
        str | None,
        Opt("The face that speaks: ada, ben or an https link to a photo", aliases=("picture", "photo"), example="ben"),
        MaxLen(2000),
        AfterValidator(_check_face),
    ] = None
    studio: StudioName = None

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen, by field."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    @property
    def lines(self) -> tuple[str, ...]:
        """What was chosen, a line each."""
        return tuple(f"{word.capitalize()}: {value}" for word, value in self._labelled)

    @property
    def summary(self) -> str:
        """What was chosen, in one line."""
        said = ", ".join(f"{word} {value}" for word, value in self._labelled)
        return (
            f"{USER_DEFAULTS_TITLE}: {said}. {USER_DEFAULTS_COMMAND} changes them."
            if said
            else f"{NO_DEFAULTS_TEXT} Such as: {USER_DEFAULTS_COMMAND} --voice Sara"
        )

    @property
    def _labelled(self) -> list[tuple[str, str]]:
        return [(option_of(UserDefaults, name).word, studio_title(value)) for name, value in self.chosen.items()]


NO_DEFAULTS_TEXT = "You have no defaults of your own yet."


class UserDefaultsStore:
    """Keeps everybody's taste, and has those in use at hand."""

    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        self._key_value = key_value
        self._clock = clock
        self._cache: dict[str, tuple[float, UserDefaults]] = {}

    async def read_defaults(self, asker: Asker) -> UserDefaults:
        """Somebody's taste, at most a few seconds old."""
        now = self._clock.now()
        if (cached := self._cache.get(asker.global_key)) and abs(now - cached[0]) <= USER_DEFAULTS_CACHE_SECONDS:
            return cached[1]
        return self._cache_defaults(
            asker, _read_stored(await self._key_value.get(USER_DEFAULTS_SPACE, asker.global_key))
        )

    async def save_defaults(self, asker: Asker, defaults: UserDefaults) -> DeskReply:
        """Keep it in place of what was."""
        if defaults.chosen:
            await self._key_value.put(USER_DEFAULTS_SPACE, asker.global_key, defaults.chosen)
        else:
            await self._key_value.delete(USER_DEFAULTS_SPACE, asker.global_key)
        return defaults_card(self._cache_defaults(asker, defaults))

    def _cache_defaults(self, asker: Asker, defaults: UserDefaults) -> UserDefaults:
        if len(self._cache) >= MAX_CACHED_PEOPLE:
            self._cache.clear()
        self._cache[asker.global_key] = (self._clock.now(), defaults)
        return defaults


def defaults_card(defaults: UserDefaults) -> DeskReply:
    """What somebody reads of their own taste."""
    how = "They hold unless you say otherwise; --voice none takes one away, reset all of them."
    lines = (
        (*defaults.lines, how)
        if defaults.chosen
        else (NO_DEFAULTS_TEXT, f"Such as: {USER_DEFAULTS_COMMAND} --voice Sara --image ben")
    )
    return DeskReply(Card(title=USER_DEFAULTS_TITLE, lines=lines), private=True)


def own_defaults_text(typed: str) -> str | None:
    """What somebody typed about their own taste; none when it is about the channel."""
    first, _, rest = typed.partition(" ")
    if first.casefold() == "mine":
        return rest.strip()
    return typed if typed[:1] in _DASHES else None


def change_defaults(defaults: UserDefaults, typed: str) -> UserDefaults:
    """A taste as somebody typed it: what is named changes, `none` takes it away, `reset` takes all of it away."""
    if typed.casefold() in _RESET_WORDS:
        return UserDefaults()
    values = parse_options(typed, options_of(UserDefaults), USER_DEFAULTS_COMMAND)
    cleared = {name for name, value in values.items() if str(value).casefold() in _RESET_WORDS}
    return parse_values(
        UserDefaults, {name: value for name, value in (defaults.chosen | values).items() if name not in cleared}
    )


def _read_stored(stored: Any) -> UserDefaults:
    """What was noted; a newer program may know more than we do."""
    known = {name: value for name, value in (stored or {}).items() if name in UserDefaults.model_fields}
    return UserDefaults.model_validate(known)
