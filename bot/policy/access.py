"""The house rules that whoever runs didtalk sets: who may ask, where, how much, and who is a moderator."""

from dataclasses import dataclass, field
from functools import lru_cache

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import Limit

PRIVATE_CHANNEL = "private"  # the channel of everybody who writes to the bot directly
DEFAULT_CONTACT = "Whoever runs didtalk here can change that."

UNKNOWN_ROLES_TEXT = (
    "I cannot look up at the moment which groups you are in, and that decides who may ask here. Please try again in a "
    "few minutes."
)

NameSet = frozenset[str]


@dataclass(frozen=True)
class AccessRules:
    """Who may ask for videos, and where. Names are ids of people, roles or channels, with or without `slack:`."""

    askers: NameSet = field(default_factory=frozenset)  # nobody named means everybody
    not_askers: NameSet = field(default_factory=frozenset)
    moderators: NameSet = field(default_factory=frozenset)
    channels: NameSet = field(default_factory=frozenset)  # none named means everywhere
    not_channels: NameSet = field(default_factory=frozenset)
    limits: tuple[Limit, ...] = ()
    moderators_exempt: bool = False  # moderators are not counted
    contact: str = DEFAULT_CONTACT

    @property
    def named_people(self) -> NameSet:
        """Everything that these rules call somebody."""
        return self.askers | self.not_askers | self.moderators

    def with_moderator_flag(self, asker: Asker) -> Asker:
        """The asker as a moderator, when the rules name them as one."""
        if asker.moderator or not self.moderators or not _names_any(self.moderators, names_of_asker(asker)):
            return asker
        return asker.model_copy(update={"moderator": True})

    def check(self, asker: Asker, place: Place) -> None:
        """Refuse whoever may not ask, and where nobody may."""
        if not (self.askers or self.not_askers or self.channels or self.not_channels):
            return  # as most are, and everybody who asks passes here
        self.check_person(asker)
        where = names_of_place(place)
        if _names_any(self.not_channels, where) or (self.channels and not _names_any(self.channels, where)):
            here = "by writing to me directly" if place.private else "in this channel"
            raise Refused(f"No videos are made for what is asked {here}. {self.contact}")

    def check_person(self, asker: Asker) -> None:
        """Refuse whoever may not ask, wherever that is."""
        who, unknown = names_of_asker(asker), _qualified_names(asker.platform, asker.workspace, asker.unknown_roles)
        allowed = not self.askers or _names_any(self.askers, who)
        if _names_any(self.not_askers, who) or not (allowed or _names_any(self.askers, unknown)):
            raise Refused(f"You may not ask for videos here. {self.contact}")
        if not allowed or _names_any(self.not_askers, unknown):
            raise Refused(f"{UNKNOWN_ROLES_TEXT} {self.contact}")

    def limits_for(self, asker: Asker, more: tuple[Limit, ...] = ()) -> tuple[Limit, ...]:
        """What holds for this person, with what their channel adds."""
        return () if self.moderators_exempt and asker.moderator else (*self.limits, *more)


def names_of_asker(asker: Asker) -> NameSet:
    """Everything a rule may call a person: their id and their roles."""
    return _qualified_names(asker.platform, asker.workspace, (asker.user, *asker.roles))


def names_of_place(place: Place) -> NameSet:
    """Everything a rule may call a place: its channel, the channel it is a thread of, its being private."""
    return _qualified_names(
        place.platform,
        place.workspace,
        (place.channel, place.parent_channel, *((PRIVATE_CHANNEL,) if place.private else ())),
    )


@lru_cache(4096)  # the same people in the same channels ask again and again
def _qualified_names(platform: str, workspace: str, words: tuple[str, ...]) -> NameSet:
    """Each with and without the chat's name; and in one workspace of many, with the workspace's id as well."""
    ways = (("",), (platform,), (platform, workspace))
    names = (":".join((*way, word) if way != ("",) else (word,)) for word in words if word for way in ways)
    return frozenset(each.casefold() for each in names)


def _names_any(rule: NameSet, who: NameSet) -> bool:
    return not rule.isdisjoint(who)
