"""Handles inbox events, and retries those that fail."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from adapters.chats.slack.context import PLATFORM, SlackContext
from bot.chats.inbox import InboxEvent
from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import new_id
from bot.runtime.clock import retry_delay, sleep_or_wake
from bot.runtime.leases import LEASE_SECONDS, Lease, keep_leases

log = structlog.get_logger(__name__)

MAX_BATCH_EVENTS = 20
INBOX_POLL_SECONDS = 2.0
MAX_INBOX_TRIES = 30  # with the pauses between them, about a day
INBOX_RETENTION_SECONDS = 2 * 86400.0  # Slack may repeat an event for a day
INBOX_SWEEP_SECONDS = 3600.0


class SlackInboxWorker:
    def __init__(self, context: SlackContext, handlers: Mapping[str, Callable[[InboxEvent], Awaitable[None]]]) -> None:
        self._context = context
        self._handlers = handlers
        self._leases: dict[str, Lease] = {}  # by event
        self._owner = new_id()
        self._swept_at = 0.0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            renewing = keep_leases(self._leases, self._context.core.clock, self._renew_leases)
            tasks.create_task(renewing, name="slack inbox leases")
            while True:
                if not await self._process_batch(tasks):
                    await sleep_or_wake(self._context.core.clock, self._context.inbox_wakeup, INBOX_POLL_SECONDS)

    async def _process_batch(self, tasks: asyncio.TaskGroup) -> bool:
        """Handle a batch of events concurrently; whether there were any."""
        now = self._context.now()
        until = now + LEASE_SECONDS
        try:
            if now - self._swept_at > INBOX_SWEEP_SECONDS:
                await self._context.inbox.delete_done(PLATFORM, now - INBOX_RETENTION_SECONDS)
                self._swept_at = now
            events = await self._context.inbox.claim_due(PLATFORM, self._owner, now, until, MAX_BATCH_EVENTS)
        except Trouble as trouble:  # may be temporary, such as a full disk
            log.error("inbox cannot be read", why=trouble.sentence)
            return False
        running = {event.key: tasks.create_task(self._handle(event), name="slack event") for event in events}
        for key, task in running.items():
            self._leases[key] = Lease(until, task)
        if running:
            await asyncio.wait(running.values())
        return bool(running)

    async def _renew_leases(self, keys: Sequence[str], until: float) -> Sequence[str]:
        await self._context.inbox.renew(PLATFORM, self._owner, keys, until)
        return keys

    async def _handle(self, event: InboxEvent) -> None:
        try:
            await self._write_outcome(event, await self._try_to_handle(event))
        finally:
            self._leases.pop(event.key, None)

    async def _try_to_handle(self, event: InboxEvent) -> float | None:
        """When to try again, if at all."""
        try:
            await self._handlers[event.body["kind"]](event)
        except (TryAgain, Unsure) as trouble:
            if event.tries < MAX_INBOX_TRIES:
                log.info("event postponed", kind=event.body.get("kind"), why=trouble.sentence)
                return self._context.now() + retry_delay(event.tries, getattr(trouble, "retry_after", None))
        except Trouble as trouble:
            log.info("event failed", kind=event.body.get("kind"), why=trouble.sentence)
        except Exception:  # an edge: one bad event must not stop the worker
            log.exception("event failed", kind=event.body.get("kind"))
        return None

    async def _write_outcome(self, event: InboxEvent, retry_at: float | None) -> None:
        try:
            if retry_at is None:
                await self._context.inbox.mark_done(PLATFORM, event.key)
            else:
                await self._context.inbox.retry_at(PLATFORM, event.key, self._owner, retry_at)
        except Trouble as trouble:
            log.error("inbox cannot be written", why=trouble.sentence)
