"""`/did settings`: shows and changes the settings of a channel and a person's own defaults."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.policy.access import NOT_ALLOWED_TEXT, SYNTAX_HINT, AccessRules, ChannelSettings, ChannelSettingsStore
from bot.policy.user_defaults import (
    NO_DEFAULTS_TEXT,
    USER_DEFAULTS_COMMAND,
    USER_DEFAULTS_TITLE,
    UserDefaults,
    UserDefaultsStore,
    change_defaults,
    check_defaults,
    own_defaults_text,
)
from bot.studios.choice import StudioChooser
from bot.wording.cards import Card, DeskReply

SETTINGS_TITLE = "Settings"

_REACTIONS = {"make": "makes the video that fits", "cancel": "cancels", "redo": "redoes", "delete": "deletes"}


class SettingsCommands:
    def __init__(
        self,
        access: AccessRules,
        channel_settings: ChannelSettingsStore,
        user_defaults: UserDefaultsStore,
        notice_lines: Callable[[Place], Awaitable[Sequence[str]]],
        chooser: StudioChooser,
        emoji: Mapping[str, str],
        *,
        in_sandbox: bool,
    ) -> None:
        self._access = access
        self._channel_settings = channel_settings
        self._user_defaults = user_defaults
        self._notice_lines = notice_lines
        self._chooser = chooser
        self._emoji = emoji
        self._in_sandbox = in_sandbox

    async def run(self, asker: Asker, place: Place, typed: str) -> DeskReply:
        typed_defaults = own_defaults_text(typed)
        if typed_defaults is not None:
            return await self._change_defaults(asker, typed_defaults)
        if typed:
            changed = await self._channel_settings.change(asker, place, typed)
            return DeskReply(settings_changed_card(asker, changed))
        overview = SettingsOverview(
            self._access,
            await self._channel_settings.read(place.rules_key),
            await self._notice_lines(place),
            self._chooser.titles,
            self._emoji,
            self._in_sandbox,
            await self._user_defaults.read(asker.global_key),
        )
        return DeskReply(overview.card(asker, place), private=True)

    async def set_defaults(self, asker: Asker, defaults: UserDefaults) -> DeskReply:
        """Store a person's defaults; Refused if no provider could ever use one of them."""
        await check_defaults(defaults, self._chooser.check_can_be_made)
        return defaults_card(await self._user_defaults.write(asker.global_key, defaults, defaults.chosen))

    async def _change_defaults(self, asker: Asker, typed: str) -> DeskReply:
        defaults = await self._user_defaults.read(asker.global_key)
        return await self.set_defaults(asker, change_defaults(defaults, typed)) if typed else defaults_card(defaults)


def defaults_card(defaults: UserDefaults) -> DeskReply:
    how = "Used by default. “--voice none” clears one, “reset” clears all."
    lines = (
        (*defaults.lines, how)
        if defaults.chosen
        else (NO_DEFAULTS_TEXT, f"Example: {USER_DEFAULTS_COMMAND} --voice Sara --image ben")
    )
    return DeskReply(Card(title=USER_DEFAULTS_TITLE, lines=lines), private=True)


@dataclass(frozen=True)
class SettingsOverview:
    rules: AccessRules
    channel_settings: ChannelSettings
    notice_lines: Sequence[str]
    studios: Sequence[str]
    emoji: Mapping[str, str]
    in_sandbox: bool
    user_defaults: UserDefaults

    def card(self, asker: Asker, place: Place) -> Card:
        return Card(
            title=SETTINGS_TITLE,
            lines=(
                *self.notice_lines,
                *self.channel_settings.lines,
                self._access_line(asker, place),
                *self._limit_lines(asker),
                _studio_line(self.studios),
                *(("Test mode: videos are made in the sandbox, at no cost.",) if self.in_sandbox else ()),
                _reaction_line(self.emoji),
                self.user_defaults.summary,
                *_permission_lines(asker, place),
            ),
        )

    def _access_line(self, asker: Asker, place: Place) -> str:
        try:
            self.rules.check(asker, place)
            self.channel_settings.check_asker(asker)
        except Refused as refusal:
            return f"{NOT_ALLOWED_TEXT} {refusal.sentence.removeprefix(NOT_ALLOWED_TEXT).strip()}"
        return "You can request videos here."

    def _limit_lines(self, asker: Asker) -> tuple[str, ...]:
        limits = self.rules.limits_for(asker)
        by = {"person": "Videos for one person", "channel": "Videos for one channel"}
        by_whose = {scope: ", ".join(limit.text for limit in limits if limit.scope == scope) for scope in by}
        return tuple(f"{by[scope]}: {words}." for scope, words in by_whose.items() if words)


def settings_changed_card(asker: Asker, channel_settings: ChannelSettings) -> Card:
    """A public card: who changed the channel settings, and to what."""
    lines = channel_settings.lines[:-1] or ("Settings reset. Everyone can request videos here.",)
    return Card(
        title=SETTINGS_TITLE, lines=(f"@{asker.name or asker.user} changed the settings for this channel.", *lines)
    )


def _studio_line(studios: Sequence[str]) -> str:
    first, *others = studios or ("none",)
    return f"Provider: {first}" + (f", or {' or '.join(others)} with --studio." if others else ".")


def _reaction_line(emoji: Mapping[str, str]) -> str:
    by_meaning: dict[str, list[str]] = {}
    for each, meaning in emoji.items():
        by_meaning.setdefault(meaning, []).append(each)
    said = [
        f"{' or '.join(each)} {_REACTIONS[meaning]}" for meaning, each in by_meaning.items() if meaning in _REACTIONS
    ]
    movements = [
        f"{' or '.join(each)} ({meaning})" for meaning, each in by_meaning.items() if meaning not in _REACTIONS
    ]
    animate = [f"{', '.join(movements)} animate a photo"] if movements else []
    return f"Reactions: {', '.join((*said, *animate, 'a flag translates a video'))}."


def _permission_lines(asker: Asker, place: Place) -> tuple[str, ...]:
    moderator = "You can cancel and delete everyone's jobs here, and change every notice."
    own = "You can cancel and delete your own jobs, and change notices that you set."
    rights = moderator if asker.moderator else own
    if place.private:
        return (rights,)
    if asker.moderator:
        return (f"You can change the channel settings: /did settings {SYNTAX_HINT}.", rights)
    return ("A moderator can change the channel settings.", rights)
