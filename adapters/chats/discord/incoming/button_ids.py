"""Buttons that work on any message for ever: all they need is in their id."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self, get_args

import discord
from discord import ui

from adapters.chats.discord.context import Interaction
from bot.wording.cards import Act

ID_MOST = 100
ACTS: tuple[str, ...] = (*get_args(Act), "again")
TEMPLATE = re.compile(r"didtalk:(?P<act>[a-z]+):(?P<job>[0-9a-z]{1,40})")


@dataclass(frozen=True)
class Press:
    """What a button means: something to do with a job, or to open a form again."""

    act: str
    job: str

    @property
    def packed(self) -> str:
        """As Discord keeps it."""
        packed = f"didtalk:{self.act}:{self.job}"
        if len(packed) > ID_MOST or not TEMPLATE.fullmatch(packed):
            raise ValueError(f"{packed!r} does not fit a button")
        return packed

    @classmethod
    def of(cls, packed: str) -> Self | None:
        """What a button of ours means; None for any other."""
        match = TEMPLATE.fullmatch(packed)
        return cls(match["act"], match["job"]) if match else None


def pressing(pressed: Callable[[Interaction, Press], Awaitable[None]]) -> type[ui.DynamicItem[Any]]:
    """The one handler of all buttons, old and new."""

    class Pressed(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
        """A button as it comes back from Discord."""

        def __init__(self, press: Press) -> None:
            super().__init__(ui.Button(label="…", custom_id=press.packed))
            self.press = press

        @classmethod
        async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Any:
            """Read from the id alone."""
            return cls(Press(match["act"], match["job"]))

        async def callback(self, interaction: Interaction) -> None:
            """Do what it says."""
            await pressed(interaction, self.press)

    return Pressed


def job_of(message: discord.Message) -> str | None:
    """The job that a message of ours shows, told by its buttons."""
    return next((press.job for press in presses(message) if press.act in get_args(Act)), None)


def presses(message: discord.Message) -> list[Press]:
    """All buttons of ours in a message."""
    if not message.components:
        return []
    view_type = ui.LayoutView if message.flags.components_v2 else ui.View
    view = view_type.from_message(message, timeout=None)
    found = [Press.of(str(getattr(item, "custom_id", ""))) for item in view.walk_children()]
    return [press for press in found if press]
