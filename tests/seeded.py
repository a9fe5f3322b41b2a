"""Calls and runs in a store without a call: rows, events, recordings and figures that agree.

Everything a page reads of them is read as of real ones: turns, checks and verdicts are derived
from the events. The same seed gives the same conversations; ids and times are new.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import soundfile

from harness.calls import Archive, CallRequest, build_view, keep_figures
from harness.calls._build_view import summary_of
from harness.nouns import (
    LANE_RATE,
    Agent,
    AgentSaid,
    AgentVersion,
    Call,
    Caller,
    CallState,
    CheckVerdict,
    Event,
    EventKind,
    Evidence,
    Failure,
    Goal,
    Judgement,
    PlannedCall,
    RunHead,
    RunPlan,
    RunState,
    Scenario,
    ScriptStep,
    Verdict,
    Vote,
    to_json,
)
from harness.store import EventWriter, Store, new_id, read_events

__all__ = [
    "AGENT",
    "CHECKS",
    "seed_call",
    "seed_console",
    "seed_judgements",
    "seed_plan",
    "seed_run",
    "seed_scenario",
]

AGENT = Agent(
    name="front_desk",
    title="Clinic front desk",
    provider="dev_runner",
    config={"url": "http://127.0.0.1:7860"},
)
CHECKS = {
    "Greets with the clinic's name": "Northgate Clinic",
    "Offers two times": "Tuesday at ten or Thursday at four",
    "Reads back the time": "Friday at two fifteen",
    "Says goodbye": "Goodbye",
}
"""Name of each check, and the words it looks for."""

_GREETING = "Northgate Clinic, this is Ava. How can I help?"
_TALK = (
    ("I would like a follow-up with Doctor Osei.", "Of course. What is your date of birth?"),
    ("It is the third of May.", "Thank you. I have Tuesday at ten or Thursday at four."),
    ("Could it be Friday instead?", "On Friday I have a quarter past two."),
    ("That works for me.", "I have held Friday at two fifteen with Doctor Osei."),
)
_MORE = (
    ("Is there parking?", "Yes, behind the building."),
    ("And is there a lift?", "There is one beside the entrance."),
    ("Which bus goes there?", "The number nine stops outside."),
    ("Do I need my card?", "Please bring it with you."),
)
_LAST = ("No, that is all. Goodbye.", "Goodbye, and see you on Friday.")
_NEVER_CAME = Failure(
    "agent_never_joined",
    "The agent did not join the room in 20 s.",
    "The bot is not running, or it serves another room.",
    "Check that the bot is running, then call again.",
)
_BLOCK_S = 10


def seed_call(
    store: Store,
    *,
    run: str | None = None,
    scenario: str | Scenario = "Book a follow-up",
    verdict: Verdict | None = Verdict.PASSED,
    turns: int = 6,
    latency: float = 0.9,
    minutes: float = 1.5,
    recording: bool = True,
    failed: Sequence[str] = (),
    agent: Agent = AGENT,
    state: CallState = CallState.DONE,
    created_at: datetime | None = None,
    no_answer: Sequence[int] = (),
    spoiled: Sequence[int] = (),
    seed: int = 0,
    place: PlannedCall | None = None,
    caller: Caller | None = None,
    version: AgentVersion | None = None,
) -> Call:
    """Store a call.

    Args:
        store: Where.
        run: An existing run; None makes a probe of its own.
        scenario: Its title, or one whose checks the conversation is to pass or fail by itself.
        verdict: not_run: the agent never joined. None: nothing is asked of the agent.
        turns: Lines of the caller, at least 5.
        latency: About what its replies take, seconds.
        minutes: How long it is about; a turn lasts at least three times its latency.
        recording: Whether it has one.
        failed: Names of checks that are not met; of a call that failed at least one.
        agent: Who is called.
        state: live: it goes on.
        created_at: Now, if None.
        no_answer: Indexes of turns without an answer; checks look at the replies 2, 4 and the last.
        spoiled: Indexes of turns that this computer spoiled.
        seed: Of what differs from call to call.
        place: Its place in the run's plan.
        caller: In place of the scenario's.
        version: The agent's.
    """
    created_at = created_at or datetime.now(UTC)
    if verdict is Verdict.FAILED and not failed:
        failed = ("Reads back the time",)
    asked = seed_scenario(scenario, failed) if isinstance(scenario, str) else scenario
    if verdict is None:
        asked = replace(asked, checks=())
    run_id = run or new_id("run")
    if run is None:
        store.add_run(run_id, "Probe", created_at)
    call = Call(
        id=new_id("call"),
        run_id=run_id,
        agent=agent.title or agent.name,
        provider=agent.provider,
        scenario=asked.title,
        voice="heart",
        state=CallState.QUEUED,
        verdict=None,
        failure=None,
        created_at=created_at,
        slot=place.slot if place else "",
        attempt=place.attempt if place else 0,
        agent_name=agent.name,
        version=version,
    )
    request = CallRequest(agent=agent, scenario=asked, caller=caller)
    store.add_call(call, request.model_dump(mode="json"))
    talk = _Talk(random.Random(seed), created_at)
    if verdict is Verdict.NOT_RUN:
        talk.fail(_NEVER_CAME)
    else:
        talk.begin()
        spans = minutes * 60 / (turns + 1)
        talk.converse(turns, latency, spans, failed, no_answer, spoiled)
        if state is not CallState.LIVE:
            talk.end()
    files = store.artifacts(call.id)
    with EventWriter(files.events) as writer:
        for event in talk.in_order():
            writer.append(event)
    if state is CallState.LIVE:
        return store.update_call(call.id, state=state)
    if recording and verdict is not Verdict.NOT_RUN:
        _record(files.recording, talk)
    view = build_view(call, request, talk.in_order(), has_recording=files.recording.exists())
    keep_figures(store, view)
    return store.update_call(
        call.id,
        state=view.state,
        verdict=view.verdict,
        failure=view.failure,
        ended_at=created_at + timedelta(seconds=view.t),
        duration_s=view.t,
        summary=summary_of(view),
    )


def seed_judgements(
    store: Store, call: Call, said: Mapping[str, Sequence[CheckVerdict]], *, reason: str = ""
) -> Call:
    """Have judges decide criteria of a stored call: one vote each, the majority's first.

    What they go by is turn 2, second 20.

    Args:
        store: Where it is.
        call: One whose scenario has these criteria.
        said: Votes by name of the check.
        reason: Of each vote.
    """
    path = store.artifacts(call.id).events
    seq, t = (last := read_events(path)[-1]).seq, last.t
    with EventWriter(path) as writer:
        for check, verdicts in said.items():
            votes = tuple(
                Vote(f"judge{n}", "gpt-4.1", verdict, reason=reason, tokens_in=400, tokens_out=20)
                for n, verdict in enumerate(verdicts, 1)
            )
            share = verdicts.count(verdicts[0]) / len(verdicts)
            one = Judgement(
                check,
                None,
                verdicts[0],
                votes,
                share,
                "criterion-1a2b3c",
                Evidence("", 2, 20.0),
                reason,
            )
            seq += 1
            writer.append(Event(seq, t, EventKind.JUDGE_VERDICT, to_json(one)))
        writer.append(Event(seq + 1, t, EventKind.GRADING, {"status": "done"}))
    request = CallRequest.model_validate(store.plan(call.id))
    view = build_view(call, request, read_events(path))
    keep_figures(store, view)
    return store.update_call(call.id, verdict=view.verdict, summary=summary_of(view))


def seed_scenario(title: str, also: Sequence[str] = ()) -> Scenario:
    """A scenario with the checks of :data:`CHECKS`, and `also` others."""
    checks = CHECKS | {name: f"(nobody says {name})" for name in also if name not in CHECKS}
    return Scenario(
        name=f"front_desk/{title.casefold().replace(' ', '_')}",
        title=title,
        path="",
        steps=tuple(ScriptStep(line) for line, _ in (*_TALK, _LAST)),
        checks=tuple(
            AgentSaid(rule="agent_said", name=name, text=text) for name, text in checks.items()
        ),
        tags=("seeded",),
    )


def seed_plan(
    scenarios: Sequence[str],
    repeats: int,
    *,
    agents: Sequence[Agent] = (AGENT,),
    callers: Mapping[str, Caller] | None = None,
    suite: str = "nightly",
    goal: Goal | None = None,
    seed: int = 0,
) -> RunPlan:
    """A plan, every first attempt before any second."""
    known = {each.name: each for each in map(seed_scenario, scenarios)}
    by = callers if callers is not None else {"as written": Caller()}
    return RunPlan(
        name=suite.capitalize(),
        suite=suite,
        agents={agent.name: agent for agent in agents},
        scenarios=known,
        callers=dict(by),
        items=tuple(
            PlannedCall(agent.name, name, caller, attempt)
            for attempt in range(1, repeats + 1)
            for agent in agents
            for name in known
            for caller in by
        ),
        goal=goal or Goal(),
        seed=seed,
    )


def seed_run(
    store: Store,
    scenarios: Sequence[str],
    repeats: int,
    rates: Sequence[float | None],
    *,
    seed: int = 0,
    plan: RunPlan | None = None,
    state: RunState = RunState.DONE,
    label: str = "",
    latency: float | Sequence[float] = 0.9,
    created_at: datetime | None = None,
    placed: int | None = None,
    live: int = 0,
    recording: bool = False,
    turns: int = 6,
    minutes: float = 1.0,
    version: AgentVersion | None = None,
    failed: Sequence[str] = ("Reads back the time", "Offers two times"),
) -> RunHead:
    """Store a run of a suite with its calls, and its digest if it is over.

    Args:
        store: Where.
        scenarios: Titles.
        repeats: Calls of each.
        rates: The share of each scenario's calls that pass; None: none of them reaches the agent.
        seed: Decides which calls fail, what fails them, and all latencies.
        plan: In place of the one that `scenarios` and `repeats` make.
        state: Where it stands.
        label: Of a person.
        latency: About what replies take, seconds; one for all scenarios or one for each.
        created_at: When it was placed; its calls follow, one a minute.
        placed: How many of its calls were placed; all of them if None.
        live: How many of those go on.
        recording: Whether calls have one: each takes a moment.
        turns: Of each call.
        minutes: Of each call.
        version: The agent's.
        failed: Checks to fail, one of them each time.
    """
    plan = plan or seed_plan(scenarios, repeats, seed=seed)
    created_at = created_at or datetime.now(UTC) - timedelta(minutes=len(plan.items) + 1)
    head = RunHead(
        id=new_id("run"),
        name=plan.name,
        created_at=created_at,
        kind="suite",
        state=state,
        suite=plan.suite,
        label=label,
        ended_at=None,
        stop_reason="" if state is not RunState.STOPPED else "10 calls failed.",
        planned=len(plan.items),
        seed=plan.seed,
    )
    store.add_run(head.id, head.name, created_at, head=head, plan=plan.model_dump(mode="json"))
    rng = random.Random(seed)
    names = list(plan.scenarios)
    fates = {name: _fates(plan, name, rates[at], rng) for at, name in enumerate(names)}
    items = plan.items[:placed]
    calls = []
    for number, item in enumerate(items):
        verdict = next(fates[item.scenario])
        at = names.index(item.scenario)
        calls.append(
            seed_call(
                store,
                run=head.id,
                scenario=plan.scenarios[item.scenario],
                verdict=verdict,
                turns=turns,
                latency=latency if isinstance(latency, int | float) else latency[at],
                minutes=minutes,
                recording=recording,
                failed=(rng.choice(failed),) if verdict is Verdict.FAILED else (),
                agent=plan.agents[item.agent],
                state=CallState.LIVE if number >= len(items) - live else CallState.DONE,
                created_at=created_at + timedelta(minutes=number),
                seed=rng.randrange(2**32),
                place=item,
                caller=plan.callers[item.caller],
                version=version,
            )
        )
    if state.is_final:
        ends = [call.ended_at for call in calls if call.ended_at is not None]
        head = store.update_run(head.id, state=state, ended_at=max(ends, default=created_at))
        Archive(store, store._settings).digest(head.id)
    return head


def seed_console(store: Store, *, seed: int = 0, recording: bool = True) -> dict[str, str]:
    """What pages can be looked at with; ids by what they are.

    ``baseline`` and ``newest`` are runs of one suite, the first of them pinned; ``failed``,
    ``passed``, ``unreached`` and ``long`` (half an hour) are calls.
    """
    now = datetime.now(UTC)
    scenarios = ("Opening hours", "Book a follow-up", "Cancel a visit")
    old, new = (
        seed_run(
            store, scenarios, 6, rates, seed=seed + number, latency=latency, label=label,
            created_at=now - timedelta(days=days), version=AgentVersion(commit),
        )
        for number, (rates, latency, label, days, commit) in enumerate(
            (
                ((1.0, 0.83, 1.0), (0.8, 0.9, 0.8), "prompt v11", 2, "3f2a91c0"),
                ((1.0, 0.5, 0.83), (0.8, 1.6, 0.9), "prompt v12", 1, "9be04d17"),
            )
        )
    )  # fmt: skip
    store.pin_baseline("nightly", old.id)
    long = seed_call(
        store, minutes=30, turns=200, recording=recording, seed=seed,
        created_at=now - timedelta(hours=3),
    )  # fmt: skip
    unreached = seed_call(store, verdict=Verdict.NOT_RUN, created_at=now - timedelta(hours=2))
    passed = seed_call(
        store, recording=recording, seed=seed + 1, created_at=now - timedelta(hours=1)
    )
    failed = seed_call(
        store, verdict=Verdict.FAILED, no_answer=(3,), recording=recording, seed=seed + 2,
        created_at=now - timedelta(minutes=5),
    )  # fmt: skip
    return {
        "baseline": old.id,
        "newest": new.id,
        "long": long.id,
        "unreached": unreached.id,
        "passed": passed.id,
        "failed": failed.id,
    }


def _fates(
    plan: RunPlan, scenario: str, rate: float | None, rng: random.Random
) -> Iterator[Verdict]:
    """Verdicts of the calls of one scenario: as many pass as `rate` says, which ones is drawn."""
    count = sum(item.scenario == scenario for item in plan.items)
    if rate is None:
        return iter([Verdict.NOT_RUN] * count)
    passed = round(rate * count)
    fates = [Verdict.PASSED] * passed + [Verdict.FAILED] * (count - passed)
    rng.shuffle(fates)
    return iter(fates)


@dataclass
class _Talk:
    """Writes the events of a conversation, and keeps when who spoke."""

    rng: random.Random
    began_at: datetime
    events: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    caller: list[tuple[float, float]] = field(default_factory=list)
    agent: list[tuple[float, float]] = field(default_factory=list)
    t: float = 0.0

    def tell(self, t: float, kind: EventKind, /, **data: Any) -> None:
        self.events.append((t, str(kind), data))
        self.t = max(self.t, t)

    def in_order(self) -> list[Event]:
        ordered = sorted(self.events, key=lambda entry: entry[0])
        return [Event(seq, round(t, 3), k, d) for seq, (t, k, d) in enumerate(ordered, start=1)]

    def fail(self, failure: Failure) -> None:
        self.tell(0.0, EventKind.STATE, state="starting")
        self.tell(0.4, EventKind.STATE, state="ringing")
        self.tell(20.4, EventKind.STATE, state="failed", failure=to_json(failure))

    def begin(self) -> None:
        began = self.began_at.isoformat()
        self.tell(0.0, EventKind.STATE, state="starting", clock_started_at=began)
        self.tell(0.3, EventKind.SESSION_STARTED, provider="dev_runner", session_id="s1", room="r1")
        self.tell(0.4, EventKind.STATE, state="ringing")
        self.tell(0.5, EventKind.ROOM_JOINED, identity="caller")
        self.tell(0.9, EventKind.AGENT_JOINED, identity="agent", kind="agent")
        self.tell(1.0, EventKind.AGENT_AUDIO)
        self.tell(1.0, EventKind.STATE, state="live")
        self.tell(1.1, EventKind.AGENT_READY, version="2.2.0", about=None)

    def converse(
        self,
        turns: int,
        latency: float,
        lasts: float,
        failed: Sequence[str],
        no_answer: Sequence[int],
        spoiled: Sequence[int],
    ) -> None:
        """The greeting, then `turns` exchanges of about `lasts` seconds."""
        if turns <= len(_TALK):
            raise ValueError(f"a seeded call has more than {len(_TALK)} turns, not {turns}")
        swallowed = [CHECKS[name] for name in failed if name in CHECKS]
        self._speak(1.4, 1.4 + min(3.0, 0.8 * lasts), _without(_GREETING, swallowed))
        rest = [_MORE[number % len(_MORE)] for number in range(turns - len(_TALK) - 1)]
        lines = [*_TALK, *rest, _LAST]
        for number, (line, reply) in enumerate(lines, start=1):
            waits = latency * self.rng.lognormvariate(0.0, 0.18)
            reply = _without(reply, swallowed)
            self._exchange(
                number, line, reply, waits, lasts, number not in no_answer, number in spoiled
            )

    def end(self) -> None:
        self.tell(self.t + 0.5, EventKind.HANGUP, by="caller", reason="script_done")
        self.tell(self.t, EventKind.STATE, state="ending")
        self.tell(self.t + 0.1, EventKind.STATE, state="done")

    def _exchange(
        self, number: int, line: str, reply: str, waits: float, lasts: float, answers: bool,
        spoilt: bool,
    ) -> None:  # fmt: skip
        lasts = max(lasts, 3 * waits)
        start = self.t + 0.1 * lasts
        end = start + 0.3 * lasts
        self.caller.append((start, end))
        told = {"line": number, "text": line, "source": "script", "sent_as": "voice"}
        self.tell(start, EventKind.CALLER_STARTED, **told, at=start)
        self.tell(end, EventKind.CALLER_STOPPED, line=number, at=end, cut=False)
        heard = line.replace("Osei", "O.C.") if number % 4 == 1 else line
        self.tell(end + 0.15, EventKind.AGENT_HEARD, text=heard)
        if spoilt:
            self.tell(end + waits, EventKind.HEALTH, loop_lag_ms=180.0, skipped_ms=0.0,
                      concealed_ms=0.0)  # fmt: skip
        if not answers:
            gave_up = end + 0.5 * lasts
            self.tell(gave_up, EventKind.CALLER_GAVE_UP, line=number, waited_s=gave_up - end)
            return
        said = end + waits
        self.tell(end + 0.2, EventKind.AGENT_REPORTED, what="user_stopped_speaking")
        if number % 3 == 2:
            tool = {"id": f"t{number}", "name": "find_slot"}
            self.tell(end + 0.3 * waits, EventKind.TOOL_CALLED, **tool, arguments={"day": "Fri"})
            done = end + 0.5 * waits
            self.tell(done, EventKind.TOOL_RETURNED, **tool, result="2 slots", cancelled=False)
        times = [
            {"processor": "OpenAILLMService#0", "value": round(0.4 * waits, 3)},
            {"processor": "CartesiaTTSService#0", "value": round(0.15 * waits, 3)},
        ]
        self.tell(said - 0.05, EventKind.AGENT_METRICS, ttfb=times)
        self.tell(said, EventKind.AGENT_REPORTED, what="bot_started_speaking")
        self._speak(said, said + max(0.4, 0.45 * lasts - waits), reply)

    def _speak(self, start: float, end: float, text: str) -> None:
        self.agent.append((start, end))
        self.tell(start - 0.02, EventKind.AGENT_TEXT, text=text, source="rtvi")
        self.tell(start + 0.1, EventKind.AGENT_STARTED, at=start, speech=0.97)
        self.tell(end + 0.35, EventKind.AGENT_STOPPED, at=end)


def _without(text: str, swallowed: Sequence[str]) -> str:
    """The text without what a failed check looks for."""
    for words in swallowed:
        text = text.replace(words, "that")
    return text


def _record(path: Any, talk: _Talk) -> None:
    """A recording with a voice-like sound where somebody speaks."""
    length = round(talk.t * LANE_RATE)
    t = np.arange(LANE_RATE) / LANE_RATE
    syllables = 0.3 + 0.7 * np.abs(np.sin(9.1 * t))
    lanes = [
        (9000 * syllables * np.sin(2 * np.pi * pitch * t)).astype(np.int16) for pitch in (190, 120)
    ]
    with soundfile.SoundFile(
        path, "w", samplerate=LANE_RATE, channels=2, format="FLAC", subtype="PCM_16"
    ) as out:
        for first in range(0, length, _BLOCK_S * LANE_RATE):
            count = min(_BLOCK_S * LANE_RATE, length - first)
            both = np.zeros((count, 2), np.int16)
            for column, spans in enumerate((talk.caller, talk.agent)):
                voice = np.resize(lanes[column], count)
                for start, end in spans:
                    part = slice(
                        max(0, round(start * LANE_RATE) - first),
                        max(0, round(end * LANE_RATE) - first),
                    )
                    both[part, column] = voice[part]
            out.write(both)
