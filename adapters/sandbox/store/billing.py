"""What jobs cost and what was charged: the outside verdict on who paid twice."""

from dataclasses import asdict, dataclass
from typing import Any

import aiosqlite

from adapters.sandbox.store.database import Rows


@dataclass(frozen=True)
class Charge:
    """One line of the ledger."""

    job: str
    studio: str
    kind: str
    user_data: str | None
    name: str | None
    credits: float
    at: float

    def line(self) -> dict[str, Any]:
        """The charge as JSON."""
        return asdict(self)


class NoCredit(Exception):
    """The purse does not hold what the job costs."""


async def pay(db: aiosqlite.Connection, charges: list[Charge], total: float) -> None:
    """Take the charges from the purse, inside the transaction that accepts their jobs."""
    cost = sum(charge.credits for charge in charges)
    if await _spent(db) + cost > total:
        raise NoCredit
    await db.execute(
        "INSERT INTO facts VALUES ('spent', ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (str(cost),),
    )
    for one in charges:
        await db.execute(
            "INSERT INTO charges (job, studio, kind, user_data, name, credits, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (one.job, one.studio, one.kind, one.user_data, one.name, one.credits, one.at),
        )


async def _spent(db: aiosqlite.Connection) -> float:
    rows = list(await db.execute_fetchall("SELECT value FROM facts WHERE name = 'spent'"))
    return float(rows[0]["value"]) if rows else 0.0


async def spent(rows: Rows) -> float:
    """All credits taken so far."""
    return float(await rows.fact("spent") or 0)


async def ledger(rows: Rows) -> list[Charge]:
    """Every charge ever made, oldest first."""
    found = await rows.all("SELECT job, studio, kind, user_data, name, credits, at FROM charges ORDER BY seq")
    return [Charge(**dict(row)) for row in found]
