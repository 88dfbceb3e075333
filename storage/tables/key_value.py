"""Small JSON values by space and key."""

import json
from collections.abc import Callable

from pydantic import JsonValue

from storage.database import Database, Statements, to_json

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
    """See `bot.runtime.key_value` for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, space: str, key: str) -> JsonValue:
        rows = await self._database.read(SELECT_VALUE, space, key)
        return json.loads(rows[0][0]) if rows else None

    async def put(self, space: str, key: str, value: JsonValue) -> None:
        await self._database.run(UPSERT_VALUE, space, key, to_json(value))

    async def put_if_absent(self, space: str, key: str, value: JsonValue) -> JsonValue:
        await self._database.run(INSERT_VALUE, space, key, to_json(value))
        return await self.get(space, key)

    async def update(self, space: str, key: str, change: Callable[[JsonValue], JsonValue]) -> JsonValue:
        async def work(statements: Statements) -> JsonValue:
            await statements.run(INSERT_VALUE, space, key, "null")  # so that there is a row to lock
            ((body,),) = await statements.run(LOCK_VALUE, space, key)
            new = change(json.loads(body))
            await statements.run(UPSERT_VALUE, space, key, to_json(new))
            return new

        return await self._database.write(work)

    async def delete(self, space: str, key: str) -> None:
        await self._database.run(DELETE_VALUE, space, key)

    async def delete_prefix(self, space: str, start: str) -> None:
        await self._database.run(DELETE_BY_PREFIX, space, start, len(start))
