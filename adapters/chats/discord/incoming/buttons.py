"""What the buttons of a card do."""

from typing import Literal

import structlog

from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.forms.drafts import Draft
from adapters.chats.discord.incoming.button_ids import ACTS, Press
from adapters.chats.discord.incoming.requests import draft_id, open_form, reopen
from adapters.chats.discord.incoming.responses import acknowledge, answer, once_of, outcome, take, tell
from adapters.chats.discord.outgoing.cards import sentence
from adapters.chats.discord.people import asker_of, place_of
from adapters.chats.discord.permissions import can_answer, may_ask_here
from bot.errors import Refused, Trouble
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.media import Kind, Media
from bot.wording import chat_texts
from bot.wording.answer import Answer
from bot.wording.titles import file_name

log = structlog.get_logger(__name__)


async def pressed(front: Front, interaction: Interaction, press: Press) -> None:
    """Do what a button says; a double click is one press."""
    if front.double(f"{interaction.user.id}:{press.packed}"):
        await acknowledge(interaction)
        return
    desk, asker, place = front.door.desk, asker_of(interaction), place_of(interaction)
    match press.act:
        case "cancel":
            await answer(interaction, desk.press(asker, place, "cancel", press.job), quiet=True)
        case "delete":
            await answer(interaction, desk.press(asker, place, "delete", press.job))
        case "details":
            await answer(interaction, desk.press(asker, place, "details", press.job))
        case "redo" | "switch" as act:
            await take(front, interaction, lambda once: _anew(front, interaction, act, press.job, once))
        case "edit" | "translate":
            await _form(front, interaction, press)
        case "again":
            await reopen(front, interaction, press.job)
        case _:
            log.warning("unknown button", act=press.act, known=ACTS)
            await tell(interaction, sentence(chat_texts.unknown_gesture()))


async def _anew(front: Front, interaction: Interaction, act: Literal["redo", "switch"], job: str, once: str) -> Answer:
    """A button that asks for a job once more, there or at the other studio."""
    asker = asker_of(interaction)
    may_ask_here(front, asker, interaction)
    can_answer(interaction)
    return await front.door.desk.press(asker, place_of(interaction), act, job, once)


async def _form(front: Front, interaction: Interaction, press: Press) -> None:
    """Show the form of a job that was made; a form must be the first answer, so the job is read beforehand."""
    found = await outcome(_found(front, interaction, press), once_of(interaction))
    if isinstance(found, Trouble):
        await tell(interaction, sentence(found.sentence))
        return
    job = found.jobs[0]
    try:
        draft = _translating(job, interaction) if press.act == "translate" else _editing(job, interaction)
    except Refused as refusal:
        await tell(interaction, sentence(refusal.sentence))
        return
    await open_form(front, interaction, draft)


async def _found(front: Front, interaction: Interaction, press: Press) -> Answer:
    return await front.door.desk.press(asker_of(interaction), place_of(interaction), "edit", press.job)


def _editing(job: Job, interaction: Interaction) -> Draft:
    request = job.request
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in type(request).model_fields.items()
    }
    given = {name: value for name in defaults if name != "kind" and (value := getattr(request, name)) != defaults[name]}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return Draft(draft_id(interaction), type(request), values, again_of=job.id)


def _translating(job: Job, interaction: Interaction) -> Draft:
    """Our own copy is translated, for as long as we hold it."""
    if job.kept is None:
        raise Refused(chat_texts.expired(file_name(job)))
    video = Media(kind=Kind.VIDEO, at=f"shelf:{job.kept.video}", name=file_name(job))
    return Draft(draft_id(interaction), Translation, {"video": video})
