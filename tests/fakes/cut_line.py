"""A line to a server that can be cut at the worst moment: after the server acted, and before its answer arrives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

CHUNK = 1 << 16


class CutLine:
    """Hands bytes on in both directions, until it is told to cut."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.port = 0
        self.cuts = 0
        self._word: bytes | None = None
        self._heard = True
        self._lines: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The server, as it is reached through this line."""
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{self.port}"))

    def cut(self, word: bytes, *, heard: bool) -> None:
        """Cut when something with that word is sent: once the server has acted on it, or before it heard of it."""
        self._word, self._heard = word, heard

    @asynccontextmanager
    async def open(self) -> AsyncIterator["CutLine"]:
        """Listen for as long as we are inside."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for line in list(self._lines):
                line.close()
            await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        self._lines |= {writer, back}
        answers = asyncio.create_task(self._answers(there, writer))
        try:
            while data := await reader.read(CHUNK):
                if self._word and self._word in data:
                    await self._sever(data, answers, there, back)
                    return
                back.write(data)
        except OSError:
            pass
        finally:
            answers.cancel()
            await asyncio.wait((answers,))
            for line in (writer, back):
                line.close()
            self._lines -= {writer, back}

    async def _sever(
        self, data: bytes, answers: asyncio.Task[None], there: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        self._word = None
        self.cuts += 1
        answers.cancel()
        await asyncio.wait((answers,))
        if self._heard:
            back.write(data)
            await there.read(CHUNK)  # it has acted, and nobody will know

    async def _answers(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(CHUNK):
            writer.write(data)
        writer.close()
