"""The Home tab: what is running, what was made, what is left, and how to begin."""

import asyncio
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from adapters.chats.slack.forms.drafts import kind_of
from adapters.chats.slack.outgoing.blocks import Block, actions, section, small
from adapters.chats.slack.outgoing.mrkdwn import clip, escape
from adapters.chats.slack.people.channels import place_of
from bot.commands.verbs import VERBS
from bot.errors import Trouble
from bot.jobs.asker import Asker
from bot.jobs.job import Job, Wanted
from bot.notices.subscriptions import TOPICS, Subscription
from bot.policy.user_defaults import NOTHING, TITLE
from bot.wording.cards import job_card

log = structlog.get_logger(__name__)

BETWEEN = 3.0  # seconds between two drawings of one person's tab
SHOWN = 12
CREDITS_FOR = 60.0
NEW = "didtalk_new:"  # how the buttons that open forms begin
TASTE = "didtalk_taste"
UNSUBSCRIBE = "didtalk_unsubscribe"
LISTED = 25  # subscriptions; a tab has a hundred blocks for everything
_CONFIRM = {
    "title": {"type": "plain_text", "text": "End these notices?"},
    "text": {"type": "mrkdwn", "text": texts.UNSUBSCRIBE},
    "confirm": {"type": "plain_text", "text": "Unsubscribe"},
    "deny": {"type": "plain_text", "text": "Keep"},
}


class Home:
    """Draws the tab for those who have opened it."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        self._drawn: dict[tuple[str, str], float] = {}
        self._waiting: set[tuple[str, str]] = set()
        self._credits: tuple[float, tuple[str, ...]] = (0.0, ())

    async def opened(self, asker: Asker) -> None:
        """Somebody looks at their tab, and will want it kept up to date."""
        await self._in.put(f"home:{asker.workspace}/{asker.user}", {"moderator": asker.moderator})
        await self.draw(asker)

    def changed(self, job: Job) -> None:
        """One of somebody's jobs moved."""
        key = (job.asker.workspace, job.asker.user)
        if key not in self._waiting:
            self._waiting.add(key)
            self._in.later(self._soon(job.asker), "home")

    async def draw(self, asker: Asker) -> None:
        """Publish the tab anew."""
        self._drawn[asker.workspace, asker.user] = self._in.door.clock.now()
        view = {"type": "home", "blocks": await self._blocks(asker)}
        try:
            await self._in.call(asker.workspace, "views.publish", user_id=asker.user, view=view)
        except Said as said:
            log.info("home not drawn", code=said.code)

    async def _soon(self, asker: Asker) -> None:
        key = (asker.workspace, asker.user)
        try:
            if not await self._in.note(f"home:{asker.workspace}/{asker.user}"):
                return
            wait = self._drawn.get(key, 0.0) + BETWEEN - self._in.door.clock.now()
            await asyncio.sleep(max(0.2, min(wait, BETWEEN)))
        finally:
            self._waiting.discard(key)
        await self.draw(asker)

    async def _blocks(self, asker: Asker) -> list[Block]:
        theirs = Wanted(platform=PLATFORM, workspace=asker.workspace, user=asker.user, limit=SHOWN)
        jobs = await self._in.door.jobs.pick(theirs)
        running = [job for job in jobs if not job.ended]
        done = [job for job in jobs if job.ended]
        return [
            section(texts.HOME_START),
            {"type": "actions", "elements": _starts()},
            *self._listed("Running", running),
            *self._listed("Lately", done),
            _header("Credits"),
            section("\n".join(escape(line) for line in await self._left(asker)) or "Not known at the moment."),
            *await self._taste(asker),
            *await self._standing(asker),
            *await self._subscriptions(asker),
            {"type": "divider"},
            small(texts.HOME_NOTE),
        ]

    def _listed(self, title: str, jobs: list[Job]) -> list[Block]:
        if not jobs:
            return []
        blocks = [_header(title)]
        for job in jobs:
            card = job_card(job, self._in.door.clock.now())
            lines = "\n".join(escape(clip(line, 400)) for line in card.lines)
            blocks.append(section(clip(f"*{escape(clip(card.title, 200))}*\n{lines}", 3000)))
            if card.buttons:
                blocks.append(actions(card))
        return blocks

    async def _left(self, asker: Asker) -> tuple[str, ...]:
        at, lines = self._credits
        if at > self._in.door.clock.now() - CREDITS_FOR:
            return lines
        place = place_of(asker.workspace, asker.user)
        try:
            async with asyncio.timeout(5):
                answer = await self._in.door.desk.say(asker, place, "/did credits")
        except (Trouble, TimeoutError):
            return ()
        self._credits = (self._in.door.clock.now(), answer.card.lines)
        return answer.card.lines

    async def _taste(self, asker: Asker) -> list[Block]:
        """What holds for them when they say nothing else, and a way to change it."""
        taste = await self._in.door.desk.taste(asker)
        lines = [escape(line) for line in taste.lines] or [NOTHING]
        change = {"type": "button", "action_id": TASTE, "text": _plain("Change my defaults"), "value": "mine"}
        return [_header(TITLE), section(clip("\n".join(lines), 3000)) | {"accessory": change}]

    async def _standing(self, asker: Asker) -> list[Block]:
        """What holds for them whatever they say."""
        place, desk = place_of(asker.workspace, asker.user), self._in.door.desk
        try:
            answer, taste = await desk.say(asker, place, "/did settings"), await desk.taste(asker)
        except Trouble:
            return []
        # What is noticed stands under a title of its own, and begins with spaces there.
        shown = [line for line in answer.card.lines if line not in ("Notices", taste.words) and line[:1] != " "]
        return [_header("What holds for you"), section(clip("\n".join(escape(line) for line in shown), 3000))]

    async def _subscriptions(self, asker: Asker) -> list[Block]:
        """Those one may manage: one's own, and for moderators all. Channels are shown as links only Slack resolves."""
        found = []
        for topic in TOPICS:
            found += await self._in.door.subscriptions.wanting(topic, PLATFORM, asker.workspace)
        all_ = self._in.door.desk.known(asker).moderator
        mine = sorted((each for each in found if all_ or each.by == asker.user), key=lambda each: each.place.channel)
        if not mine:
            return []
        rest = [small(texts.MORE_NOTICES.format(count=len(mine) - LISTED))] if len(mine) > LISTED else []
        return [_header("Subscriptions"), *(_subscription(each) for each in mine[:LISTED]), *rest]


def _starts() -> list[dict[str, Any]]:
    """A button for each kind of request."""
    return [
        {
            "type": "button",
            "action_id": f"{NEW}{kind_of(each.request)}",
            "text": {"type": "plain_text", "text": clip(each.sentence, 75)},
            "value": kind_of(each.request),
        }
        for each in VERBS
        if each.request
    ]


def _subscription(held: Subscription) -> Block:
    """One subscription with the button that ends it; channel and person are names only Slack resolves."""
    end = {
        "type": "button",
        "action_id": UNSUBSCRIBE,
        "text": _plain("Unsubscribe"),
        "value": f"{held.place.channel} {held.topic}",
        "accessibility_label": clip(f"Unsubscribe from {held.words}", 75),
        "confirm": _CONFIRM,
    }
    who = "You hear" if held.place.private else f"<#{held.place.channel}> hears"
    what = f"{escape(held.meaning)} (`{escape(held.words)}`)"
    said = section(f"{who} of {what}, set by <@{held.by}>.")
    return said | {"accessory": end}


def _header(text: str) -> Block:
    return {"type": "header", "text": _plain(text)}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
