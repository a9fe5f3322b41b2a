"""What ``app.py`` is made of."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from harness.console import _service, _stopping
from harness.console._base_path import base_path
from harness.console._errors import on_script_error
from harness.console._listening import check_listening
from harness.console._routes import routes
from harness.errors import RingbackError
from harness.settings import get_settings

__all__ = ["SHELL", "StartableService", "app_arguments", "load_pages"]

SHELL = Path(__file__).parent / "shell" / "main.py"
"""The script Streamlit runs; alone in its folder, which becomes ``sys.path[0]``."""

_SWITCH_S = 0.001
"""A page that is being made gives way to the sound of a call after so long (Python's own: 5 ms)."""

_log = logging.getLogger("ringback.console")


class StartableService(_service.ConsoleService, Protocol):
    """A call service that the console starts and stops."""

    def start(self) -> None:
        """Start; returns when calls can be placed. May block for a moment."""
        ...

    def stop(self) -> None:
        """End what is running and clean up. May block for some seconds."""
        ...


def app_arguments(make: Callable[[], StartableService]) -> dict[str, Any]:
    """Arguments for ``st.App``: the shell, the routes, and a lifespan around the service.

    ``st.App(...)`` itself must be written out in ``app.py``: ``streamlit run`` looks for it in the
    source. If the service cannot start, the console does, and every page says why.

    Args:
        make: Makes the service; called once, in a thread, when the server starts.
    """

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        with _stopping.notice_signals():
            service: StartableService | None = None
            try:
                service = await asyncio.to_thread(_started, make)
                _service.install(service)
            except RingbackError as error:
                _log.error("The call engine could not start: %s", error)
                _service.install(None, because=error)
            sys.setswitchinterval(_SWITCH_S)
            gc.freeze()
            loading = asyncio.create_task(asyncio.to_thread(load_pages))
            try:
                yield
            finally:
                await loading
                _stopping.stop()
                _service.install(None)
                if service is not None:
                    await asyncio.to_thread(service.stop)

    return {
        "script_path": SHELL,
        "lifespan": lifespan,
        "routes": routes(base_path()),
        "on_script_error": on_script_error,
    }


def load_pages() -> None:
    """Import what the pages with lists and charts are drawn by: their first look waits for it."""
    for name in ("runs.landing", "runs.view", "inspect.view", "compare.view"):
        importlib.import_module(f"harness.console.{name}")
    # pandas and Plotly load these with the first table and the first chart.
    for name in ("pandas.io.formats.style", "plotly.graph_objs._figure", "plotly.io"):
        importlib.import_module(name)
    # What was imported by now stays: no collection needs to look at it again.
    gc.freeze()


def _started(make: Callable[[], StartableService]) -> StartableService:
    check_listening(get_settings())
    # What the first page would otherwise wait for.
    from harness.scenarios import library

    library()
    service = make()
    service.start()
    return service
