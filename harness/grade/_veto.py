"""Vetoes: what a rule found against a judge's yes. A judge never rescues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.nouns import CheckResult, CheckSpec, CheckVerdict, Criterion

__all__ = ["vetoed"]

_JUDGED = frozenset({"criterion", "success", "metric"})
_VETOABLE = frozenset({CheckVerdict.MET, CheckVerdict.NOT_PROVEN})


def vetoed(specs: Sequence[CheckSpec], results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """The results, in which a rule that is not met has turned the criteria that name it."""
    by_name = {result.name: result for result in results if result.rule not in _JUDGED}
    return tuple(
        _held(spec, result, by_name) if isinstance(spec, Criterion) and spec.vetoes else result
        for spec, result in zip(specs, results, strict=True)
    )


def _held(spec: Criterion, result: CheckResult, rules: dict[str, CheckResult]) -> CheckResult:
    unknown = [name for name in spec.vetoes if name not in rules]
    if unknown:
        message = f"It names “{unknown[0]}” as its veto, and no check by rule has that name."
        return replace(result, verdict=CheckVerdict.ERROR, message=message, kind="error")
    against = [rules[name] for name in spec.vetoes]
    by_turn = tuple(
        (index, CheckVerdict.NOT_MET if _stands(verdict) and _fails(against, index) else verdict)
        for index, verdict in result.by_turn
    )
    failed = [rule for rule in against if rule.verdict is CheckVerdict.NOT_MET]
    if not failed or not _stands(result.verdict):
        return replace(result, by_turn=by_turn)
    message = f"Vetoed by “{failed[0].name}”: {failed[0].message}"
    return replace(
        result,
        verdict=CheckVerdict.NOT_MET,
        message=message,
        evidence=failed[0].evidence,
        kind="vetoed",
        by_turn=by_turn,
    )


def _stands(verdict: CheckVerdict) -> bool:
    return verdict in _VETOABLE


def _fails(rules: Sequence[CheckResult], index: int) -> bool:
    return any((index, CheckVerdict.NOT_MET) in rule.by_turn for rule in rules)
