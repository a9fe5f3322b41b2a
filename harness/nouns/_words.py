"""WordErrors: what was said against what was heard."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WordErrors"]


@dataclass(frozen=True, slots=True)
class WordErrors:
    """The cheapest way from the words said to the words heard, counted.

    Attributes:
        hits: Words heard as they were said.
        pairs: Each step of that way in order, (said, heard); None where there is no such word.
    """

    hits: int
    substituted: int
    deleted: int
    inserted: int
    pairs: tuple[tuple[str | None, str | None], ...] = ()

    @property
    def n(self) -> int:
        """How many words were said."""
        return self.hits + self.substituted + self.deleted

    @property
    def rate(self) -> float | None:
        """Word error rate, (substituted + deleted + inserted) / n; None without words."""
        wrong = self.substituted + self.deleted + self.inserted
        return wrong / self.n if self.n else None
