"""A person's taste: the voice, face and the like that hold for them wherever they say nothing else."""

from typing import Annotated, Any, ClassVar

from annotated_types import MaxLen
from pydantic import AfterValidator

from bot.commands.parser import read_options
from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.requests.base import Filled, StudioName, make
from bot.requests.kinds import Language, Presenter, Voice
from bot.requests.options import Opt, option, options
from bot.runtime.clock import Clock
from bot.runtime.key_value import Notes
from bot.studios.studio import title_of
from bot.wording.answer import Answer
from bot.wording.cards import Card

SPACE = "taste"
FRESH = (
    5.0  # seconds for which what was read is believed, so that asking costs no reading; other replicas lag that much
)
MOST = 20_000  # people known by heart
TITLE = "Your defaults"
TYPED = "/did settings mine"
FACES = ("ada", "ben")  # those that ship with didtalk
_DASHES = tuple("-—–―")  # as keyboards make of two
_NONE = ("none", "reset", "off")


def _face(typed: str) -> str:
    typed = typed.strip().strip("<>")
    if typed.casefold() in FACES:
        return typed.casefold()
    if not typed.startswith("https://"):
        raise Refused(
            f"As a default --image is {', '.join(FACES)} or an https link to a photo; “{typed[:60]}” is neither.",
            "image",
        )
    return typed


class Taste(Filled):
    """What holds for one person; each field is an option of the requests that have it."""

    noun: ClassVar[str] = "a default"

    voice: Voice = None
    language: Language = None
    presenter: Presenter = None
    image: Annotated[
        str | None,
        Opt("The face that speaks: ada, ben or an https link to a photo", also=("picture", "photo"), example="ben"),
        MaxLen(2000),
        AfterValidator(_face),
    ] = None
    studio: StudioName = None

    @property
    def given(self) -> dict[str, str]:
        """What was chosen, by field."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    @property
    def lines(self) -> tuple[str, ...]:
        """What was chosen, a line each."""
        return tuple(f"{word.capitalize()}: {value}" for word, value in self._said)

    @property
    def words(self) -> str:
        """What was chosen, in one line."""
        said = ", ".join(f"{word} {value}" for word, value in self._said)
        return f"{TITLE}: {said}. {TYPED} changes them." if said else f"{NOTHING} Such as: {TYPED} --voice Sara"

    @property
    def _said(self) -> list[tuple[str, str]]:
        return [(option(Taste, name).word, title_of(value)) for name, value in self.given.items()]


NOTHING = "You have no defaults of your own yet."


class Tastes:
    """Keeps everybody's taste, and has those in use at hand."""

    def __init__(self, notes: Notes, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock
        self._known: dict[str, tuple[float, Taste]] = {}

    async def of(self, asker: Asker) -> Taste:
        """Somebody's taste, at most a few seconds old."""
        now = self._clock.now()
        if (known := self._known.get(asker.whose)) and abs(now - known[0]) <= FRESH:
            return known[1]
        return self._remember(asker, _kept(await self._notes.get(SPACE, asker.whose)))

    async def put(self, asker: Asker, taste: Taste) -> Answer:
        """Keep it in place of what was."""
        if taste.given:
            await self._notes.put(SPACE, asker.whose, taste.given)
        else:
            await self._notes.drop(SPACE, asker.whose)
        return card(self._remember(asker, taste))

    def _remember(self, asker: Asker, taste: Taste) -> Taste:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[asker.whose] = (self._clock.now(), taste)
        return taste


def card(taste: Taste) -> Answer:
    """What somebody reads of their own taste."""
    how = "They hold unless you say otherwise; --voice none takes one away, reset all of them."
    lines = (*taste.lines, how) if taste.given else (NOTHING, f"Such as: {TYPED} --voice Sara --image ben")
    return Answer(Card(title=TITLE, lines=lines), private=True)


def own(typed: str) -> str | None:
    """What somebody typed about their own taste; none when it is about the channel."""
    first, _, rest = typed.partition(" ")
    if first.casefold() == "mine":
        return rest.strip()
    return typed if typed[:1] in _DASHES else None


def changed(taste: Taste, typed: str) -> Taste:
    """A taste as somebody typed it: what is named changes, `none` takes it away, `reset` takes all of it away."""
    if typed.casefold() in _NONE:
        return Taste()
    values = read_options(typed, options(Taste), TYPED)
    gone = {name for name, value in values.items() if str(value).casefold() in _NONE}
    return make(Taste, {name: value for name, value in (taste.given | values).items() if name not in gone})


def _kept(noted: Any) -> Taste:
    """What was noted; a newer program may know more than we do."""
    known = {name: value for name, value in (noted or {}).items() if name in Taste.model_fields}
    return Taste.model_validate(known)
