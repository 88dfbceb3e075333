"""What a channel's moderators set for their channel: whether videos are made there, for whom, and how many."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import SPAN_SECONDS, Limit, parse_limits
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

CHANNEL_SETTINGS_SPACE = "house"
CHANNEL_SETTINGS_CACHE_SECONDS = (
    5.0  # seconds for which what was read is believed, so that asking costs no reading; other replicas lag that much
)
MAX_CACHED_CHANNEL_SETTINGS = 20_000  # channels known by heart

SYNTAX_HINT = "videos=on or off, who=everybody or moderators, limits such as hour=20 day=100 running=5, or reset"


class ChannelSettings(BaseModel):
    """One channel's own rules."""

    model_config = ConfigDict(frozen=True, extra="allow")  # what a newer replica knows stays

    videos: bool = True
    moderators_only: bool = False
    limits: dict[str, int] = {}
    set_by: str = ""
    set_by_name: str = ""
    set_at: float = 0.0

    @property
    def job_limits(self) -> tuple[Limit, ...]:
        """The channel's own limits."""
        return tuple(Limit("channel", max_jobs, span) for span, max_jobs in self.limits.items())

    @property
    def lines(self) -> tuple[str, ...]:
        """What differs from the usual, and who said so."""
        lines = []
        if not self.videos:
            lines.append("No videos are made for this channel.")
        elif self.moderators_only:
            lines.append("Only moderators may ask for videos in this channel.")
        if self.limits:
            lines.append(f"This channel: {', '.join(limit.text for limit in self.job_limits)}.")
        if lines:
            day = datetime.fromtimestamp(self.set_at, UTC)
            lines.append(f"Set by @{self.set_by_name or self.set_by} on {day.day} {day:%B %Y}.")
        return tuple(lines)

    def check_asker(self, asker: Asker, contact: str) -> None:
        """Refuse what this channel's moderators do not want."""
        if not self.videos:
            raise Refused(f"A moderator switched videos off in this channel. {contact}")
        if self.moderators_only and not asker.moderator:
            raise Refused(f"In this channel only moderators may ask for videos. {contact}")


class ChannelSettingsStore:
    """Keeps every channel's rules, and has those in use at hand."""

    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        self._key_value = key_value
        self._clock = clock
        self._cached: dict[str, tuple[float, ChannelSettings]] = {}

    async def settings_of(self, place: Place) -> ChannelSettings:
        """A channel's rules, at most a few seconds old."""
        now = self._clock.now()
        if (cached := self._cached.get(place.rules_key)) and abs(now - cached[0]) <= CHANNEL_SETTINGS_CACHE_SECONDS:
            return cached[1]
        stored = await self._key_value.get(CHANNEL_SETTINGS_SPACE, place.rules_key)
        return self._cache_settings(place, _parse_settings(stored))

    async def change_settings(self, asker: Asker, place: Place, typed: str) -> ChannelSettings:
        """Change a channel's rules as a moderator typed it."""
        _require_moderator(asker, place)
        changed_by = {"set_by": asker.user, "set_by_name": asker.name, "set_at": self._clock.now()}

        def apply(stored: Any) -> Any:
            return _apply_changes(_parse_settings(stored), typed).model_copy(update=changed_by).model_dump()

        # Not over what is known here: another moderator may have changed something else a moment ago, elsewhere.
        return self._cache_settings(
            place, _parse_settings(await self._key_value.update(CHANNEL_SETTINGS_SPACE, place.rules_key, apply))
        )

    def _cache_settings(self, place: Place, settings: ChannelSettings) -> ChannelSettings:
        if len(self._cached) >= MAX_CACHED_CHANNEL_SETTINGS:
            self._cached.clear()
        self._cached[place.rules_key] = (self._clock.now(), settings)
        return settings


def _require_moderator(asker: Asker, place: Place) -> None:
    if place.private:
        raise Refused("This is between you and me: there is nothing to set here. Set it in the channel it is for.")
    if not asker.moderator:
        raise Refused("Only a moderator can change what holds for this channel. /did settings shows it.")


def _parse_settings(stored: Any) -> ChannelSettings:
    return ChannelSettings.model_validate(stored) if stored else ChannelSettings()


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
        raise Refused(f"“{word[:40]}” cannot be set here. What can be: {SYNTAX_HINT}.")
    (*parsed,) = parse_limits(word, "channel")
    limits = {span: max_jobs for span, max_jobs in settings.limits.items() if span != name}
    return settings.model_copy(update={"limits": limits | {limit.span: limit.max_jobs for limit in parsed}})
