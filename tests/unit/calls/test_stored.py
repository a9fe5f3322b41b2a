"""A stored call is judged again as often as wanted, and conversations come and go as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.calls import conversation, import_conversation, regrade, stored_view
from harness.calls._recovery import append_event, recover
from harness.calls._stored import scenario_of
from harness.errors import ConversationError, InputError, NotFound, UnknownName
from harness.local.openai_emulator import Faults
from harness.nouns import (
    AgentSaid,
    CallQuery,
    CallState,
    CheckVerdict,
    Criterion,
    EventKind,
    JudgePlan,
    SimMetric,
    Simulation,
    Verdict,
)
from harness.settings import Settings
from harness.store import Store
from tests.emulated_judge import KEY, EmulatedJudge, Says, emulated_judge
from tests.unit.calls.stored_calls import BOOKS, CONVERSATION, keep_call, set_up

BOOKED = Says("yes", "you are booked for friday", 1)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return Settings(data=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = Store.open(settings)
    yield store
    store.close()


@pytest.fixture
def judge() -> Iterator[EmulatedJudge]:
    with emulated_judge() as judge:
        judge.says["booked"] = BOOKED
        yield judge


async def test_two_gradings_stand_side_by_side(
    store: Store, settings: Settings, judge: EmulatedJudge
) -> None:
    set_up(settings, judge, "one", "two")
    call = keep_call(store)
    before = store.artifacts(call.id).events.read_bytes()
    first = await regrade(store, settings, call.id, JudgePlan(), label="first")
    assert first.verdict is Verdict.PASSED and first.judge.endpoints == ("one",)
    evidence = first.results[0].evidence
    assert evidence is not None and evidence.quote == "You are booked for Friday"
    assert evidence.turn == 1 and evidence.at == pytest.approx(5.0)
    assert (first.tokens_in, first.tokens_out) == (100, 10)

    judge.says["booked"] = Says("no", "Welcome", 0)
    plan = JudgePlan(endpoints=("one", "two"), repeats=2)
    second = await regrade(store, settings, call.id, plan, label="second")
    assert second.verdict is Verdict.FAILED
    (judgement,) = second.results[0].judgements
    assert [vote.model for vote in judgement.votes] == ["one-1", "one-1", "two-1", "two-1"]

    assert store.gradings_of(call.id) == [first, second]
    assert stored_view(store, call.id).gradings == (first.id, second.id)
    assert store.artifacts(call.id).events.read_bytes() == before, "the call is left alone"
    assert {request.key for request in judge.requests} == {KEY}


async def test_new_criteria_in_place_of_the_old(
    store: Store, settings: Settings, judge: EmulatedJudge
) -> None:
    set_up(settings, judge, "one")
    call = keep_call(store, scenario=None)
    checks = (
        BOOKS,
        Criterion(rule="criterion", name="Kind", text="It is kind.", scope="turn"),
        AgentSaid(rule="agent_said", name="Greets", text="welcome"),
    )
    judge.says["kind"] = Says("yes", "something that was never said", 1)
    grading = await regrade(store, settings, call.id, JudgePlan(), checks)
    verdicts = {result.name: result.verdict for result in grading.results}
    assert verdicts == {
        "Books": CheckVerdict.MET,
        "Kind": CheckVerdict.NOT_PROVEN,
        "Greets": CheckVerdict.MET,
    }
    assert grading.verdict is Verdict.NOT_RUN


async def test_no_key_is_left_anywhere(
    store: Store, settings: Settings, judge: EmulatedJudge
) -> None:
    set_up(settings, judge, "one")
    await regrade(store, settings, keep_call(store).id, JudgePlan())
    await import_conversation(store, settings, CONVERSATION, "A file")
    files = [path for path in settings.data.rglob("*") if path.is_file()]
    holding = {path.name for path in files if KEY.encode() in path.read_bytes()}
    assert holding == {"secrets.json"}


async def test_without_a_judge_nothing_is_guessed(store: Store, settings: Settings) -> None:
    grading = await regrade(store, settings, keep_call(store).id, JudgePlan())
    (result,) = grading.results
    assert (result.verdict, result.kind) == (CheckVerdict.NOT_RUN, "no_judge")
    assert grading.verdict is Verdict.NOT_RUN and grading.judge.endpoints == ()


@pytest.mark.parametrize("faults", [Faults(status=500), Faults(bad_json=True), Faults(silent=True)])
async def test_a_judge_that_fails_is_our_failure(
    store: Store, settings: Settings, faults: Faults
) -> None:
    with emulated_judge(faults) as broken:
        set_up(settings, broken, "broken", timeout_s=2.0)
        grading = await regrade(store, settings, keep_call(store).id, JudgePlan())
    (result,) = grading.results
    assert (result.verdict, result.kind) == (CheckVerdict.ERROR, "judge_error")
    assert result.message and KEY not in repr(grading)
    assert grading.verdict is Verdict.NOT_RUN


async def test_what_cannot_be_judged_is_told(store: Store, settings: Settings) -> None:
    live = keep_call(store, state=CallState.LIVE, call_id="call_live")
    with pytest.raises(InputError, match="not ended"):
        await regrade(store, settings, live.id, JudgePlan())
    free = keep_call(store, scenario=None, call_id="call_free")
    with pytest.raises(InputError, match="Nothing is asked"):
        await regrade(store, settings, free.id, JudgePlan())
    with pytest.raises(UnknownName):
        await regrade(store, settings, keep_call(store).id, JudgePlan(endpoints=("nobody",)))
    with pytest.raises(NotFound):
        await regrade(store, settings, "call_none", JudgePlan())
    assert store.gradings_of(live.id) == []


def test_a_call_as_a_conversation(store: Store) -> None:
    assert conversation(store, keep_call(store).id) == CONVERSATION
    with pytest.raises(NotFound):
        conversation(store, "call_none")


async def test_an_import_is_judged_and_has_no_times(
    store: Store, settings: Settings, judge: EmulatedJudge
) -> None:
    set_up(settings, judge, "one")
    judge.says["polite"] = Says("yes", "welcome to the clinic", 0)
    simulation = Simulation(
        "A caller",
        "A visit",
        "The visit is booked.",
        metrics=(SimMetric("polite", criterion="Is polite.", min_score=0.5),),
    )
    call = await import_conversation(
        store, settings, CONVERSATION, "From a file", scenario_of(simulation, "From a file")
    )
    view = stored_view(store, call.id)
    assert (call.state, call.purpose, view.kind) == (CallState.DONE, "import", "import")
    assert view.agent_where == "A conversation file" and not view.has_recording
    assert all(turn.response_latency_s is None for turn in view.turns)
    assert {check.rule for check in view.checks} == {"success", "metric"}
    goal = next(check for check in view.checks if check.rule == "success")
    assert goal.verdict is CheckVerdict.MET and goal.judgements
    assert call.verdict is view.verdict
    assert conversation(store, call.id) == CONVERSATION, "it comes back as it came"
    assert [listed.id for listed in store.calls()] == [call.id]
    again = await regrade(store, settings, call.id, JudgePlan(), [BOOKS])
    assert again.verdict is Verdict.PASSED


async def test_an_import_without_anything_to_hold_it_to(store: Store, settings: Settings) -> None:
    call = await import_conversation(store, settings, CONVERSATION, "A file")
    view = stored_view(store, call.id)
    assert view.checks == () and view.verdict is None and view.exit_code == 0
    figures = store.figures([call.id])[call.id]
    assert (figures.turns, figures.replies_s, figures.exit_code) == (1, (), 0)
    assert store.search(CallQuery(text="welcome friday")).total == 1
    assert store.run(call.run_id).kind == "import"
    assert view.scenario_title == "Imported: no audio, no times"


@pytest.mark.parametrize("messages", [[], [{"role": "system", "content": "x"}], ["hello"]])
async def test_what_is_no_conversation_is_not_kept(
    store: Store, settings: Settings, messages: list[object]
) -> None:
    with pytest.raises(ConversationError):
        await import_conversation(store, settings, messages, "x")  # type: ignore[arg-type]
    assert store.calls() == []


def test_judging_that_died_with_its_engine_is_not_open_for_ever(store: Store) -> None:
    call = keep_call(store)
    append_event(store, call.id, EventKind.GRADING, {"status": "started"})
    assert stored_view(store, call.id).verdict is None
    recover(store, call)
    view = stored_view(store, call.id)
    assert view.state is CallState.DONE and view.exit_code == 3
    assert view.checks[0].verdict is CheckVerdict.ERROR
