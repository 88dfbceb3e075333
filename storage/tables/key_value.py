"""Small things kept by name: settings, cached catalogues, records of what was asked."""

import json
from collections.abc import Callable

from pydantic import JsonValue

from storage.database import Database, Statements

SELECT_VALUE = "SELECT value FROM key_values WHERE space = $1 AND key = $2"
UPSERT_VALUE = (
    "INSERT INTO key_values (space, key, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (space, key) DO UPDATE SET value = excluded.value"
)
LOCK_VALUE = f"{SELECT_VALUE} FOR UPDATE"
INSERT_VALUE = "INSERT INTO key_values (space, key, value) VALUES ($1, $2, $3) ON CONFLICT (space, key) DO NOTHING"
DELETE_BY_PREFIX = "DELETE FROM key_values WHERE space = $1 AND substr(key, 1, $3) = $2"
DELETE_VALUE = "DELETE FROM key_values WHERE space = $1 AND key = $2"


class SqlKeyValueStore:
    """Keeps JSON values, each by a key within a space."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, space: str, key: str) -> JsonValue:
        """What was put there; None when nothing was."""
        rows = await self._database.read(SELECT_VALUE, space, key)
        return json.loads(rows[0][0]) if rows else None

    async def put(self, space: str, key: str, value: JsonValue) -> None:
        """Keep a value durably, in place of what was there."""
        body = json.dumps(value, ensure_ascii=False, allow_nan=False)
        await self._database.run(UPSERT_VALUE, space, key, body)

    async def put_if_absent(self, space: str, key: str, value: JsonValue) -> JsonValue:
        """Keep a value unless there is one; the one that is there then, whoever was first."""
        await self._database.run(INSERT_VALUE, space, key, json.dumps(value, ensure_ascii=False, allow_nan=False))
        return await self.get(space, key)

    async def update(self, space: str, key: str, change: Callable[[JsonValue], JsonValue]) -> JsonValue:
        """Note what a change makes of what is noted, with nobody else changing it in between; what is noted then."""

        async def work(statements: Statements) -> JsonValue:
            await statements.run(
                INSERT_VALUE, space, key, "null"
            )  # so that there is something to hold, also the first time
            ((body,),) = await statements.run(LOCK_VALUE, space, key)
            new = change(json.loads(body))
            await statements.run(UPSERT_VALUE, space, key, json.dumps(new, ensure_ascii=False, allow_nan=False))
            return new

        return await self._database.write(work)

    async def delete(self, space: str, key: str) -> None:
        """Forget a value; forgetting what is not there is not an error."""
        await self._database.run(DELETE_VALUE, space, key)

    async def delete_prefix(self, space: str, start: str) -> None:
        """Forget everything whose key starts so."""
        await self._database.run(DELETE_BY_PREFIX, space, start, len(start))
