"""The Home tab: jobs, credits, defaults, settings, subscriptions, and buttons to start."""

import asyncio
from dataclasses import replace

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.client import SlackRefused
from adapters.chats.slack.context import HOME_TAB_PREFIX, PLATFORM, SlackContext, make_place
from adapters.chats.slack.outgoing.blocks import (
    Block,
    actions_block,
    button_block,
    confirm_dialog,
    context_block,
    escape,
    header_block,
    plain_section_block,
    rich_text_block,
    section_block,
    truncate,
)
from bot.chats.form_drafts import request_kind
from bot.commands.verbs import VERBS, Verb
from bot.errors import Trouble
from bot.jobs.job import Asker, Job, JobFilter
from bot.notices.subscriptions import TOPICS, Subscription
from bot.policy.user_defaults import NO_DEFAULTS_TEXT, USER_DEFAULTS_TITLE
from bot.requests.base import Request
from bot.wording.cards import job_card

log = structlog.get_logger(__name__)

HOME_INTERVAL_SECONDS = 3.0  # between two updates of a person's tab
MAX_HOME_JOBS = 12
MAX_LISTED_JOBS = 100  # among them those that were deleted, which are not shown
CREDITS_CACHE_SECONDS = 60.0
NEW_FORM_PREFIX = "didtalk_new:"  # action id of buttons that open a form
CHANGE_DEFAULTS_ACTION = "didtalk_defaults"
UNSUBSCRIBE_ACTION = "didtalk_unsubscribe"
MAX_HOME_SUBSCRIPTIONS = 25  # a tab has at most 100 blocks


class HomeTab:
    """Updates the tab of people who have opened it."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context
        self._published_at: dict[tuple[str, str], float] = {}
        self._redraw_pending: set[tuple[str, str]] = set()
        self._credits_cache: tuple[float, tuple[str, ...]] = (0.0, ())

    async def handle_opened(self, asker: Asker) -> None:
        """Publish the tab, and keep it up to date from now on."""
        await self._context.save_value(
            f"{HOME_TAB_PREFIX}{asker.workspace}/{asker.user}", {"moderator": asker.moderator}
        )
        await self.publish_tab(asker)

    async def publish_tab(self, asker: Asker) -> None:
        self._published_at[asker.workspace, asker.user] = self._context.now()
        view = {"type": "home", "blocks": await self._tab_blocks(asker)}
        try:
            await self._context.call(asker.workspace, "views.publish", user_id=asker.user, view=view)
        except SlackRefused as no:
            log.info("Home tab not published", code=no.code)

    async def redraw_soon(self, asker: Asker) -> None:
        """Update the tab of a person who uses it; once for all that changes meanwhile."""
        key = (asker.workspace, asker.user)
        if key in self._redraw_pending:
            return
        self._redraw_pending.add(key)
        try:
            if not await self._context.load_value(f"{HOME_TAB_PREFIX}{asker.workspace}/{asker.user}"):
                return
            wait = self._published_at.get(key, 0.0) + HOME_INTERVAL_SECONDS - self._context.now()
            await asyncio.sleep(max(0.2, min(wait, HOME_INTERVAL_SECONDS)))
        finally:
            self._redraw_pending.discard(key)
        await self.publish_tab(asker)

    async def _tab_blocks(self, asker: Asker) -> list[Block]:
        query = JobFilter(platform=PLATFORM, workspace=asker.workspace, user=asker.user, limit=MAX_LISTED_JOBS)
        jobs = [job for job in await self._context.jobs.list_jobs(query) if not job.deleted][:MAX_HOME_JOBS]
        running = [job for job in jobs if not job.ended]
        done = [job for job in jobs if job.ended]
        return [
            section_block(texts.HOME_INTRO),
            {"type": "actions", "elements": [_new_form_button(verb, verb.request) for verb in VERBS if verb.request]},
            *self._job_blocks("Running", running),
            *self._job_blocks("Recent", done),
            header_block("Credits"),
            plain_section_block(await self._credit_lines(asker) or ["Not available at the moment."]),
            *await self._defaults_blocks(asker),
            *await self._settings_blocks(asker),
            *await self._subscription_blocks(asker),
            {"type": "divider"},
            context_block(texts.HOME_NOTE),
        ]

    def _job_blocks(self, title: str, jobs: list[Job]) -> list[Block]:
        if not jobs:
            return []
        blocks = [header_block(title)]
        for job in jobs:
            card = job_card(job, self._context.now())
            shown = replace(card, lines=tuple(truncate(line, 400) for line in card.lines))
            blocks.append(rich_text_block(shown))
            if card.buttons:
                blocks.append(actions_block(card))
        return blocks

    async def _credit_lines(self, asker: Asker) -> tuple[str, ...]:
        cached_at, lines = self._credits_cache
        if cached_at > self._context.now() - CREDITS_CACHE_SECONDS:
            return lines
        place = make_place(asker.workspace, asker.user)
        try:
            async with asyncio.timeout(5):
                answer = await self._context.desk.run_command(asker, place, "/did credits")
        except (Trouble, TimeoutError):
            return ()
        self._credits_cache = (self._context.now(), answer.card.lines)
        return answer.card.lines

    async def _defaults_blocks(self, asker: Asker) -> list[Block]:
        defaults = await self._context.desk.defaults_of(asker)
        change = button_block("Change my defaults", CHANGE_DEFAULTS_ACTION, "mine")
        shown = plain_section_block(defaults.lines or [NO_DEFAULTS_TEXT])
        return [header_block(USER_DEFAULTS_TITLE), shown | {"accessory": change}]

    async def _settings_blocks(self, asker: Asker) -> list[Block]:
        place, desk = make_place(asker.workspace, asker.user), self._context.desk
        try:
            answer, defaults = await desk.run_command(asker, place, "/did settings"), await desk.defaults_of(asker)
        except Trouble:
            return []
        # The notices have their own section here.
        shown = [line for line in answer.card.lines if line not in ("Notices", defaults.summary) and line[:1] != " "]
        return [header_block("Your limits and permissions"), plain_section_block(shown)]

    async def _subscription_blocks(self, asker: Asker) -> list[Block]:
        """The person's own subscriptions; for moderators, all of them."""
        subscriptions = []
        for topic in TOPICS:
            subscriptions += await self._context.subscriptions.list_active(topic, PLATFORM, asker.workspace)
        all_ = self._context.desk.access.rules.with_moderator_flag(asker).moderator
        manageable = [each for each in subscriptions if all_ or each.subscriber == asker.user]
        if not manageable:
            return []
        manageable.sort(key=lambda each: each.place.channel)
        shown = [_subscription_block(each) for each in manageable[:MAX_HOME_SUBSCRIPTIONS]]
        if left_out := len(manageable) - len(shown):
            shown.append(context_block(texts.MORE_SUBSCRIPTIONS.format(count=left_out)))
        return [header_block("Subscriptions"), *shown]


def _new_form_button(verb: Verb, request: type[Request]) -> Block:
    kind = request_kind(request)
    return button_block(texts.FORM_BUTTONS.get(kind, verb.sentence), f"{NEW_FORM_PREFIX}{kind}", kind)


def _subscription_block(subscription: Subscription) -> Block:
    end = button_block("Unsubscribe", UNSUBSCRIBE_ACTION, f"{subscription.place.channel} {subscription.topic}") | {
        "accessibility_label": truncate(f"Unsubscribe from {subscription.typed_form}", 75),
        "confirm": confirm_dialog("Turn off these notices?", texts.UNSUBSCRIBE_WARNING, "Unsubscribe"),
    }
    where = "Sent to you" if subscription.place.private else f"<#{subscription.place.channel}>"
    what = f"{escape(subscription.description)} (`{escape(subscription.typed_form)}`)"
    block = section_block(f"{where}: {what}. Turned on by <@{subscription.subscriber}>.")
    return block | {"accessory": end}
