"""Attendance: which pages of this console follow a call, and who is at them."""

from __future__ import annotations

import itertools
import re
import threading
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from harness.nouns import LONGEST_NAME, Presence

__all__ = ["ATTENDANCE", "Attendance", "name_in", "page_in"]

_MOST = 40
"""Entries that a page is told of; whoever came later is left out."""
_PAGE = re.compile(r"[0-9A-Za-z_-]{8,64}")


@dataclass
class _Page:
    name: str
    watches: int = 0
    listens: int = 0


class Attendance:
    """Counts the streams of each page; one without any is gone. Any thread may call.

    Pages tell themselves apart by an id of their own, and give the name that their person has
    entered, if any. Nobody checks it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, dict[str, _Page]] = {}
        self._strangers = itertools.count()

    @contextmanager
    def watching(self, call_id: str, page: str, name: str) -> Generator[str]:
        """A page follows a call; gives its id, or one made for it if it has none."""
        page = page or f"?{next(self._strangers)}"
        with self._lock:
            known = self._page(call_id, page)
            known.watches += 1
            known.name = name or known.name
        try:
            yield page
        finally:
            with self._lock:
                known.watches -= 1
                self._tidy(call_id)

    @contextmanager
    def listening(self, call_id: str, page: str) -> Generator[None]:
        """A page hears a call."""
        page = page or f"?{next(self._strangers)}"
        with self._lock:
            known = self._page(call_id, page)
            known.listens += 1
        try:
            yield
        finally:
            with self._lock:
                known.listens -= 1
                self._tidy(call_id)

    def present(
        self, call_id: str, page: str, people: Sequence[Presence] = ()
    ) -> list[dict[str, Any]]:
        """Who is at a call, as page `page` is told it: itself first, then those with most to do.

        Args:
            call_id: The call.
            page: Who asks.
            people: Who has the caller's side, and who asks for it.

        Returns:
            Objects with name (empty if none was entered), you, holds, asks, listens; never an id.
        """
        by_id = {one.person.id: one for one in people}
        with self._lock:
            pages = self._calls.get(call_id, {})
            for id, one in by_id.items():
                if id in pages:
                    pages[id].name = one.person.name
            names = {id: (known.name, known.listens > 0) for id, known in pages.items()}
        # A hidden tab follows nothing, and may still speak.
        names = {id: (one.person.name, False) for id, one in by_id.items()} | names
        found = []
        for id, (name, listens) in names.items():
            does = by_id.get(id)
            entry = {
                "name": name,
                "you": id == page,
                "holds": does is not None and does.holds,
                "asks": does is not None and does.asks,
                "listens": listens,
            }
            found.append(entry)
        order = ("you", "holds", "asks", "name", "listens")
        found.sort(key=lambda entry: [not entry[key] for key in order])
        return found[:_MOST]

    def _page(self, call_id: str, page: str) -> _Page:
        return self._calls.setdefault(call_id, {}).setdefault(page, _Page(""))

    def _tidy(self, call_id: str) -> None:
        pages = self._calls.get(call_id, {})
        for id in [id for id, known in pages.items() if not known.watches + known.listens]:
            del pages[id]
        if not pages:
            self._calls.pop(call_id, None)


ATTENDANCE = Attendance()
"""Of this console."""


def page_in(given: str | None) -> str:
    """A page's own id; empty if what it gives is none."""
    return given if given and _PAGE.fullmatch(given) else ""


def name_in(given: str | None) -> str:
    """A name as a page sends it (percent-encoded), on one line and not too long."""
    text = unquote(given or "", errors="replace")
    kept = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in text)
    return " ".join(kept.split())[:LONGEST_NAME].rstrip()
