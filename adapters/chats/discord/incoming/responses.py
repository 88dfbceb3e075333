"""Responds to interactions within Discord's three seconds: record, acknowledge, then work.

The desk needs milliseconds when it only records. When it must ask a provider first, or the disk is slow, the
interaction is deferred meanwhile, so that exactly one acknowledgement is sent in time.
"""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import discord
import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.outgoing.cards import card_view, sentence_card
from adapters.chats.discord.outgoing.interaction_tokens import InteractionToken
from bot.errors import Trouble
from bot.wording.cards import Card, DeskReply

log = structlog.get_logger(__name__)

DEFER_AFTER_SECONDS = 1.0  # of Discord's three seconds

# Refused, cut off, or the client is closing (RuntimeError).
SEND_ERRORS = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError)

NO_MENTIONS = discord.AllowedMentions.none()


async def accept_request(
    context: DiscordContext,
    interaction: Interaction,
    ask_desk: Callable[[str], Awaitable[DeskReply]],
    on_refused: Callable[[Trouble], Awaitable[None]] | None = None,
) -> bool:
    """Record a request and defer; the worker turns the deferred message into the job's card."""
    with context.in_flight.track(), context.awaiting_ack.track():
        return await _accept_request(context, interaction, ask_desk, on_refused)


async def _accept_request(
    context: DiscordContext,
    interaction: Interaction,
    ask_desk: Callable[[str], Awaitable[DeskReply]],
    on_refused: Callable[[Trouble], Awaitable[None]] | None,
) -> bool:
    idempotency_key = idempotency_key_of(interaction)
    token = InteractionToken(interaction.application_id, interaction.token, interaction.filesize_limit)

    async def save_token_and_ask() -> DeskReply:
        saving_token = asyncio.ensure_future(context.tokens.save_token(idempotency_key, token))
        await asyncio.sleep(0)  # writes are ordered: the token is saved no later than the job
        try:
            return await ask_desk(idempotency_key)
        finally:
            await saving_token

    try:
        outcome = await _defer_if_slow(
            interaction, catch_trouble(save_token_and_ask(), str(interaction.id)), ephemeral=False
        )
        if isinstance(outcome, Trouble):
            await context.tokens.drop_token(idempotency_key)
            await (on_refused(outcome) if on_refused else respond_with(interaction, sentence_card(outcome.sentence)))
            return False
        if not interaction.response.is_done():
            await _defer(interaction, ephemeral=False)
        return True
    finally:
        context.tokens.mark_acknowledged(idempotency_key)


async def answer_question(interaction: Interaction, pending: Awaitable[DeskReply], *, silent: bool = False) -> None:
    """Answer, privately where the reply says so; silently when the job's card shows the result."""
    outcome = await _defer_if_slow(interaction, catch_trouble(pending, str(interaction.id)), ephemeral=True)
    if isinstance(outcome, Trouble):
        await respond_with(interaction, sentence_card(outcome.sentence))
    elif silent and not interaction.response.is_done():
        await acknowledge(interaction)
    else:
        await respond_with(interaction, outcome.card, private=outcome.private)


async def respond_with(interaction: Interaction, card: Card, *, private: bool = True) -> None:
    """Send or edit the response, whether or not it was deferred."""
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=card_view(card), allowed_mentions=NO_MENTIONS)
        else:
            await interaction.response.send_message(
                view=card_view(card), ephemeral=private, allowed_mentions=NO_MENTIONS
            )
    except SEND_ERRORS as error:
        log.warning("response not sent", interaction=interaction.id, why=str(error))


async def catch_trouble(pending: Awaitable[DeskReply], trace_id: str) -> DeskReply | Trouble:
    """The reply or the error; unexpected errors are logged."""
    try:
        return await pending
    except Trouble as trouble:
        return trouble
    except Exception:
        log.exception("unexpected error in a gesture", interaction=trace_id)
        return Trouble(texts.unexpected_error(trace_id))


async def run_guarded(interaction: Interaction, work: Awaitable[None]) -> None:
    """Handle an interaction; every error becomes a response."""
    try:
        await work
    except Trouble as trouble:
        await respond_with(interaction, sentence_card(trouble.sentence))
    except Exception:
        log.exception("unexpected error in a gesture", interaction=interaction.id)
        await respond_with(interaction, sentence_card(texts.unexpected_error(str(interaction.id))))


def idempotency_key_of(interaction: Interaction) -> str:
    """One interaction is one job, however often the gateway sends it."""
    return f"discord:{interaction.id}"


async def _defer_if_slow(
    interaction: Interaction, pending: Awaitable[DeskReply | Trouble], *, ephemeral: bool
) -> DeskReply | Trouble:
    task = asyncio.ensure_future(pending)
    try:
        await asyncio.wait((task,), timeout=DEFER_AFTER_SECONDS)
        if not task.done():
            await _defer(interaction, ephemeral=ephemeral)
        return await task
    finally:
        task.cancel()


async def _defer(interaction: Interaction, *, ephemeral: bool) -> None:
    try:
        await interaction.response.defer(thinking=True, ephemeral=ephemeral)
    except SEND_ERRORS as error:  # too late: the job is recorded, and its card is posted in the channel
        log.warning("acknowledgement not sent", interaction=interaction.id, why=str(error))


async def acknowledge(interaction: Interaction) -> None:
    """Acknowledge without showing anything."""
    try:
        await interaction.response.defer()
    except SEND_ERRORS as error:
        log.warning("acknowledgement not sent", interaction=interaction.id, why=str(error))


async def suggest_nothing(interaction: Interaction) -> None:
    try:
        await interaction.response.autocomplete([])
    except SEND_ERRORS as error:
        log.warning("response not sent", interaction=interaction.id, why=str(error))


async def answer_ping(interaction: Interaction) -> None:
    try:
        await interaction.response.pong()
    except SEND_ERRORS as error:
        log.warning("response not sent", interaction=interaction.id, why=str(error))


async def show_form(interaction: Interaction, form: discord.ui.Modal) -> None:
    try:
        await interaction.response.send_modal(form)
    except SEND_ERRORS as error:
        log.warning("form not opened", interaction=interaction.id, why=str(error))
