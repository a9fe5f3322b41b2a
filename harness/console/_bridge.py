"""Carry items from the engine's loop to the server's loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Literal, TypeVar

__all__ = ["TooSlow", "bridge"]

T = TypeVar("T")


class TooSlow(Exception):
    """The reader fell so far behind that items would have to be dropped."""


async def bridge(
    loop: asyncio.AbstractEventLoop,
    items: AsyncIterator[T],
    *,
    size: int = 256,
    overflow: Literal["stop", "drop"] = "stop",
) -> AsyncGenerator[T, None]:
    """Yield, on the running loop, what `items` yields on `loop`.

    At most `size` items wait for a slow reader; the loop of `items` never waits for it.

    Args:
        loop: The loop `items` belongs to.
        items: Iterated and closed on `loop` only.
        size: How many items may wait.
        overflow: What becomes of a reader that is too slow: `stop` ends with :class:`TooSlow` (it
            can resume where it was), `drop` forgets the oldest items (audio).

    Raises:
        TooSlow: See `overflow`.
    """
    here = asyncio.get_running_loop()
    waiting: deque[T] = deque(maxlen=size if overflow == "drop" else None)
    ready = asyncio.Event()
    ended = False
    trouble: BaseException | None = None

    def wake() -> None:
        if not here.is_closed():
            here.call_soon_threadsafe(ready.set)

    async def pump() -> None:
        nonlocal ended, trouble
        try:
            async for item in items:
                if overflow == "stop" and len(waiting) >= size:
                    trouble = TooSlow()
                    break
                waiting.append(item)
                wake()
        except Exception as error:
            trouble = error
        finally:
            close: Any = getattr(items, "aclose", None)
            if close is not None:
                await close()
            ended = True
            wake()

    pumping = asyncio.run_coroutine_threadsafe(pump(), loop)
    try:
        while True:
            while waiting:
                yield waiting.popleft()
            if ended and not waiting:
                break
            await ready.wait()
            ready.clear()
        if trouble is not None:
            raise trouble
    finally:
        pumping.cancel()
