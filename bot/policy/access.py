"""Who may request videos, where and how many: the access rules of the operator, and the settings of a channel."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.jobs.limits import SPAN_SECONDS, Limit, parse_limits
from bot.runtime.cache import StoredSettings
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

PRIVATE_CHANNEL = "private"  # the channel of everybody who writes to the bot directly
DEFAULT_CONTACT = "The person who runs didtalk here can change that."

UNKNOWN_ROLES_TEXT = (
    "I can't look up your groups right now, and they decide who can request videos here. Please try again in a "
    "few minutes."
)

NOT_ALLOWED_TEXT = "You can't request videos here."

CHANNEL_SETTINGS_SPACE = "channel_settings"

SYNTAX_HINT = "videos=on or off, who=everybody or moderators, limits such as hour=20 day=100 running=5, or reset"

NameSet = frozenset[str]
DeliveryCheck = Callable[[Place], Awaitable[None]]


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
        return self.askers | self.not_askers | self.moderators

    def with_moderator_flag(self, asker: Asker) -> Asker:
        """The asker as a moderator, when the rules name them as one."""
        if asker.moderator or not self.moderators or not _names_any(self.moderators, names_of_asker(asker)):
            return asker
        return asker.model_copy(update={"moderator": True})

    def check(self, asker: Asker, place: Place) -> None:
        if not (self.askers or self.not_askers or self.channels or self.not_channels):
            return  # as most are, and everybody who asks passes here
        self.check_person(asker)
        where = names_of_place(place)
        if _names_any(self.not_channels, where) or (self.channels and not _names_any(self.channels, where)):
            here = "in direct messages" if place.private else "in this channel"
            raise Refused(f"Videos can't be requested {here}. {self.contact}")

    def check_person(self, asker: Asker) -> None:
        who, unknown = names_of_asker(asker), _qualified_names(asker.platform, asker.workspace, asker.unknown_roles)
        allowed = not self.askers or _names_any(self.askers, who)
        if _names_any(self.not_askers, who) or not (allowed or _names_any(self.askers, unknown)):
            raise Refused(f"{NOT_ALLOWED_TEXT} {self.contact}")
        if not allowed or _names_any(self.not_askers, unknown):
            raise Refused(f"{UNKNOWN_ROLES_TEXT} {self.contact}")

    def limits_for(self, asker: Asker, more: tuple[Limit, ...] = ()) -> tuple[Limit, ...]:
        return () if self.moderators_exempt and asker.moderator else (*self.limits, *more)


def names_of_asker(asker: Asker) -> NameSet:
    """Their id and roles."""
    return _qualified_names(asker.platform, asker.workspace, (asker.user, *asker.roles))


def names_of_place(place: Place) -> NameSet:
    """Its channel, the channel of its thread, and `private` for a DM."""
    return _qualified_names(
        place.platform,
        place.workspace,
        (place.channel, place.parent_channel, *((PRIVATE_CHANNEL,) if place.private else ())),
    )


@lru_cache(4096)  # the same people in the same channels ask again and again
def _qualified_names(platform: str, workspace: str, words: tuple[str, ...]) -> NameSet:
    """Each with and without the platform's name, and with platform and workspace."""
    ways = (("",), (platform,), (platform, workspace))
    names = (":".join((*way, word) if way != ("",) else (word,)) for word in words if word for way in ways)
    return frozenset(each.casefold() for each in names)


def _names_any(rule: NameSet, who: NameSet) -> bool:
    return not rule.isdisjoint(who)


class ChannelSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")  # keep the fields of a newer version

    videos: bool = True
    moderators_only: bool = False
    limits: dict[str, int] = {}
    set_by: str = ""
    set_by_name: str = ""
    set_at: float = 0.0

    @property
    def job_limits(self) -> tuple[Limit, ...]:
        set_by = self.set_by_name or self.set_by
        return tuple(Limit("channel", max_jobs, span, set_by) for span, max_jobs in self.limits.items())

    @property
    def lines(self) -> tuple[str, ...]:
        """What differs from the default, and who changed it."""
        lines = []
        if not self.videos:
            lines.append("Videos are turned off in this channel.")
        elif self.moderators_only:
            lines.append("Only moderators can request videos in this channel.")
        if self.limits:
            lines.append(f"This channel: {', '.join(limit.text for limit in self.job_limits)}.")
        if lines:
            day = datetime.fromtimestamp(self.set_at, UTC)
            lines.append(f"Set by @{self.set_by_name or self.set_by} on {day.day} {day:%B %Y}.")
        return tuple(lines)

    def check_asker(self, asker: Asker) -> None:
        if not self.videos:
            raise Refused("Videos are turned off in this channel. A moderator can turn them on.")
        if self.moderators_only and not asker.moderator:
            raise Refused("Only moderators can request videos in this channel.")


class ChannelSettingsStore(StoredSettings[ChannelSettings]):
    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        super().__init__(key_value, clock, CHANNEL_SETTINGS_SPACE, ChannelSettings.model_validate)
        self._clock = clock

    async def change(self, asker: Asker, place: Place, typed: str) -> ChannelSettings:
        _require_moderator(asker, place)
        changed_by = {"set_by": asker.user, "set_by_name": asker.name, "set_at": self._clock.now()}
        return await self.update(
            place.rules_key, lambda settings: _apply_changes(settings, typed).model_dump() | changed_by
        )


class AccessPolicy:
    """The operator's rules together with the settings of each channel, and what the chat itself permits."""

    def __init__(
        self,
        rules: AccessRules,
        channel_settings: ChannelSettingsStore,
        delivery_checks: Mapping[str, DeliveryCheck] = MappingProxyType({}),
    ) -> None:
        self.rules = rules
        self._channel_settings = channel_settings
        self._delivery_checks = delivery_checks  # by platform

    async def check(self, asker: Asker, place: Place | None) -> ChannelSettings:
        """Refuse people who may not request videos here; before a form is shown, the place may be unknown."""
        asker = self.rules.with_moderator_flag(asker)
        if place is None:
            self.rules.check_person(asker)
            return ChannelSettings()
        self.rules.check(asker, place)
        channel_settings = await self._channel_settings.read(place.rules_key)
        channel_settings.check_asker(asker)
        if check_can_deliver := self._delivery_checks.get(place.platform):
            await check_can_deliver(place)
        return channel_settings


def _require_moderator(asker: Asker, place: Place) -> None:
    if place.private:
        raise Refused("Channel settings are not available in DMs. Change them in the channel itself.")
    if not asker.moderator:
        raise Refused("Only a moderator can change the channel settings. See /did settings.")


def _apply_changes(settings: ChannelSettings, typed: str) -> ChannelSettings:
    for word in typed.casefold().replace(",", " ").split():
        settings = _apply_change(settings, word)
    return settings


def _apply_change(settings: ChannelSettings, word: str) -> ChannelSettings:
    name, _, value = word.partition("=")
    changes: dict[tuple[str, str], Callable[[], ChannelSettings]] = {
        ("videos", "on"): lambda: settings.model_copy(update={"videos": True}),
        ("videos", "off"): lambda: settings.model_copy(update={"videos": False}),
        ("who", "everybody"): lambda: settings.model_copy(update={"moderators_only": False}),
        ("who", "moderators"): lambda: settings.model_copy(update={"moderators_only": True}),
        ("reset", ""): ChannelSettings,
    }
    if change := changes.get((name, value)):
        return change()
    if name not in SPAN_SECONDS:
        raise Refused(f"“{word[:40]}” is not a setting. You can set {SYNTAX_HINT}.")
    (*parsed,) = parse_limits(word, "channel")
    limits = {span: max_jobs for span, max_jobs in settings.limits.items() if span != name}
    return settings.model_copy(update={"limits": limits | {limit.span: limit.max_jobs for limit in parsed}})
