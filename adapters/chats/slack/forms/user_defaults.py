"""The form in which people change their own defaults, opened from Home."""

import asyncio
from collections.abc import Mapping
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import Reply
from adapters.chats.slack.context import Inside
from adapters.chats.slack.forms.fields import FIELD, MINE, field, filled
from adapters.chats.slack.forms.suggestions import NONE
from adapters.chats.slack.forms.view import View, plain
from adapters.chats.slack.outgoing.blocks import section
from adapters.chats.slack.outgoing.home_tab import Home
from adapters.chats.slack.outgoing.mrkdwn import clip
from bot.chats.installations import Installation
from bot.commands import forms
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker
from bot.policy.user_defaults import TITLE, Taste
from bot.requests.base import make
from bot.requests.options import options

FORM = "didtalk_taste"
IN_TIME = 2.3  # seconds; Slack's three, less what the way takes


class TasteForm:
    """Shows somebody's defaults and takes in what they want instead."""

    def __init__(self, inside: Inside, home: Home) -> None:
        self._in = inside
        self._home = home

    async def open(self, installation: Installation, trigger: str, asker: Asker) -> None:
        """Show what holds now, to whoever may ask for videos at all."""
        desk = self._in.door.desk
        await desk.admit(asker, None)
        view = view_of(await desk.taste(asker))
        await self._in.wire.call(installation.token, "views.open", seconds=IN_TIME, trigger_id=trigger, view=view)

    async def submit(self, view: View, asker: Asker) -> Reply:
        """Let what was filled in hold from now on, or say at its field why it cannot."""
        state = (view.get("state") or {}).get("values") or {}
        try:
            async with asyncio.timeout(IN_TIME):
                await self._in.door.desk.prefer(asker, taste_of(state))
        except TimeoutError:
            return _errors(Refused(texts.LATE), state)
        except Trouble as trouble:
            return _errors(trouble, state)
        self._in.later(self._home.draw(asker), "home")
        return {}


def view_of(taste: Taste) -> View:
    """The form, filled in with what holds."""
    given = forms.given_of(taste)
    fields = [field(each, given.get(each.field), MINE) for each in options(Taste)]
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain(TITLE, 24),
        "submit": plain("Keep", 24),
        "close": plain("Cancel", 24),
        "blocks": [section(texts.TASTE), *fields],
    }


def taste_of(state: Mapping[str, Any]) -> Taste:
    """What was filled in; what is empty holds no more."""
    known = {each.field: each for each in options(Taste)}
    said = {
        option.field: filled(option, next(iter(elements.values()), {}), "")
        for block, elements in state.items()
        if (option := known.get(block.removeprefix(FIELD)))
    }
    return make(Taste, {name: value for name, value in forms.values(Taste, said).items() if value != NONE})


def _errors(trouble: Trouble, state: Mapping[str, Any]) -> Reply:
    spot = forms.spot(Taste, trouble) if isinstance(trouble, Refused) else None
    block = f"{FIELD}{spot}" if spot else next(iter(state), "")
    return {"response_action": "errors", "errors": {block: clip(trouble.sentence, 2000)}}
