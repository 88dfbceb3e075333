"""The access rules of the operator: who may request videos, where, how many, and who is a moderator."""

from dataclasses import dataclass, field
from functools import lru_cache

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import Limit

PRIVATE_CHANNEL = "private"  # the channel of everybody who writes to the bot directly
DEFAULT_CONTACT = "The person who runs didtalk here can change that."

UNKNOWN_ROLES_TEXT = (
    "I can't look up your groups right now, and they decide who can request videos here. Please try again in a "
    "few minutes."
)

NOT_ALLOWED_TEXT = "You can't request videos here."

NameSet = frozenset[str]


@dataclass(frozen=True)
class AccessRules:
    """Who may request videos, and where. Names are ids of people, roles or channels, with or without `slack:`."""

    askers: NameSet = field(default_factory=frozenset)  # empty: everyone
    not_askers: NameSet = field(default_factory=frozenset)
    moderators: NameSet = field(default_factory=frozenset)
    channels: NameSet = field(default_factory=frozenset)  # empty: everywhere
    not_channels: NameSet = field(default_factory=frozenset)
    limits: tuple[Limit, ...] = ()
    moderators_exempt: bool = False  # moderators are not counted
    contact: str = DEFAULT_CONTACT

    @property
    def named_people(self) -> NameSet:
        """Every person and role in these rules."""
        return self.askers | self.not_askers | self.moderators

    def with_moderator_flag(self, asker: Asker) -> Asker:
        """The asker as a moderator, when the rules name them as one."""
        if asker.moderator or not self.moderators or not _names_any(self.moderators, names_of_asker(asker)):
            return asker
        return asker.model_copy(update={"moderator": True})

    def check(self, asker: Asker, place: Place) -> None:
        """Refuse people and channels that are not allowed."""
        if not (self.askers or self.not_askers or self.channels or self.not_channels):
            return  # as most are, and everybody who asks passes here
        self.check_person(asker)
        where = names_of_place(place)
        if _names_any(self.not_channels, where) or (self.channels and not _names_any(self.channels, where)):
            here = "in direct messages" if place.private else "in this channel"
            raise Refused(f"Videos can't be requested {here}. {self.contact}")

    def check_person(self, asker: Asker) -> None:
        """Refuse people who are not allowed anywhere."""
        who, unknown = names_of_asker(asker), _qualified_names(asker.platform, asker.workspace, asker.unknown_roles)
        allowed = not self.askers or _names_any(self.askers, who)
        if _names_any(self.not_askers, who) or not (allowed or _names_any(self.askers, unknown)):
            raise Refused(f"{NOT_ALLOWED_TEXT} {self.contact}")
        if not allowed or _names_any(self.not_askers, unknown):
            raise Refused(f"{UNKNOWN_ROLES_TEXT} {self.contact}")

    def limits_for(self, asker: Asker, more: tuple[Limit, ...] = ()) -> tuple[Limit, ...]:
        """The limits of a person, with those of their channel."""
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
