"""What jobs cost and what was charged: the outside verdict on who paid twice."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import aiosqlite

from adapters.sandbox.store.database import SandboxDatabase, insert_row


@dataclass(frozen=True)
class Charge:
    job: str
    studio: str
    kind: str
    user_data: str | None
    name: str | None
    credits: float
    charged_at: float


class InsufficientCredits(Exception):
    """The credits do not cover the job."""


async def charge_jobs(db: aiosqlite.Connection, charges: Sequence[Charge], total: float) -> None:
    """Charge the account, inside the transaction that accepts their jobs."""
    cost = sum(charge.credits for charge in charges)
    if await _read_spent(db) + cost > total:
        raise InsufficientCredits
    await db.execute(
        "INSERT INTO key_value VALUES ('spent', ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (str(cost),),
    )
    for one in charges:
        await insert_row(db, "charges", asdict(one))


async def _read_spent(db: aiosqlite.Connection) -> float:
    rows = list(await db.execute_fetchall("SELECT value FROM key_value WHERE name = 'spent'"))
    return float(rows[0]["value"]) if rows else 0.0


async def spent_credits(database: SandboxDatabase) -> float:
    return float(await database.get_value("spent") or 0)


async def read_ledger(database: SandboxDatabase) -> list[Charge]:
    """Every charge ever made, oldest first."""
    found = await database.fetch_all(
        "SELECT job, studio, kind, user_data, name, credits, charged_at FROM charges ORDER BY seq"
    )
    return [Charge(**dict(row)) for row in found]
