"""Ids that sort by time."""

from __future__ import annotations

import secrets
import threading
import time

__all__ = ["new_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARS = 9
_RANDOM_CHARS = 6

_lock = threading.Lock()
_last_ms = 0


def new_id(prefix: str) -> str:
    """A new id: ``<prefix>_`` and 15 letters and digits, for instance ``call_1jd3k2v7q8x4mzt``.

    The first nine are the millisecond of its making (base 32, enough until the year 3084), the
    last six are random. Ids made by one process sort strictly in the order of their making, ids of
    several processes by millisecond.
    """
    global _last_ms
    with _lock:
        # A clock that stands still or is set back must not break the order.
        _last_ms = max(time.time_ns() // 1_000_000, _last_ms + 1)
        number = _last_ms
    letters = []
    for _ in range(_TIME_CHARS):
        number, digit = divmod(number, 32)
        letters.append(_ALPHABET[digit])
    letters.reverse()
    letters += [secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARS)]
    return f"{prefix}_{''.join(letters)}"
