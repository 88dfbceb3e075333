"""Reactions and mentions."""

import re

import discord
import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.attachments import to_gesture_message
from adapters.chats.discord.context import DiscordContext
from adapters.chats.discord.incoming.responses import catch_trouble, idempotency_key_of
from adapters.chats.discord.outgoing.cards import NO_MENTIONS, card_view
from adapters.chats.discord.people import (
    author_of,
    make_place,
    require_attach_files,
    require_permissions_to_post,
    require_role,
)
from bot.desk.gestures import ChatMessage
from bot.errors import Trouble
from bot.jobs.job import Asker
from bot.wording.cards import Card, DeskReply

log = structlog.get_logger(__name__)

HINTS_SPACE = "discord-intent-hints"
_MESSAGE_TYPES = (discord.MessageType.default, discord.MessageType.reply)


async def handle_reaction(
    context: DiscordContext, client: discord.Client, payload: discord.RawReactionActionEvent
) -> None:
    """Run a reaction's action; the message is fetched only for known emoji."""
    emoji, gestures = payload.emoji.name, context.gestures
    if not emoji or payload.emoji.id or not gestures.is_known_emoji(emoji):
        return
    message = await _fetch_message(client, payload.channel_id, payload.message_id)
    person = payload.member or await _fetch_user(client, payload.user_id)
    if message is None or person is None or person.bot:
        return
    asker = author_of(person, message.guild or (payload.member.guild if payload.member else None))
    place = make_place(message.guild, payload.guild_id, payload.channel_id, str(message.id))
    target = to_gesture_message(message)
    if _is_unreadable(context, message, target):
        await _hint_once(context, message, person, emoji)
        return

    async def ask_desk() -> DeskReply:
        _require_may_ask(context, message, person, asker)
        return await gestures.handle_reaction(asker, place, emoji, target) or DeskReply(Card(title=""))

    outcome = await catch_trouble(ask_desk(), message.id)
    if isinstance(outcome, Trouble):
        await _send_privately(client, person.id, message, outcome.sentence)
    elif outcome.card.buttons and not outcome.jobs:  # a question
        await _send_privately(client, person.id, message, outcome.card)


async def handle_mention(context: DiscordContext, client: discord.Client, message: discord.Message) -> None:
    """Answer a mention, a reply or a DM."""
    me, guild = client.user, message.guild
    if message.author.bot or me is None or message.type not in _MESSAGE_TYPES:
        return
    if guild and all(each.id != me.id for each in message.mentions):  # mentions of roles and of everyone do not count
        return
    asker, idempotency_key = author_of(message.author, guild), idempotency_key_of(message)

    async def ask_desk() -> DeskReply:
        _require_may_ask(context, message, message.author, asker)
        text = re.sub(rf"\s*<@!?{me.id}>", "", message.content).strip()
        place = make_place(guild, guild.id if guild else None, message.channel.id, str(message.id))
        referenced, target = await _referenced_message(client, message), to_gesture_message(message, text)
        return await context.gestures.handle_mention(
            asker, place, text, target, referenced, idempotency_key=idempotency_key
        )

    outcome = await catch_trouble(ask_desk(), message.id)
    if isinstance(outcome, Trouble):
        await _reply_to(message, outcome.sentence)
    elif all(job.idempotency_key != idempotency_key for job in outcome.jobs):  # a new job shows its own card
        await _reply_to(message, outcome.card)


async def _send_privately(client: discord.Client, person: int, message: discord.Message, text: Card | str) -> None:
    """Send a DM, else reply to the message."""
    try:
        channel = await client.create_dm(discord.Object(person))
        await channel.send(view=card_view(text), allowed_mentions=NO_MENTIONS)
    except discord.HTTPException as closed:
        log.info("dm not accepted", code=closed.code)
        await _reply_to(message, text)


async def _referenced_message(client: discord.Client, message: discord.Message) -> ChatMessage | None:
    """The message replied to, else the thread's first one."""
    reference = message.reference
    if reference and isinstance(reference.resolved, discord.Message):
        return to_gesture_message(reference.resolved)
    found = None
    if reference and reference.message_id:
        found = await _fetch_message(client, reference.channel_id, reference.message_id)
    elif isinstance(message.channel, discord.Thread) and message.channel.parent_id:
        found = await _fetch_message(client, message.channel.parent_id, message.channel.id)
    return to_gesture_message(found) if found else None


async def _fetch_message(client: discord.Client, channel: int, message: int) -> discord.Message | None:
    cached = client.get_channel(channel)  # it knows its server and permissions
    messageable = cached if isinstance(cached, discord.abc.Messageable) else client.get_partial_messageable(channel)
    try:
        return await messageable.fetch_message(message)
    except discord.HTTPException as error:
        log.info("message not readable", status=error.status, code=error.code)
        return None


async def _fetch_user(client: discord.Client, user: int) -> discord.User | None:
    try:
        return client.get_user(user) or await client.fetch_user(user)
    except discord.HTTPException as error:
        log.info("user not found", status=error.status, code=error.code)
        return None


def _require_may_ask(context: DiscordContext, message: discord.Message, person: discord.abc.User, asker: Asker) -> None:
    """As for interactions, computed here because Discord sends no permissions with messages."""
    require_role(context, asker)
    channel, me = message.channel, message.guild.me if message.guild else None
    if me is None or not isinstance(channel, discord.TextChannel | discord.Thread):
        return
    if isinstance(person, discord.Member):
        require_attach_files(context, asker.roles, channel.permissions_for(person))
    require_permissions_to_post(channel.permissions_for(me), isinstance(channel, discord.Thread))


def _is_unreadable(context: DiscordContext, message: discord.Message, target: ChatMessage) -> bool:
    """Without the intent, other people's messages arrive empty."""
    return not (context.message_content or target.text or target.media or target.job or message.embeds)


async def _hint_once(context: DiscordContext, message: discord.Message, person: discord.abc.User, emoji: str) -> None:
    """Explain once per person what works without the intent."""
    key_value = context.core.key_value
    if context.gestures.emoji_meaning(emoji) != "make" or await key_value.get(HINTS_SPACE, str(person.id)):
        return
    await key_value.put(HINTS_SPACE, str(person.id), True)
    await _reply_to(message, texts.use_menu_instead(list(texts.MENU_NAMES.values())))


async def _reply_to(message: discord.Message, card: Card | str) -> None:
    try:
        await message.reply(view=card_view(card), mention_author=False, allowed_mentions=NO_MENTIONS)
    except discord.HTTPException as error:
        log.info("reply not sent", status=error.status, code=error.code)
