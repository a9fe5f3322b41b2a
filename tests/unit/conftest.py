"""For unit tests: what one hides is readable to the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness import _redact


@pytest.fixture(autouse=True)
def _secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_redact, "_secrets", set(_redact._secrets))
    yield
