"""Trouble between the bot and everybody outside: every kind of fault that a line can have, until it is over."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.fault_injection.fault_proxy import FaultProxy, running_proxy
from tests.fault_injection.network_faults import NETWORK_FAULTS, NO_NETWORK_FAULT

ProxyFactory = Callable[
    [str], AbstractAsyncContextManager[str]
]  # stands in front of an address, and has one of its own


@asynccontextmanager
async def no_proxy(address: str) -> AsyncIterator[str]:
    """Nothing stands between."""
    yield address


class LineFaults:
    """Proxies that do faults, each kind with the same share of all calls."""

    def __init__(self, share: float, seed: int) -> None:
        self.fault_counts = Counter[str]()  # how often each kind happened
        self._share = share / len(NETWORK_FAULTS)
        self._seed = seed
        self._proxies: list[FaultProxy] = []

    @asynccontextmanager
    async def faulty_proxy(self, address: str) -> AsyncIterator[str]:
        """Trouble on the way to this address."""
        async with running_proxy(address, self._seed) as proxy:
            for fault in NETWORK_FAULTS.values():
                proxy.inject_fault(fault, times=None, share=self._share)
            self._proxies.append(proxy)
            yield proxy.url

    def stop_faults(self) -> None:
        """From now on all is well."""
        for proxy in self._proxies:
            proxy.clear_rules()
            self.fault_counts.update(each.fault for each in proxy.seen_calls if each.fault != NO_NETWORK_FAULT.name)
