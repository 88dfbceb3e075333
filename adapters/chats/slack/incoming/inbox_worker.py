"""Handles inbox events, and retries those that fail."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import SlackContext
from bot.chats.inbox import InboxEvent
from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import new_id
from bot.runtime import backoff
from bot.runtime.clock import sleep_or_wake

log = structlog.get_logger(__name__)

MAX_BATCH_EVENTS = 20
INBOX_LEASE_SECONDS = 30.0  # after that without a heartbeat, another replica may handle the event
INBOX_HEARTBEAT_SECONDS = INBOX_LEASE_SECONDS / 3
INBOX_POLL_SECONDS = 2.0
MAX_INBOX_TRIES = 30  # with the pauses between them, about a day
INBOX_RETENTION_SECONDS = 2 * 86400.0  # Slack may repeat an event for a day
INBOX_SWEEP_SECONDS = 3600.0

InboxEventHandler = Callable[[InboxEvent], Awaitable[None]]


class SlackInboxWorker:
    """Passes each event to the handler of its kind."""

    def __init__(self, context: SlackContext, handlers: Mapping[str, InboxEventHandler]) -> None:
        self._context = context
        self._handlers = handlers
        self._owner = new_id()
        self._swept_at = 0.0

    async def run(self) -> None:
        while True:
            if not await self._process_batch():
                await sleep_or_wake(self._context.core.clock, self._context.inbox_wakeup, INBOX_POLL_SECONDS)

    async def _process_batch(self) -> bool:
        now = self._context.now()
        try:
            if now - self._swept_at > INBOX_SWEEP_SECONDS:
                await self._context.inbox.delete_done(PLATFORM, now - INBOX_RETENTION_SECONDS)
                self._swept_at = now
            inbox_events = await self._context.inbox.claim_due(
                PLATFORM, self._owner, now, now + INBOX_LEASE_SECONDS, MAX_BATCH_EVENTS
            )
        except Trouble as trouble:  # may be temporary, such as a full disk
            log.error("inbox cannot be read", why=trouble.sentence)
            return False
        if inbox_events:
            await self._handle_all(inbox_events)
        return bool(inbox_events)

    async def _handle_all(self, inbox_events: Sequence[InboxEvent]) -> None:
        """Handle events concurrently, renewing their leases meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            running = {
                tasks.create_task(self._handle_inbox_event(inbox_event), name="slack event"): inbox_event.key
                for inbox_event in inbox_events
            }
            heartbeat = tasks.create_task(self._renew_leases(running))
            await asyncio.wait(running)
            heartbeat.cancel()

    async def _renew_leases(self, running: Mapping[asyncio.Task[None], str]) -> None:
        while True:
            await self._context.core.clock.sleep(INBOX_HEARTBEAT_SECONDS)
            unfinished = [key for task, key in running.items() if not task.done()]
            await self._write_safely(
                self._context.inbox.renew(PLATFORM, self._owner, unfinished, self._context.now() + INBOX_LEASE_SECONDS)
            )

    async def _handle_inbox_event(self, inbox_event: InboxEvent) -> None:
        try:
            await self._handlers[inbox_event.body["kind"]](inbox_event)
        except (TryAgain, Unsure) as trouble:
            if inbox_event.tries < MAX_INBOX_TRIES:
                retry_after = getattr(trouble, "retry_after", None)
                due = self._context.now() + backoff.retry_delay(inbox_event.tries, retry_after)
                log.info("event postponed", kind=inbox_event.body.get("kind"), why=trouble.sentence)
                return await self._write_safely(
                    self._context.inbox.retry_at(PLATFORM, inbox_event.key, self._owner, due)
                )
        except Trouble as trouble:
            log.info("event failed", kind=inbox_event.body.get("kind"), why=trouble.sentence)
        except Exception:  # an edge: one bad event must not stop the worker
            log.exception("event failed", kind=inbox_event.body.get("kind"))
        return await self._write_safely(self._context.inbox.mark_done(PLATFORM, inbox_event.key))

    async def _write_safely(self, write: Awaitable[None]) -> None:
        try:
            await write
        except Trouble as trouble:
            log.error("inbox cannot be written", why=trouble.sentence)
