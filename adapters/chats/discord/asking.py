"""Requests and forms as Discord's people make them: from options, from a form, once more from a form."""

from typing import Any

import discord

from adapters.chats.discord.answering import once_of, take, tell
from adapters.chats.discord.buttons import Press
from adapters.chats.discord.cards import page, sentence
from adapters.chats.discord.drafts import Draft, Drafts, again
from adapters.chats.discord.front import Front, Interaction
from adapters.chats.discord.media import media_of
from adapters.chats.discord.modals import FORM, answers, filled, modal
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.rights import can_answer, may_ask
from bot import phrases
from bot.answer import Answer
from bot.errors import Refused
from bot.media import Media
from bot.requests import Request, make


async def ask(
    front: Front, interaction: Interaction, request: type[Request], values: dict[str, Any], draft: Draft | None = None
) -> Refused | None:
    """Ask for a video; what is refused is said to the person and given back."""

    async def asking(once: str) -> Answer:
        asker = asker_of(interaction)
        may_ask(front, asker)
        can_answer(interaction)
        made = make(request, values)
        place = place_of(interaction, draft.message if draft else "")
        return await front.door.desk.ask(asker, place, made, once, (draft.again_of if draft else "") or None)

    trouble = await take(front, interaction, asking)
    return trouble if isinstance(trouble, Refused) else None


async def open_form(front: Front, interaction: Interaction, draft: Draft) -> None:
    """Show a form; it must be the first answer, so nothing slow may come before it."""
    asker = asker_of(interaction)
    try:
        may_ask(front, asker)
    except Refused as refusal:
        await tell(interaction, sentence(refusal.sentence))
        return
    await Drafts(front.door.notes).keep(asker, draft)
    await interaction.response.send_modal(modal(draft))


async def reopen(front: Front, interaction: Interaction, draft_id: str) -> None:
    """Show a refused form once more, as it was filled in."""
    draft = await Drafts(front.door.notes).get(asker_of(interaction), draft_id)
    if draft is None:
        await tell(interaction, sentence(phrases.form_gone()))
    else:
        await interaction.response.send_modal(modal(draft))


async def submitted(front: Front, interaction: Interaction) -> None:
    """A form came back."""
    data: dict[str, Any] = dict(interaction.data or {})
    draft_id = str(data.get("custom_id", "")).removeprefix(FORM)
    drafts, asker = Drafts(front.door.notes), asker_of(interaction)
    draft = await drafts.get(asker, draft_id)
    if draft is None:
        await tell(interaction, sentence(phrases.form_gone()))
        return
    fields, ids = answers(data)
    values = dict(draft.values)
    try:
        values = filled(draft, fields, _files(interaction, data, ids))
        refusal = await ask(front, interaction, draft.request, values, draft)
    except Refused as early:
        refusal = early
    if refusal is None:
        await drafts.drop(asker, draft.id)
        return
    await drafts.keep(asker, again(draft, values, refusal))
    await _offer_again(interaction, draft, refusal)


async def _offer_again(interaction: Interaction, draft: Draft, refusal: Refused) -> None:
    """A form cannot answer a form, so a button leads back to it."""
    view = page(sentence(refusal.sentence))
    button: discord.ui.Button[Any] = discord.ui.Button(
        label="Back to the form", custom_id=Press("again", draft.id).packed
    )
    view.add_item(discord.ui.ActionRow(button))
    view.stop()
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    else:
        await interaction.response.send_message(view=view, ephemeral=True)


def _files(interaction: Interaction, data: dict[str, Any], ids: list[str]) -> list[Media]:
    resolved = data.get("resolved", {}).get("attachments", {})
    state = interaction.client._connection
    found = [media_of(discord.Attachment(data=resolved[each], state=state)) for each in ids if each in resolved]
    return [each for each in found if each]


def draft_id(interaction: Interaction) -> str:
    """A draft is known by the interaction that opened it."""
    return once_of(interaction).rpartition(":")[2]
