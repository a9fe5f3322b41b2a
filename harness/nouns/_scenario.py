"""Scenario and Caller: what the caller does, how it sounds, and what must hold.

Plans of calls are stored and read again: a field that is added has a default, and the default is
what plans of before meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from harness.nouns._check import CheckSpec
from harness.nouns._judge import JudgePlan
from harness.nouns._simulation import ExpectedCall, Simulation

__all__ = ["Caller", "Expectation", "Scenario", "ScriptStep", "SendAfter"]


class Caller(BaseModel):
    """How the simulated caller sounds and behaves.

    `patience_s` is how long it waits after the agent has really stopped before it speaks (seconds);
    `answer_timeout_s` how long it waits for an answer before it speaks again. With `by` text it
    types: lines go by the agent's text channel and no audio is sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "Caller"
    by: Literal["voice", "text"] = "voice"
    stack: str = Field("offline", description="Speech stack: offline, local or cloud.")
    voice: str = Field("heart", description="A voice of the stack; offline: heart or deep.")
    speed: float = Field(
        1.0,
        ge=0.5,
        le=2.0,
        description="1.0 is the voice's own speed. Offline voices speak at 0.5 to 1.5, Cartesia's "
        "at 0.6 to 1.5, the others at 0.5 to 2.0.",
    )
    patience_s: float = Field(0.5, ge=0.1, le=5.0)
    answer_timeout_s: float = Field(6.0, ge=1.0, le=60.0)
    seed: int = 0
    language: str = Field(
        "en",
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="Language of voice and ear: a code such as en, de or pt-BR.",
    )
    volume_db: float = Field(
        0.0, ge=-30, le=12, allow_inf_nan=False, description="Louder or softer than usual, dB."
    )
    asks_again: bool = Field(
        True, description="False: keeps waiting in silence when nobody answers."
    )
    persona: str = Field("", description="A persona of the library: its voice, pace and habits.")


@dataclass(frozen=True, slots=True)
class SendAfter:
    """When a step begins, if not in its turn.

    Attributes:
        event: The Pipecat Evals event it waits for; None counts from the step before.
        delay_ms: Milliseconds after that.
    """

    event: str | None
    delay_ms: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """An event that a script waits for, as Pipecat Evals has it.

    Attributes:
        contains: Its `text_contains`: one text or none, which must be in the reply (case-sensitive,
            as in Pipecat Evals).
        excludes: Its `text_excludes`: one text or none, which must not be in it.
        within_s: Its `within_ms` in seconds, None for no limit.
        event: The event as it stands in the file.
        calls: Of a function call: what must be called, in any order.
        eval: A criterion for a judge.
        marker: Of a marker: its meaning.
        marker_first: Of a marker: whether it comes before any text.
        markers: Of a marker: how many there are.
        text_after: Of a marker: whether text follows the first.
        check_from: Where the search begins: after what the expectation before it found (previous)
            or at the beginning of the turn (turn_start).
        absent: It must not come.
    """

    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    within_s: float | None = None
    event: str = "response"
    calls: tuple[ExpectedCall, ...] = ()
    eval: str | None = None
    marker: Literal["complete", "short", "long", "incomplete"] | None = None
    marker_first: bool | None = None
    markers: int | None = None
    text_after: bool | None = None
    check_from: Literal["previous", "turn_start"] = "previous"
    absent: bool = False


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One turn of a script: do one of `say`, `dtmf` or nothing, then wait for `expect`.

    Attributes:
        say: What the caller says; None for a step that presses keys or only waits.
        pause_s: Silence before it.
        expect: What must come back.
        label: Short text for the caller's plan.
        parts: `say` in pieces: texts, and between them pauses in milliseconds.
        audio: Path of a recording that is played as the line; `say` is what it says.
        dtmf: Keys to press: digits, * and #.
        image: Path of an image that the agent gets when it asks for one.
        send_after: When it begins; None: in its turn.
        wait: Without `expect`: reply waits for any reply, written for nothing, as Pipecat Evals
            does. The loader says written.
        sound: A sound that is no line: one of `SOUNDS`, or the path of a recording. A step that
            neither says nor presses anything makes it at once.
        into_reply_s: Seconds into the agent's reply at which it is made instead.
    """

    say: str | None
    pause_s: float = 0.0
    expect: tuple[Expectation, ...] = ()
    label: str = ""
    parts: tuple[str | int, ...] = ()
    audio: str | None = None
    dtmf: str | None = None
    image: str | None = None
    send_after: SendAfter | None = None
    wait: Literal["reply", "written"] = "reply"
    sound: str | None = None
    into_reply_s: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scripted or a simulated scenario.

    Attributes:
        name: ``<file name>/<scenario name>`` as Pipecat Evals names it, or the file's name alone.
        title: For people.
        path: Where it was read from.
        steps: The script.
        caller: How the caller sounds.
        checks: What must hold.
        budget_s: Latency budget per reply for colours and the chart, seconds.
        not_run: Expectations this path cannot ask, with the reason: (name, reason).
        simulation: Of a simulated scenario: who calls and what for.
        context: Messages the agent starts from.
        stop_on_failure: Whether the script ends with the first failed step. The loader gives
            Pipecat Evals' own default, true; callers of before always went on.
        own_block: Whether the file has a `ringback:` block; without one the caller is as patient
            as Pipecat Evals.
        judge: Who judges.
        source: The YAML text it was read from.
        allow_continue: Whether judges may say of a reply that more of it is to come.
    """

    name: str
    title: str
    path: str
    kind: Literal["script", "simulation"] = "script"
    steps: tuple[ScriptStep, ...] = ()
    caller: Caller = Caller()
    checks: tuple[CheckSpec, ...] = ()
    budget_s: float = 2.0
    tags: tuple[str, ...] = ()
    description: str = ""
    not_run: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    simulation: Simulation | None = None
    context: tuple[dict[str, JsonValue], ...] = ()
    stop_on_failure: bool = False
    own_block: bool = True
    judge: JudgePlan = JudgePlan()
    source: str = ""
    allow_continue: bool = True
