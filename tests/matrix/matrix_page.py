"""docs/matrix.md: which checks fail for which fault, from the calls that were kept."""

from __future__ import annotations

from fault_figures import SEEN
from matrix_pairs import FAULTS, HEALTHY, Pair, expected, failed, judge_again, pairs, scenarios
from matrix_pairs import stored as kept

__all__ = ["page", "wrong"]

_HEAD = """# What each fault fails

The demo agent can have one of ten faults. Each is called with every scenario of
`data/scenarios/front_desk`, in real calls over LiveKit, and must fail the checks that notice it and
no other; the healthy agent (`none`) must fail none. `make matrix` places the calls that are missing
(`make matrix PAIRS=all` every one of them), keeps their event logs in `tests/matrix/logs` and
writes this page. `make test` judges all the kept logs again and places one call for each fault.
What must fail is in `tests/matrix/expected.yaml`.

A call that this machine spoiled is not kept: one that was lost or failed by Ringback's own doing,
one with a check that could not be judged because the machine was too busy to measure, and one that
failed otherwise than it must while the timing of a turn was spoiled. Its pair is called again after
the others, three times at most, and stays `·` if none of these calls could be kept.

A cell tells how many checks failed of how many; `✗` marks a pair that failed otherwise than it
must, `·` one that has not been called yet. Below the table stands for each fault which checks
notice it, and which figure of a call tells it whatever the checks ask; no call of the healthy agent
shows that figure. A fault that a scenario gives no occasion to show fails nothing there: a
`mumbler`, silent for 0.4 s before each answer, keeps to a budget of two seconds and is noticed
where half of the replies must come within 1.3 s.
"""


def wrong() -> list[tuple[Pair, list[str], list[str]]]:
    """The pairs whose kept call failed other checks than it must: too many, too few."""
    found = []
    for pair in pairs():
        events = kept(pair)
        must = expected().get(pair)
        if events is None or must is None:
            continue
        did = failed(judge_again(pair, events))
        if did != must:
            found.append((pair, sorted(did - must), sorted(must - did)))
    return found


def page() -> str:
    """The page."""
    bad = {pair for pair, *_ in wrong()}
    rows = [f"| scenario | {' | '.join(FAULTS)} |", f"|---|{'---|' * len(FAULTS)}"]
    named: dict[str, set[str]] = {fault: set() for fault in FAULTS}
    called = 0
    for name in scenarios():
        cells = []
        for fault in FAULTS:
            pair = Pair(fault, name)
            events = kept(pair)
            if events is None:
                cells.append("·")
                continue
            called += 1
            results = judge_again(pair, events)
            named[fault] |= failed(results)
            mark = " ✗" if pair in bad else ""
            cells.append(f"{len(failed(results))}/{len(results)}{mark}")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    parts = [_HEAD, f"{called} of {len(pairs())} pairs have been called.\n", "\n".join(rows), ""]
    for fault in FAULTS:
        if fault == HEALTHY:
            continue
        checks = "; ".join(sorted(named[fault])) or "no check of the calls so far"
        figure = SEEN.get(fault, "none, its timing is as it should be")
        parts.append(f"## {fault}\n\nNoticed by: {checks}.\n\nFigure that tells it: {figure}.\n")
    return "\n".join(parts)
