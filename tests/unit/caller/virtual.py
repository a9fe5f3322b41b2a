"""A loop whose time passes at once: seconds of waiting take none."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


class _Skipping(selectors.DefaultSelector):
    """Instead of waiting for a time, moves the clock there."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.skipping = _Skipping()
        super().__init__(self.skipping)

    def time(self) -> float:
        return self.skipping.now


async def _at_once(work: Callable[..., T], /, *args: Any, **options: Any) -> T:
    return work(*args, **options)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a clock of its own, which `time.monotonic()` shows as well."""
    with asyncio.Runner(loop_factory=_Loop) as runner, pytest.MonkeyPatch.context() as patch:
        loop = runner.get_loop()
        patch.setattr(time, "monotonic", loop.time)
        # The clock would run away while a thread works.
        patch.setattr(asyncio, "to_thread", _at_once)
        return runner.run(work)
