"""Video requests from options and forms."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord

from adapters.chats.discord import texts
from adapters.chats.discord.attachments import media_of
from adapters.chats.discord.context import PLATFORM, DiscordContext, Interaction
from adapters.chats.discord.forms.modals import FORM_ID_PREFIX, build_modal, parse_submission, submitted_values
from adapters.chats.discord.incoming.responses import SEND_ERRORS, accept_request, log, respond_with, show_form
from adapters.chats.discord.outgoing.cards import REOPEN_FORM, ButtonPress, card_view, sentence_card
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.permissions import require_bot_permissions, require_may_ask
from bot.chats.form_drafts import FormDraft, FormDrafts
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker
from bot.requests.kinds import Request, parse_values
from bot.requests.media import Media
from bot.wording.cards import DeskReply

OnRefused = Callable[[Trouble], Awaitable[None]]


async def ask_for_video(
    context: DiscordContext,
    interaction: Interaction,
    request: type[Request],
    values: dict[str, Any],
    draft: FormDraft | None = None,
    on_refused: OnRefused | None = None,
) -> bool:
    """Request a video; True when it was accepted."""

    async def ask_desk(idempotency_key: str) -> DeskReply:
        asker = asker_of(interaction)
        require_may_ask(context, asker, interaction)
        require_bot_permissions(interaction)
        made = parse_values(request, values)
        place = place_of(interaction, draft.message_id if draft else "")
        return await context.core.desk.take_request(
            asker, place, made, idempotency_key, (draft.redo_of if draft else "") or None
        )

    return await accept_request(context, interaction, ask_desk, on_refused)


async def open_form(context: DiscordContext, interaction: Interaction, draft: FormDraft) -> None:
    """Open a form. It must be the first response, so nothing slow may come before it."""
    asker = asker_of(interaction)
    try:
        await _require_access(context, interaction, asker, draft)
    except Refused as refusal:
        await respond_with(interaction, sentence_card(refusal.sentence))
        return
    await _form_drafts(context).save_draft("", asker.user, draft)
    await show_form(interaction, build_modal(draft))


async def reopen_form(context: DiscordContext, interaction: Interaction, draft_id: str) -> None:
    draft = await _form_drafts(context).get_draft("", str(interaction.user.id), draft_id)
    if draft is None:
        await respond_with(interaction, sentence_card(texts.FORM_EXPIRED))
    else:
        await open_form(context, interaction, draft)


async def handle_form_submit(context: DiscordContext, interaction: Interaction) -> None:
    data: dict[str, Any] = dict(interaction.data or {})
    draft_id = str(data.get("custom_id", "")).removeprefix(FORM_ID_PREFIX)
    drafts, user = _form_drafts(context), str(interaction.user.id)
    draft = await drafts.get_draft("", user, draft_id)
    if draft is None:
        await respond_with(interaction, sentence_card(texts.FORM_EXPIRED))
        return
    fields, ids = parse_submission(data)
    values = dict(draft.values)

    async def on_refused(trouble: Trouble) -> None:
        refusal = trouble if isinstance(trouble, Refused) else Refused(trouble.sentence)
        refused = replace(draft, values=values, error=refusal.sentence, error_field=refusal.option or "")
        await drafts.save_draft("", user, refused)
        await _offer_form_again(interaction, draft, refusal)

    try:
        values = submitted_values(draft, fields, _attached_media(interaction, data, ids))
    except Refused as early:
        await on_refused(early)
        return
    if await ask_for_video(context, interaction, draft.request, values, draft, on_refused):
        await drafts.delete_draft("", user, draft.id)


async def _require_access(context: DiscordContext, interaction: Interaction, asker: Asker, draft: FormDraft) -> None:
    """Check before the form opens, not after it was filled in."""
    require_may_ask(context, asker, interaction)
    await context.core.desk.check_access(asker, place_of(interaction, draft.message_id))


async def _offer_form_again(interaction: Interaction, draft: FormDraft, refusal: Refused) -> None:
    """A form cannot follow a form, so a button leads back to it."""
    view = card_view(sentence_card(refusal.sentence))
    button: discord.ui.Button[Any] = discord.ui.Button(
        label="Back to the form", custom_id=ButtonPress(REOPEN_FORM, draft.id).custom_id
    )
    view.add_item(discord.ui.ActionRow(button))
    view.stop()
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=view)
        else:
            await interaction.response.send_message(view=view, ephemeral=True)
    except SEND_ERRORS as error:
        log.warning("response not sent", interaction=interaction.id, why=str(error))


def _attached_media(interaction: Interaction, data: dict[str, Any], ids: list[str]) -> list[Media]:
    resolved = data.get("resolved", {}).get("attachments", {})
    state = interaction.client._connection
    media = [media_of(discord.Attachment(data=resolved[each], state=state)) for each in ids if each in resolved]
    return [each for each in media if each]


def _form_drafts(context: DiscordContext) -> FormDrafts:
    """Keyed by the person alone, whose id is the same on every server."""
    return FormDrafts(context.core.key_value, PLATFORM)
