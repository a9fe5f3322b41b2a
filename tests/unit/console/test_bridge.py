from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from harness.console import TooSlow, bridge


@pytest.fixture
def engine() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class Source:
    """Counts on the engine's loop and notes where it ran and whether it was closed."""

    def __init__(self, count: int, fail: bool = False) -> None:
        self.count = count
        self.fail = fail
        self.made = 0
        self.loops: set[asyncio.AbstractEventLoop] = set()
        self.done = threading.Event()

    async def items(self) -> AsyncIterator[int]:
        try:
            for n in range(self.count):
                self.loops.add(asyncio.get_running_loop())
                self.made += 1
                yield n
                await asyncio.sleep(0)
            if self.fail:
                raise ValueError("broken")
        finally:
            self.done.set()


async def test_everything_arrives_in_order(engine: asyncio.AbstractEventLoop) -> None:
    source = Source(100)
    assert [n async for n in bridge(engine, source.items())] == list(range(100))
    assert source.loops == {engine}


async def test_an_error_arrives_after_what_came_before(engine: asyncio.AbstractEventLoop) -> None:
    source = Source(3, fail=True)
    got = []
    with pytest.raises(ValueError, match="broken"):
        async for n in bridge(engine, source.items()):
            got.append(n)
    assert got == [0, 1, 2]


async def test_a_slow_reader_is_let_go_and_the_engine_is_not_held(
    engine: asyncio.AbstractEventLoop,
) -> None:
    source = Source(1000)
    items = bridge(engine, source.items(), size=10)
    got = [await anext(items)]
    assert await asyncio.to_thread(source.done.wait, 10)
    with pytest.raises(TooSlow):
        async for n in items:
            got.append(n)
    assert got == list(range(len(got)))
    assert source.made < 1000


async def test_a_slow_listener_loses_the_oldest(engine: asyncio.AbstractEventLoop) -> None:
    source = Source(1000)
    items = bridge(engine, source.items(), size=10, overflow="drop")
    await anext(items)
    assert await asyncio.to_thread(source.done.wait, 10)
    assert [n async for n in items][-10:] == list(range(990, 1000))
    assert source.made == 1000


async def test_a_reader_that_leaves_closes_the_source(engine: asyncio.AbstractEventLoop) -> None:
    source = Source(10**9)
    items = bridge(engine, source.items(), size=10, overflow="drop")
    await anext(items)
    await items.aclose()
    assert await asyncio.to_thread(source.done.wait, 10)
