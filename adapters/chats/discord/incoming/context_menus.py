"""Message actions. They carry the whole message, so they need no privileged intent."""

from typing import Any

import discord
from discord import app_commands

from adapters.chats.discord import texts
from adapters.chats.discord.attachments import to_gesture_message
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.incoming.requests import open_form
from adapters.chats.discord.incoming.responses import respond_with
from adapters.chats.discord.outgoing.cards import sentence_card
from adapters.chats.discord.permissions import MEMBER_PERMISSIONS
from bot.chats.form_drafts import FormDraft
from bot.desk.gestures import MessageAction
from bot.errors import Refused
from bot.requests.kinds import Talk

MENU_NAMES: dict[MessageAction, str] = {
    "talk": "Make it talk",
    "animate": "Animate this photo",
    "translate": "Translate this video",
}


def build_menus(context: DiscordContext) -> list[app_commands.ContextMenu]:
    return [_build_menu(context, action, name) for action, name in MENU_NAMES.items()]


def _build_menu(context: DiscordContext, action: MessageAction, name: str) -> app_commands.ContextMenu:
    async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await _open_menu_form(context, interaction, action, message)

    menu = app_commands.ContextMenu(name=name, callback=callback)
    menu.default_permissions = MEMBER_PERMISSIONS
    return menu


async def _open_menu_form(
    context: DiscordContext, interaction: Interaction, action: MessageAction, message: discord.Message
) -> None:
    target = to_gesture_message(message)
    if action == "talk" and not target.text and not target.media:
        await respond_with(interaction, sentence_card(texts.NOTHING_TO_SPEAK))
        return
    try:
        request, values = context.core.gestures.action_request(action, target)
    except Refused as refusal:
        await respond_with(interaction, sentence_card(refusal.sentence))
        return
    if request is Talk:
        values = {name: value for name, value in values.items() if value}
    await open_form(context, interaction, FormDraft(request, values, message_id=str(message.id)))
