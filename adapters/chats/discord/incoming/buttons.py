"""The buttons of cards."""

import re
from typing import Any

import structlog
from discord import ui

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.incoming.forms import open_form, reopen_form
from adapters.chats.discord.incoming.responses import (
    accept_request,
    answer_in_place,
    answer_question,
    respond_with,
    run_guarded,
    send_response,
)
from adapters.chats.discord.outgoing.cards import BUTTON_ID_PATTERN, REOPEN_FORM, ButtonPress
from adapters.chats.discord.people import (
    asker_of,
    asker_on_server,
    place_of,
    require_bot_permissions,
    require_may_ask,
)
from bot.chats.form_drafts import FormDraft
from bot.desk.gestures import translation_values
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.wording.cards import ButtonAction, DeskReply

log = structlog.get_logger(__name__)


class PressedButton(ui.DynamicItem[ui.Button[Any]], template=BUTTON_ID_PATTERN):
    """Handles all buttons, also those posted before a restart. Its client is the gateway."""

    def __init__(self, press: ButtonPress) -> None:
        super().__init__(ui.Button(label="…", custom_id=press.custom_id))
        self.press = press

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Any:
        return cls(ButtonPress(match["action"], match["target"]))

    async def callback(self, interaction: Interaction) -> None:
        await run_guarded(interaction, _handle_press(interaction.client.context, interaction, self.press))


async def _handle_press(context: DiscordContext, interaction: Interaction, press: ButtonPress) -> None:
    """Run a button's action; a double click counts once."""
    click = f"{interaction.user.id}:{press.custom_id}"
    if click in context.recent_presses:
        await send_response(interaction, interaction.response.defer())
        return
    context.recent_presses.put(click, True)
    desk, asker, place = context.core.desk, asker_of(interaction), place_of(interaction)
    match press.action:
        case "cancel" | "delete" | "details" as action:
            pending = desk.press_button(asker, place, action, press.target_id)
            await answer_question(interaction, pending, silent=action == "cancel")
        case "confirm_delete" | "dismiss" | "make" as answer:
            await answer_in_place(interaction, _answer_question(context, interaction, answer, press.target_id))
        case "fill":
            await open_form(context, interaction, await desk.questions.draft_of(asker, press.target_id))
        case "redo" | "switch" as action_again:

            async def ask_again(idempotency_key: str) -> DeskReply:
                require_may_ask(context, asker, interaction)
                require_bot_permissions(interaction)
                return await desk.press_button(asker, place, action_again, press.target_id, idempotency_key)

            await accept_request(context, interaction, ask_again)
        case "edit" | "translate":
            # A form must be the first response, so the job is read before.
            job = (await desk.press_button(asker, place, "edit", press.target_id)).jobs[0]
            translates = press.action == "translate"
            draft = FormDraft(Translation, translation_values(job)) if translates else _edit_draft(job)
            await open_form(context, interaction, draft)
        case _ if press.action == REOPEN_FORM:
            await reopen_form(context, interaction, press.target_id)
        case _:
            log.warning("unknown button", action=press.action, target=press.target_id)
            await respond_with(interaction, texts.UNKNOWN_GESTURE)


async def _answer_question(
    context: DiscordContext, interaction: Interaction, answer: ButtonAction, target_id: str
) -> DeskReply:
    """A question in a direct message is answered with the rights that the person has on the server it is about."""
    desk, asker, place = context.core.desk, asker_of(interaction), place_of(interaction)
    if interaction.guild_id is None and answer != "dismiss":
        about = desk.questions.draft_of if answer == "make" else desk.job_finder.find_job
        there = (await about(asker, target_id)).place
        asker = await asker_on_server(interaction, there.workspace if there else "")
    return await desk.press_button(asker, place, answer, target_id)


def _edit_draft(job: Job) -> FormDraft:
    request = job.request
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in type(request).model_fields.items()
    }
    given = {name: value for name in defaults if name != "kind" and (value := getattr(request, name)) != defaults[name]}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return FormDraft(type(request), values, redo_of=job.id)
