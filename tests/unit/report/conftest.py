"""What tests of reports share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.calls import Archive
from harness.settings import Settings
from harness.store import Store


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Calls and runs in a data folder of their own."""
    settings = Settings(data=tmp_path / "data")
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()
