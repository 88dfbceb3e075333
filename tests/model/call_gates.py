"""Gates: every call of a process to the outside waits at one, so that a test decides what happens in which order."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


class InlineExecutor(ThreadPoolExecutor):
    """Does what belongs into a thread at once, so that nothing happens at a moment of its own."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Done by the time it is handed back."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


@dataclass(eq=False)
class PendingCall:
    """A call that waits at its gate, and how it may end."""

    process: "GatedProcess"
    name: str
    outcomes: Sequence[str]
    outcome: asyncio.Future[str]
    on_death: Callable[[], None]  # what may still become of it when its process dies


@dataclass
class CallGates:
    """All that waits, in the order in which it came."""

    waiting: list[PendingCall] = field(default_factory=list)
    always_open: bool = False  # at the end of a test nothing waits any more

    def pending_calls(self) -> list[PendingCall]:
        """What still waits."""
        self.waiting = [call for call in self.waiting if not call.outcome.done()]
        return self.waiting

    def let_through(self, call: PendingCall, outcome: int) -> None:
        """Let one call through to one of its ends."""
        call.outcome.set_result(call.outcomes[outcome % len(call.outcomes)])


@dataclass(eq=False)
class GatedProcess:
    """A running bot, as its gates see it: once dead, nothing of it reaches anybody, and nothing reaches it."""

    gates: CallGates
    number: int
    dead: bool = False

    async def wait_at_gate(self, name: str, *outcomes: str, on_death: Callable[[], None] = lambda: None) -> str:
        """Wait until the test lets this call through; how it is to end."""
        outcomes = outcomes or ("well",)
        opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self.dead:
            await opened  # for ever
        if self.gates.always_open:
            return outcomes[0]
        self.gates.waiting.append(PendingCall(self, name, outcomes, opened, on_death))
        try:
            return await opened
        except asyncio.CancelledError:
            if not self.dead:
                on_death()
            raise

    async def run_write(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        """A write is begun, done and answered for; a process may die, or be slow, before and after it is done."""
        try:
            await self.wait_at_gate(name)
        except asyncio.CancelledError:
            work.close()
            raise
        value = await work
        await self.wait_at_gate(f"{name}, answered")
        return value

    def kill(self) -> None:
        """Be killed, now."""
        self.dead = True
        for call in list(self.gates.pending_calls()):
            if call.process is self:
                call.on_death()
                self.gates.waiting.remove(call)
