"""Webhooks: rows from the moment a job ends, sent by a few workers, tried three times."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog

from adapters.sandbox.context import OutgoingWebhook, SandboxContext
from adapters.sandbox.store import jobs
from adapters.sandbox.store.database import Row, retry_write

log = structlog.get_logger(__name__)

_SENDER_COUNT = 4
_SEND_TIMEOUT_SECONDS = 10.0


def redirect_url(url: str, to: str | None) -> str:
    """The hook's address on another host, path and query kept: a bot on loopback has no https."""
    if to is None:
        return url
    there, host = urlsplit(url), urlsplit(to)
    return urlunsplit((host.scheme, host.netloc, there.path, there.query, ""))


class WebhookSender:
    def __init__(self, context: SandboxContext, redirect_to: str | None, retry_pauses: tuple[float, ...]) -> None:
        self._context = context
        self._redirect_to = redirect_to
        self._retry_pauses = retry_pauses

    async def run(self) -> None:
        """Work until cancelled; what is owed then is sent after the next start."""
        plain = self._redirect_to is not None and self._redirect_to.startswith("http:")
        # Reading the certificates takes 30 ms, and is only of use with https.
        trust = False if plain else await asyncio.to_thread(httpx.create_ssl_context)
        # The environment's proxies are not asked: hooks go to loopback, or straight to a public host.
        async with (
            httpx.AsyncClient(timeout=_SEND_TIMEOUT_SECONDS, trust_env=False, verify=trust) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(_SENDER_COUNT):
                group.create_task(self._run_sender(client))

    async def _run_sender(self, client: httpx.AsyncClient) -> None:
        while True:
            self._context.webhook_wakeup.clear()
            row = await retry_write(self._claim_row)
            if row is None:
                await self._context.webhook_wakeup.wait_for_work(await self._next_due())
            else:
                self._context.webhook_wakeup.set()
                await self._send_row(client, row)

    async def _send_row(self, client: httpx.AsyncClient, row: Row) -> None:
        job = await jobs.find_job(self._context.database, row["job"])
        twin = self._context.twins[job.studio] if job else None
        webhooks = await twin.build_webhooks(job, self._context, bool(row["forged"])) if job and twin else []
        arrived = [
            await _post_webhook(client, webhook, redirect_url(webhook.url, self._redirect_to)) for webhook in webhooks
        ]
        done = all(arrived) or row["tries"] > len(self._retry_pauses)
        await retry_write(lambda: self._finish_row(row, done))

    async def _claim_row(self) -> Row | None:
        # Due later while it is being sent, so that no other worker takes it and a crash does not lose it.
        now = self._context.clock()
        first = "SELECT seq FROM webhooks WHERE due <= ?2 ORDER BY due LIMIT 1"
        sql = f"UPDATE webhooks SET due = ?1, tries = tries + 1 WHERE seq = ({first}) RETURNING *"  # noqa: S608 - constant
        found = await self._context.database.fetch_all(sql, now + 2 * _SEND_TIMEOUT_SECONDS, now)
        return found[0] if found else None

    async def _next_due(self) -> float | None:
        row = await self._context.database.fetch_one("SELECT min(due) AS due FROM webhooks")
        return None if row is None else row["due"]

    async def _finish_row(self, row: Row, done: bool) -> None:
        if done:
            await self._context.database.execute("DELETE FROM webhooks WHERE seq = ?", row["seq"])
            return
        due = self._context.clock() + self._retry_pauses[row["tries"] - 1]
        await self._context.database.execute("UPDATE webhooks SET due = ? WHERE seq = ?", due, row["seq"])


async def _post_webhook(client: httpx.AsyncClient, webhook: OutgoingWebhook, url: str) -> bool:
    headers = {"Content-Type": "application/json", **webhook.headers}
    try:
        response = await client.post(url, content=webhook.content, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        log.info("webhook failed", error=type(fault).__name__)  # the address may hold the receiver's secret
        return False
    except Exception as fault:  # an edge: a receiver that dies in the middle of it trips the client in ways of its own
        log.warning("webhook failed", error=type(fault).__name__)
        return False
    return response.is_success
