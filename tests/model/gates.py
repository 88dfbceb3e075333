"""Gates: every call of a process to the outside waits at one, so that a test decides what happens in which order."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


class Inline(ThreadPoolExecutor):
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
class Call:
    """A call that waits at its gate, and how it may end."""

    process: "Process"
    name: str
    ends: Sequence[str]
    opened: asyncio.Future[str]
    gone: Callable[[], None]  # what may still become of it when its process dies


@dataclass
class Gates:
    """All that waits, in the order in which it came."""

    waiting: list[Call] = field(default_factory=list)
    wide: bool = False  # at the end of a test nothing waits any more

    def calls(self) -> list[Call]:
        """What still waits."""
        self.waiting = [call for call in self.waiting if not call.opened.done()]
        return self.waiting

    def let(self, call: Call, end: int) -> None:
        """Let one call through to one of its ends."""
        call.opened.set_result(call.ends[end % len(call.ends)])


@dataclass(eq=False)
class Process:
    """A running bot, as its gates see it: once dead, nothing of it reaches anybody, and nothing reaches it."""

    gates: Gates
    nth: int
    dead: bool = False

    async def at(self, name: str, *ends: str, gone: Callable[[], None] = lambda: None) -> str:
        """Wait until the test lets this call through; how it is to end."""
        ends = ends or ("well",)
        opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self.dead:
            await opened  # for ever
        if self.gates.wide:
            return ends[0]
        self.gates.waiting.append(Call(self, name, ends, opened, gone))
        try:
            return await opened
        except asyncio.CancelledError:
            if not self.dead:
                gone()
            raise

    async def write(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        """A write is begun, done and answered for; a process may die, or be slow, before and after it is done."""
        try:
            await self.at(name)
        except asyncio.CancelledError:
            work.close()
            raise
        value = await work
        await self.at(f"{name}, answered")
        return value

    def die(self) -> None:
        """Be killed, now."""
        self.dead = True
        for call in list(self.gates.calls()):
            if call.process is self:
                call.gone()
                self.gates.waiting.remove(call)
