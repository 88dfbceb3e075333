"""Downloads links that people give, and nothing that is not public: a link must not reach into our own network."""

import asyncio
import ipaddress
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.errors import Refused, TryAgain

HOPS = 5
CHUNK = 1 << 18


class PublicResolver(AbstractResolver):
    """Resolves names, and leaves out every address that is not public; asked again at each connection, so a name that
    changes its address between check and use gains nothing."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        """The public addresses of a name."""
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if _public(each["host"])]
        if found and not public:
            raise PrivateAddress(host)
        return public

    async def close(self) -> None:
        """Nothing is kept open."""
        await self._inner.close()


class PrivateAddress(OSError):
    """A name that leads into a private network."""


class Links:
    """Fetches public links to files."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds

    async def fetch(self, url: str, to: Path, most: int) -> None:
        """Stream the link to a file; refuse it once it is longer than `most` bytes."""
        connector = aiohttp.TCPConnector(resolver=PublicResolver())
        timeout = aiohttp.ClientTimeout(total=self._seconds, connect=10)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
            try:
                await self._follow(session, url, to, most)
            except PrivateAddress as error:
                raise _private(url) from error
            except aiohttp.ClientConnectorError as error:
                if isinstance(error.os_error, PrivateAddress):
                    raise _private(url) from error
                raise TryAgain(f"{_host(url)} cannot be reached.") from error
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TryAgain(f"{_host(url)} did not hand over the file.") from error

    async def _follow(self, session: aiohttp.ClientSession, url: str, to: Path, most: int) -> None:
        """Redirects are followed by hand, so that each hop is checked like the first."""
        for _ in range(HOPS):
            _check(url)
            async with session.get(url, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                if response.status != 200:
                    raise Refused(f"{_host(url)} answers {response.status} instead of the file. Is the link public?")
                await _save(response, to, most)
                return
        raise Refused(f"{_host(url)} redirects too often.")


async def _save(response: aiohttp.ClientResponse, to: Path, most: int) -> None:
    if (response.content_length or 0) > most:
        raise _too_long(most)
    size = 0
    with await asyncio.to_thread(to.open, "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > most:
                raise _too_long(most)
            await asyncio.to_thread(file.write, chunk)


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise Refused("Only https links can be fetched.")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return
    if not _public(str(literal)):
        raise _private(url)


def _public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def _host(url: str) -> str:
    return urlsplit(url).hostname or "The link"


def _private(url: str) -> Refused:
    return Refused(f"{_host(url)} is not a public address, so it is not fetched.")


def _too_long(most: int) -> Refused:
    return Refused(f"The file behind the link is larger than {most / 1e6:.0f} MB.")
