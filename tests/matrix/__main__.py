"""``python -m tests.matrix [FAULT/SCENARIO ...]``: place the calls, keep them, write the page.

Without names all pairs that have not been placed yet; ``all`` places every pair anew; a fault or a
scenario alone stands for its row or column. Exit code 1 if a pair fails other checks than it must.
A call that this machine spoiled is not kept; its pair is called again later.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from matrix_calls import place  # noqa: E402
from matrix_page import page, wrong  # noqa: E402
from matrix_pairs import Pair, failed, keep, pairs  # noqa: E402

from harness.calls import Engine  # noqa: E402
from harness.local import LocalHost  # noqa: E402
from harness.settings import ROOT, get_settings  # noqa: E402

PAGE = ROOT / "docs" / "matrix.md"
TRIES = 3
"""How often a pair is called before it is left for another time."""


def chosen(names: list[str]) -> list[Pair]:
    """The pairs that are meant."""
    if not names:
        return [pair for pair in pairs() if not pair.log.exists()]
    if names == ["all"]:
        return list(pairs())
    found = [pair for pair in pairs() if {str(pair), pair.fault, pair.scenario} & set(names)]
    if not found:
        raise SystemExit(f"No such pair: {', '.join(names)}.")
    return found


async def carry(todo: list[Pair]) -> None:
    """Place the calls, as many side by side as the settings allow, and keep their logs.

    A call that this machine spoiled is not kept: the pair is called again when all others have
    been, :data:`TRIES` times at most.
    """
    settings = get_settings()
    engine = Engine(settings, LocalHost(settings, warm=None))
    engine.start()
    waiting = deque((pair, 1) for pair in todo)

    async def line() -> None:
        while waiting:
            pair, times = waiting.popleft()
            placed = await place(engine, pair)
            if placed.spoiled is None:
                keep(pair, placed.events)
                names = ", ".join(sorted(failed(placed.checks))) or "nothing"
                print(f"{pair}: {names} failed", flush=True)
                continue
            print(f"{pair}: not kept, {placed.spoiled}", flush=True)
            if times < TRIES:
                waiting.append((pair, times + 1))

    try:
        await asyncio.gather(*(line() for _ in range(max(1, settings.concurrency or 1))))
    finally:
        engine.stop()


def main(names: list[str]) -> int:
    """Place what is asked for and write the page; the exit code."""
    todo = chosen(names)
    if todo:
        asyncio.run(carry(todo))
    PAGE.write_text(page(), encoding="utf-8")
    found = wrong()
    for pair, more, fewer in found:
        print(f"{pair}: failed though it must not: {more}; did not fail though it must: {fewer}")
    print(f"Wrote {PAGE.relative_to(ROOT)}; {len(found)} pairs are otherwise than expected.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
