"""Requests and forms as Discord's people make them: from options, from a form, once more from a form."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from adapters.chats.discord.attachments import media_of
from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.forms.drafts import Draft, Drafts, again
from adapters.chats.discord.forms.modals import FORM, answers, filled, modal
from adapters.chats.discord.incoming.button_ids import Press
from adapters.chats.discord.incoming.responses import LOST, log, once_of, show_form, take, tell
from adapters.chats.discord.outgoing.cards import page, sentence
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.permissions import can_answer, may_ask_here
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker
from bot.requests.kinds import Request, make
from bot.requests.media import Media
from bot.wording import chat_texts
from bot.wording.answer import Answer

Refuse = Callable[[Trouble], Awaitable[None]]


async def ask(
    front: Front,
    interaction: Interaction,
    request: type[Request],
    values: dict[str, Any],
    draft: Draft | None = None,
    refused: Refuse | None = None,
) -> bool:
    """Ask for a video; whether it was taken on. What is refused is said to the person."""

    async def asking(once: str) -> Answer:
        asker = asker_of(interaction)
        may_ask_here(front, asker, interaction)
        can_answer(interaction)
        made = make(request, values)
        place = place_of(interaction, draft.message if draft else "")
        return await front.door.desk.ask(asker, place, made, once, (draft.again_of if draft else "") or None)

    return await take(front, interaction, asking, refused)


async def open_form(front: Front, interaction: Interaction, draft: Draft) -> None:
    """Show a form to whoever may ask; it must be the first answer, so nothing slow may come before it."""
    asker = asker_of(interaction)
    try:
        await _admit(front, interaction, asker, draft)
    except Refused as refusal:
        await tell(interaction, sentence(refusal.sentence))
        return
    await Drafts(front.door.notes).keep(asker, draft)
    await show_form(interaction, modal(draft))


async def reopen(front: Front, interaction: Interaction, draft_id: str) -> None:
    """Show a refused form once more, as it was filled in."""
    draft = await Drafts(front.door.notes).get(asker_of(interaction), draft_id)
    if draft is None:
        await tell(interaction, sentence(chat_texts.form_gone()))
    else:
        await open_form(front, interaction, draft)


async def submitted(front: Front, interaction: Interaction) -> None:
    """A form came back."""
    data: dict[str, Any] = dict(interaction.data or {})
    draft_id = str(data.get("custom_id", "")).removeprefix(FORM)
    drafts, asker = Drafts(front.door.notes), asker_of(interaction)
    draft = await drafts.get(asker, draft_id)
    if draft is None:
        await tell(interaction, sentence(chat_texts.form_gone()))
        return
    fields, ids = answers(data)
    values = dict(draft.values)

    async def refused(trouble: Trouble) -> None:
        refusal = trouble if isinstance(trouble, Refused) else Refused(trouble.sentence)
        await drafts.keep(asker, again(draft, values, refusal))
        await _offer_again(interaction, draft, refusal)

    try:
        values = filled(draft, fields, _files(interaction, data, ids))
    except Refused as early:
        await refused(early)
        return
    if await ask(front, interaction, draft.request, values, draft, refused):
        await drafts.drop(asker, draft.id)


async def _admit(front: Front, interaction: Interaction, asker: Asker, draft: Draft) -> None:
    """Nobody fills in a form to be refused afterwards."""
    may_ask_here(front, asker, interaction)
    await front.door.desk.admit(asker, place_of(interaction, draft.message))


async def _offer_again(interaction: Interaction, draft: Draft, refusal: Refused) -> None:
    """A form cannot answer a form, so a button leads back to it."""
    view = page(sentence(refusal.sentence))
    button: discord.ui.Button[Any] = discord.ui.Button(
        label="Back to the form", custom_id=Press("again", draft.id).packed
    )
    view.add_item(discord.ui.ActionRow(button))
    view.stop()
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=view)
        else:
            await interaction.response.send_message(view=view, ephemeral=True)
    except LOST as error:
        log.warning("not answered", interaction=interaction.id, why=str(error))


def _files(interaction: Interaction, data: dict[str, Any], ids: list[str]) -> list[Media]:
    resolved = data.get("resolved", {}).get("attachments", {})
    state = interaction.client._connection
    found = [media_of(discord.Attachment(data=resolved[each], state=state)) for each in ids if each in resolved]
    return [each for each in found if each]


def draft_id(interaction: Interaction) -> str:
    """A draft is known by the interaction that opened it."""
    return once_of(interaction).rpartition(":")[2]
