"""For all tests: a data folder of their own, so that nobody's calls are touched.

The cache is the user's: a LiveKit server that was fetched or built once serves every test run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from harness.settings import Settings, get_settings

_DATA = pytest.StashKey[Path]()

# No test holds an example to a time: a busy machine would miss it.
hypothesis.settings.register_profile("ringback", deadline=None)
hypothesis.settings.load_profile("ringback")


def pytest_configure(config: pytest.Config) -> None:
    # Not a fixture: modules may ask for the settings while they are imported.
    config.stash[_DATA] = Path(tempfile.mkdtemp(prefix="ringback-test-"))
    os.environ["RINGBACK_DATA"] = str(config.stash[_DATA])
    get_settings.cache_clear()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_DATA], ignore_errors=True)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings with a data folder for this test alone; the cache is the shared one."""
    yield Settings(data=tmp_path / "data")
