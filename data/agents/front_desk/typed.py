"""Lines a caller types, as data packets: {"message": ..., "timestamp": ...}."""

from __future__ import annotations

import json

__all__ = ["typed_line"]

_LONGEST = 2000


def typed_line(data: bytes) -> tuple[str, str] | None:
    """Text and timestamp of a typed line; None if the packet is something else."""
    try:
        packet = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(packet, dict) or "label" in packet:
        return None
    text, timestamp = packet.get("message"), packet.get("timestamp", "")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        return None
    return text.strip(), str(timestamp)
