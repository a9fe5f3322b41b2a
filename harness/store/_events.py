"""The event log of a call: append-only, one JSON object a line, readable while it is written."""

from __future__ import annotations

import fcntl
import json
import math
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.errors import DataFolderError, InternalError
from harness.nouns import Event

__all__ = ["EventReader", "EventWriter", "read_events"]


class EventReader:
    """Reads a log piece by piece, also while another process writes it.

    Args:
        path: The log; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        """Bytes read so far: the end of the last whole event."""

    def read(self) -> list[Event]:
        """The events that came since the last call, oldest first.

        A last line without its end is not an event yet: it is still being written, or its writer
        was killed. Reading stops before a line that is no event at all. Unknown kinds are kept.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            return []
        events = []
        for line in _lines(data):
            event = _decode(line) if line.endswith(b"\n") else None
            if event is None:
                break
            events.append(event)
            self.offset += len(line)
        return events


def read_events(path: Path) -> list[Event]:
    """All events of a log, oldest first; none if there is no such file."""
    return EventReader(path).read()


class EventWriter:
    """Appends to a log: the one writer it has.

    Opening an existing log goes on where it ends, and cuts off a line torn by a killed writer.
    Every event is handed to the system at once, so that killing this process loses none;
    :meth:`close` also waits until the disk has it.

    Args:
        path: The log; its folder is made if missing.

    Raises:
        DataFolderError: It cannot be written.
        InternalError: Another process still writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise InternalError(
                f"The event log {path} is still being written.",
                cause="The process that carried the call has not ended.",
                remedy="End it, then try again.",
            ) from error
        reader = EventReader(path)
        events = reader.read()
        self._seq = events[-1].seq if events else 0
        self._end = reader.offset
        self._file.truncate(self._end)

    @property
    def next_seq(self) -> int:
        """The sequence number the next event must have."""
        return self._seq + 1

    def append(self, event: Event) -> None:
        """Write one event.

        Numbers that JSON does not know (infinite, not a number) are written as null.

        Raises:
            ValueError: Its sequence number is not :attr:`next_seq`, or its time no number.
            TypeError: Its data are not JSON values.
            DataFolderError: It cannot be written, for instance because the disk is full; the log
                stays whole.
        """
        if event.seq != self.next_seq:
            raise ValueError(f"event {event.seq} where {self.next_seq} is due")
        if not math.isfinite(event.t):
            raise ValueError(f"event {event.seq} at second {event.t}")
        line = _encode(event)
        try:
            written = self._file.write(line)
            while written < len(line):
                written += self._file.write(line[written:])
        except OSError as error:
            self._file.truncate(self._end)
            raise _cannot_write(self.path, error) from error
        self._seq = event.seq
        self._end += len(line)

    def close(self) -> None:
        """Wait until the disk has everything and let go of the log; again does nothing."""
        if self._file.closed:
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        finally:
            self._file.close()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _lines(data: bytes) -> list[bytes]:
    *whole, rest = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _encode(event: Event) -> bytes:
    record = {"seq": event.seq, "t": event.t, "kind": str(event.kind), "data": event.data}
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(record), ensure_ascii=False, separators=(",", ":"))
    # Half of a surrogate pair has no UTF-8 form; its backslash form is the one JSON reads back.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _decode(line: bytes) -> Event | None:
    try:
        record = json.loads(line)
        return Event(int(record["seq"]), float(record["t"]), record["kind"], record["data"])
    except (ValueError, TypeError, KeyError):
        return None


def _cannot_write(path: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"The event log {path} cannot be written.",
        cause=f"The system says: {error.strerror or error}.",
        remedy="Make room on the disk, or set RINGBACK_DATA to a folder you can write.",
    )
