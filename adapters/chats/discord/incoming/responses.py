"""Responds to interactions within Discord's three seconds: record, acknowledge, then work.

The desk needs milliseconds when it only records. When it must ask a provider first, or the disk is slow, the
interaction is deferred meanwhile, so that exactly one acknowledgement is sent in time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import discord
import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.outgoing.cards import NO_MENTIONS, card_view
from adapters.chats.discord.outgoing.interaction_tokens import InteractionToken
from bot.errors import Trouble
from bot.wording.cards import Card, DeskReply

log = structlog.get_logger(__name__)

DEFER_AFTER_SECONDS = 1.0  # of Discord's three seconds

# Refused, cut off, or the client is closing (RuntimeError).
SEND_ERRORS = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError)


async def accept_request(
    context: DiscordContext,
    interaction: Interaction,
    ask_desk: Callable[[str], Awaitable[DeskReply]],
    on_refused: Callable[[Trouble], Awaitable[None]] | None = None,
) -> bool:
    """Record a request and defer; the worker turns the deferred message into the job's card."""
    idempotency_key = idempotency_key_of(interaction)
    token = InteractionToken(interaction.application_id, interaction.token, interaction.filesize_limit)

    async def save_token_and_ask() -> DeskReply:
        saving_token = asyncio.ensure_future(context.tokens.save_token(idempotency_key, token))
        await asyncio.sleep(0)  # writes are ordered: the token is saved no later than the job
        try:
            return await ask_desk(idempotency_key)
        finally:
            await saving_token

    with context.in_flight.track(), context.awaiting_ack.track():
        try:
            outcome = await _defer_if_slow(interaction, save_token_and_ask(), ephemeral=False)
            if isinstance(outcome, Trouble):
                await context.tokens.drop_token(idempotency_key)
                await (on_refused(outcome) if on_refused else respond_with(interaction, outcome.sentence))
                return False
            if not interaction.response.is_done():
                await _defer(interaction, ephemeral=False)
            return True
        finally:
            context.tokens.mark_acknowledged(idempotency_key)


async def answer_question(interaction: Interaction, pending: Awaitable[DeskReply], *, silent: bool = False) -> None:
    """Answer, privately where the reply says so; silently when the job's card shows the result."""
    outcome = await _defer_if_slow(interaction, pending, ephemeral=True)
    if isinstance(outcome, Trouble):
        await respond_with(interaction, outcome.sentence)
    elif silent and not interaction.response.is_done():
        await send_response(interaction, interaction.response.defer())
    else:
        await respond_with(interaction, outcome.card, private=outcome.private)


async def answer_in_place(interaction: Interaction, pending: Awaitable[DeskReply]) -> None:
    """The question's message becomes the answer, so that nobody presses its buttons again."""
    outcome = await _defer_if_slow(interaction, pending, thinking=False)
    if isinstance(outcome, Trouble):
        await respond_with(interaction, outcome.sentence)
    elif interaction.response.is_done():
        await respond_with(interaction, _without_buttons(outcome))
    else:
        view = card_view(_without_buttons(outcome))
        await send_response(interaction, interaction.response.edit_message(view=view, allowed_mentions=NO_MENTIONS))


def _without_buttons(reply: DeskReply) -> Card:
    return replace(reply.card, buttons=()) if reply.private else reply.card


async def respond_with(interaction: Interaction, card: Card | str, *, private: bool = True) -> None:
    """Send or edit the response, whether or not it was deferred. A sentence is shown as an error."""
    await respond_with_view(interaction, card_view(card), private)


async def respond_with_view(interaction: Interaction, view: discord.ui.LayoutView, private: bool = True) -> None:
    if interaction.response.is_done():
        sending: Awaitable[object] = interaction.edit_original_response(view=view, allowed_mentions=NO_MENTIONS)
    else:
        sending = interaction.response.send_message(view=view, ephemeral=private, allowed_mentions=NO_MENTIONS)
    await send_response(interaction, sending)


async def send_response(interaction: Interaction, sending: Awaitable[object]) -> None:
    """Send a response. One that comes too late is logged: a job is recorded by then and its card is posted anyway."""
    try:
        await sending
    except SEND_ERRORS as error:
        log.warning("response not sent", interaction=interaction.id, why=str(error))


async def catch_trouble(pending: Awaitable[DeskReply], trace_id: int) -> DeskReply | Trouble:
    """The reply or the error; unexpected errors are logged."""
    try:
        return await pending
    except Trouble as trouble:
        return trouble
    except Exception:
        log.exception("unexpected error in a gesture", interaction=trace_id)
        return Trouble(texts.unexpected_error(str(trace_id)))


async def run_guarded(interaction: Interaction, work: Awaitable[None]) -> None:
    """Handle an interaction; every error becomes a response."""
    try:
        await work
    except Trouble as trouble:
        await respond_with(interaction, trouble.sentence)
    except Exception:
        log.exception("unexpected error in a gesture", interaction=interaction.id)
        await respond_with(interaction, texts.unexpected_error(str(interaction.id)))


def idempotency_key_of(event: Interaction | discord.Message) -> str:
    """One interaction or message is one job, however often the gateway sends it."""
    return f"discord:{event.id}"


async def _defer_if_slow(
    interaction: Interaction, pending: Awaitable[DeskReply], *, ephemeral: bool = False, thinking: bool = True
) -> DeskReply | Trouble:
    task = asyncio.ensure_future(catch_trouble(pending, interaction.id))
    try:
        await asyncio.wait((task,), timeout=DEFER_AFTER_SECONDS)
        if not task.done():
            await _defer(interaction, ephemeral=ephemeral, thinking=thinking)
        return await task
    finally:
        task.cancel()


async def _defer(interaction: Interaction, *, ephemeral: bool, thinking: bool = True) -> None:
    """Without `thinking`, the message of a pressed button stays as it is meanwhile."""
    await send_response(interaction, interaction.response.defer(thinking=thinking, ephemeral=ephemeral))
