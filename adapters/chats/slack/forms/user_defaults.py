"""The form for a person's own defaults, opened from the Home tab."""

import asyncio
from collections.abc import Mapping
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import JsonObject
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.forms.suggestions import NO_DEFAULT
from adapters.chats.slack.forms.view import DEFAULTS_FORM_KIND, FIELD_PREFIX, View, field_block, read_field
from adapters.chats.slack.outgoing.blocks import plain_text, section_block
from adapters.chats.slack.outgoing.home_tab import HomeTab
from adapters.chats.slack.outgoing.mrkdwn import truncate
from bot.chats.installations import Installation
from bot.commands import forms
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker
from bot.policy.user_defaults import USER_DEFAULTS_TITLE, UserDefaults
from bot.requests.base import parse_values
from bot.requests.options import options_of

DEFAULTS_FORM_ID = "didtalk_defaults"
DEFAULTS_TIMEOUT_SECONDS = 2.3  # Slack's three seconds, less the network


class DefaultsForm:
    def __init__(self, context: SlackContext, home_tab: HomeTab) -> None:
        self._context = context
        self._home_tab = home_tab

    async def open_form(self, installation: Installation, trigger_id: str, asker: Asker) -> None:
        desk = self._context.desk
        await desk.access.check(asker, None)
        view = defaults_view(await desk.defaults_of(asker))
        await self._context.api.call(
            installation.token, "views.open", seconds=DEFAULTS_TIMEOUT_SECONDS, trigger_id=trigger_id, view=view
        )

    async def submit_form(self, view: View, asker: Asker) -> JsonObject:
        """Save the defaults, or show an error at its field."""
        state = (view.get("state") or {}).get("values") or {}
        try:
            async with asyncio.timeout(DEFAULTS_TIMEOUT_SECONDS):
                await self._context.core.settings.set_defaults(asker, read_defaults(state))
        except TimeoutError:
            return _defaults_errors(Refused(texts.LOOKUP_TOO_SLOW), state)
        except Trouble as trouble:
            return _defaults_errors(trouble, state)
        self._context.run_in_background(self._home_tab.publish_tab(asker), "home")
        return {}


def defaults_view(defaults: UserDefaults) -> View:
    """The form, filled with the current defaults."""
    given = forms.request_to_form(defaults)
    fields = [field_block(each, given.get(each.field), DEFAULTS_FORM_KIND) for each in options_of(UserDefaults)]
    return {
        "type": "modal",
        "callback_id": DEFAULTS_FORM_ID,
        "title": plain_text(USER_DEFAULTS_TITLE, 24),
        "submit": plain_text("Save", 24),
        "close": plain_text("Cancel", 24),
        "blocks": [section_block(texts.DEFAULTS_INTRO), *fields],
    }


def read_defaults(state: Mapping[str, Any]) -> UserDefaults:
    """The submitted defaults; empty fields have none."""
    known = {each.field: each for each in options_of(UserDefaults)}
    given = {
        option.field: read_field(option, next(iter(elements.values()), {}), "")
        for block, elements in state.items()
        if (option := known.get(block.removeprefix(FIELD_PREFIX)))
    }
    return parse_values(
        UserDefaults,
        {name: value for name, value in forms.form_to_values(UserDefaults, given).items() if value != NO_DEFAULT},
    )


def _defaults_errors(trouble: Trouble, state: Mapping[str, Any]) -> JsonObject:
    spot = forms.refused_field(UserDefaults, trouble) if isinstance(trouble, Refused) else None
    block = f"{FIELD_PREFIX}{spot}" if spot else next(iter(state), "")
    return {"response_action": "errors", "errors": {block: truncate(trouble.sentence, 2000)}}
