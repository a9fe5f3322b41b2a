from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from harness.errors import AgentCrashed, AgentLeft, RunnerRefused, VoiceMissing
from harness.nouns import CallState, EventKind
from tests.unit.cli.conftest import SCENARIO, Run
from tests.unit.cli.stub import (
    GOOD_CALL,
    StubEngine,
    begin,
    finish,
    line,
    reply,
    state,
    told,
)


def test_a_call_is_told_line_by_line(run: Run, scenario: str) -> None:
    engine = StubEngine()
    result = run("call", "--agent", "demo", "--scenario", scenario, engine=engine)
    assert result.exit_code == 0, result.output
    out = result.stdout
    told_in_order = [
        "Starting the agent's session",
        "Ringing",
        "Live",
        "Agent   Riverside Clinic, how can I help?",
        "Caller  When are you open?",
        "Agent   From eight to six.  1.25 s heard",
        "Caller  Thank you, goodbye.",
        "Agent   Goodbye.  0.75 s heard",
        "Hanging up",
        "Ended",
        "Checks",
        "✓ Met",
        "Heard latency  p50 1.00 s",
        "Verdict  ✓ Passed   call_1",
        "Recording",
    ]
    places = [out.index(piece) for piece in told_in_order]
    assert places == sorted(places)
    assert out.count("When are you open?") == 1
    assert out.count("From eight to six.  1.25 s heard") == 1
    assert result.stderr == ""
    assert engine.is_stopped


def test_a_busy_machine_is_told_before_the_call_which_goes_ahead(run: Run, scenario: str) -> None:
    result = run("call", "--scenario", scenario, engine=StubEngine(cpu=0.97))
    assert result.exit_code == 0, result.output
    told_at = " ".join(result.stdout.split()).index("This computer is busy: its processors are 97%")
    assert told_at < " ".join(result.stdout.split()).index("Ringing")


def test_the_caller_is_the_scenarios_unless_told_otherwise(run: Run, scenario: str) -> None:
    plain, changed = StubEngine(), StubEngine()
    run("call", "--scenario", scenario, engine=plain)
    run("call", "--scenario", scenario, "--voice", "heart", "--speed", "0.9", engine=changed)
    first, second = plain.requests[0].caller, changed.requests[0].caller
    assert first is not None
    assert second is not None
    assert (first.voice, first.speed) == ("deep", 1.1)
    assert (second.voice, second.speed) == ("heart", 0.9)


def test_the_session_body_reaches_the_agent(run: Run, scenario: str) -> None:
    engine = StubEngine()
    run("call", "--scenario", scenario, "--body", '{"fault": "deaf"}', engine=engine)
    agent = engine.requests[0].agent
    assert (agent.provider, agent.body) == ("demo", {"fault": "deaf"})


def test_a_line_without_an_answer_is_told(run: Run, scenario: str) -> None:
    events = told(
        *begin(),
        *reply("Hello.", 1.5, 2.0),
        *line(1, "When are you open?", 3.0, 4.0),
        (10.0, EventKind.CALLER_GAVE_UP, {"line": 1, "waited_s": 6.0}),
        *finish(11.0),
    )
    result = run("call", "--scenario", scenario, engine=StubEngine(events))
    assert result.exit_code == 1
    assert "No answer in 6.00 s." in result.stdout
    assert "✗ Failed" in result.stdout
    assert "Verdict  ✗ Failed" in result.stdout


def test_an_agent_that_crashed_did_not_just_fail_to_answer(run: Run, scenario: str) -> None:
    error = AgentCrashed("It ended with code 1.", cause="KeyError.", remedy="Mend the bot.")
    events = told(
        *begin(),
        *line(1, "When are you open?", 3.0, 4.0),
        (4.88, EventKind.AGENT_LEFT, {"identity": "bot", "reason": "disconnected"}),
        (4.9, EventKind.HANGUP, {"by": "agent", "reason": "left"}),
        state(5.5, CallState.FAILED, error),
    )
    result = run("call", "--scenario", scenario, engine=StubEngine(events))
    # That it crashed is known only after it has left.
    assert "No answer: the agent left after 0.88 s." in result.stdout
    assert "Error: It ended with code 1." in result.stdout


def test_a_call_that_could_not_be_carried_through_tells_why(run: Run, scenario: str) -> None:
    error = AgentLeft("The agent left in turn 1.", cause="It hung up.", remedy="Read its log.")
    events = told(*begin(), *reply("Hello.", 1.5, 2.0), state(3.0, CallState.FAILED, error))
    result = run("call", "--scenario", scenario, engine=StubEngine(events))
    assert result.exit_code == 1
    assert "Error: The agent left in turn 1.\n  It hung up.\n  Read its log.\n" in result.stdout


def test_checks_that_were_never_asked_take_one_line(run: Run, scenario: str) -> None:
    error = RunnerRefused("Nothing answers.")
    events = told(state(0, CallState.STARTING), state(1, CallState.FAILED, error))
    result = run("call", "--scenario", scenario, engine=StubEngine(events))
    assert result.exit_code == 2
    assert result.stdout.count("Not run,") == 1
    assert "Says when it opens" not in result.stdout


def test_what_an_agent_says_cannot_steer_the_terminal(run: Run, scenario: str) -> None:
    nasty = "One\x1b[2J\x1b]0;pwned\x07 two\r\nthree [bold red]four[/] \u202efive\ud800"
    events = told(*begin(), *reply(nasty, 1.5, 2.0), *finish(4.0))
    out = run("call", "--scenario", scenario, engine=StubEngine(events)).stdout
    assert "\x1b" not in out
    assert "\r" not in out
    assert "three [bold red]four[/] five" in out


def test_what_is_being_prepared_is_told_once(run: Run, scenario: str) -> None:
    engine = StubEngine(progress=["Building the LiveKit server (about two minutes)"])
    result = run("call", "--scenario", scenario, engine=engine)
    assert result.stdout.count("Building the LiveKit server (about two minutes)") == 1


def test_an_error_before_the_call_is_told_in_three_lines(run: Run, scenario: str) -> None:
    error = VoiceMissing("There is no voice x.", cause="A misspelling.", remedy="Use heart.")
    engine = StubEngine(refuse=error)
    result = run("call", "--scenario", scenario, engine=engine)
    assert result.exit_code == 2
    assert "Error: There is no voice x.\n  A misspelling.\n  Use heart.\n" in result.stderr
    assert engine.is_stopped


def test_an_engine_that_cannot_start_is_told(run: Run, scenario: str) -> None:
    def refuse() -> None:
        raise RunnerRefused("Nothing listens.")

    engine = StubEngine(on_start=refuse)
    result = run("call", "--scenario", scenario, engine=engine)
    assert result.exit_code == 2
    assert "Nothing listens." in result.stderr
    assert engine.is_stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_hangs_up_in_good_order(run: Run, scenario: str, number: signal.Signals) -> None:
    engine = StubEngine(hold=len(GOOD_CALL) - 3)
    before = signal.getsignal(number)

    def press() -> None:
        assert engine.held.wait(60)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=press)
    thread.start()
    result = run("call", "--scenario", scenario, engine=engine)
    thread.join()
    assert engine.hung_up == ["call_1"]
    assert "Hanging up. Press Ctrl-C again to stop at once." in result.stdout
    assert "Verdict" in result.stdout
    assert result.exit_code == 0
    assert engine.is_stopped
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_ctrl_c_before_the_call_is_placed_stops_the_engine(
    run: Run, scenario: str, form: list[str]
) -> None:
    started = threading.Event()
    engine = StubEngine(on_start=lambda: (os.kill(os.getpid(), signal.SIGINT), started.wait(2))[0])
    result = run("call", "--scenario", scenario, *form, engine=engine)
    assert result.exit_code == 2
    assert "Stopped before there was a result." in result.stderr
    assert ('"kind": "interrupted"' in result.stdout) is bool(form)
    assert engine.is_stopped
    assert not engine.requests


def test_two_calls_of_an_agent_in_one_terminal_do_not_share_state(run: Run, scenario: str) -> None:
    first = run("call", "--scenario", scenario, engine=StubEngine())
    second = run("call", "--scenario", scenario, engine=StubEngine())
    assert first.stdout == second.stdout


def test_what_another_check_says_too_stands_below_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "hours.yaml"
    path.write_text(
        SCENARIO.replace("  checks:\n", "  checks:\n    - {name: No gap, rule: no_missed_turn}\n")
    )
    shown = run("call", "--scenario", str(path), engine=StubEngine()).stdout
    assert "This says too: Reply 2 comes" in shown
    assert "Met                 Reply 2 comes" not in shown
    assert "Greeting comes" in shown and "Reply 1 says “eight”" in shown
