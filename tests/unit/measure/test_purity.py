from __future__ import annotations

import subprocess
import sys

import harness.measure


def test_measuring_needs_no_room_and_no_page() -> None:
    code = (
        "import sys, harness.measure\n"
        "heavy = {'pipecat', 'streamlit', 'livekit', 'hibari', 'pandas'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_all_names_exist_and_are_sorted_as_written() -> None:
    names = harness.measure.__all__
    assert len(set(names)) == len(names)
    assert all(hasattr(harness.measure, name) for name in names)
