"""Reactions and mentions: gestures on ordinary messages, answered by ordinary messages."""

import discord
import structlog

from adapters.chats.discord.attachments import neutral
from adapters.chats.discord.context import Front
from adapters.chats.discord.incoming.context_menus import NAMES
from adapters.chats.discord.incoming.responses import outcome
from adapters.chats.discord.outgoing.cards import page, sentence
from adapters.chats.discord.people import place, writer_of
from adapters.chats.discord.permissions import lacking, may_ask, may_attach
from bot.desk.gestures import Message
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker, Place
from bot.wording import chat_texts
from bot.wording.answer import Answer
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

HINTED = "discord-hinted"
NOBODY = discord.AllowedMentions.none()


async def reacted(front: Front, client: discord.Client, payload: discord.RawReactionActionEvent) -> None:
    """Do what a reaction asks for; only emoji that mean something cost a look at the message."""
    emoji = payload.emoji.name
    if not emoji or payload.emoji.id or not front.door.gestures.means(emoji):
        return
    message = await _fetched(client, payload.channel_id, payload.message_id)
    person = payload.member or await _person(client, payload.user_id)
    if message is None or person is None or person.bot:
        return
    asker = writer_of(person, message.guild or (payload.member.guild if payload.member else None))
    where = place(message.guild, payload.guild_id, payload.channel_id, str(message.id))
    pointed = neutral(message)
    if _unreadable(front, message, pointed):
        await _hint(front, message, person, emoji)
        return
    said = await outcome(_react(front, message, person, asker, (emoji, pointed, where)), str(message.id))
    if isinstance(said, Trouble):
        await whisper(client, person.id, message, said.sentence)


async def mentioned(front: Front, client: discord.Client, message: discord.Message) -> None:
    """Do what a message to us says: a mention, a reply to one of ours, or a direct message."""
    if message.author.bot or client.user is None or not _to_us(client.user, message):
        return
    if message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return
    asker = writer_of(message.author, message.guild)
    text = _without(message.content, client.user.id)
    said = await outcome(_mention(front, client, message, asker, text), str(message.id))
    if isinstance(said, Trouble):
        await _reply(message, sentence(said.sentence))
    elif not _asked(said, message):
        await _reply(message, said.card)


async def whisper(client: discord.Client, person: int, message: discord.Message | None, words: str) -> None:
    """Say something to one person: directly, else under the message it is about."""
    try:
        channel = await client.create_dm(discord.Object(person))
        await channel.send(view=page(sentence(words)), allowed_mentions=NOBODY)
    except discord.HTTPException as closed:
        log.info("no direct message", code=closed.code)
        if message:
            await _reply(message, sentence(words))


async def _react(
    front: Front, message: discord.Message, person: discord.abc.User, asker: Asker, said: tuple[str, Message, Place]
) -> Answer:
    may_ask(front, asker)
    _can_answer(front, message, person)
    emoji, pointed, where = said
    answer = await front.door.gestures.react(asker, where, emoji, pointed)
    return answer or Answer(Card(title=""))


async def _mention(front: Front, client: discord.Client, message: discord.Message, asker: Asker, text: str) -> Answer:
    may_ask(front, asker)
    _can_answer(front, message, message.author)
    guild = message.guild
    where = place(guild, guild.id if guild else None, message.channel.id, str(message.id))
    around = await _around(client, message)
    return await front.door.gestures.mention(
        asker, where, text, neutral(message, text), around, once=f"discord:{message.id}"
    )


async def _around(client: discord.Client, message: discord.Message) -> Message | None:
    """The message that is answered, else the one its thread began with."""
    reference = message.reference
    if reference and isinstance(reference.resolved, discord.Message):
        return neutral(reference.resolved)
    if reference and reference.message_id:
        found = await _fetched(client, reference.channel_id, reference.message_id)
        return neutral(found) if found else None
    if isinstance(message.channel, discord.Thread) and message.channel.parent_id:
        found = await _fetched(client, message.channel.parent_id, message.channel.id)
        return neutral(found) if found else None
    return None


async def _fetched(client: discord.Client, channel: int, message: int) -> discord.Message | None:
    known = client.get_channel(channel)  # which knows its server, and who may do what there
    at = known if isinstance(known, discord.abc.Messageable) else client.get_partial_messageable(channel)
    try:
        return await at.fetch_message(message)
    except discord.HTTPException as error:
        log.info("message out of reach", status=error.status, code=error.code)
        return None


async def _person(client: discord.Client, user: int) -> discord.User | None:
    try:
        return client.get_user(user) or await client.fetch_user(user)
    except discord.HTTPException as error:
        log.info("person out of reach", status=error.status, code=error.code)
        return None


def _can_answer(front: Front, message: discord.Message, person: discord.abc.User) -> None:
    """The same as for interactions, reckoned here because Discord does not say it with a message."""
    me = message.guild.me if message.guild else None
    if me is None or not isinstance(message.channel, discord.TextChannel | discord.Thread):
        return
    if isinstance(person, discord.Member):
        may_attach(front, [str(role.id) for role in person.roles], message.channel.permissions_for(person))
    if missing := lacking(message.channel.permissions_for(me), isinstance(message.channel, discord.Thread)):
        raise Refused(chat_texts.lacking(missing))


def _unreadable(front: Front, message: discord.Message, pointed: Message) -> bool:
    """Without the intent the messages of others come empty, however much they say."""
    return not (front.content or pointed.text or pointed.media or pointed.job or message.embeds)


async def _hint(front: Front, message: discord.Message, person: discord.abc.User, emoji: str) -> None:
    """Say once to each person how it goes without the intent; only for emoji that are asked of us on purpose."""
    if front.door.gestures.meaning(emoji) != "make" or await front.door.notes.get(HINTED, str(person.id)):
        return
    await front.door.notes.put(HINTED, str(person.id), True)
    await _reply(message, sentence(chat_texts.menu_instead(list(NAMES.values()))))


async def _reply(message: discord.Message, card: Card) -> None:
    try:
        await message.reply(view=page(card), mention_author=False, allowed_mentions=NOBODY)
    except discord.HTTPException as error:
        log.info("not replied", status=error.status, code=error.code)


def _to_us(me: discord.ClientUser, message: discord.Message) -> bool:
    """Roles and everyone are not us."""
    return message.guild is None or any(each.id == me.id for each in message.mentions)


def _without(text: str, me: int) -> str:
    """The words without our name."""
    return text.replace(f"<@{me}>", "").replace(f"<@!{me}>", "").strip()


def _asked(answer: Answer, message: discord.Message) -> bool:
    """Whether a job came of it, whose card speaks for itself."""
    return any(job.once == f"discord:{message.id}" for job in answer.jobs)
