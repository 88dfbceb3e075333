"""Slash commands: taken on durably, then answered to the one who typed, within Slack's three seconds."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import Reply
from adapters.chats.slack.context import Inside
from adapters.chats.slack.forms.drafts import Draft
from adapters.chats.slack.forms.modals import Modals
from adapters.chats.slack.incoming import file_links
from adapters.chats.slack.outgoing.mrkdwn import escape, unescape
from adapters.chats.slack.outgoing.replies import speaks_for_itself, words_of
from adapters.chats.slack.people.channels import place_of
from adapters.chats.slack.people.users import People
from bot.chats.installations import Installation
from bot.commands import forms
from bot.commands.parser import read
from bot.commands.verbs import verb
from bot.errors import Trouble
from bot.jobs.asker import Place
from bot.requests.kinds import Request, Talk, make
from bot.requests.media import Media
from bot.requests.options import options
from bot.wording.answer import Answer

log = structlog.get_logger(__name__)

IN_TIME = 2.3  # seconds; Slack's three, less what the way takes

Body = Mapping[str, Any]


class Commands:
    """Does what is typed after a slash."""

    def __init__(self, inside: Inside, people: People, modals: Modals) -> None:
        self._in = inside
        self._people = people
        self._modals = modals

    async def answer(self, body: Body) -> Reply:
        """What the person reads; until this is there, Slack waits."""
        doing = self._in.tasks.create_task(self._safely(body), name="slack command")
        # Not cancelled when it takes longer: what is half recorded must end, and is then answered another way.
        if await _in_time(doing):
            return doing.result()
        self._in.later(self._afterwards(doing, str(body.get("response_url") or "")), "late answer")
        return {}

    async def _afterwards(self, doing: asyncio.Task[Reply], url: str) -> None:
        if (reply := await doing) and url:
            await self._in.wire.respond(url, reply)

    async def _safely(self, body: Body) -> Reply:
        try:
            return await self._do(body)
        except Trouble as trouble:
            return _aside(trouble.sentence)
        except Exception:  # an edge: a person who typed gets a sentence, never an error of HTTP
            log.exception("a command failed")
            return _aside(texts.BROKE)

    async def _do(self, body: Body) -> Reply:
        team, enterprise = str(body.get("team_id") or ""), str(body.get("enterprise_id") or "")
        installation = await self._in.workspaces.find(team, enterprise)
        if installation is None or not self._in.admitted(installation):
            return _aside(self._in.workspaces.gone)  # what nobody may post need not be paid for
        line, request = _line(body)
        trigger = str(body.get("trigger_id") or "")
        place = _place(installation, body)
        user, name = str(body["user_id"]), str(body.get("user_name") or "")
        if request:
            asker = await self._people.quickly(installation.workspace, user, name)
            await self._modals.blank(installation, trigger, asker, place, request)
            return {}
        line, media = file_links.take(line, installation.workspace)
        if not _spoken(body) and (draft := _wanting(line, media, place)):
            asker = await self._people.quickly(installation.workspace, user, name)
            await self._modals.open(installation, trigger, asker, draft)
            return {}
        known = self._people.quickly if line.startswith("/didtalk") else self._people.asker
        asker = await known(installation.workspace, user, name)
        once = f"slack:{team}:{trigger}" if trigger else None
        return _reply(await self._in.door.desk.say(asker, place, line, media, once))


async def _in_time(doing: asyncio.Task[Reply]) -> bool:
    """Whether it is done before Slack gives up; `asyncio.wait` says the same and takes twice as long to."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    doing.add_done_callback(end)
    timer = loop.call_later(IN_TIME, end)
    try:
        await over
    finally:
        timer.cancel()
    return doing.done()


def _spoken(body: Body) -> bool:
    """Whether it is plainly something to say."""
    text = str(body.get("text") or "").strip().casefold()
    return not str(body.get("command", "")).endswith("/did") and text not in ("", "help")


def _line(body: Body) -> tuple[str, type[Request] | None]:
    """What was typed, as the grammar knows it; or the form to open, when nothing was."""
    text = unescape(str(body.get("text") or "")).strip()
    if not str(body.get("command", "")).endswith("/did"):
        return f"/didtalk {text}", None if text else Talk
    named = verb(text)
    return f"/did {text}", named.request if named else None


def _wanting(line: str, media: tuple[Media, ...], place: Place) -> Draft | None:
    """The form of what was asked for, filled with what was said, when a file must be given that was not."""
    typed = read(line, media)
    request = typed.verb.request
    known = options(request) if request else ()
    lacking = {each.field: each for each in known if each.required and each.takes and each.field not in typed.values}
    if request is None or not lacking:
        return None
    stand_ins = {field: Media(kind=each.takes, at="none:") for field, each in lacking.items() if each.takes}
    given = forms.given_of(make(request, typed.values | stand_ins))
    return Draft(request, place.workspace, place, {name: given[name] for name in given if name not in lacking})


def _place(installation: Installation, body: Body) -> Place:
    channel, name = str(body.get("channel_id") or body["user_id"]), str(body.get("channel_name") or "")
    return place_of(installation.workspace, channel, name)


def _reply(answer: Answer) -> Reply:
    public = not answer.private and not speaks_for_itself(answer)
    return {"response_type": "in_channel" if public else "ephemeral", "text": words_of(answer.card)}


def _aside(text: str) -> Reply:
    return {"response_type": "ephemeral", "text": escape(text)}
