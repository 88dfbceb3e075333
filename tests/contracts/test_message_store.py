"""What every engine must do for the console's wall: one counter, no change lost, no mark borne twice."""

import asyncio

from bot.chats.message_store import StoredMessage
from storage.database import Database
from storage.tables.console_messages import SqlMessageStore


def _message(key: str, mark: str | None = None) -> StoredMessage:
    return StoredMessage(key, "general", {"n": 0}, unique_key=mark)


async def test_changes_are_numbered_in_the_order_they_can_be_seen(database: Database) -> None:
    """Whoever reads a number has read all below it, however many write at once."""
    wall = SqlMessageStore(database)
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 40:
            leaves = await wall.changes_since(seen[-1] if seen else 0, "", 100)
            seen.extend(leaf.seq for leaf in leaves)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for n in range(40):
            tasks.create_task(wall.add([_message(f"{n:03}")]))
    assert seen == list(range(1, 41))
    assert await wall.last_change() == 40


async def test_no_edit_is_lost(database: Database) -> None:
    """Many who change one leaf at once each build on what the one before wrote."""
    wall = SqlMessageStore(database)
    await wall.add([_message("a")])
    await asyncio.gather(*(wall.edit("a", lambda leaf: {"n": leaf.body["n"] + 1}) for _ in range(20)))
    found = await wall.get("a")
    assert found is not None
    assert found.body == {"n": 20}


async def test_a_mark_is_borne_once(database: Database) -> None:
    """Many who pin the same mark at once all get the one leaf that bears it."""
    wall = SqlMessageStore(database)
    pinned = await asyncio.gather(*(wall.add([_message(f"{n}", "job:1")]) for n in range(8)))
    assert len({leaves[0].id for leaves in pinned}) == 1
    assert len(await wall.changes_since(0, "", 100)) == 1


async def test_channels_and_files_are_kept(database: Database) -> None:
    """Channels in the order they were opened, files by what was last said of them."""
    wall = SqlMessageStore(database)
    for name in ("general", "random", "general"):
        await wall.add_channel(name, {"about": name})
    assert [name for name, _ in await wall.list_channels()] == ["general", "random"]
    await wall.save_file_facts("k", {"size": 1})
    await wall.save_file_facts("k", {"size": 2})
    assert (await wall.file_facts("k"), await wall.file_facts("j")) == ({"size": 2}, None)
