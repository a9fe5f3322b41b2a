"""Judges follow a call: each turn as it closes, the whole at its end, and every failure is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.calls import CallRequest, build_view
from harness.calls._live_grader import LiveGrader
from harness.nouns import (
    Agent,
    CallState,
    CheckVerdict,
    Criterion,
    Event,
    EventKind,
    Judgement,
    Scenario,
    Verdict,
    Vote,
    from_json,
)
from tests.unit.calls.test_build_view import CALL

BRIEF = Criterion(rule="criterion", name="Brief", text="The reply is brief.", scope="turn")
HELPS = Criterion(rule="criterion", name="Helps", text="The caller was helped.")
SPECS = (BRIEF, HELPS)
MET = CheckVerdict.MET


class Panel:
    """Judges whose answers the test gives."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int | None, str]] = []
        self.verdicts: dict[tuple[str, int | None], list[CheckVerdict]] = {}
        self.hold: set[tuple[str, int | None]] = set()
        self.broken: set[tuple[str, int | None]] = set()
        self.more = asyncio.Event()

    async def decide(self, spec: Any, facts: Any, turn: int | None) -> Judgement:
        key = (spec.name, turn)
        said = [one.agent_text for one in facts.turns if turn is None or one.index == turn]
        self.asked.append((*key, " ".join(said)))
        self.more.set()
        if key in self.broken:
            raise RuntimeError("a defect")
        if key in self.hold:
            await asyncio.Event().wait()
        verdict = self.verdicts.get(key, [MET])
        vote = Vote("j", "m", verdict[0], tokens_in=10, tokens_out=2)
        return Judgement(*key, verdict.pop(0) if len(verdict) > 1 else verdict[0], (vote,))

    async def aclose(self) -> None:
        pass


class CallUnderway:
    """Events as a worker tells them, and what the grader writes among them."""

    def __init__(self) -> None:
        self.panel = Panel()
        self.events: list[Event] = []
        self.lost = False
        self.grader = LiveGrader(SPECS, self.panel, self.note)  # type: ignore[arg-type]

    async def note(self, kind: EventKind, data: dict[str, Any]) -> None:
        if not self.lost:
            self.tell((self.events[-1].t, kind, data))

    def tell(self, *pieces: tuple[float, EventKind, dict[str, Any]]) -> None:
        new = [
            Event(len(self.events) + n, t, str(kind), data)
            for n, (t, kind, data) in enumerate(pieces, 1)
        ]
        self.events += new
        self.grader.on_events(new)

    def exchange(self, number: int, reply: str) -> None:
        at = number * 10.0
        line = {"line": number, "text": f"Line {number}", "source": "script", "at": at}
        self.tell(
            (at, EventKind.CALLER_STARTED, line),
            (at + 1, EventKind.CALLER_STOPPED, {"line": number, "at": at + 1, "cut": False}),
            (at + 2, EventKind.AGENT_STARTED, {"at": at + 2}),
            (at + 2, EventKind.AGENT_TEXT, {"text": reply, "source": "rtvi"}),
            (at + 4, EventKind.AGENT_STOPPED, {"at": at + 4}),
        )

    def end(self, state: str = "done") -> None:
        self.tell((99.0, EventKind.HANGUP, {"by": "caller", "reason": "script_done"}))
        self.tell((99.0, EventKind.STATE, {"state": state}))

    async def until_asked(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.panel.asked) < count:
                self.panel.more.clear()
                await self.panel.more.wait()

    @property
    def said(self) -> list[Judgement]:
        told = [event for event in self.events if event.kind == EventKind.JUDGE_VERDICT]
        return [from_json(Judgement, event.data) for event in told]

    @property
    def gradings(self) -> list[dict[str, Any]]:
        return [event.data for event in self.events if event.kind == EventKind.GRADING]

    def view(self) -> Any:
        scenario = Scenario("s", "S", "s", checks=SPECS)
        request = CallRequest(agent=Agent(name="a", provider="demo"), scenario=scenario)
        return build_view(CALL, request, self.events)


@pytest.fixture
async def call() -> CallUnderway:
    underway = CallUnderway()
    underway.tell((0.0, EventKind.STATE, {"state": "live"}))
    return underway


async def test_a_turn_is_judged_when_the_next_begins_and_the_whole_at_the_end(
    call: CallUnderway,
) -> None:
    call.exchange(1, "We open at eight.")
    call.exchange(2, "Goodbye.")
    await call.until_asked(1)
    assert call.panel.asked == [("Brief", 1, "We open at eight.")]
    assert call.gradings == [{"status": "started"}]
    call.end()
    assert call.view().verdict is None, "the call is over, its judges are not"
    assert call.view().exit_code is None
    await call.grader.finish(5.0)
    assert {(one.check, one.turn) for one in call.said} == {
        ("Brief", 1),
        ("Brief", 2),
        ("Helps", None),
    }
    assert call.gradings[-1] == {"status": "done", "tokens_in": 30, "tokens_out": 6, "failed": 0}
    assert call.view().verdict is Verdict.PASSED and call.view().exit_code == 0


async def test_a_turn_of_which_more_came_is_asked_again_at_the_end(call: CallUnderway) -> None:
    call.exchange(1, "We open at eight.")
    line = {"line": 2, "text": "Thank you", "source": "script", "at": 20.0}
    call.tell((20.0, EventKind.CALLER_STARTED, line))
    await call.until_asked(1)
    call.tell(
        # What was said last is told late, while the caller speaks already.
        (20.1, EventKind.AGENT_TEXT, {"text": "And close at six.", "source": "rtvi"}),
        (21.0, EventKind.CALLER_STOPPED, {"line": 2, "at": 21.0, "cut": False}),
    )
    call.end()
    await call.grader.finish(5.0)
    of_turn_1 = [text for name, turn, text in call.panel.asked if (name, turn) == ("Brief", 1)]
    assert of_turn_1 == ["We open at eight.", "We open at eight. And close at six."]


async def test_what_failed_is_asked_once_more(call: CallUnderway) -> None:
    call.panel.verdicts["Brief", 1] = [CheckVerdict.ERROR, MET]
    call.exchange(1, "We open at eight.")
    call.exchange(2, "Goodbye.")
    await call.until_asked(1)
    call.end()
    await call.grader.finish(5.0)
    asked = [(name, turn) for name, turn, _ in call.panel.asked]
    assert asked.count(("Brief", 1)) == 2 and asked.count(("Brief", 2)) == 1
    assert call.view().verdict is Verdict.PASSED


async def test_a_judge_that_is_slower_than_the_call_is_our_failure(call: CallUnderway) -> None:
    call.panel.hold.add(("Helps", None))
    call.exchange(1, "Goodbye.")
    call.end()
    await call.grader.finish(0.2)
    late = next(one for one in call.said if one.check == "Helps")
    assert late.verdict is CheckVerdict.ERROR and "in time" in late.reason
    assert call.gradings[-1]["failed"] == 1
    view = call.view()
    assert view.verdict is Verdict.NOT_RUN and view.exit_code == 3


async def test_giving_up_ends_it_at_once(call: CallUnderway) -> None:
    call.panel.hold.add(("Helps", None))
    call.exchange(1, "Goodbye.")
    call.end()
    finishing = asyncio.create_task(call.grader.finish(600.0))
    await call.until_asked(2)
    call.grader.give_up()
    await asyncio.wait_for(finishing, 5.0)
    assert call.gradings[-1]["status"] == "done"


async def test_a_defect_of_ours_is_an_error_and_ends_nothing(call: CallUnderway) -> None:
    call.panel.broken.add(("Brief", 1))
    call.exchange(1, "Goodbye.")
    call.end()
    await call.grader.finish(5.0)
    verdicts = {one.check: one.verdict for one in call.said}
    assert verdicts == {"Brief": CheckVerdict.ERROR, "Helps": MET}


async def test_what_a_dying_worker_lost_is_written_at_the_end(call: CallUnderway) -> None:
    call.lost = True
    call.exchange(1, "We open at eight.")
    call.exchange(2, "Goodbye.")
    await call.until_asked(1)
    assert call.said == []
    call.lost = False
    call.end("lost")
    await call.grader.finish(5.0)
    assert ("Brief", 1) in {(one.check, one.turn) for one in call.said}
    assert call.gradings[-1]["status"] == "done"
    assert call.view().exit_code == 3, "a lost call is our failure"


async def test_nothing_is_asked_of_a_call_that_never_was(call: CallUnderway) -> None:
    never = CallUnderway()
    never.tell((0.0, EventKind.STATE, {"state": "starting"}))
    never.tell((1.0, EventKind.STATE, {"state": "failed"}))
    await never.grader.finish(5.0)
    assert never.panel.asked == [] and never.gradings == []


def test_events_that_are_known_already_are_passed_over() -> None:
    async def twice() -> None:
        call = CallUnderway()
        call.tell((0.0, EventKind.STATE, {"state": CallState.LIVE.value}))
        call.exchange(1, "Goodbye.")
        call.end()
        call.grader.on_events(list(call.events))
        await call.grader.finish(5.0)
        assert len(call.panel.asked) == 2

    asyncio.run(twice())
