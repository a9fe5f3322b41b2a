"""CallTap: where a caller tells what happens. The worker writes it down and passes it on."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from harness.nouns import EventKind, Lane

__all__ = ["CallTap", "Samples"]

Samples = npt.NDArray[np.int16]


class CallTap(Protocol):
    """The call's clock, event log and recording as a caller sees them."""

    def now(self) -> float:
        """Seconds on the call's clock."""
        ...

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        """Append an event with `t` = now."""
        ...

    def audio(self, lane: Lane, first: int, samples: Samples) -> None:
        """Write `samples` to `lane` from sample index `first` on the call's clock."""
        ...
