"""Three scenario files by ``pipecat eval run`` and as real calls: the same verdicts.

All of them are compared by ``make parity``, which writes docs/parity.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.local import LiveKitServer
from harness.settings import ROOT

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_three_files_have_the_same_verdicts(livekit: LiveKitServer, tmp_path: Path) -> None:
    sys.path.append(str(ROOT / "tests" / "parity"))
    from parity_case import BRIEF, CASES

    from tests.parity.__main__ import compare

    cases = tuple(case for case in CASES if case.name in BRIEF)
    assert len(cases) == len(BRIEF)
    assert await compare(cases, tmp_path) == []
