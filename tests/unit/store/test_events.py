from __future__ import annotations

import json
import math
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DataFolderError, InternalError
from harness.nouns import Event, EventKind
from harness.store import EventReader, EventWriter, read_events

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
DATA = st.dictionaries(st.text(st.characters(exclude_categories=())), JSON_VALUES, max_size=5)
WITHIN = st.floats(min_value=0, max_value=1e6)


def three() -> list[Event]:
    return [
        Event(1, 0.0, EventKind.STATE, {"state": "live"}),
        Event(2, 0.5, EventKind.AGENT_TEXT, {"text": "Grüß Gott 👋", "source": "rtvi"}),
        Event(3, 1.25, EventKind.HANGUP, {"by": "caller", "reason": "done"}),
    ]


def write(path: Path, events: list[Event]) -> None:
    with EventWriter(path) as writer:
        for event in events:
            writer.append(event)


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.tuples(WITHIN, st.text(), DATA), max_size=8))
def test_what_is_written_is_read_back(
    pieces: list[tuple[float, str, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    events = [Event(seq, *piece) for seq, piece in enumerate(pieces, start=1)]
    write(path, events)
    assert read_events(path) == events
    path.read_bytes().decode("utf-8")


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(min_value=0, max_value=400))
def test_a_log_torn_anywhere_keeps_its_whole_events_and_goes_on(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    write(path, three())
    whole = path.read_bytes()
    kept = whole[:cut]
    path.write_bytes(kept)
    expected = three()[: kept.count(b"\n")]
    assert read_events(path) == expected
    with EventWriter(path) as writer:
        assert writer.next_seq == len(expected) + 1
        writer.append(Event(writer.next_seq, 9.0, EventKind.STATE, {"state": "lost"}))
    assert read_events(path) == [
        *expected,
        Event(len(expected) + 1, 9.0, EventKind.STATE, {"state": "lost"}),
    ]


def test_no_file_is_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl") == []


def test_each_event_is_one_readable_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, three())
    lines = path.read_text("utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert "Grüß Gott 👋" in lines[1]


def test_unknown_kinds_and_fields_of_a_newer_version_are_kept_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"seq":1,"t":0,"kind":"weather.changed","data":{"to":"rain"},"new":1}\n')
    assert read_events(path) == [Event(1, 0.0, "weather.changed", {"to": "rain"})]


@pytest.mark.parametrize(
    "line", ["\0\0\0\0", "nonsense", "[]", '{"seq":3}', '{"seq":3,"t":null,"kind":"x","data":{}}']
)
def test_reading_stops_before_a_line_that_is_no_event(tmp_path: Path, line: str) -> None:
    path = tmp_path / "events.jsonl"
    write(path, three()[:2])
    with path.open("a") as file:
        file.write(line + "\n")
    assert read_events(path) == three()[:2]


def test_a_gap_in_the_sequence_is_refused(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "events.jsonl") as writer:
        with pytest.raises(ValueError, match="event 2 where 1 is due"):
            writer.append(three()[1])
        writer.append(three()[0])
        with pytest.raises(ValueError, match="event 1 where 2 is due"):
            writer.append(three()[0])
    assert read_events(tmp_path / "events.jsonl") == three()[:1]


def test_numbers_json_does_not_know_become_null(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    data = {"ttfb": math.nan, "list": [math.inf, 1.5], "deep": {"x": (-math.inf,)}}
    write(path, [Event(1, 0.0, EventKind.AGENT_METRICS, data)])
    assert read_events(path)[0].data == {"ttfb": None, "list": [None, 1.5], "deep": {"x": [None]}}


def test_a_time_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "events.jsonl") as writer, pytest.raises(ValueError, match="nan"):
        writer.append(Event(1, math.nan, EventKind.HEALTH))


def test_an_event_that_is_not_json_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as writer:
        with pytest.raises(TypeError):
            writer.append(Event(1, 0.0, EventKind.AGENT_MESSAGE, {"data": b"bytes"}))
        writer.append(three()[0])
    assert read_events(path) == three()[:1]


def test_a_full_disk_is_told_and_leaves_the_log_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.append(three()[0])

    class FullDisk:
        def __init__(self, file: Any) -> None:
            self._file = file
            self._room = 10

        def write(self, data: bytes) -> int:
            if not self._room:
                raise OSError(28, "No space left on device")
            room, self._room = self._room, 0
            return int(self._file.write(data[:room]))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    real = writer._file
    monkeypatch.setattr(writer, "_file", FullDisk(real))
    with pytest.raises(DataFolderError, match="No space left on device"):
        writer.append(three()[1])
    monkeypatch.setattr(writer, "_file", real)
    writer.append(three()[1])
    writer.close()
    assert read_events(path) == three()[:2]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError):
        EventWriter(tmp_path / "file" / "events.jsonl")


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path), pytest.raises(InternalError, match="still being written"):
        EventWriter(path)
    EventWriter(path).close()


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.close()
    writer.close()


def test_reading_while_another_process_writes_and_after_it_was_killed(
    tmp_path: Path, python: Any
) -> None:
    path = tmp_path / "events.jsonl"
    child = python(
        """
        import sys
        from pathlib import Path
        from harness.nouns import Event
        from harness.store import EventWriter
        writer = EventWriter(Path(sys.argv[1]))
        for line in sys.stdin:
            for _ in range(int(line)):
                writer.append(Event(writer.next_seq, 0.1, "agent.text", {"text": "na, ja"}))
            print("done", flush=True)
        """,
        path,
    )
    reader = EventReader(path)
    seen = []
    for count in (1, 300, 7):
        child.stdin.write(f"{count}\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        news = reader.read()
        assert len(news) == count
        seen += news
    assert reader.read() == []
    with pytest.raises(InternalError):
        EventWriter(path)

    child.stdin.write("100000\n")
    child.stdin.flush()
    while not reader.read():
        pass
    os.kill(child.pid, signal.SIGKILL)
    child.wait()

    events = read_events(path)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len(events) > len(seen)
    with EventWriter(path) as writer:
        assert writer.next_seq == len(events) + 1
