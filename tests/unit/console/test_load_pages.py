"""What a console that starts loads for the first look at its pages."""

from __future__ import annotations

import gc
import sys

from harness.console._app import load_pages


def test_the_pages_with_lists_and_charts_are_loaded_ahead() -> None:
    try:
        load_pages()
        for page in ("runs.landing", "runs.view", "inspect.view", "compare.view"):
            assert f"harness.console.{page}" in sys.modules
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
