"""Whatever address we are given, by people or by vendors, we connect to public ones only, and our keys stay at home."""

import asyncio
import gzip
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.chats.discord.attachments import AttachmentFetcher
from adapters.chats.slack.client import SlackClient
from adapters.http.client import BoundedClient, Transport, open_client
from adapters.http.download import LinkGone, download_to
from adapters.http.link_fetcher import PublicLinkFetcher, check_url
from adapters.http.public_addresses import is_public, public_connector, was_private_address
from bot.errors import Refused, TryAgain
from bot.requests.media import Media, MediaKind

PRIVATE_ADDRESSES = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",  # noqa: S104 - to be refused
    "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fe80::1", "fe80::1%eth0", "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "3fff::1", "5f00::1", "nonsense",
]  # fmt: skip
PUBLIC_ADDRESSES = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]
# Ways to write addresses of this machine, of its network and of a cloud's inside, and other tricks.
DISGUISED_URLS = [
    "https://127.0.0.1/x.png", "https://[::1]/x.png", "https://[::ffff:127.0.0.1]/x", "https://[::ffff:7f00:1]/x",
    "https://2130706433/x.png", "https://0x7f000001/x", "https://0x7f.0.0.1/x", "https://017700000001/x",
    "https://0177.0.0.1/x", "https://127.1/x", "https://127.0.1/x", "https://0/x", "https://0.0.0.0/x",
    "https://127.0.0.1./x", "https://127.0.0.1../x", "https://１２７.０.０.１/x", "https://①②⑦.⓪.⓪.①/x",
    "https://127。0。0。1/x", "https://169.254.169.254/latest/meta-data", "https://[fd00:ec2::254]/x",
    "https://user@8.8.8.8/x", "https://user:word@example.com/x", "https://example.com@127.0.0.1/x",
    "https://127.0.0.1#@example.com/x", "https://127.0.0.1\\@example.com/x", "https:///x", "https://", "https:x",
    "http://example.com/x.png", "http://example.com:8080/x", "ftp://example.com/x", "file:///etc/passwd", "gopher://example.com/x",
    "data:image/png;base64,AAAA", "javascript:alert(1)", "//example.com/x", "/etc/passwd", "",
    "https://example.com:22/x", "https://example.com:25/x", "https://example.com:0/x", "https://example.com:99999/x",
    "https://[fe80::1%25eth0]/x", "https://[64:ff9b::7f00:1]/x", "https://[::127.0.0.1]/x", "https://[2002:7f00:1::]/x",
    "https://example.com/" + "x" * 5000, "https://[bad/x",
]  # fmt: skip


class LyingResolver(AbstractResolver):
    """A name server that answers as it was told, and one after the other."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        """The next address."""
        given = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        flags = socket.AI_NUMERICHOST
        return [ResolveResult(hostname=host, host=given, port=port, family=socket.AF_INET, proto=0, flags=flags)]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def recording_server(
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
) -> AsyncIterator[tuple[str, list[str]]]:
    """A server of this machine, and the heads it was sent."""
    heads: list[str] = []

    async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            heads.append("")
        finally:
            writer.close()

    server = await asyncio.start_server(serve_connection, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_no_address_of_a_private_network_is_public(address: str) -> None:
    """Loopback, private, shared, link-local, multicast, reserved, and IPv4 in every disguise of IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_public_addresses_are_public(address: str) -> None:
    """Else no link would work."""
    assert is_public(address)


@pytest.mark.parametrize("link", DISGUISED_URLS)
async def test_a_link_with_a_trick_is_refused_before_anything_is_called(link: str, tmp_path: Path) -> None:
    """With a sentence, and without a file left behind."""
    with pytest.raises(Refused) as caught:
        await PublicLinkFetcher(5).fetch(link, tmp_path / "file", 1000)
    assert caught.value.sentence.endswith((".", "?"))
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("link", DISGUISED_URLS)
def test_a_redirect_is_checked_like_the_first_address(link: str) -> None:
    """Wherever a public server sends us next; relative ones stay with it."""
    base = check_url("https://example.com/a/b.png")
    if link in ("//example.com/x", "/etc/passwd", "", "https:x", "https:///x", "https://"):
        found = check_url(link, base)
        assert found.host == "example.com"
    else:
        with pytest.raises(Refused):
            check_url(link, base)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost.", "ⓛocalhost"])
async def test_a_name_that_leads_inside_is_refused(name: str, tmp_path: Path) -> None:
    """The address that counts is the one that is connected to."""
    async with recording_server() as (url, heads):
        port = url.rpartition(":")[2]
        with pytest.raises(Refused, match="not public"):
            await PublicLinkFetcher(5).fetch(f"https://{name}:{port}/x.png", tmp_path / "file", 1000)
    assert heads == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"]])
async def test_a_name_server_that_changes_its_mind_gains_nothing(addresses: Sequence[str]) -> None:
    """The check stands at the socket: what a name was said to be earlier does not matter there."""
    resolver = LyingResolver(*addresses)
    if len(addresses) > 1:
        await resolver.resolve("rebinding.example")  # somebody looked, and found it public
    async with recording_server() as (url, heads):
        line = public_connector(resolver=resolver, force_close=True)
        async with aiohttp.ClientSession(connector=line) as session:
            with pytest.raises(aiohttp.ClientError) as caught:
                await session.get(f"http://rebinding.example:{url.rpartition(':')[2]}/")
    assert was_private_address(caught.value)
    assert heads == []


@pytest.mark.parametrize("where", ["{url}/film.mp4", "http://localhost:{port}/film.mp4", "http://[::1]:{port}/x"])
async def test_a_vendor_s_answer_cannot_send_us_inside(where: str, tmp_path: Path) -> None:
    """A result's link that leads into our own network is no link."""
    async with recording_server() as (url, heads), open_client(home_url="https://api.vendor.example") as client:
        with pytest.raises(LinkGone, match="not public"):
            await download_to(client, where.format(url=url, port=url.rpartition(":")[2]), tmp_path / "film", 1000)
    assert heads == []


async def test_a_redirect_of_a_download_cannot_lead_inside(tmp_path: Path) -> None:
    """Each hop makes a connection of its own, and each is checked; a vendor's own host may be anywhere."""
    async with recording_server() as (inside, heads):
        away = f"HTTP/1.1 302 Found\r\nLocation: {inside}/secret\r\nContent-Length: 0\r\n\r\n".encode()
        async with recording_server(away) as (home, asked):
            limits = httpx.Limits()
            mounts = {home: Transport(limits, public_only=False)}
            async with BoundedClient(transport=Transport(limits, public_only=True), mounts=mounts) as client:
                with pytest.raises(LinkGone, match="not public"):
                    await download_to(client, f"{home}/film.mp4", tmp_path / "film", 1000)
    assert len(asked) == 1
    assert heads == []


async def test_keys_of_a_client_stay_out_of_downloads(tmp_path: Path) -> None:
    """A result lies at a stranger's host: no key, no cookie goes there."""
    async with recording_server() as (url, heads), open_client(home_url=url) as client:
        client.auth = httpx.BasicAuth("invented", "key")
        await download_to(client, f"{url}/film.mp4", tmp_path / "film", 1000)
    (head,) = heads
    assert "authorization" not in head.lower()
    assert "cookie" not in head.lower()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
async def test_proxies_of_the_environment_are_not_asked(name: str, tmp_path: Path) -> None:
    """A proxy would connect for us, and to wherever it likes."""
    script = (
        "import asyncio,sys\nfrom adapters.http.client import open_client\n"
        "async def go():\n async with open_client() as c: print((await c.get(sys.argv[1])).text)\nasyncio.run(go())\n"
    )
    async with recording_server() as (url, heads), recording_server() as (proxy, proxied):
        root = str(Path(__file__).parent.parent.parent)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": root, name: proxy}
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, url, env=environment)
        assert await process.wait() == 0
    assert (len(heads), proxied) == (1, [])


def compressed_response(content: bytes, coding: str = "gzip") -> bytes:
    """An answer with a packed body."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


@pytest.mark.slow
async def test_packed_answers_are_unpacked_and_bombs_are_not() -> None:
    """A studio's long lists come packed; what grows beyond all measure is no list."""
    fine, bomb = gzip.compress(json.dumps({"a": "b" * 5000}).encode()), gzip.compress(bytes(300_000_000), 6)
    async with recording_server(compressed_response(fine)) as (url, _), open_client() as client:
        assert (await client.get(url)).json() == {"a": "b" * 5000}
    for answer in (
        compressed_response(bomb),
        compressed_response(b"no gzip at all"),
        compressed_response(fine, "br"),
        compressed_response(fine, "gzip, gzip"),
    ):
        async with recording_server(answer) as (url, _), open_client() as client:
            with pytest.raises(httpx.HTTPError) as caught:
                await client.get(url)
            assert not isinstance(caught.value, httpx.ConnectError)  # it was sent: a paid call is in doubt


async def test_an_answer_without_an_end_is_cut_off() -> None:
    """Before it fills our memory, announced or not."""
    client = BoundedClient(max_bytes=1_000_000, transport=Transport(httpx.Limits(), public_only=False))
    async with recording_server(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(3_000_000)) as (url, _), client:
        with pytest.raises(httpx.ReadError, match="too long"):
            await client.get(url)


SLACK_API_URL = "https://slack.com/api"


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/files/x", "http://files.slack.com/x", "https://slack.com.evil.example/x",
        "https://evilslack.com/x", "https://evil.example/.slack.com", "https://evil.example#.slack.com",
        "https://evil.example\\.slack.com/x", "https://files.slack.com@evil.example/x", "https://evil.example/x",
        "https://files.slack.com:8443/x", "https://user@files.slack.com/x", "ftp://files.slack.com/x", "",
        "//slack.com/x",
    ],
)  # fmt: skip
async def test_slack_s_token_and_answers_go_to_slack_alone(url: str) -> None:
    """By its name and over https; whatever merely looks like Slack is a stranger."""
    async with open_client(home_url=SLACK_API_URL) as client:
        wire = SlackClient(client, SLACK_API_URL)
        assert not wire.is_slack_url(url)
        with pytest.raises(Refused):
            await wire.respond(url, {"text": "hello"})
        assert wire.is_slack_url("https://files.slack.com/x")
        assert wire.is_slack_url("https://hooks.slack.com/actions/x")


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/x.png", "https://cdn.discordapp.com.evil.example/x", "https://evil.example/x",
        "https://cdn.discordapp.com@evil.example/x", "https://evil.example\\@cdn.discordapp.com/x",
        "https://cdn.discordapp.com:22/x", "https://127.0.0.1/x", "file:///etc/passwd",
    ],
)  # fmt: skip
async def test_discord_s_files_come_from_discord_alone(url: str, tmp_path: Path) -> None:
    """A link that was changed on its way is not followed."""

    async def no_resolver() -> Any:
        raise TryAgain("Discord is away.")

    with pytest.raises(Refused):
        await AttachmentFetcher(no_resolver).fetch(
            Media(kind=MediaKind.PICTURE, address=f"discord:{url}"), tmp_path / "x", 1000
        )
