"""Answers interactions within Discord's three seconds: record first, then acknowledge, then work.

The desk answers in milliseconds when it only records. When it must ask a studio first, or the disk is slow, the
interaction is deferred meanwhile, so one acknowledgement goes out in time whatever happens.
"""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import discord
import structlog

from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.outgoing.cards import page, sentence
from adapters.chats.discord.outgoing.interaction_tokens import Token
from bot.errors import Trouble
from bot.wording import chat_texts
from bot.wording.answer import Answer
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

SOON = 1.0  # seconds; the rest of the three is for the way there and back, and for a busy moment

# What may happen to an answer on its way: refused, cut off, or the client is closing (the library's RuntimeError).
LOST = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError)

NOBODY = discord.AllowedMentions.none()


async def take(
    front: Front,
    interaction: Interaction,
    asking: Callable[[str], Awaitable[Answer]],
    refused: Callable[[Trouble], Awaitable[None]] | None = None,
) -> bool:
    """Take a request on: recorded, then deferred; the engine turns the waiting message into the job's card."""
    with front.hands.busy(), front.people.busy():
        return await _take(front, interaction, asking, refused)


async def _take(
    front: Front,
    interaction: Interaction,
    asking: Callable[[str], Awaitable[Answer]],
    refused: Callable[[Trouble], Awaitable[None]] | None,
) -> bool:
    once = once_of(interaction)
    token = Token(interaction.application_id, interaction.token, interaction.filesize_limit)

    async def recording() -> Answer:
        keeping = asyncio.ensure_future(front.tokens.keep(once, token))
        await asyncio.sleep(0)  # what is written is written in turn: the token with the job at the latest, not after it
        try:
            return await asking(once)
        finally:
            await keeping

    try:
        said = await _while_deferring(interaction, outcome(recording(), str(interaction.id)), ephemeral=False)
        if isinstance(said, Trouble):
            await front.tokens.drop(once)
            await (refused(said) if refused else tell(interaction, sentence(said.sentence)))
            return False
        if not interaction.response.is_done():
            await _defer(interaction, ephemeral=False)
        return True
    finally:
        front.tokens.opened(once)


async def answer(interaction: Interaction, asking: Awaitable[Answer], *, quiet: bool = False) -> None:
    """Answer a question, to the person only unless it concerns everybody; quietly when the card itself will tell."""
    said = await _while_deferring(interaction, outcome(asking, str(interaction.id)), ephemeral=True)
    if isinstance(said, Trouble):
        await tell(interaction, sentence(said.sentence))
    elif quiet and not interaction.response.is_done():
        await acknowledge(interaction)
    else:
        await tell(interaction, said.card, private=said.private)


async def tell(interaction: Interaction, card: Card, *, private: bool = True) -> None:
    """Say something in answer to an interaction, whether or not it was deferred before."""
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=page(card), allowed_mentions=NOBODY)
        else:
            await interaction.response.send_message(view=page(card), ephemeral=private, allowed_mentions=NOBODY)
    except LOST as error:
        log.warning("not answered", interaction=interaction.id, why=str(error))


async def outcome(asking: Awaitable[Answer], trace: str) -> Answer | Trouble:
    """What came of it; whatever nobody foresaw becomes a sentence and a log entry."""
    try:
        return await asking
    except Trouble as trouble:
        return trouble
    except Exception:  # the edge of one gesture: the client lives on
        log.exception("a gesture failed unexpectedly", interaction=trace)
        return Trouble(chat_texts.went_wrong(trace))


async def guarded(interaction: Interaction, work: Awaitable[None]) -> None:
    """Do something about an interaction; whatever goes wrong is said to the person, and the client lives on."""
    try:
        await work
    except Trouble as trouble:
        await tell(interaction, sentence(trouble.sentence))
    except Exception:  # the edge of one gesture
        log.exception("a gesture failed unexpectedly", interaction=interaction.id)
        await tell(interaction, sentence(chat_texts.went_wrong(str(interaction.id))))


def once_of(interaction: Interaction) -> str:
    """One interaction is one job, however often the gateway sends it."""
    return f"discord:{interaction.id}"


async def _while_deferring(
    interaction: Interaction, asking: Awaitable[Answer | Trouble], *, ephemeral: bool
) -> Answer | Trouble:
    task = asyncio.ensure_future(asking)
    try:
        await asyncio.wait((task,), timeout=SOON)
        if not task.done():
            await _defer(interaction, ephemeral=ephemeral)
        return await task
    finally:
        task.cancel()


async def _defer(interaction: Interaction, *, ephemeral: bool) -> None:
    try:
        await interaction.response.defer(thinking=True, ephemeral=ephemeral)
    except LOST as error:  # too late: what is recorded is recorded, and its card is posted without it
        log.warning("not acknowledged", interaction=interaction.id, why=str(error))


async def acknowledge(interaction: Interaction) -> None:
    """Say nothing, which still has to be said."""
    try:
        await interaction.response.defer()
    except LOST as error:
        log.warning("not acknowledged", interaction=interaction.id, why=str(error))


async def nothing_known(interaction: Interaction) -> None:
    """Suggest nothing, which still has to be said."""
    try:
        await interaction.response.autocomplete([])
    except LOST as error:
        log.warning("not answered", interaction=interaction.id, why=str(error))


async def pong(interaction: Interaction) -> None:
    """Discord asks whether we are there."""
    try:
        await interaction.response.pong()
    except LOST as error:
        log.warning("not answered", interaction=interaction.id, why=str(error))


async def show_form(interaction: Interaction, form: discord.ui.Modal) -> None:
    """Show a form, as the first and only answer."""
    try:
        await interaction.response.send_modal(form)
    except LOST as error:
        log.warning("form not shown", interaction=interaction.id, why=str(error))
