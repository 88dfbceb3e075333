"""Downloads links that people give, and nothing that is not public: a link must not reach into our own network."""

import asyncio
from pathlib import Path

import aiohttp
from yarl import URL

from adapters.http.public_addresses import connector, is_public, refused
from bot.errors import Refused, TryAgain

HOPS = 5
CHUNK = 1 << 18
LONGEST = 4000  # characters of an address
ORDINARY = 1024  # ports below belong to other services, of which only 443 speaks https


class Links:
    """Fetches public links to files."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds

    async def fetch(self, url: str, to: Path, most: int) -> None:
        """Stream the link to a file; refuse it once it is longer than `most` bytes."""
        timeout = aiohttp.ClientTimeout(total=self._seconds, connect=10)
        async with aiohttp.ClientSession(
            connector=connector(),
            timeout=timeout,
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            try:
                await self._follow(session, checked(url), to, most)
            except (aiohttp.ClientError, TimeoutError) as error:
                if refused(error):
                    raise Refused("The link leads to an address that is not public, so it is not fetched.") from error
                raise TryAgain(f"{_host(url)} did not hand over the file.") from error

    async def _follow(self, session: aiohttp.ClientSession, url: URL, to: Path, most: int) -> None:
        """Redirects are followed by hand, so that each hop is checked like the first."""
        for _ in range(HOPS):
            async with session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = checked(response.headers.get("Location", ""), url)
                    continue
                if response.status != 200:
                    raise Refused(f"{url.host} answers {response.status} instead of the file. Is the link public?")
                await _save(response, to, most)
                return
        raise Refused(f"{url.host} redirects too often.")


def checked(given: str, base: URL | None = None) -> URL:
    """The address as it will be called; refused when it is none that we would call."""
    try:
        url = base.join(URL(given)) if base else URL(given)
        host, port = url.host, url.port
    except ValueError as error:
        raise Refused("The link cannot be read. Copy it anew.") from error
    if url.scheme != "https" or not host or len(given) > LONGEST:
        raise Refused("Only https links can be fetched.")
    if url.user is not None or url.password is not None:
        raise Refused("Links with a name or password in them are not fetched.")
    if port != 443 and not (port and port >= ORDINARY):
        raise Refused("No files are fetched from such a port.")
    if _numbers(host) and not is_public(host):
        raise Refused(f"{host} is not a public address, so it is not fetched.")
    return url.with_host(host.rstrip(".")) if host.endswith(".") else url


def _numbers(host: str) -> bool:
    """Whether a host is an address; names end in letters, and every spelling of an address in a digit."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return ":" in host or last[:1].isdigit()


async def _save(response: aiohttp.ClientResponse, to: Path, most: int) -> None:
    if (response.content_length or 0) > most:
        raise _too_long(most)
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise Refused("The file behind the link comes packed. Send the file itself.")
    size = 0
    with await asyncio.to_thread(to.open, "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > most:
                raise _too_long(most)
            await asyncio.to_thread(file.write, chunk)


def _host(url: str) -> str:
    return URL(url).host or "The link"


def _too_long(most: int) -> Refused:
    return Refused(f"The file behind the link is larger than {most / 1e6:.0f} MB.")
