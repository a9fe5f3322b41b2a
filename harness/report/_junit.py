"""JUnit XML of a call or a run, for whatever shows test results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from harness.nouns import CheckVerdict, Verdict
from harness.report._content import CallPart, CellPart, Content, RunPart
from harness.report._suite_json import GateReport
from harness.report._words import said_by

__all__ = ["junit"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 must not hold, section 2.2."""
_HARNESS = 3
_RULES = "Rules of the run"
_BY_CALL = "check"
"""The rule whose test cases are the calls themselves."""


def junit(content: Content) -> bytes:
    """A test suite for each agent with a scenario and a caller, a test case for each call.

    A failure is a required check that is not met, or a call that failed otherwise (the agent was
    not reached, or left); an error is trouble of Ringback itself; skipped is a call that came to
    no verdict, or was planned and not placed.

    A suite of its own has a case for each rule the run could fail by, and each part of its goal
    that is missed: a failure if the run fails by it, an error if it cannot be told. The rule
    ``check`` has none, its cases are the calls.
    """
    by_id = {call.report.call_id or "": call for call in content.calls}
    root = ElementTree.Element("testsuites", name=_clean(content.title))
    totals = [0, 0, 0, 0]
    for name, calls, cell in _suites(content, by_id):
        suite = ElementTree.SubElement(root, "testsuite", name=_clean(name))
        if cell is not None:
            _properties(suite, cell)
        counts = [0, 0, 0, 0]
        for number, call in enumerate(calls, start=1):
            kind = _case(suite, name, number, call)
            counts[0] += 1
            counts[kind] += kind > 0
        for number in range(len(calls) + 1, (cell.planned if cell else 0) + 1):
            case = ElementTree.SubElement(
                suite, "testcase", name=f"call {number}", classname=_clean(name), time="0"
            )
            ElementTree.SubElement(case, "skipped", message="The call was not placed.")
            counts[0] += 1
            counts[3] += 1
        _count(suite, counts)
        if calls:
            suite.set("timestamp", calls[0].created_at)
        totals = [one + other for one, other in zip(totals, counts, strict=True)]
    if content.run is not None and (rules := _rules(content.run)):
        counts = _rule_suite(root, rules, content.compared)
        totals = [one + other for one, other in zip(totals, counts, strict=True)]
    _count(root, totals)
    ElementTree.indent(root)
    found: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _suites(
    content: Content, by_id: dict[str, CallPart]
) -> list[tuple[str, Sequence[CallPart], CellPart | None]]:
    if content.run is None:
        call = content.calls[0].report
        return [(_named(call.agent, call.scenario_title, ""), content.calls, None)]
    return [
        (
            _named(cell.agent, cell.scenario, cell.caller),
            [by_id[one] for one in cell.call_ids],
            cell,
        )
        for cell in content.run.cells
    ]


def _rules(run: RunPart) -> list[GateReport]:
    """What the run could fail by; of a report that is made afterwards, what its goal misses."""
    missed = [GateReport(rule="goal", holds=True, sentence=each) for each in run.goal_missed]
    return [gate for gate in run.gates or missed if gate.rule != _BY_CALL]


def _rule_suite(root: ElementTree.Element, rules: Sequence[GateReport], compared: str) -> list[int]:
    suite = ElementTree.SubElement(root, "testsuite", name=_RULES)
    for gate in rules:
        # The goal has parts, each of which wants a name of its own.
        name = f"{gate.rule}: {gate.sentence}" if gate.rule == "goal" else gate.rule
        case = ElementTree.SubElement(
            suite, "testcase", name=_clean(name), classname=_RULES, time="0"
        )
        if gate.holds is None:
            _add(case, "error", gate.sentence, gate.rule, gate.sentence)
        elif gate.holds:
            _add(case, "failure", gate.sentence, gate.rule, gate.sentence)
        else:
            ElementTree.SubElement(case, "system-out").text = _clean(gate.sentence)
    if compared:
        ElementTree.SubElement(suite, "system-out").text = _clean(compared)
    failed = sum(gate.holds is True for gate in rules)
    counts = [len(rules), failed, sum(gate.holds is None for gate in rules), 0]
    _count(suite, counts)
    return counts


def _named(*parts: str | None) -> str:
    return " / ".join(part for part in parts if part)


def _properties(suite: ElementTree.Element, cell: CellPart) -> None:
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (
        ("p50_s", cell.p50_s),
        ("p95_s", cell.p95_s),
        ("replies", cell.replies),
        ("no_answer", cell.no_answer),
        ("spoiled", cell.spoiled),
    ):
        if value is not None:
            ElementTree.SubElement(properties, "property", name=name, value=f"{value:g}")


def _case(suite: ElementTree.Element, name: str, number: int, call: CallPart) -> int:
    """Add the test case of a call. 0: passed, 1: failure, 2: error, 3: skipped."""
    told = call.report
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=f"call {number}",
        classname=_clean(name),
        time=f"{told.duration_s or 0:.3f}",
    )
    error = told.error
    wrong = f"{error.message} {error.cause} {error.remedy}" if error is not None else ""
    if told.exit_code == _HARNESS:
        _add(
            case, "error", wrong or "Trouble of Ringback itself.", told.failure or "harness", wrong
        )
        kind = 2
    elif told.verdict is Verdict.FAILED or error is not None:
        unmet = [
            (each, doubt)
            for each, doubt in zip(told.checks, call.doubts, strict=True)
            if each.required and each.verdict is CheckVerdict.NOT_MET and not each.implied_by
        ]
        lines = [f"{each.name}: {each.message} {doubt}".rstrip() for each, doubt in unmet]
        lines += [wrong] if wrong else []
        check = unmet[0][0] if unmet else None
        first = check.name if check else (error.message if error else "The call failed.")
        _add(case, "failure", first, check.rule if check else told.failure or "", "\n".join(lines))
        kind = 1
    elif told.verdict is not Verdict.PASSED:
        why = wrong or "The call came to no verdict."
        ElementTree.SubElement(case, "skipped", message=_clean(why))
        kind = 3
    else:
        kind = 0
    spoken = []
    for turn in told.turns:
        if (said := said_by(turn)) is not None:
            spoken.append(": ".join(said))
        if turn.agent_text:
            spoken.append(f"Agent: {turn.agent_text}")
    out = ElementTree.SubElement(case, "system-out")
    out.text = _clean("\n".join((told.call_id or "", *spoken)))
    return kind


def _add(case: ElementTree.Element, kind: str, message: str, rule: str, text: str) -> None:
    found = ElementTree.SubElement(case, kind, message=_clean(message), type=_clean(rule))
    found.text = _clean(text)


def _count(element: ElementTree.Element, counts: Sequence[int]) -> None:
    for name, count in zip(("tests", "failures", "errors", "skipped"), counts, strict=True):
        element.set(name, str(count))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
