"""Marks of trust: which figures of runs rest on judges that are not proven, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.calls._archive import Archive
from harness.calls._trust import Doubt, doubt_of, trust_of
from harness.nouns import CheckVerdict, JudgedAs

__all__ = ["doubts_of_runs", "resting_on"]

_NAMED = 2
"""So many criteria are named in a sentence; more are counted."""


def doubts_of_runs(
    archive: Archive, run_ids: Iterable[str], scenario: str = "", *, required: bool = True
) -> dict[str, Doubt]:
    """Why pass rates of runs are to be read with care: which criteria, and what of their judges.

    It reads no call: which judges decided what is kept beside each.

    Args:
        archive: Where they are.
        run_ids: Those that a figure is of.
        scenario: Only calls of this one, by its title.
        required: Only criteria that a verdict of a call rests on.

    Returns:
        By name of the criterion; of several judges on one, the one of which least is shown.
    """
    ids = tuple(dict.fromkeys(run_ids))
    store = archive.store
    key = ("doubts", ids, scenario, required, store.grades_stamp(), store.judged_stamp())

    def find() -> dict[str, Doubt]:
        book, found = trust_of(archive), dict[str, Doubt]()
        for check, judge, model, prompt, needed in store.judges_of_runs(ids, scenario):
            judged = JudgedAs(CheckVerdict.MET, judge, model, prompt)
            doubt = doubt_of(book.of(check, judged)) if needed or not required else None
            if doubt is not None and (check not in found or doubt.weak):
                found[check] = doubt
        return dict(sorted(found.items(), key=lambda item: (not item[1].weak, item[0])))

    return archive.remembered(key, find)


def resting_on(found: Mapping[str, Doubt], figures: str = "The pass rate rests") -> str:
    """What is said below figures that rest on judges which are not proven.

    Args:
        found: What :func:`doubts_of_runs` gives.
        figures: How the sentence begins.

    Returns:
        A sentence; empty if nothing is in doubt.
    """
    if not found:
        return ""
    how = _how(list(found.values()))
    if len(found) > _NAMED:
        return f"{figures} on {len(found)} criteria whose judges are {how}."
    names = " and ".join(
        f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}" for name in found
    )
    return f"{figures} on {names}, whose judge{'s are' if len(found) > 1 else ' is'} {how}."


def _how(doubts: Sequence[Doubt]) -> str:
    weak = sum(doubt.weak for doubt in doubts)
    if not weak:
        return "not proven"
    return "weak" if weak == len(doubts) else "weak or not proven"
