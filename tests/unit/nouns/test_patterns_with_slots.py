from __future__ import annotations

import pytest
from pydantic import ValidationError

from harness.nouns import Intent


def test_a_slot_in_a_pattern_is_filled_later() -> None:
    assert Intent(pattern=r"\b{doctor}\b is free").pattern == r"\b{doctor}\b is free"


@pytest.mark.parametrize("pattern", ["(", "{doctor}(", "[{doctor}"])
def test_a_broken_pattern_is_none_with_or_without_a_slot(pattern: str) -> None:
    with pytest.raises(ValidationError):
        Intent(pattern=pattern)
