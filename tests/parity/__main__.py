"""``python -m tests.parity [NAME ...]``: compare files, all without a name, and write the page.

What the others came to when they were last compared is kept. Exit code 1 if two verdicts differ
unexplained.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from emulated_llm import llm_access, start_llm  # noqa: E402
from our_side import run_ours  # noqa: E402
from parity_case import CASES, Key, ParityCase, lay_out  # noqa: E402
from parity_kept import keep  # noqa: E402
from parity_table import expectations, surprises, write  # noqa: E402
from pipecat_side import bot_by_websocket, run_pipecat  # noqa: E402

from harness.calls import Engine  # noqa: E402
from harness.local import LocalHost, demo_agent  # noqa: E402
from harness.nouns import Agent  # noqa: E402
from harness.settings import ROOT, Settings, get_settings  # noqa: E402

PAGE = ROOT / "docs" / "parity.md"
AT_ONCE = 2
"""Our calls side by side, where both sides share one agent."""


@asynccontextmanager
async def laid_out(folder: Path) -> AsyncIterator[tuple[Path, Settings]]:
    """The files, with the language model of both sides running, and settings that know it."""
    settings = get_settings().model_copy(update={"data": folder / "data"})
    llm = await start_llm()
    try:
        files = folder / "files"
        files.mkdir()
        lay_out(files, llm.url)
        llm_access(settings, llm.url)
        yield files, settings
    finally:
        await llm.stop()


async def compare(cases: tuple[ParityCase, ...], folder: Path) -> list[tuple[Key, str, str]]:
    """Run both sides, one after the other; the unexplained differences."""
    pipecat: dict[Key, str] = {}
    ours: dict[Key, str] = {}
    async with laid_out(folder) as (files, settings):
        for fault in dict.fromkeys(case.fault for case in cases):
            async with bot_by_websocket(folder, fault) as url:
                for case in (each for each in cases if each.fault == fault):
                    print(f"pipecat eval run: {case.name}", flush=True)
                    pipecat |= await run_pipecat([files / case.path.name], url, out=folder)
        engine = Engine(settings, LocalHost(settings, warm=None))
        engine.start()
        try:
            for case in cases:
                print(f"ringback: {case.name}", flush=True)
                agent = demo_agent({"fault": case.fault} if case.fault else None)
                ours |= await run_ours([files / case.path.name], engine, agent)
        finally:
            engine.stop()
    keys = [key for case in cases for key, _ in expectations(case)]
    found = surprises(keys, pipecat, ours)
    for (scenario, place), theirs, mine in found:
        print(f"{scenario} {place}: pipecat says {theirs}, we say {mine}")
    known = [key for case in CASES for key, _ in expectations(case)]
    PAGE.write_text(write(keep(keys, known, pipecat, ours)), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}.")
    return found


async def compare_at_once(
    cases: tuple[ParityCase, ...], folder: Path, bot_url: str, agent: Agent
) -> tuple[dict[Key, str], dict[Key, str]]:
    """Run both sides at the same time on one healthy agent.

    Args:
        cases: The files; none with a fault.
        folder: An empty one.
        bot_url: The agent's WebSocket.
        agent: The same agent as we reach it.

    Returns:
        What `pipecat eval run` says of each expectation that it reached, and what we say.
    """
    async with laid_out(folder) as (files, settings):
        paths = [files / case.path.name for case in cases]
        engine = Engine(settings.model_copy(update={"concurrency": AT_ONCE}))
        await asyncio.to_thread(engine.start)
        try:
            async with asyncio.TaskGroup() as both:
                pipecat = both.create_task(run_pipecat(paths, bot_url, out=folder))
                ours = both.create_task(run_ours(paths, engine, agent))
        finally:
            await asyncio.to_thread(engine.stop)
    return pipecat.result(), ours.result()


def main(names: list[str]) -> int:
    """Compare the files with these names, or all; the exit code."""
    known = {case.name: case for case in CASES}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"No such file: {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    cases = tuple(known[name] for name in names) or CASES
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ringback-parity-") as folder:
        found = asyncio.run(compare(cases, Path(folder)))
    minutes = (time.monotonic() - started) / 60
    print(f"{len(cases)} files in {minutes:.0f} min, {len(found)} unexplained differences.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
