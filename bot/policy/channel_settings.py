"""What a channel's moderators set for their channel: whether videos are made there, for whom, and how many."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import SPANS, Cap, caps
from bot.runtime.clock import Clock
from bot.runtime.key_value import Notes

SPACE = "house"
FRESH = (
    5.0  # seconds for which what was read is believed, so that asking costs no reading; other replicas lag that much
)
MOST = 20_000  # channels known by heart

HOW = "videos=on or off, who=everybody or moderators, limits such as hour=20 day=100 running=5, or reset"


class House(BaseModel):
    """One channel's own rules."""

    model_config = ConfigDict(frozen=True, extra="allow")  # what a newer replica knows stays

    videos: bool = True
    moderators_only: bool = False
    limits: dict[str, int] = {}
    by: str = ""
    by_name: str = ""
    at: float = 0.0

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The channel's own limits."""
        return tuple(Cap("channel", most, word) for word, most in self.limits.items())

    @property
    def lines(self) -> tuple[str, ...]:
        """What differs from the usual, and who said so."""
        said = []
        if not self.videos:
            said.append("No videos are made for this channel.")
        elif self.moderators_only:
            said.append("Only moderators may ask for videos in this channel.")
        if self.limits:
            said.append(f"This channel: {', '.join(cap.words for cap in self.caps)}.")
        if said:
            day = datetime.fromtimestamp(self.at, UTC)
            said.append(f"Set by @{self.by_name or self.by} on {day.day} {day:%B %Y}.")
        return tuple(said)

    def check(self, asker: Asker, contact: str) -> None:
        """Refuse what this channel's moderators do not want."""
        if not self.videos:
            raise Refused(f"A moderator switched videos off in this channel. {contact}")
        if self.moderators_only and not asker.moderator:
            raise Refused(f"In this channel only moderators may ask for videos. {contact}")


class Houses:
    """Keeps every channel's rules, and has those in use at hand."""

    def __init__(self, notes: Notes, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock
        self._known: dict[str, tuple[float, House]] = {}

    async def of(self, place: Place) -> House:
        """A channel's rules, at most a few seconds old."""
        now = self._clock.now()
        if (known := self._known.get(place.home)) and abs(now - known[0]) <= FRESH:
            return known[1]
        noted = await self._notes.get(SPACE, place.home)
        return self._remember(place, _read(noted))

    async def change(self, asker: Asker, place: Place, typed: str) -> House:
        """Change a channel's rules as a moderator typed it."""
        _may(asker, place)
        by = {"by": asker.user, "by_name": asker.name, "at": self._clock.now()}

        def change(noted: Any) -> Any:
            return _changed(_read(noted), typed).model_copy(update=by).model_dump()

        # Not over what is known here: another moderator may have changed something else a moment ago, elsewhere.
        return self._remember(place, _read(await self._notes.change(SPACE, place.home, change)))

    def _remember(self, place: Place, house: House) -> House:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[place.home] = (self._clock.now(), house)
        return house


def _may(asker: Asker, place: Place) -> None:
    if place.private:
        raise Refused("This is between you and me: there is nothing to set here. Set it in the channel it is for.")
    if not asker.moderator:
        raise Refused("Only a moderator can change what holds for this channel. /did settings shows it.")


def _read(noted: Any) -> House:
    return House.model_validate(noted) if noted else House()


def _changed(house: House, typed: str) -> House:
    for word in typed.casefold().replace(",", " ").split():
        house = _with(house, word)
    return house


def _with(house: House, word: str) -> House:
    name, _, value = word.partition("=")
    ways: dict[tuple[str, str], Callable[[], House]] = {
        ("videos", "on"): lambda: house.model_copy(update={"videos": True}),
        ("videos", "off"): lambda: house.model_copy(update={"videos": False}),
        ("who", "everybody"): lambda: house.model_copy(update={"moderators_only": False}),
        ("who", "moderators"): lambda: house.model_copy(update={"moderators_only": True}),
        ("reset", ""): House,
    }
    if way := ways.get((name, value)):
        return way()
    if name not in SPANS:
        raise Refused(f"“{word[:40]}” cannot be set here. What can be: {HOW}.")
    (*wanted,) = caps(word, "channel")
    limits = {each: most for each, most in house.limits.items() if each != name}
    return house.model_copy(update={"limits": limits | {cap.word: cap.most for cap in wanted}})
