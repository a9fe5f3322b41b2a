"""One real call for each fault of the demo agent, and what its stored events come to afterwards.

The other pairs of fault and scenario are judged again from kept calls, in tests/unit/matrix.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from harness.calls import Engine
from harness.local import LocalHost
from harness.settings import ROOT, Settings, get_settings

sys.path.append(str(ROOT / "tests" / "matrix"))

from fault_figures import SEEN, figures
from matrix_calls import place
from matrix_pairs import Pair, expected, failed, judge_again

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PAIRS = (
    *(Pair("slow", "emergency"), Pair("deaf", "emergency"), Pair("mumbler", "emergency")),
    *(Pair("stubborn", "barge_in"), Pair("chatty", "emergency"), Pair("liar", "correction")),
    *(Pair("unsafe", "advice"), Pair("hangs_up", "person"), Pair("silent_start", "emergency")),
    Pair("crash", "person"),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    settings: Settings = get_settings()
    engine = Engine(settings, LocalHost(settings))
    engine.start()
    yield engine
    engine.stop()


@pytest.mark.parametrize("pair", PAIRS, ids=str)
async def test_each_fault_fails_what_it_must(engine: Engine, pair: Pair) -> None:
    view, events = await place(engine, pair)

    assert failed(view.checks) == expected()[pair]
    # The verdicts are a function of the events: judged again they are the same.
    assert judge_again(pair, events) == view.checks
    assert pair.fault not in SEEN or SEEN[pair.fault](figures(events))
