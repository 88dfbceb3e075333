"""`/did settings`: shows and changes the settings of a channel and a person's own defaults."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.jobs.job import Asker, Place
from bot.policy.access import AccessRules, ChannelSettingsStore
from bot.policy.settings_card import SettingsOverview, settings_changed_card
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
