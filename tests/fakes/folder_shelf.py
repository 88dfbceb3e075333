"""A shelf that is a folder."""

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path


class FolderShelf:
    """Keeps bytes under the names it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def store(self, chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> str:
        """Keep a stream."""
        data = b"".join([chunk async for chunk in chunks])
        await asyncio.to_thread(self.path_of(name).write_bytes, data)
        return name

    def path_of(self, key: str) -> Path:
        """Where the bytes of a key lie."""
        return self._folder / key

    async def delete(self, key: str) -> None:
        """Let the bytes go."""
        await asyncio.to_thread(self.path_of(key).unlink, missing_ok=True)

    async def delete_all(self, owner: str) -> None:
        """Let go of what bears a job's name."""
        for path in self._folder.glob(f"*{owner}*"):
            await self.delete(path.name)
