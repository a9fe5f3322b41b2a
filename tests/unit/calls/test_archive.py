"""Archive and summaries: figures made once, views that are never stale, runs by numbers."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.calls import Archive, ProgressBook, digest_of, summarise
from harness.errors import NotFound
from harness.nouns import (
    DIGEST_VERSION,
    FIGURES_VERSION,
    AgentVersion,
    Call,
    CallFigures,
    CallQuery,
    CallState,
    Event,
    EventKind,
    Goal,
    RunHead,
    RunState,
    Verdict,
)
from harness.settings import Settings
from harness.store import EventWriter, Store, read_events
from tests.seeded import CHECKS, seed_call, seed_plan, seed_run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(data=tmp_path / "data")
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()


def test_a_seeded_call_is_what_it_was_asked_to_be(archive: Archive) -> None:
    call = seed_call(archive.store, no_answer=(3,), spoiled=(4,), turns=6, minutes=0.2)
    view = archive.view(call.id)
    assert call.verdict is view.verdict is Verdict.PASSED
    assert {check.name for check in view.checks} == set(CHECKS)
    assert view.has_recording and archive.recording(call.id).stat().st_size > 1000
    figures = archive.figures([call])[call.id]
    assert figures.reply_turns == (1, 2, 5, 6) and figures.version == FIGURES_VERSION
    assert (figures.turns, figures.no_answer, figures.spoiled) == (6, 1, 1)
    assert figures.failed == () and figures.exit_code == 0
    assert all(0.3 < each < 2.5 for each in figures.replies_s)
    p50 = next(m for m in view.metrics if m.key == "response_latency_p50")
    assert p50.n == len(figures.replies_s)
    assert view.turns[1].stages[-1].name == "unexplained" and view.turns[2].tools


def test_a_failed_call_names_what_failed(archive: Archive) -> None:
    names = ("Says goodbye", "Never promised")
    call = seed_call(archive.store, verdict=Verdict.FAILED, failed=names, recording=False)
    figures = archive.figures([call])[call.id]
    assert call.verdict is Verdict.FAILED and figures.exit_code == 1
    assert figures.failed == names
    unreached = seed_call(archive.store, verdict=Verdict.NOT_RUN)
    assert unreached.state is CallState.FAILED and unreached.verdict is Verdict.NOT_RUN
    assert archive.figures([unreached])[unreached.id].failed == ("!agent_never_joined",)


def test_the_same_seed_talks_alike(archive: Archive) -> None:
    calls = [seed_call(archive.store, seed=seed, recording=False) for seed in (1, 1, 2)]
    first, same, other = (archive.figures(calls)[call.id].replies_s for call in calls)
    assert first == same != other


def test_figures_that_are_missing_or_old_are_made_and_kept(archive: Archive) -> None:
    call = seed_call(archive.store, recording=False)
    made = archive.figures([call])[call.id]
    archive.store.put_figures(call.id, replace(made, version=0, turns=99), "", "", 1)
    assert archive.store.figures([call.id]) == {}
    assert archive.search(CallQuery(text="Osei")).total == 0
    assert archive.figures([call])[call.id] == made
    assert archive.store.figures([call.id]) == {call.id: made}
    assert archive.search(CallQuery(text="Osei")).total == 1
    live = seed_call(archive.store, state=CallState.LIVE, recording=False)
    assert archive.figures([live]) == {}


def test_a_view_is_kept_until_its_files_change_or_it_is_forgotten(archive: Archive) -> None:
    call = seed_call(archive.store, recording=False)
    first = archive.view(call.id)
    assert archive.view(call.id) is first
    archive.forget("call_other")
    assert archive.view(call.id) is first
    archive.forget(call.id)
    second = archive.view(call.id)
    assert second is not first and second == first
    path = archive.store.artifacts(call.id).events
    events = read_events(path)
    with EventWriter(path) as writer:
        seq = events[-1].seq + 1
        data = {"code": "x", "message": "Late news."}
        writer.append(Event(seq, events[-1].t, str(EventKind.ROOM_WARNING), data))
    assert "Late news." in archive.view(call.id).warnings
    live = seed_call(archive.store, state=CallState.LIVE, recording=False)
    assert archive.view(live.id) is not archive.view(live.id)


def test_what_is_not_there_is_told(archive: Archive) -> None:
    call = seed_call(archive.store, recording=False)
    assert archive.agent_log(call.id) == [] and archive.latest_run() is not None
    for ask in (archive.view, archive.events, archive.recording):
        with pytest.raises(NotFound):
            ask("call_none")
    with pytest.raises(NotFound):
        archive.recording(call.id)
    with pytest.raises(NotFound):
        archive.summary("run_none")


def test_a_run_is_summed_up_and_its_digest_kept(archive: Archive) -> None:
    version = AgentVersion("3f2a91c0")
    head = seed_run(
        archive.store, ["Hours", "Booking"], 3, [1.0, 1 / 3], latency=[0.8, 1.6], version=version
    )
    assert archive.latest_run("suite") == head and head.state is RunState.DONE
    summary = archive.summary(head.id)
    assert archive.summary(head.id) is summary
    hours, booking = summary.cells
    assert (hours.scenario, hours.passed, hours.failed, hours.not_run) == ("Hours", 3, 0, 0)
    assert (booking.passed, booking.failed) == (1, 2)
    assert [call.attempt for call in booking.calls] == [1, 2, 3]
    assert booking.pass_hat == {1: pytest.approx(1 / 3), 2: 0.0, 3: 0.0}
    assert hours.pass_hat[3] == 1.0 and hours.planned == 3
    assert hours.p95_s is not None and booking.p50_s is not None
    assert hours.p95_s < booking.p50_s
    assert summary.p50.low is not None and summary.p50.n == hours.replies + booking.replies
    assert sum(summary.failures.values()) == 2 and summary.exit_code == 1
    assert summary.took_s is not None and summary.took_s > 5 * 60
    digest = archive.digests([head.id])[head.id]
    assert digest == digest_of(summary) == archive.digest(head.id)
    assert digest.p50.low is not None and digest.rate.passed == 4
    assert digest.cells[0].p50.low is None, "three calls tell no range"
    assert digest.agents == {"Clinic front desk": version} and digest.version == DIGEST_VERSION


def test_a_running_run_has_no_intervals_and_keeps_no_digest(archive: Archive) -> None:
    head = seed_run(archive.store, ["Hours"], 4, [1.0], state=RunState.RUNNING, placed=3, live=1)
    summary = archive.summary(head.id)
    (cell,) = summary.cells
    assert (cell.planned, len(cell.calls), cell.passed) == (4, 3, 2)
    assert summary.rate.running == 1 and summary.p50.value is not None
    assert summary.p50.low is None and summary.p95.high is None
    assert archive.digest(head.id).p50.low is None
    assert archive.digests([head.id]) == {}


def test_a_digest_is_dropped_when_its_run_goes_on(archive: Archive) -> None:
    head = seed_run(archive.store, ["Hours"], 1, [1.0])
    assert archive.digests([head.id])
    archive.store.update_run(head.id, note="x")
    assert archive.digests([head.id])
    archive.store.update_run(head.id, state=RunState.RUNNING)
    assert archive.digests([head.id]) == {}


def test_a_probe_is_a_run_too(archive: Archive) -> None:
    call = seed_call(archive.store, recording=False)
    (cell,) = archive.summary(call.run_id).cells
    assert (cell.agent, cell.caller, cell.planned) == ("Clinic front desk", "", 1)
    assert archive.plan(call.run_id) is None
    digest = archive.digest(call.run_id)
    assert archive.digests([call.run_id]) == {call.run_id: digest}
    assert digest.cells[0].p50.value is not None and digest.cells[0].p50.low is None


# Summaries of figures made by hand


def figures(*replies: float, **fields: object) -> CallFigures:
    made = CallFigures(
        FIGURES_VERSION, replies, tuple(range(len(replies))), 0, 0, 0, len(replies), (), {}, 2.0,
        None, 0,
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


PLAN = seed_plan(["Hours"], 2)
HEAD = RunHead("run_1", "Nightly", NOW, "suite", RunState.DONE, planned=2)


def called(attempt: int, verdict: Verdict | None = Verdict.PASSED, **fields: object) -> Call:
    item = PLAN.items[attempt - 1]
    call = Call(
        f"call_{attempt}", "run_1", "Clinic", "demo", "Hours", "heart", CallState.DONE, verdict,
        None, NOW, NOW + timedelta(seconds=60), 60.0, slot=item.slot, attempt=attempt,
    )  # fmt: skip
    return replace(call, **fields)  # type: ignore[arg-type]


def test_a_place_that_was_called_again_counts_once() -> None:
    lost = called(1, None, id="call_0", state=CallState.LOST)
    calls = [lost, called(1), called(2)]
    known = {call.id: figures(1.0) for call in calls}
    summary = summarise(HEAD, PLAN, calls, known)
    (cell,) = summary.cells
    assert [call.id for call in cell.calls] == ["call_1", "call_2"]
    assert (summary.rate.calls, cell.passed, cell.not_run) == (2, 2, 0)


def test_calls_without_a_verdict_count_for_neither() -> None:
    calls = [called(1), called(2, Verdict.NOT_RUN, state=CallState.FAILED)]
    known = {"call_1": figures(1.0), "call_2": figures(exit_code=2)}
    summary = summarise(HEAD, PLAN, calls, known)
    (cell,) = summary.cells
    assert (cell.passed, cell.failed, cell.not_run, cell.rate.value) == (1, 0, 1, 1.0)
    assert (cell.rate.n, cell.rate.grey) == (1, True) and summary.exit_code == 2


@pytest.mark.parametrize(
    ("state", "codes", "verdicts", "spoiled", "code"),
    [
        (RunState.DONE, (0, 0), "pp", 0, 0),
        (RunState.DONE, (0, 1), "pf", 0, 1),
        (RunState.STOPPED, (0, 1), "pf", 0, 1),
        (RunState.STOPPED, (0, 0), "pp", 0, 2),
        (RunState.CANCELLED, (0, 1), "pf", 0, 2),
        (RunState.DONE, (1, 2), "f-", 0, 2),
        (RunState.DONE, (2, 2), "--", 0, 2),
        (RunState.DONE, (1, 3), "f-", 0, 3),
        (RunState.INTERRUPTED, (0, 1), "pf", 0, 3),
        (RunState.DONE, (0, 0), "pp", 3, 3),
    ],
)
def test_the_worst_that_holds_is_the_exit_code(
    state: RunState, codes: tuple[int, int], verdicts: str, spoiled: int, code: int
) -> None:
    of = {"p": Verdict.PASSED, "f": Verdict.FAILED, "-": Verdict.NOT_RUN}
    calls = [called(n, of[letter]) for n, letter in enumerate(verdicts, start=1)]
    known = {
        call.id: figures(1.0, 1.0, exit_code=each, spoiled=spoiled)
        for call, each in zip(calls, codes, strict=True)
    }
    summary = summarise(replace(HEAD, state=state), PLAN, calls, known)
    assert summary.exit_code == code


def test_a_goal_that_is_missed_is_said() -> None:
    calls = [called(1), called(2, Verdict.FAILED)]
    known = {call.id: figures(3.0, failed=("A", "A")) for call in calls}
    plan = PLAN.model_copy(update={"goal": Goal(pass_rate=0.9, p95_s=2.0)})
    missed = summarise(HEAD, plan, calls, known)
    assert ["50 %" in missed.goal_missed[0], "3.00 s" in missed.goal_missed[1]] == [True, True]
    assert missed.failures == {"A": 2}
    met = summarise(HEAD, PLAN, calls, known)
    assert met.goal_missed == ()


def test_a_run_without_calls_is_summed_up() -> None:
    summary = summarise(replace(HEAD, state=RunState.RUNNING), PLAN, (), {})
    assert (summary.p50.value, summary.took_s, summary.rate.calls) == (None, None, 0)
    assert summary.cells[0].rate.value is None and summary.cells[0].planned == 2
    assert digest_of(summary).cells[0].rate.value is None


def test_a_run_that_goes_on_is_read_once_between_two_ends_of_calls(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = archive.store
    run = seed_run(store, ("Ask",), 6, [1.0], turns=5, state=RunState.RUNNING, placed=4, live=2)
    read: list[str] = []

    def noticed(run_id: str) -> tuple[Call, ...]:
        read.append(run_id)
        return calls_of(run_id)

    calls_of = archive.calls_of
    monkeypatch.setattr(archive, "calls_of", noticed)
    book = ProgressBook(archive)
    first = archive.summary(run.id)
    assert archive.summary(run.id) is first and read == [run.id]
    on = book.of(run.id, {}, at_once=2)
    assert (on.done, len(on.live), on.queued) == (2, 2, 2)
    assert on.eta_s == pytest.approx(2 * statistics.median(took(calls_of(run.id))))

    # The engine knows of an end before the store does.
    ahead = replace(on.live[0], state=CallState.DONE)
    assert book.of(run.id, {ahead.id: ahead}).live == on.live[1:]

    store.update_call(on.live[0].id, state=CallState.DONE, verdict=Verdict.PASSED)
    then = archive.summary(run.id)
    assert then is not first and then.rate.passed == first.rate.passed + 1
    assert len(read) == 2 and book.of(run.id, {}).done == 3
    store.delete_calls([on.live[0].id])
    assert archive.summary(run.id).rate.passed == first.rate.passed


def took(calls: tuple[Call, ...]) -> list[float]:
    """Seconds of each call that has ended."""
    return [(call.ended_at - call.created_at).total_seconds() for call in calls if call.ended_at]
