"""A connection that can be cut at the worst moment: after the server acted, before its answer arrives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 1 << 16


class CuttableConnection:
    """Forwards bytes in both directions until it is cut."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.port = 0
        self.cut_count = 0
        self._trigger: bytes | None = None
        self._reaches_server = True
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The server's address through this connection."""
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{self.port}"))

    def cut_when_sent(self, trigger: bytes, *, reaches_server: bool) -> None:
        """Cut when something with that word is sent: after the server acted on it, or before it arrives."""
        self._trigger, self._reaches_server = trigger, reaches_server

    @asynccontextmanager
    async def open(self) -> AsyncIterator["CuttableConnection"]:
        """Listen for as long as we are inside."""
        server = await asyncio.start_server(self._relay_bytes, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for line in list(self._writers):
                line.close()
            await asyncio.sleep(0)

    async def _relay_bytes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        self._writers |= {writer, back}
        answers = asyncio.create_task(self._relay_responses(there, writer))
        try:
            while data := await reader.read(CHUNK_BYTES):
                if self._trigger and self._trigger in data:
                    await self._cut_connection(data, answers, there, back)
                    return
                back.write(data)
        except OSError:
            pass
        finally:
            answers.cancel()
            await asyncio.wait((answers,))
            for line in (writer, back):
                line.close()
            self._writers -= {writer, back}

    async def _cut_connection(
        self, data: bytes, answers: asyncio.Task[None], there: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        self._trigger = None
        self.cut_count += 1
        answers.cancel()
        await asyncio.wait((answers,))
        if self._reaches_server:
            back.write(data)
            await there.read(CHUNK_BYTES)  # it has acted, and nobody will know

    async def _relay_responses(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(CHUNK_BYTES):
            writer.write(data)
        writer.close()
