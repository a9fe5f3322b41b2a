"""Placing one call and following it to its end."""

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

__all__ = ["CallEngine", "Display", "place_and_follow"]

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
    with _Interrupts() as interrupts:
        try:
            _patiently(engine.start, engine, display)
            call_id = _patiently(lambda: engine.place(request).id, engine, display)
            interrupts.can_hang_up = True
            for view in _views(engine, call_id):
                if interrupts.take():
                    display.hanging_up()
                    engine.hang_up(call_id)
                display.preparing(engine.progress())
                if view is not None:
                    display.show(view)
            engine.wait_measured(call_id, _MEASURING_S)
            view = engine.view(call_id)
            display.show(view)
        finally:
            display.stop()
            interrupts.can_hang_up = True
            engine.stop()
    return view


def _patiently(do: Callable[[], T], engine: CallEngine, display: Display) -> T:
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


class _Interrupts:
    """Turns signals into a wish to hang up, and the second one into the end of this process."""

    _SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.can_hang_up = False
        self._count = 0
        self._taken = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> _Interrupts:
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
