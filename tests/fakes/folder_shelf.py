"""A shelf in a folder, without durability."""

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path


class FolderShelf:
    """Stores bytes by file name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def store(self, chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> str:
        data = b"".join([chunk async for chunk in chunks])
        await asyncio.to_thread(self.path_of(name).write_bytes, data)
        return name

    def path_of(self, key: str) -> Path:
        return self._folder / key

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.path_of(key).unlink, missing_ok=True)

    async def delete_all(self, owner: str) -> None:
        for path in self._folder.glob(f"*{owner}*"):
            await self.delete(path.name)
