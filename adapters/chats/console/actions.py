"""The console's changes: send, submit a form, press a button, react, delete; and its test tools."""

import contextlib
import json
import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from adapters.chats.console import files
from adapters.chats.console.context import MESSAGE_DELETED_TEXT, ConsoleContext, gesture_message, place_of, thread_of
from adapters.chats.console.messages import BOT_ID, ConsoleMessage, Persona, card_json, message_json, read_message
from adapters.chats.console.queries import read_form_values, request_type, require_fault_control
from bot.chats.message_store import StoredMessage
from bot.commands.forms import refused_field
from bot.errors import Refused
from bot.jobs.job import Place
from bot.requests.base import parse_values
from bot.wording.cards import BUTTON_ACTIONS, DeskReply

MAX_REQUEST_BYTES = 1_000_000
MAX_TEXT_CHARS = 40_000
_COMMAND_PATTERN = re.compile(r"/(didtalk|did)(?=\s|$)", re.IGNORECASE)
_MENTION_PATTERN = re.compile(rf"\s*(?<!\w)@{BOT_ID}\b[,:]?", re.IGNORECASE)
_CHANNEL_NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
MAX_REACTIONS = 30


@dataclass(frozen=True)
class RequestBody:
    """The JSON body of a change, with typed fields."""

    fields: dict[str, Any]

    def text(self, name: str, max_chars: int = 200) -> str:
        value = self.fields.get(name, "")
        if not isinstance(value, str) or len(value) > max_chars:
            raise Refused(f"“{name}” must be text of at most {max_chars:,} characters.")
        return value

    def string_list(self, name: str) -> list[str]:
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refused(f"“{name}” must be a list of texts.")
        return value

    def flag(self, name: str) -> bool:
        return self.fields.get(name) is True

    def json_object(self, name: str) -> dict[str, Any]:
        value = self.fields.get(name, {})
        if not isinstance(value, dict):
            raise Refused(f"“{name}” must be an object.")
        return value

    @property
    def idempotency_key(self) -> str:
        """The same for every retry of one click."""
        key = self.text("idempotency_key", 80)
        if len(key) < 8:
            raise Refused("A change needs an idempotency key of its own.")
        return key


async def read_body(request: Request) -> RequestBody:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_REQUEST_BYTES:
            raise Refused("The request is too large. The limit is 1 MB.")
    try:
        fields = json.loads(raw or b"{}")
        json.dumps(fields, ensure_ascii=False).encode()  # lone surrogates cannot be stored
    except (ValueError, RecursionError):  # invalid, or nested too deeply
        fields = None
    if not isinstance(fields, dict):
        raise Refused("The request must be a JSON object.")
    return RequestBody(fields)


async def send_message(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Post a message, or run the command it contains."""
    text, keys = body.text("text", 200_000), body.string_list("files")
    place = await context.existing_place(body.text("channel"), body.text("thread"))
    idempotency_key = f"console:{who.id}:{body.idempotency_key}"
    if _COMMAND_PATTERN.match(text.strip()):
        media = [each.media for each in await files.get_uploads(context, keys)]
        reply = await context.core.desk.run_command(who.asker, place, text, media, idempotency_key)
        return await _show_reply(context, who, place, reply, idempotency_key)
    if text.startswith("/"):
        raise Refused(f"Unknown command {text.split()[0][:40]}. See /did help.")
    stored = await _post_message(context, who, place, text, keys, idempotency_key)
    if _MENTION_PATTERN.search(text):
        await _handle_mention(context, who, stored, _MENTION_PATTERN.sub("", text, count=1).strip())
    elif keys:
        await _offer_video(context, who, stored)
    return {"message": message_json(stored)}


async def submit_form(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    request = request_type(body.text("kind"))
    message = body.text("message")
    if message:
        place = thread_of(await context.visible_message(message, who.id))
    else:
        place = await context.existing_place(body.text("channel"), body.text("thread"))
    try:
        filled_request = parse_values(request, await read_form_values(context, request, body.json_object("values")))
        redo_of = body.text("redo_of") or None
        idempotency_key = f"console:{who.id}:{body.idempotency_key}"
        reply = await context.core.desk.take_request(who.asker, place, filled_request, idempotency_key, redo_of=redo_of)
    except Refused as refusal:
        raise Refused(refusal.sentence, refused_field(request, refusal)) from refusal
    return await _show_reply(context, who, place, reply, idempotency_key)


async def press_button(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    stored = await context.visible_message(body.text("message"), who.id)
    action = next((each for each in BUTTON_ACTIONS if each == body.text("action")), None)
    message = read_message(stored)
    target = message.job or message.button_target(action or "")
    if action is None or target is None:
        raise Refused("This button no longer works. Reload the page.")
    idempotency_key = f"console:press:{who.id}:{body.idempotency_key}"
    reply = await context.core.desk.press_button(who.asker, place_of(stored), action, target, idempotency_key)
    if not message.job:  # a question, which is answered now
        await context.edit_message(stored.id, lambda old: None if old.deleted else old.as_deleted)
    return {"card": card_json(reply.card), "jobs": [each.id for each in reply.jobs]}


async def toggle_reaction(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Add or remove a reaction; adding one of ours also starts its action."""
    stored, emoji = await context.visible_message(body.text("message"), who.id), body.text("emoji", 24)
    if not emoji or emoji.isascii() or emoji.isalpha():
        raise Refused("A reaction must be one emoji.")
    turned_on = body.flag("on")
    is_new = who.id not in read_message(stored).reactions.get(emoji, ())
    changed = await context.edit_message(stored.id, lambda post: _with_reaction(post, who.id, emoji, turned_on))
    if changed is None or read_message(changed).deleted:
        raise Refused(MESSAGE_DELETED_TEXT)
    if not (turned_on and is_new and context.gestures.is_known_emoji(emoji)):
        return {}
    place = thread_of(stored)
    try:
        reply = await context.gestures.handle_reaction(who.asker, place, emoji, gesture_message(stored))
    except Refused as refusal:
        raise Refused(refusal.sentence) from refusal
    return await _show_reply(context, who, place, reply, f"react:{stored.id}:{changed.seq}") if reply else {}


async def delete_message(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Delete one's own message, or dismiss a private one."""
    stored = await context.visible_message(body.text("message"), who.id)
    message = read_message(stored)
    is_own = stored.visible_to == who.id or message.author == who.id
    if message.job:
        raise Refused("Use the buttons of the card to cancel or delete this.")
    if not is_own and not who.moderator:
        raise Refused("Only its author or an admin can delete this.")
    await context.edit_message(stored.id, lambda old: None if old.deleted else old.as_deleted)
    return {}


async def open_channel(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    name = body.text("name").strip().lstrip("#").lower().replace(" ", "-")
    if not _CHANNEL_NAME_PATTERN.fullmatch(name):
        raise Refused("A channel name can have letters, digits and dashes, at most 31 characters.")
    if len(await context.message_store.list_channels()) >= 50:
        raise Refused("The console can have at most 50 channels.")
    await context.message_store.add_channel(name, {"about": f"Created by {who.name}"})
    return {"channel": name}


async def arm_fault(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Set a fault for the next calls, or clear all faults when none is named."""
    fault_control = require_fault_control(context)
    times = body.text("times", 3) or "1"
    if not times.isdecimal() or not 1 <= int(times) <= 50:
        raise Refused("A fault can apply to 1 to 50 calls.", "times")
    return await fault_control.arm_fault(body.text("fault"), body.text("value"), int(times))


async def restart_bot(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Restart the bot in place; open pages reconnect."""
    if context.restart is None:
        raise Refused("Restarting from here works only in the demo.")
    context.restart()
    return {}


async def _post_message(
    context: ConsoleContext, who: Persona, place: Place, text: str, keys: list[str], idempotency_key: str
) -> StoredMessage:
    if not text.strip() and not keys:
        raise Refused("Write something or attach a file first.")
    if len(text) > MAX_TEXT_CHARS:
        raise Refused(f"A message can have at most {MAX_TEXT_CHARS:,} characters; yours has {len(text):,}.")
    message = ConsoleMessage(
        posted_at=context.core.clock.now(), author=who.id, text=text, files=await files.get_uploads(context, keys)
    )
    return await context.post_message(place, message, unique_key=f"say:{idempotency_key}")


async def _handle_mention(context: ConsoleContext, who: Persona, stored: StoredMessage, text: str) -> None:
    root = await context.message_store.get(stored.thread) if stored.thread else None
    message, first = gesture_message(stored), gesture_message(root) if root else None
    place, idempotency_key = thread_of(stored), f"console:mention:{stored.id}"
    try:
        reply = await context.gestures.handle_mention(
            who.asker, place, text, message, first, idempotency_key=idempotency_key
        )
    except Refused as refusal:
        refusal_message = context.bot_message(text=refusal.sentence)
        await context.post_message(
            place_of(stored), refusal_message, unique_key=f"answer:{stored.id}", visible_to=who.id
        )
    else:  # what only they may read stands where they wrote, not in a thread that they would have to open
        await _show_reply(context, who, place_of(stored) if reply.private else place, reply, stored.id)


async def _offer_video(context: ConsoleContext, who: Persona, stored: StoredMessage) -> None:
    """Ask privately whether a photo that was dropped should speak."""
    with contextlib.suppress(Refused):  # whoever may not request videos only shared a photo
        reply = await context.gestures.offer_video(who.asker, thread_of(stored), gesture_message(stored))
        if reply:
            await _show_reply(context, who, place_of(stored), reply, stored.id)


async def _show_reply(
    context: ConsoleContext, who: Persona, place: Place, reply: DeskReply, idempotency_key: str
) -> dict[str, Any]:
    """Post the desk's reply once. The worker shows the cards of jobs, so those are not posted here."""
    jobs, card = [each.id for each in reply.jobs], card_json(reply.card)
    if not jobs:
        visible_to = who.id if reply.private else ""
        await context.post_message(
            place, context.bot_message(card=card), unique_key=f"answer:{idempotency_key}", visible_to=visible_to
        )
    return {"jobs": jobs, "thread": place.thread, "card": card}


def _with_reaction(message: ConsoleMessage, who: str, emoji: str, turned_on: bool) -> ConsoleMessage | None:
    reacted = message.reactions.get(emoji, ())
    if message.deleted or (who in reacted) is turned_on:
        return None
    if emoji not in message.reactions and len(message.reactions) >= MAX_REACTIONS:
        raise Refused(f"This message has {MAX_REACTIONS} different reactions, which is the limit.")
    users = (*reacted, who) if turned_on else tuple(each for each in reacted if each != who)
    reactions = {**message.reactions, emoji: users}
    return message.evolve(reactions={each: by for each, by in reactions.items() if by})
