"""What is a public address, and connections that lead nowhere else.

The check stands where a socket is made, with the very address it will be connected to: no spelling of an address, no
name that changes its mind between check and use (DNS rebinding) and no redirect comes past it.
"""

import ipaddress
import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The only IPv6 addresses that are handed out; what lies outside holds IPv4 in disguise (mapped, compatible, NAT64).
_ALLOCATED_IPV6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_IPV6 = tuple(
    ipaddress.IPv6Network(each)
    for each in (
        "2001::/23",  # special purposes, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: IPv4 in disguise
        "3fff::/20",  # documentation
    )
)
# What Python calls global here changes between its versions.
_PROTOCOL_IPV4 = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))


class PrivateAddress(OSError):
    """An address in a private network, or a name that leads to one."""


class PublicResolver(AbstractResolver):
    """Resolves names, and leaves out every address that is not public."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if found and not public:
            raise PrivateAddress(f"{host} leads to a private address")
        return public

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether anybody on the internet could reach it."""
    try:
        ip: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _ALLOCATED_IPV6 and not any(ip in each for each in _SPECIAL_IPV6)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or any(ip in each for each in _PROTOCOL_IPV4))


def public_connector(**options: Any) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(**{"resolver": PublicResolver(), **options, "socket_factory": _public_socket})


def was_private_address(error: BaseException) -> bool:
    """Whether it was for a private address that no connection was made."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PrivateAddress) or isinstance(getattr(cause, "os_error", None), PrivateAddress):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _public_socket(info: Any) -> socket.socket:
    family, kind, proto, _, address = info
    if family not in (socket.AF_INET, socket.AF_INET6) or not is_public(str(address[0])):
        raise PrivateAddress(f"{address[0]} is no public address")
    return socket.socket(family, kind, proto)
