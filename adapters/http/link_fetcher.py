"""Downloads links that people give, and nothing that is not public: a link must not reach into our own network."""

import asyncio
from pathlib import Path

import aiohttp
from yarl import URL

from adapters.http.public_addresses import is_public, public_connector, was_private_address
from bot.errors import Refused, TryAgain
from bot.runtime.shield import open_file

MAX_REDIRECTS = 5
LINK_CHUNK_BYTES = 1 << 18
MAX_URL_CHARS = 4000  # characters of an address
FIRST_UNPRIVILEGED_PORT = 1024  # ports below belong to other services, of which only 443 speaks https


class PublicLinkFetcher:
    def __init__(self, timeout_seconds: float = 60.0) -> None:
        self._timeout_seconds = timeout_seconds

    async def fetch(self, url: str, to: Path, max_bytes: int) -> None:
        """Stream the link to a file; refuse it once it is longer than `max_bytes`."""
        timeout = aiohttp.ClientTimeout(total=self._timeout_seconds, connect=10)
        async with aiohttp.ClientSession(
            connector=public_connector(),
            timeout=timeout,
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            try:
                await self._follow_redirects(session, check_url(url), to, max_bytes)
            except (aiohttp.ClientError, TimeoutError) as error:
                if was_private_address(error):
                    raise Refused("The link leads to an address that is not public, so it is not fetched.") from error
                raise TryAgain(f"{URL(url).host} did not deliver the file.") from error

    async def _follow_redirects(self, session: aiohttp.ClientSession, url: URL, to: Path, max_bytes: int) -> None:
        """Redirects are followed by hand, so that each hop is checked like the first."""
        for _ in range(MAX_REDIRECTS):
            async with session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = check_url(response.headers.get("Location", ""), url)
                    continue
                if response.status != 200:
                    raise Refused(f"{url.host} answered {response.status} instead of the file. Is the link public?")
                await _save_body(response, to, max_bytes)
                return
        raise Refused(f"{url.host} redirects too often.")


def check_url(given: str, base: URL | None = None) -> URL:
    """The address as it will be called, or Refused."""
    try:
        url = base.join(URL(given)) if base else URL(given)
        host, port = url.host, url.port
    except ValueError as error:
        raise Refused("The link is not valid. Copy it again.") from error
    if url.scheme != "https" or not host or len(given) > MAX_URL_CHARS:
        raise Refused("Only https links can be fetched.")
    if url.user is not None or url.password is not None:
        raise Refused("Links with a name or password in them are not fetched.")
    if port != 443 and not (port and port >= FIRST_UNPRIVILEGED_PORT):
        raise Refused("Links to this port are not allowed.")
    if _is_ip_literal(host) and not is_public(host):
        raise Refused(f"{host} is not a public address, so it is not fetched.")
    return url.with_host(host.rstrip(".")) if host.endswith(".") else url


def _is_ip_literal(host: str) -> bool:
    """Whether a host is an address; names end in letters, and every spelling of an address in a digit."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return ":" in host or last[:1].isdigit()


async def _save_body(response: aiohttp.ClientResponse, to: Path, max_bytes: int) -> None:
    if (response.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise Refused("The link delivers the file compressed. Send the file itself.")
    size = 0
    async with open_file(to, "wb") as file:
        async for chunk in response.content.iter_chunked(LINK_CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            await asyncio.to_thread(file.write, chunk)


def _too_large(max_bytes: int) -> Refused:
    return Refused(f"The file behind the link is larger than {max_bytes / 1e6:.0f} MB.")
