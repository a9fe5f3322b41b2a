"""What developers need to know and users need not see: in files of the data folder."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from harness.cli._surroundings import Surroundings
from harness.errors import RingbackError, redact

__all__ = ["log_to_file", "write_error_log"]


def log_to_file(around: Surroundings) -> None:
    """Keep what libraries tell about themselves out of the terminal, in ``logs/cli.log``."""
    from loguru import logger

    logger.remove()
    logger.configure(patcher=_without_secrets)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING)
    warnings.showwarning = _show_warning
    with contextlib.suppress(RingbackError):
        path = around.settings().data / "logs" / "cli.log"
        logger.add(path, level="INFO", delay=True, rotation="5 MB", retention=3, diagnose=False)


def write_error_log(error: BaseException, around: Surroundings) -> Path:
    """Write what a developer needs to a file only this user can read."""
    text = redact("".join(traceback.format_exception(error)))
    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    try:
        path = around.settings().folder("logs") / name
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
    except (RingbackError, OSError):
        number, temporary = tempfile.mkstemp(prefix="ringback-", suffix=f"-{name}")
        path = Path(temporary)
        with open(number, "w", encoding="utf-8") as file:
            file.write(text)
    return path


class _ToLoguru(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        from loguru import logger

        logger.opt(exception=record.exc_info).log(record.levelno, "{}", record.getMessage())


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    from loguru import logger

    logger.info("{}: {}", category.__name__, message)


def _without_secrets(record: Any) -> None:
    record["message"] = redact(record["message"])
