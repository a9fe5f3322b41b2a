from __future__ import annotations

import pytest

from harness.console.data_use import data_use, size
from harness.settings import Settings


def test_a_folder_that_is_not_there_holds_nothing(settings: Settings) -> None:
    use = data_use(settings)
    assert (use.calls, use.recordings, use.sound, use.events, use.rest) == (0, 0, 0, 0, 0)


def test_sizes_by_what_they_are(settings: Settings) -> None:
    for call, names in (("a", ("recording.flac", "events.jsonl")), ("b", ("caller.pcm",))):
        folder = settings.folder("calls", call)
        for name in names:
            (folder / name).write_bytes(b"x" * 1000)
    (settings.data / "ringback.db").write_bytes(b"x" * 10)
    use = data_use(settings)
    assert (use.calls, use.recordings) == (2, 1)
    assert (use.sound, use.events, use.rest) == (2000, 1000, 10)
    assert use.free and use.free > 0


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (5 << 30, "5.0 GB")]
)
def test_sizes_for_people(count: int, told: str) -> None:
    assert size(count) == told
