"""Buttons that work on any message for ever: all they need is in their id."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self, get_args

import discord
from discord import ui

from adapters.chats.discord.context import Interaction
from bot.wording.cards import ButtonAction

MAX_BUTTON_ID_CHARS = 100
BUTTON_ACTS: tuple[str, ...] = (*get_args(ButtonAction), "again")
BUTTON_ID_PATTERN = re.compile(r"didtalk:(?P<act>[a-z]+):(?P<job>[0-9a-z]{1,40})")


@dataclass(frozen=True)
class ButtonPress:
    """What a button means: something to do with a job, or to open a form again."""

    act: str
    target_id: str

    @property
    def custom_id(self) -> str:
        """As Discord keeps it."""
        custom_id = f"didtalk:{self.act}:{self.target_id}"
        if len(custom_id) > MAX_BUTTON_ID_CHARS or not BUTTON_ID_PATTERN.fullmatch(custom_id):
            raise ValueError(f"{custom_id!r} does not fit a button")
        return custom_id

    @classmethod
    def from_custom_id(cls, custom_id: str) -> Self | None:
        """What a button of ours means; None for any other."""
        match = BUTTON_ID_PATTERN.fullmatch(custom_id)
        return cls(match["act"], match["job"]) if match else None


def button_handler(on_press: Callable[[Interaction, ButtonPress], Awaitable[None]]) -> type[ui.DynamicItem[Any]]:
    """The one handler of all buttons, old and new."""

    class PressedButton(ui.DynamicItem[ui.Button[Any]], template=BUTTON_ID_PATTERN):
        """A button as it comes back from Discord."""

        def __init__(self, press: ButtonPress) -> None:
            super().__init__(ui.Button(label="…", custom_id=press.custom_id))
            self.press = press

        @classmethod
        async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Any:
            """Read from the id alone."""
            return cls(ButtonPress(match["act"], match["job"]))

        async def callback(self, interaction: Interaction) -> None:
            """Do what it says."""
            await on_press(interaction, self.press)

    return PressedButton


def job_id_of(message: discord.Message) -> str | None:
    """The job that a message of ours shows, told by its buttons."""
    return next((press.target_id for press in button_presses(message) if press.act in get_args(ButtonAction)), None)


def button_presses(message: discord.Message) -> list[ButtonPress]:
    """All buttons of ours in a message."""
    if not message.components:
        return []
    view_type = ui.LayoutView if message.flags.components_v2 else ui.View
    view = view_type.from_message(message, timeout=None)
    presses = [ButtonPress.from_custom_id(str(getattr(item, "custom_id", ""))) for item in view.walk_children()]
    return [press for press in presses if press]
