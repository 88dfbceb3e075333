"""The house rules that whoever runs didtalk sets: who may ask, where, how much, and who is a moderator."""

from dataclasses import dataclass, field
from functools import lru_cache

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import Cap, caps
from bot.settings import Settings

PRIVATE = "private"  # the channel of everybody who writes to the bot directly
CONTACT = "Whoever runs didtalk here can change that."

UNSURE = (
    "I cannot look up at the moment which groups you are in, and that decides who may ask here. Please try again in a "
    "few minutes."
)

Names = frozenset[str]


@dataclass(frozen=True)
class Rules:
    """Who may ask for videos, and where. Names are ids of people, roles or channels, with or without `slack:`."""

    askers: Names = field(default_factory=frozenset)  # nobody named means everybody
    not_askers: Names = field(default_factory=frozenset)
    moderators: Names = field(default_factory=frozenset)
    channels: Names = field(default_factory=frozenset)  # none named means everywhere
    not_channels: Names = field(default_factory=frozenset)
    caps: tuple[Cap, ...] = ()
    exempt: bool = False  # moderators are not counted
    contact: str = CONTACT

    @property
    def people(self) -> Names:
        """Everything that these rules call somebody."""
        return self.askers | self.not_askers | self.moderators

    def known(self, asker: Asker) -> Asker:
        """The asker as a moderator, when the rules name them as one."""
        if asker.moderator or not self.moderators or not _named(self.moderators, names_of(asker)):
            return asker
        return asker.model_copy(update={"moderator": True})

    def check(self, asker: Asker, place: Place) -> None:
        """Refuse whoever may not ask, and where nobody may."""
        if not (self.askers or self.not_askers or self.channels or self.not_channels):
            return  # as most are, and everybody who asks passes here
        self.check_person(asker)
        where = names_at(place)
        if _named(self.not_channels, where) or (self.channels and not _named(self.channels, where)):
            here = "by writing to me directly" if place.private else "in this channel"
            raise Refused(f"No videos are made for what is asked {here}. {self.contact}")

    def check_person(self, asker: Asker) -> None:
        """Refuse whoever may not ask, wherever that is."""
        who, perhaps = names_of(asker), _spelled(asker.platform, asker.workspace, asker.perhaps)
        let = not self.askers or _named(self.askers, who)
        if _named(self.not_askers, who) or not (let or _named(self.askers, perhaps)):
            raise Refused(f"You may not ask for videos here. {self.contact}")
        if not let or _named(self.not_askers, perhaps):
            raise Refused(f"{UNSURE} {self.contact}")

    def caps_for(self, asker: Asker, more: tuple[Cap, ...] = ()) -> tuple[Cap, ...]:
        """What holds for this person, with what their channel adds."""
        return () if self.exempt and asker.moderator else (*self.caps, *more)


def rules_of(settings: Settings) -> Rules:
    """The rules as they were set."""
    return Rules(
        askers=_names(settings.askers),
        not_askers=_names(settings.not_askers),
        moderators=_names(settings.moderators),
        channels=_names(settings.channels),
        not_channels=_names(settings.not_channels),
        caps=(*caps(settings.user_limits, "person"), *caps(settings.channel_limits, "channel")),
        exempt=not settings.limit_moderators,
        contact=settings.contact.strip() or CONTACT,
    )


def _names(setting: str) -> Names:
    return frozenset(word.casefold() for word in setting.replace(",", " ").split())


def names_of(asker: Asker) -> Names:
    """Everything a rule may call a person: their id and their roles."""
    return _spelled(asker.platform, asker.workspace, (asker.user, *asker.roles))


def names_at(place: Place) -> Names:
    """Everything a rule may call a place: its channel, the channel it is a thread of, its being private."""
    return _spelled(
        place.platform, place.workspace, (place.channel, place.above, *((PRIVATE,) if place.private else ()))
    )


@lru_cache(4096)  # the same people in the same channels ask again and again
def _spelled(platform: str, workspace: str, words: tuple[str, ...]) -> Names:
    """Each with and without the chat's name; and in one workspace of many, with the workspace's id as well."""
    ways = (("",), (platform,), (platform, workspace))
    found = (":".join((*way, word) if way != ("",) else (word,)) for word in words if word for way in ways)
    return frozenset(each.casefold() for each in found)


def _named(rule: Names, who: Names) -> bool:
    return not rule.isdisjoint(who)
