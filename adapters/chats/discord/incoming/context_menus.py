"""Actions on a message: they carry the whole message, so no privileged intent is needed."""

from typing import Any

import discord
from discord import app_commands

from adapters.chats.discord.attachments import neutral
from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.forms.drafts import Draft
from adapters.chats.discord.incoming.requests import draft_id, open_form
from adapters.chats.discord.incoming.responses import tell
from adapters.chats.discord.outgoing.cards import sentence
from adapters.chats.discord.permissions import MEMBERS
from bot.desk.gestures import Action
from bot.errors import Refused
from bot.requests.kinds import Talk
from bot.wording import chat_texts

NAMES: dict[Action, str] = {
    "talk": "Make it talk",
    "animate": "Animate this photo",
    "translate": "Translate this video",
}


def menus(front: Front) -> list[app_commands.ContextMenu]:
    """One entry for each action."""
    return [_menu(front, action, name) for action, name in NAMES.items()]


def _menu(front: Front, action: Action, name: str) -> app_commands.ContextMenu:
    async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await _act(front, interaction, action, message)

    menu = app_commands.ContextMenu(name=name, callback=callback)
    menu.default_permissions = MEMBERS
    return menu


async def _act(front: Front, interaction: Interaction, action: Action, message: discord.Message) -> None:
    """Show the form, filled in with what the message gives."""
    pointed = neutral(message)
    if action == "talk" and not pointed.text and not pointed.media:
        await tell(interaction, sentence(chat_texts.nothing_there()))
        return
    try:
        request, values = front.door.gestures.start(action, pointed)
    except Refused as refusal:
        await tell(interaction, sentence(refusal.sentence))
        return
    if request is Talk:
        values = {name: value for name, value in values.items() if value}
    await open_form(front, interaction, Draft(draft_id(interaction), request, values, str(message.id)))
