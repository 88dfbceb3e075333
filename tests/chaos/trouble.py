"""Trouble between the bot and everybody outside: every kind of fault that a line can have, until it is over."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.chaos.faults import NONE, WIRE
from tests.chaos.proxy import Proxy, proxied

Between = Callable[[str], AbstractAsyncContextManager[str]]  # stands in front of an address, and has one of its own


@asynccontextmanager
async def straight(address: str) -> AsyncIterator[str]:
    """Nothing stands between."""
    yield address


class Trouble:
    """Proxies that do faults, each kind with the same share of all calls."""

    def __init__(self, share: float, seed: int) -> None:
        self.met = Counter[str]()  # how often each kind happened
        self._share = share / len(WIRE)
        self._seed = seed
        self._proxies: list[Proxy] = []

    @asynccontextmanager
    async def between(self, address: str) -> AsyncIterator[str]:
        """Trouble on the way to this address."""
        async with proxied(address, self._seed) as proxy:
            for fault in WIRE.values():
                proxy.suffer(fault, times=None, share=self._share)
            self._proxies.append(proxy)
            yield proxy.url

    def over(self) -> None:
        """From now on all is well."""
        for proxy in self._proxies:
            proxy.clear()
            self.met.update(each.fault for each in proxy.seen if each.fault != NONE.name)
