"""The settings of a channel: whether videos can be requested there, by whom, and how many."""

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.limits import SPAN_SECONDS, Limit, parse_limits
from bot.policy.stored_settings import StoredSettings
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

CHANNEL_SETTINGS_SPACE = "channel_settings"

SYNTAX_HINT = "videos=on or off, who=everybody or moderators, limits such as hour=20 day=100 running=5, or reset"


class ChannelSettings(BaseModel):
    """One channel's settings."""

    model_config = ConfigDict(frozen=True, extra="allow")  # keep the fields of a newer version

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
        """What differs from the defaults, and who changed it."""
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
        """Refuse what the moderators of this channel turned off."""
        if not self.videos:
            raise Refused("Videos are turned off in this channel. A moderator can turn them on.")
        if self.moderators_only and not asker.moderator:
            raise Refused("Only moderators can request videos in this channel.")


class ChannelSettingsStore(StoredSettings[ChannelSettings]):
    """The settings of every channel."""

    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        super().__init__(key_value, clock, CHANNEL_SETTINGS_SPACE, ChannelSettings.model_validate)
        self._clock = clock

    async def change(self, asker: Asker, place: Place, typed: str) -> ChannelSettings:
        """Change a channel's settings as a moderator typed it."""
        _require_moderator(asker, place)
        changed_by = {"set_by": asker.user, "set_by_name": asker.name, "set_at": self._clock.now()}
        return await self.update(
            place.rules_key, lambda settings: _apply_changes(settings, typed).model_dump() | changed_by
        )


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
