"""The bot's log: what happens in the call, one line each, without tokens."""

from __future__ import annotations

import sys

from loguru import logger

from harness.errors import redact

__all__ = ["readable_log"]


def readable_log() -> None:
    """Log INFO and above to standard error, with whatever looks like a token hidden."""
    logger.remove()
    logger.add(
        lambda message: sys.stderr.write(redact(str(message))),
        level="INFO",
        format="{time:HH:mm:ss.SSS} {level: <7} {message}",
        backtrace=False,
        diagnose=False,
    )
