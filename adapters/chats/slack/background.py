"""A task group that can be told to stop, for most of its tasks would go on for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class StoppableTaskGroup(asyncio.TaskGroup):
    """Owns tasks, and ends them when asked."""

    def __init__(self) -> None:
        super().__init__()
        self._started_tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        """Start a task that ends with us."""
        task = super().create_task(coro, **options)
        self._started_tasks.add(task)
        return task

    def cancel_all(self) -> None:
        """Stop what is still going on."""
        for task in list(self._started_tasks):
            task.cancel()
