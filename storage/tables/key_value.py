"""Small things kept by name: settings, cached catalogues, records of what was asked."""

import json
from collections.abc import Callable

from pydantic import JsonValue

from storage.database import Database, Statements

GET = "SELECT body FROM notes WHERE space = $1 AND name = $2"
PUT = (
    "INSERT INTO notes (space, name, body) VALUES ($1, $2, $3)"
    " ON CONFLICT (space, name) DO UPDATE SET body = excluded.body"
)
HELD = f"{GET} FOR UPDATE"
KEEP = "INSERT INTO notes (space, name, body) VALUES ($1, $2, $3) ON CONFLICT (space, name) DO NOTHING"
SWEEP = "DELETE FROM notes WHERE space = $1 AND substr(name, 1, $3) = $2"
DROP = "DELETE FROM notes WHERE space = $1 AND name = $2"


class Notes:
    """Keeps JSON values, each by a key within a space."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, space: str, key: str) -> JsonValue:
        """What was put there; None when nothing was."""
        rows = await self._database.read(GET, space, key)
        return json.loads(rows[0][0]) if rows else None

    async def put(self, space: str, key: str, value: JsonValue) -> None:
        """Keep a value durably, in place of what was there."""
        body = json.dumps(value, ensure_ascii=False, allow_nan=False)
        await self._database.run(PUT, space, key, body)

    async def keep(self, space: str, key: str, value: JsonValue) -> JsonValue:
        """Keep a value unless there is one; the one that is there then, whoever was first."""
        await self._database.run(KEEP, space, key, json.dumps(value, ensure_ascii=False, allow_nan=False))
        return await self.get(space, key)

    async def change(self, space: str, key: str, change: Callable[[JsonValue], JsonValue]) -> JsonValue:
        """Note what a change makes of what is noted, with nobody else changing it in between; what is noted then."""

        async def work(statements: Statements) -> JsonValue:
            await statements.run(KEEP, space, key, "null")  # so that there is something to hold, also the first time
            ((body,),) = await statements.run(HELD, space, key)
            new = change(json.loads(body))
            await statements.run(PUT, space, key, json.dumps(new, ensure_ascii=False, allow_nan=False))
            return new

        return await self._database.write(work)

    async def drop(self, space: str, key: str) -> None:
        """Forget a value; forgetting what is not there is not an error."""
        await self._database.run(DROP, space, key)

    async def sweep(self, space: str, start: str) -> None:
        """Forget everything whose key starts so."""
        await self._database.run(SWEEP, space, start, len(start))
