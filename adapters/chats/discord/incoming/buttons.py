"""Handles the buttons of cards."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import structlog
from discord import ui

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.incoming.requests import open_form, reopen_form
from adapters.chats.discord.incoming.responses import (
    accept_request,
    acknowledge,
    answer_question,
    catch_trouble,
    idempotency_key_of,
    respond_with,
)
from adapters.chats.discord.outgoing.cards import BUTTON_ID_PATTERN, REOPEN_FORM, ButtonPress, sentence_card
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.permissions import require_bot_permissions, require_may_ask
from bot.chats.form_drafts import FormDraft
from bot.errors import Refused, Trouble
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.media import Media, MediaKind
from bot.wording.cards import DeskReply
from bot.wording.titles import video_file_name

log = structlog.get_logger(__name__)


def button_handler(on_press: Callable[[Interaction, ButtonPress], Awaitable[None]]) -> type[ui.DynamicItem[Any]]:
    """One handler for all buttons, also those posted before a restart."""

    class PressedButton(ui.DynamicItem[ui.Button[Any]], template=BUTTON_ID_PATTERN):
        def __init__(self, press: ButtonPress) -> None:
            super().__init__(ui.Button(label="…", custom_id=press.custom_id))
            self.press = press

        @classmethod
        async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Any:
            return cls(ButtonPress(match["action"], match["target"]))

        async def callback(self, interaction: Interaction) -> None:
            await on_press(interaction, self.press)

    return PressedButton


async def handle_press(context: DiscordContext, interaction: Interaction, press: ButtonPress) -> None:
    """Run a button's action; a double click counts once."""
    if context.is_double_click(f"{interaction.user.id}:{press.custom_id}"):
        await acknowledge(interaction)
        return
    desk, asker, place = context.core.desk, asker_of(interaction), place_of(interaction)
    match press.action:
        case "cancel":
            await answer_question(interaction, desk.press_button(asker, place, "cancel", press.target_id), silent=True)
        case "delete":
            await answer_question(interaction, desk.press_button(asker, place, "delete", press.target_id))
        case "details":
            await answer_question(interaction, desk.press_button(asker, place, "details", press.target_id))
        case "redo" | "switch" as action:
            await accept_request(
                context, interaction, lambda once: _ask_again(context, interaction, action, press.target_id, once)
            )
        case "edit" | "translate":
            await _open_job_form(context, interaction, press)
        case _ if press.action == REOPEN_FORM:
            await reopen_form(context, interaction, press.target_id)
        case _:
            log.warning("unknown button", action=press.action, target=press.target_id)
            await respond_with(interaction, sentence_card(texts.UNKNOWN_GESTURE))


async def _ask_again(
    context: DiscordContext,
    interaction: Interaction,
    action: Literal["redo", "switch"],
    job_id: str,
    idempotency_key: str,
) -> DeskReply:
    asker = asker_of(interaction)
    require_may_ask(context, asker, interaction)
    require_bot_permissions(interaction)
    return await context.core.desk.press_button(asker, place_of(interaction), action, job_id, idempotency_key)


async def _open_job_form(context: DiscordContext, interaction: Interaction, press: ButtonPress) -> None:
    """Open the form of an earlier job. A form must be the first response, so the job is read before."""
    outcome = await catch_trouble(_find_job(context, interaction, press), idempotency_key_of(interaction))
    if isinstance(outcome, Trouble):
        await respond_with(interaction, sentence_card(outcome.sentence))
        return
    job = outcome.jobs[0]
    try:
        draft = _translation_draft(job) if press.action == "translate" else _edit_draft(job)
    except Refused as refusal:
        await respond_with(interaction, sentence_card(refusal.sentence))
        return
    await open_form(context, interaction, draft)


async def _find_job(context: DiscordContext, interaction: Interaction, press: ButtonPress) -> DeskReply:
    return await context.core.desk.press_button(asker_of(interaction), place_of(interaction), "edit", press.target_id)


def _edit_draft(job: Job) -> FormDraft:
    request = job.request
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in type(request).model_fields.items()
    }
    given = {name: value for name in defaults if name != "kind" and (value := getattr(request, name)) != defaults[name]}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return FormDraft(type(request), values, redo_of=job.id)


def _translation_draft(job: Job) -> FormDraft:
    """Translates our own copy, while we have it."""
    if job.stored_video is None:
        raise Refused(texts.file_expired(video_file_name(job)))
    video = Media(kind=MediaKind.VIDEO, address=f"shelf:{job.stored_video.video}", name=video_file_name(job))
    return FormDraft(Translation, {"video": video})
