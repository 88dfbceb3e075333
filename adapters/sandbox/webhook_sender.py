"""Webhooks: owed as rows from the moment a job ends, sent by a few postmen, tried three times."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog

from adapters.sandbox.context import House, Letter, Twins
from adapters.sandbox.render_queue import Bellboy
from adapters.sandbox.store import jobs
from adapters.sandbox.store.database import Row, patiently

log = structlog.get_logger(__name__)

_POSTMEN = 4
_DEADLINE = 10.0


def redirected(url: str, to: str | None) -> str:
    """The hook's address on another host, path and query kept: a bot on loopback has no https."""
    if to is None:
        return url
    there, host = urlsplit(url), urlsplit(to)
    return urlunsplit((host.scheme, host.netloc, there.path, there.query, ""))


class Postmen:
    """Send what is owed."""

    def __init__(self, house: House, twins: Twins, to: str | None, pauses: tuple[float, ...], bell: Bellboy) -> None:
        self._house = house
        self._twins = twins
        self._to = to
        self._pauses = pauses
        self._bell = bell

    async def run(self) -> None:
        """Work until cancelled; what is owed then is sent after the next start."""
        plain = self._to is not None and self._to.startswith("http:")
        # Reading the certificates takes 30 ms, and is only of use with https.
        trust = False if plain else await asyncio.to_thread(httpx.create_ssl_context)
        # The environment's proxies are not asked: hooks go to loopback, or straight to a public host.
        async with (
            httpx.AsyncClient(timeout=_DEADLINE, trust_env=False, verify=trust) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(_POSTMEN):
                group.create_task(self._round(client))

    async def _round(self, client: httpx.AsyncClient) -> None:
        while True:
            self._bell.quiet()
            row = await patiently(self._take)
            if row is None:
                await self._bell.wait(await self._next())
            else:
                self._bell.wake()
                await self._deliver(client, row)

    async def _deliver(self, client: httpx.AsyncClient, row: Row) -> None:
        letters = await self._letters(row)
        arrived = [await _posted(client, letter, redirected(letter.url, self._to)) for letter in letters]
        over = all(arrived) or row["tries"] > len(self._pauses)
        await patiently(lambda: self._settle(row, over))

    async def _take(self) -> Row | None:
        # Moved into the future while in hand, so that no other postman takes it and a crash does not lose it.
        now = self._house.clock()
        first = "SELECT seq FROM hooks WHERE due <= ?2 ORDER BY due LIMIT 1"
        sql = f"UPDATE hooks SET due = ?1, tries = tries + 1 WHERE seq = ({first}) RETURNING *"  # noqa: S608 - constant
        found = await self._house.rows.all(sql, now + 2 * _DEADLINE, now)
        return found[0] if found else None

    async def _next(self) -> float | None:
        row = await self._house.rows.one("SELECT min(due) AS due FROM hooks")
        return None if row is None else row["due"]

    async def _settle(self, row: Row, over: bool) -> None:
        if over:
            await self._house.rows.do("DELETE FROM hooks WHERE seq = ?", row["seq"])
            return
        due = self._house.clock() + self._pauses[row["tries"] - 1]
        await self._house.rows.do("UPDATE hooks SET due = ? WHERE seq = ?", due, row["seq"])

    async def _letters(self, row: Row) -> Sequence[Letter]:
        job = await jobs.find(self._house.rows, row["job"])
        if job is None:
            return []
        return await self._twins[job.studio].letters(job, self._house, forged=bool(row["forged"]))


async def _posted(client: httpx.AsyncClient, letter: Letter, url: str) -> bool:
    headers = {"Content-Type": "application/json", **letter.headers}
    try:
        answer = await client.post(url, content=letter.content, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        log.info("hook_failed", fault=type(fault).__name__)  # the address may hold the receiver's secret
        return False
    except Exception as fault:  # an edge: a receiver that dies in the middle of it trips the client in ways of its own
        log.warning("hook_failed", fault=type(fault).__name__)
        return False
    return answer.is_success
