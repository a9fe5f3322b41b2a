"""What we rely on in Pipecat Evals: a driver calls of client and stream what ours have, no more."""

from __future__ import annotations

import ast
import inspect

import pytest
from pipecat.classifiers.base_classifier import BaseClassifier
from pipecat.evals import base_driver, client, matcher, script_driver, simulation_driver
from pipecat.evals.events import EvalEventStream
from pipecat.evals.judge import EvalJudge
from pipecat.evals.results import FAILURE_KINDS, EvalScriptTurnProgress, EvalTrace
from pipecat.evals.script_driver import EvalScriptDriver
from pipecat.evals.serializer import EvalClientSerializer

from harness.caller.evals import _client, _feed, _script_runner, _stream
from harness.caller.evals._client import RoomEvalClient
from harness.caller.evals._stream import RoomStream

DRIVERS = (base_driver, script_driver, simulation_driver, matcher)


def read_of(owner: str) -> set[str]:
    """Every attribute that drivers read of ``self._<owner>``."""
    found = set()
    for module in DRIVERS:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == f"_{owner}"
            ):
                found.add(node.attr)
    return found


def test_drivers_call_nothing_else_of_a_client():
    wanted = read_of("client")
    assert {"say", "say_with_pauses", "play", "send_dtmf", "send_image", "send_text"} <= wanted
    assert {name for name in wanted if not hasattr(RoomEvalClient, name)} == set()


@pytest.mark.parametrize("name", sorted(read_of("client")))
def test_a_clients_methods_take_what_pipecats_take(name: str):
    theirs = inspect.getattr_static(client.EvalClient, name)
    ours = inspect.getattr_static(RoomEvalClient, name)
    if isinstance(theirs, property):
        assert isinstance(ours, property)
        return
    assert len(inspect.signature(theirs).parameters) == len(inspect.signature(ours).parameters)
    assert inspect.iscoroutinefunction(theirs) == inspect.iscoroutinefunction(ours)


def test_what_we_override_of_the_stream_is_there_and_public():
    ours = {
        name
        for name, value in vars(RoomStream).items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    }
    overridden = {name for name in ours if hasattr(EvalEventStream, name)}
    assert overridden == {
        "begin_turn",
        "bot_speaking",
        "bot_transcribed",
        "input_sent",
        "next_event",
        "observing_boundary",
        "wait_bot_quiet",
        "wait_bot_transcribed",
    }
    for name in overridden:
        theirs = inspect.getattr_static(EvalEventStream, name)
        mine = inspect.getattr_static(RoomStream, name)
        assert isinstance(theirs, property) == isinstance(mine, property), name
        if callable(theirs):
            assert list(inspect.signature(theirs).parameters) == list(
                inspect.signature(mine).parameters
            ), name


@pytest.mark.parametrize(
    "name",
    [
        "append",
        "bot_ended",
        "bot_has_ended",
        "bot_turn_stopped",
        "drop_pending_bot_output",
        "elapsed",
        "frame_to_event",
    ],
)
def test_what_we_use_of_the_stream_is_there(name: str):
    assert hasattr(EvalEventStream, name)


def test_nothing_private_of_the_stream_is_touched():
    theirs = {
        *(name for name in vars(EvalEventStream) if not name.startswith("__")),
        *vars(EvalEventStream(bot_audio=True, trace=EvalTrace())),
    }
    private = {name for name in theirs if name.startswith("_")}
    assert private & set(vars(RoomStream)) == set()
    for module in (_stream, _feed, _client, _script_runner):
        touched = {
            node.attr
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Attribute)
            and node.attr in private
            and not (module is not _stream and _is_self(node.value))
        }
        assert touched == set(), module.__name__


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def test_a_turns_progress_is_awaited_between_its_line_and_its_budgets():
    source = inspect.getsource(EvalScriptDriver._run_turn)
    sent, told, matched = (
        source.index(each) for each in ("_send_turn(", '"turn")', "_match_expectations(")
    )
    assert sent < told < matched
    assert "anchor = time.monotonic()" in inspect.getsource(EvalScriptDriver._match_expectations)


def test_the_input_counts_as_sent_when_saying_returns():
    source = inspect.getsource(base_driver.BaseEvalDriver._say)
    dropped, said, sent = (
        source.index(each) for each in ("drop_pending_bot_output(", ".say(text)", "input_sent()")
    )
    assert dropped < said < sent


def test_a_turn_begins_by_looking_back_no_further():
    source = inspect.getsource(EvalScriptDriver._run_turn)
    assert source.index("reset_turn()") < source.index("_await_send_after(")
    assert "begin_turn()" in inspect.getsource(matcher.ExpectationMatcher.reset_turn)


def test_names_and_shapes_we_write_down():
    assert {"timeout", "bot_ended", "judge_no", "text_mismatch"} <= set(FAILURE_KINDS)
    record = EvalScriptTurnProgress(0, -1, "x", "turn")
    assert (record.turn_index, record.expectation_index, record.status) == (0, -1, "turn")
    assert client.BOT_ENDED_EVENT and client.PERSONA_TURN_EVENT
    assert inspect.isabstract(BaseClassifier) and "_ask" in BaseClassifier.__abstractmethods__
    assert {"evaluate", "add_user_message", "close"} <= set(dir(EvalJudge))
    assert inspect.iscoroutinefunction(EvalClientSerializer.deserialize)
