"""A tap that keeps everything, on a clock that stands until it is moved."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.nouns import EventKind, Lane


class KeptTap:
    """What a caller told, for tests to look at."""

    def __init__(self) -> None:
        self.t = 0.0
        self.events: list[tuple[EventKind, dict[str, Any]]] = []
        self.lanes: dict[Lane, list[tuple[int, np.ndarray]]] = {"caller": [], "agent": []}

    def now(self) -> float:
        return self.t

    def emit(self, kind: EventKind, /, **data: Any) -> None:
        self.events.append((kind, data))

    def audio(self, lane: Lane, first: int, samples: np.ndarray) -> None:
        self.lanes[lane].append((first, samples.copy()))

    def of(self, kind: EventKind) -> list[dict[str, Any]]:
        """The data of all events of a kind."""
        return [data for found, data in self.events if found == kind]

    def lane(self, name: Lane) -> np.ndarray:
        """A lane as the recording would have it, silence in gaps."""
        end = max(first + len(samples) for first, samples in self.lanes[name])
        whole = np.zeros(end, np.int16)
        for first, samples in self.lanes[name]:
            whole[first : first + len(samples)] = samples
        return whole
