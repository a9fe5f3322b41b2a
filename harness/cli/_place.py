"""Placing the calls of a run and following each to its end."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from types import FrameType
from typing import Any, Protocol, TypeVar

from harness.calls import CallRequest, CallService, CallView
from harness.nouns import Call

__all__ = ["CallEngine", "Display", "Interrupts", "RunDisplay", "patiently", "place_and_follow"]
__all__ += ["place_and_follow_run"]

T = TypeVar("T")

_TICK_S = 0.2
_MEASURING_S = 5.0
"""So long a command waits for the sound of the recording; later it is seen by `ringback calls`."""


class CallEngine(CallService, Protocol):
    """A call service that is started and stopped by the command."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where :meth:`follow` runs."""
        ...

    def start(self) -> None:
        """Start; returns when calls can be placed."""
        ...

    def stop(self) -> None:
        """End what is running and clean up."""
        ...


class Display(Protocol):
    """Shows a call while it goes on."""

    def preparing(self, sentences: Sequence[str]) -> None:
        """Say what is being prepared; asked again and again."""
        ...

    def hanging_up(self) -> None:
        """Say that the wish to stop was understood."""
        ...

    def show(self, view: CallView) -> None:
        """Show what is new."""
        ...

    def stop(self) -> None:
        """Give the terminal back."""
        ...


class RunDisplay(Display, Protocol):
    """Shows the calls of a run one after the other."""

    def begin_call(self, number: int, of: int) -> None:
        """Say that call `number` (from 1) is shown from now on."""
        ...

    def end_call(self, view: CallView) -> None:
        """Show how a call ended, before the next is shown."""
        ...


def place_and_follow(engine: CallEngine, request: CallRequest, display: Display) -> CallView:
    """Start the engine, place a call, show it while it goes on, and stop the engine.

    Ctrl-C (and SIGTERM, and the closing of the terminal) hangs up in good order; a second one
    kills this process, and what it leaves is cleaned up at the next start.

    Returns:
        The call once it has ended.

    Raises:
        RingbackError: It could not be placed.
        KeyboardInterrupt: Stopped before it was placed.
    """
    with _Placing(engine, display) as placing:
        (call,) = placing.place(lambda: [engine.place(request)])
        return placing.follow(call.id)


def place_and_follow_run(
    engine: CallEngine, request: CallRequest, display: RunDisplay, runs: int | None = None
) -> list[CallView]:
    """Do the same with the calls of a run, shown one after the other.

    Calls that go on at the same time are shown in the order in which they were placed. Ctrl-C hangs
    all of them up.

    Args:
        engine: Places the calls.
        request: Of each of them.
        display: Shows them.
        runs: How many; None for what the scenario says.

    Returns:
        The calls once all have ended.

    Raises:
        RingbackError: They could not be placed.
        KeyboardInterrupt: Stopped before they were placed.
    """
    views = []
    with _Placing(engine, display) as placing:
        calls = placing.place(lambda: engine.place_run(request, runs))
        for number, call in enumerate(calls, 1):
            display.begin_call(number, len(calls))
            views.append(placing.follow(call.id))
            display.end_call(views[-1])
    return views


class _Placing:
    """An engine that runs while calls are placed and followed, and how it is interrupted."""

    def __init__(self, engine: CallEngine, display: Display) -> None:
        self._engine = engine
        self._display = display
        self._interrupts = Interrupts()
        self._placed: list[str] = []

    def __enter__(self) -> _Placing:
        self._interrupts.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._display.stop()
            self._interrupts.can_hang_up = True
            self._engine.stop()
        finally:
            self._interrupts.__exit__()

    def place(self, place: Callable[[], Sequence[Call]]) -> Sequence[Call]:
        """Start the engine and place calls."""
        patiently(self._engine.start, self._engine, self._display)
        calls = patiently(place, self._engine, self._display)
        self._interrupts.can_hang_up = True
        self._placed = [call.id for call in calls]
        return calls

    def follow(self, call_id: str) -> CallView:
        """Show a call up to its end."""
        engine, display = self._engine, self._display
        for view in _views(engine, call_id):
            if self._interrupts.take():
                display.hanging_up()
                for placed in self._placed:
                    engine.hang_up(placed)
            display.preparing(engine.progress())
            if view is not None:
                display.show(view)
        engine.wait_measured(call_id, _MEASURING_S)
        last = engine.view(call_id)
        display.show(last)
        return last


def patiently(do: Callable[[], T], engine: CallEngine, display: Display) -> T:
    """Do something that may take minutes (fetching a LiveKit server) and tell what goes on."""
    done: queue.Queue[Future[T]] = queue.Queue()

    def work() -> None:
        future: Future[T] = Future()
        try:
            future.set_result(do())
        except BaseException as error:
            future.set_exception(error)
        done.put(future)

    threading.Thread(target=work, daemon=True).start()
    while True:
        try:
            return done.get(timeout=_TICK_S).result()
        except queue.Empty:
            display.preparing(engine.progress())


def _views(engine: CallEngine, call_id: str) -> Iterator[CallView | None]:
    """The call each time it changed, and None now and then while it does not, up to its end."""
    news: queue.Queue[CallView | BaseException | None] = queue.Queue()

    async def pump() -> None:
        try:
            async for _ in engine.follow(call_id):
                news.put(engine.view(call_id))
            news.put(None)
        except BaseException as error:
            news.put(error)
            raise

    pumping = asyncio.run_coroutine_threadsafe(pump(), engine.loop)
    try:
        while True:
            try:
                view = news.get(timeout=_TICK_S)
            except queue.Empty:
                yield None
                continue
            if view is None:
                return
            if isinstance(view, BaseException):
                raise view
            yield view
    finally:
        pumping.cancel()


class Interrupts:
    """Turns signals into a wish to hang up, and the second one into the end of this process."""

    _SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.can_hang_up = False
        self._count = 0
        self._taken = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        self._before = {one: signal.signal(one, self._handle) for one in self._SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    def take(self) -> bool:
        """Whether to hang up now; true once."""
        if self._count and not self._taken:
            self._taken = True
            return True
        return False

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not self.can_hang_up:
            raise KeyboardInterrupt
