"""Four scenario files by ``pipecat eval run`` and as real calls: the same verdicts.

Both sides meet the same process of the demo agent, one by WebSocket and the other in rooms. All
files are compared by ``make parity``, which writes docs/parity.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from harness.agents.bot_files import BotFile
from harness.local import BotPool, LiveKitServer
from harness.local._host import DEMO_BOT, DEMO_TODAY
from harness.nouns import Agent
from harness.settings import ROOT, Settings

sys.path.append(str(ROOT / "tests" / "parity"))

from parity_case import BRIEF, CASES
from parity_table import expectations, surprises

from tests.parity.__main__ import compare_at_once

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_four_files_have_the_same_verdicts(
    livekit: LiveKitServer, settings: Settings, tmp_path: Path
) -> None:
    cases = tuple(case for case in CASES if case.name in BRIEF)
    assert len(cases) == len(BRIEF)
    told = {"today": DEMO_TODAY}
    body = tmp_path / "body.yaml"
    body.write_text(yaml.safe_dump(told), encoding="utf-8")
    config = {"file": str(DEMO_BOT), "python": sys.executable, "args": ["--runner-body", str(body)]}
    launch = BotFile(Agent(name="desk", provider="bot_file", config=config)).launch()
    pool = BotPool(livekit, settings, warm=0)
    try:
        bot = await pool.lease(launch, timeout_s=120)
        reached = {
            "url": bot.url,
            "livekit_api_key": livekit.api_key,
            "livekit_api_secret": livekit.api_secret,
        }
        agent = Agent(name="desk", provider="dev_runner", config=reached, body=told)
        socket = bot.url.replace("http", "ws", 1) + "/ws"
        pipecat, ours = await compare_at_once(cases, tmp_path, socket, agent)
    finally:
        await pool.close()
    keys = [key for case in cases for key, _ in expectations(case)]
    assert surprises(keys, pipecat, ours) == []
    # Of these files every expectation is come to, and these are not met.
    assert set(pipecat) == set(ours) == set(keys)
    assert [key for key in keys if ours[key].startswith("failed")] == [
        ("judge/discontent", "1.0"),
        ("simulated_limits/goes_on", "success"),
        ("simulated_limits/goes_on", "metric turns too many"),
        ("simulated_limits/has_it", "success"),
    ]
