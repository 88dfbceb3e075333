"""What people do: say, ask by a form, press a button, react, delete. Each becomes a call of the desk or of gestures."""

import re
from typing import Any, get_args

from adapters.chats.console import files
from adapters.chats.console.context import GONE, Inside, beside, where
from adapters.chats.console.messages import Post, card_json, leaf_json, message_of, post_of
from adapters.chats.console.people import BOT, Persona
from adapters.chats.console.queries import filled, request_of
from adapters.chats.console.request_body import Given
from bot.chats.message_store import Leaf
from bot.commands.forms import spot
from bot.errors import Refused
from bot.jobs.asker import Place
from bot.requests.kinds import make
from bot.wording.answer import Answer
from bot.wording.cards import Act

TEXT_MOST = 40_000
_COMMAND = re.compile(r"/(didtalk|did)(?=\s|$)", re.IGNORECASE)
_MENTION = re.compile(rf"(?<!\w)@{BOT}\b[,:]?", re.IGNORECASE)
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
REACTIONS_MOST = 30


async def say(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Post a message, or do what a command says."""
    text, keys = given.text("text", 200_000), given.words("files")
    place = await inside.place(given.text("channel"), given.text("thread"))
    once = f"console:{who.id}:{given.once}"
    if _COMMAND.match(text.strip()):
        media = [each.media for each in await files.known(inside, keys)]
        answer = await inside.door.desk.say(who.asker, place, text, media, once)
        return await _answered(inside, who, place, answer, once)
    if text.startswith("/"):
        raise Refused(f"There is no {text.split()[0][:40]} here. /did help lists what there is.")
    leaf = await _post(inside, who, place, text, keys, once)
    if _MENTION.search(text):
        await _mention(inside, who, leaf, _MENTION.sub(" ", text, count=1).strip())
    return {"leaf": leaf_json(leaf)}


async def ask(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Ask for what a form says."""
    request = request_of(given.text("kind"))
    message = given.text("message")
    if message:
        place = beside(await inside.leaf(message, who.id))
    else:
        place = await inside.place(given.text("channel"), given.text("thread"))
    try:
        asked = make(request, await filled(inside, request, given.object("values")))
        again = given.text("again") or None
        once = f"console:{who.id}:{given.once}"
        answer = await inside.door.desk.ask(who.asker, place, asked, once, again_of=again)
    except Refused as refusal:
        raise Refused(refusal.sentence, spot(request, refusal)) from refusal
    return await _answered(inside, who, place, answer, once)


async def press(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Do what a button on a card says."""
    leaf = await inside.leaf(given.text("message"), who.id)
    act: Act | None = next((each for each in get_args(Act) if each == given.text("act")), None)
    job = post_of(leaf).job
    if act is None or job is None:
        raise Refused("This button does nothing any more. Reload the page.")
    once = f"console:press:{who.id}:{given.once}"
    answer = await inside.door.desk.press(who.asker, where(leaf), act, job, once)
    return {"card": card_json(answer.card), "jobs": [each.id for each in answer.jobs]}


async def react(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Put a reaction to a message, or take it back; one of ours starts what it stands for."""
    leaf, emoji = await inside.leaf(given.text("message"), who.id), given.text("emoji", 24)
    if not emoji or emoji.isascii() or emoji.isalpha():
        raise Refused("A reaction is one emoji.")
    on = given.flag("on")
    fresh = who.id not in post_of(leaf).reactions.get(emoji, ())
    changed = await inside.edit(leaf.id, lambda post: _reacted(post, who.id, emoji, on))
    if changed is None or post_of(changed).gone:
        raise Refused(GONE)
    if not (on and fresh and inside.door.gestures.means(emoji)):
        return {}
    place = beside(leaf)
    try:
        answer = await inside.door.gestures.react(who.asker, place, emoji, message_of(leaf))
    except Refused as refusal:
        raise Refused(refusal.sentence) from refusal
    return await _answered(inside, who, place, answer, f"react:{leaf.id}:{changed.seq}") if answer else {}


async def remove(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Delete a message of one's own, or dismiss one that only this person sees."""
    leaf = await inside.leaf(given.text("message"), who.id)
    post = post_of(leaf)
    mine = leaf.whose == who.id or post.by == who.id
    if post.job:
        raise Refused("This shows a job; use the card's own buttons to cancel or delete it.")
    if not mine and not who.moderator:
        raise Refused("Only whoever wrote it, or an admin, can delete this.")
    await inside.edit(leaf.id, lambda old: None if old.gone else old.emptied)
    return {}


async def channel(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Open a channel."""
    name = given.text("name").strip().lstrip("#").lower().replace(" ", "-")
    if not _CHANNEL.fullmatch(name):
        raise Refused("A channel's name is letters, digits and dashes, at most 31 of them.")
    if len(await inside.wall.channels()) >= 50:
        raise Refused("There are 50 channels already; that is enough for a rehearsal.")
    await inside.wall.open_channel(name, {"about": f"Opened by {who.name}"})
    return {"channel": name}


async def _post(inside: Inside, who: Persona, place: Place, text: str, keys: list[str], once: str) -> Leaf:
    if not text.strip() and not keys:
        raise Refused("There is nothing to send yet: write something, or drop a file.")
    if len(text) > TEXT_MOST:
        raise Refused(f"A message takes up to {TEXT_MOST:,} characters, this has {len(text):,}.")
    post = Post(at=inside.door.clock.now(), by=who.id, text=text, files=await files.known(inside, keys))
    return await inside.pin(place, post, mark=f"say:{once}")


async def _mention(inside: Inside, who: Persona, leaf: Leaf, words: str) -> None:
    root = await inside.wall.get(leaf.thread) if leaf.thread else None
    message = message_of(leaf)
    place = beside(leaf)
    try:
        answer = await inside.door.gestures.mention(
            who.asker, place, words, message, message_of(root) if root else None, once=f"console:mention:{leaf.id}"
        )
    except Refused as refusal:
        said = inside.said(text=refusal.sentence)
        await inside.pin(place, said, mark=f"answer:{leaf.id}", whose=who.id)
    else:
        await _answered(inside, who, place, answer, leaf.id)


async def _answered(inside: Inside, who: Persona, place: Place, answer: Answer, once: str) -> dict[str, Any]:
    """The engine shows the cards of jobs; every other answer is shown here, once, to everybody or to whoever asked."""
    jobs, card = [each.id for each in answer.jobs], card_json(answer.card)
    if not jobs:
        whose = who.id if answer.private else ""
        await inside.pin(place, inside.said(card=card), mark=f"answer:{once}", whose=whose)
    return {"jobs": jobs, "thread": place.thread, "card": card}


def _reacted(post: Post, who: str, emoji: str, on: bool) -> Post | None:
    there = post.reactions.get(emoji, ())
    if post.gone or (who in there) is on:
        return None
    if emoji not in post.reactions and len(post.reactions) >= REACTIONS_MOST:
        raise Refused(f"This message has {REACTIONS_MOST} different reactions already.")
    users = (*there, who) if on else tuple(each for each in there if each != who)
    reactions = {**post.reactions, emoji: users}
    return post.but(reactions={each: by for each, by in reactions.items() if by})
