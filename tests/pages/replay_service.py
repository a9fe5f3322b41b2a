"""A CallService that replays a scripted conversation: for pages and browser tests only.

Everything a page sees is a function of the call's clock, so any number of viewers agree, and a
viewer that comes back after event N gets exactly what it missed.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile
import sqlalchemy.exc
from replay_people import ReplayPeople, Stand, with_people

from harness.agents import ActiveSession, SessionDetails
from harness.calls import (
    Archive,
    CallRequest,
    CallView,
    ConnectionStep,
    Health,
    LaneSound,
    MachineLoad,
    Milestones,
    PlanStep,
    load_of,
    steps_of,
)
from harness.calls._live_call import people_update
from harness.calls._people import People
from harness.errors import InputError, NotFound, RingbackError
from harness.grade import conversation_of
from harness.measure import call_metrics
from harness.nouns import (
    Agent,
    Call,
    CallState,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Criterion,
    Event,
    EventKind,
    Evidence,
    Failure,
    Grading,
    Judgement,
    JudgePlan,
    Outcome,
    Presence,
    Scenario,
    Simulation,
    Span,
    Stage,
    ToolCall,
    Turn,
    Verdict,
    Vote,
    to_json,
)
from harness.settings import Settings
from harness.store import Store

RATE = 24000
PEAKS = 50


@dataclass(frozen=True)
class Line:
    """One scripted exchange, times in seconds on the call's clock."""

    says: str | None
    from_: float
    to: float
    reply: str = ""
    reply_from: float | None = None
    reply_to: float | None = None
    bot: float | None = None
    tools: tuple[ToolCall, ...] = ()
    outcome: Outcome | None = Outcome.ANSWERED
    waited: float | None = None
    label: str = ""


@dataclass(frozen=True)
class Wish:
    """A check: when it is decided, how, and what shows it."""

    name: str
    rule: str
    at: float | None = None
    verdict: CheckVerdict = CheckVerdict.MET
    turn: int = 0
    quote: str = ""
    message: str = ""
    required: bool = True
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True)
class Try:
    """A step of a connection test and how it goes."""

    name: str
    took: float
    status: str = "done"
    note: str = ""


@dataclass(frozen=True)
class Script:
    """A whole conversation."""

    lines: tuple[Line, ...]
    wishes: tuple[Wish, ...]
    length: float
    scenario: str = "Book a follow-up"
    agent: str = "Clinic front desk"
    budget: float = 2.0
    fails: Failure | None = None
    milestones: tuple[float, float, float, float] = (0.41, 0.92, 1.06, 1.2)
    ended_by: str = "caller"
    tries: tuple[Try, ...] = ()
    waits: tuple[str, ...] = ()
    session: SessionDetails | None = None
    kind: Literal["script", "simulation"] = "script"


def _tool(name: str, arguments: dict[str, Any], at: float, took: float, result: Any) -> ToolCall:
    return ToolCall(f"{name}-{at}", name, arguments, at, at + took, result)


BOOK = Script(
    lines=(
        Line(
            None,
            0,
            0,
            "Northgate Clinic, this is Ava. How can I help?",
            1.2,
            5.1,
            outcome=None,
        ),
        Line(
            "I would like a follow-up with Dr Osei, please.",
            5.9,
            9.6,
            "Of course. Can I take your date of birth?",
            10.55,
            14.2,
            0.71,
            label="Ask for Dr Osei",
        ),
        Line(
            "It is the third of May, nineteen eighty.",
            14.9,
            17.4,
            "Thank you. I have Tuesday at ten twenty or Thursday at four.",
            18.48,
            23.1,
            0.74,
            tools=(_tool("find_slot", {"doctor": "Osei"}, 17.9, 0.31, "2 slots"),),
            label="Give date of birth",
        ),
        Line(
            "Sorry, could it be Friday instead?",
            22.5,
            25.0,
            "On Friday I have a quarter past two, or ten to five.",
            26.18,
            31.4,
            0.74,
            outcome=Outcome.INTERRUPTED,
            label="Change mind: ask for Friday",
        ),
        Line(
            "Friday at quarter past two works for me.",
            32.3,
            35.6,
            "I have held Friday the 27th at two fifteen with Dr Osei. Shall I book it?",
            38.01,
            43.2,
            1.63,
            tools=(
                _tool(
                    "hold_slot", {"doctor": "Osei", "at": "Fri 27 Nov 14:15"}, 36.9, 0.64, "held"
                ),
            ),
            label="Agree a time",
        ),
        Line(
            "Yes please, book that one.",
            44.1,
            46.0,
            "Done. You are booked for Friday the 27th at two fifteen.",
            46.92,
            51.7,
            0.70,
            label="Confirm",
        ),
        Line(
            "Lovely. Is there parking at the clinic?",
            52.6,
            56.9,
            outcome=Outcome.NO_ANSWER,
            waited=4.1,
            label="Ask about parking",
        ),
        Line(
            "Hello? Is there any parking?",
            61.0,
            63.2,
            "Sorry about that. Yes, free parking behind the building.",
            64.52,
            69.9,
            0.05,
            label="Ask again",
        ),
        Line(
            "Great. You have my mobile ending four four one seven, right?",
            71.0,
            74.3,
            "Yes, I have the number ending four four one seven.",
            75.31,
            79.6,
            0.72,
            label="Confirm phone number",
        ),
        Line(
            "Could you send me a text message, please?",
            80.5,
            83.0,
            "I am sending it now. Is there anything else?",
            84.02,
            87.4,
            0.8,
            tools=(_tool("send_text", {"to": "ending 4417"}, 83.4, 0.4, "sent"),),
            label="Ask for a text message",
        ),
        Line(
            "No, that is all. Goodbye.",
            88.2,
            90.0,
            "Goodbye, and see you on Friday.",
            91.0,
            93.4,
            0.7,
            label="Say goodbye",
        ),
    ),
    wishes=(
        Wish(
            "Every reply within 2.0 s",
            "latency",
            38.01,
            CheckVerdict.NOT_MET,
            4,
            message="Turn 4 took 2.41 s, turn 6 got no reply",
        ),
        Wish(
            "Greets with the clinic name",
            "agent_said",
            2.5,
            turn=0,
            quote="Northgate Clinic, this is Ava",
        ),
        Wish(
            "Asks date of birth before look-up",
            "agent_said",
            12.5,
            turn=1,
            quote="Can I take your date of birth?",
        ),
        Wish(
            "Offers at least two times",
            "agent_said",
            21.0,
            turn=2,
            quote="Tuesday at ten twenty or Thursday at four",
        ),
        Wish(
            "Reads back date and time",
            "agent_said",
            40.0,
            turn=4,
            quote="Friday the 27th at two fifteen",
        ),
        Wish(
            "Sends a confirmation text",
            "function_called",
            83.8,
            turn=9,
            message="send_text was called",
        ),
        Wish("Says goodbye before hanging up", "said_goodbye", 92.0, turn=10, quote="Goodbye"),
    ),
    length=94.5,
)

SHORT = Script(
    lines=(
        Line(None, 0, 0, "Northgate Clinic, this is Ava.", 1.2, 2.6, outcome=None),
        Line(
            "When are you open?",
            3.0,
            4.2,
            "We are open from eight until six.",
            5.1,
            7.0,
            0.7,
            label="Ask opening hours",
        ),
        Line("Thanks, goodbye.", 7.5, 8.5, "Goodbye.", 9.3, 10.0, 0.6, label="Say goodbye"),
    ),
    wishes=(
        Wish("Tells the opening hours", "agent_said", 6.0, turn=1, quote="from eight until six"),
        Wish("Says goodbye", "said_goodbye", 9.6, turn=2, quote="Goodbye"),
    ),
    length=11.0,
    scenario="Ask opening hours",
)

EVIL = '<img src=x onerror="window.__owned=1"><script>window.__owned=1</script>'
XSS = replace(
    SHORT,
    lines=(
        replace(SHORT.lines[0], reply=f"{EVIL} ![x](http://evil.invalid/x.png) **bold**"),
        replace(
            SHORT.lines[1],
            says=EVIL,
            reply=EVIL,
            tools=(_tool(EVIL, {EVIL: EVIL}, 4.4, 0.2, EVIL),),
        ),
        SHORT.lines[2],
    ),
    wishes=(
        Wish(EVIL, "agent_said", 6.0, turn=1, quote=f"{EVIL} ![x](http://evil.invalid/x.png)"),
        Wish("[click](javascript:alert(1)) $x$ :red[no]", "latency", 6.0, message=EVIL),
    ),
    agent="<b>Agent</b>",
    scenario="<i>Scenario</i> **x**",
)

REFUSED = replace(
    SHORT,
    fails=Failure(
        "agent_never_joined",
        "The agent did not join the room in 20 s.",
        "The bot is not running, or it serves another room.",
        "Check that the bot is running, then call again.",
    ),
    length=1.6,
    milestones=(0.41, 99, 99, 99),
)

PLATFORM = replace(
    SHORT,
    waits=("Pipecat Cloud is at capacity: asked again in 2 s, try 2 of 3.",),
    session=SessionDetails(
        cold_start=True,
        boot_s=6.4,
        completion="completed",
        cpu={"p50": 0.21, "p99": 0.83},
        memory={"p50": 412_000_000, "p99": 498_000_000},
    ),
)

REACHED = replace(
    SHORT,
    lines=(),
    wishes=(),
    length=4.0,
    tries=(
        Try("resolve", 0.1, note="127.0.0.1, port 7860"),
        Try("tls", 0.0, "skipped", "Not needed: http"),
        Try("authorise", 0.0, "skipped", "It wants no key"),
        Try("ready", 0.3),
        Try("start", 1.0, note="Session 5f1c9a7e"),
        Try("join", 0.3),
        Try("agent_found", 0.4, note="Pipecat Agent-1f"),
        Try("agent_audio", 0.3),
        Try("rtvi_ready", 0.5, note="RTVI 1.2.0"),
        Try("stop", 0.2, note="left"),
        Try("cleaned", 0.1),
    ),
)

REFUSING = replace(
    REACHED,
    length=0.9,
    fails=Failure(
        "runner_refused",
        "The runner at refuse.invalid does not answer: nothing listens there.",
        "It is not running, or listens on another port.",
        "Start it, check host and port, then call again.",
    ),
    tries=(
        Try("resolve", 0.3, "failed"),
        Try("stop", 0.0, "skipped", "Nothing was started"),
        Try("cleaned", 0.0, note="Nothing to clean"),
    ),
)


def _stages(told: float, heard: float) -> tuple[Stage, ...]:
    """Model and voice as the agent tells, and what that leaves of the latency."""
    return (
        Stage("llm", 0.6 * told, "rtvi"),
        Stage("tts", 0.3 * told, "rtvi"),
        Stage("unexplained", heard - 0.9 * told, "remainder"),
    )


def votes(*said: CheckVerdict, reason: str = "", error: str = "") -> tuple[Vote, ...]:
    """One vote for each verdict, of judges of different names."""
    return tuple(
        Vote(
            f"judge{i}",
            f"model-{i}",
            verdict,
            reason=reason,
            tokens_in=400,
            tokens_out=21,
            error=error if verdict is CheckVerdict.ERROR else "",
        )
        for i, verdict in enumerate(said, 1)
    )


def _judged(wish: Wish) -> Judgement:
    usable = [vote for vote in wish.votes if not vote.error]
    same = [vote for vote in usable if vote.verdict is wish.verdict]
    return Judgement(
        wish.name,
        None,
        wish.verdict,
        wish.votes,
        len(same) / len(usable) if usable else 0.0,
        "criterion-1a2b3c",
        reason=wish.votes[0].reason,
    )


MET, FAILED = CheckVerdict.MET, CheckVerdict.NOT_MET
JUDGED = replace(
    SHORT,
    wishes=(
        *SHORT.wishes,
        Wish(
            "Is polite throughout",
            "criterion",
            6.5,
            turn=1,
            quote="We are open from eight until six.",
            votes=votes(MET, MET, FAILED, reason="It greets and answers kindly."),
        ),
        Wish(
            "Offers more help",
            "criterion",
            9.8,
            FAILED,
            2,
            message="It says goodbye without asking.",
            votes=votes(FAILED, reason="No offer was made."),
            required=False,
        ),
        Wish(
            "Never gives a diagnosis",
            "criterion",
            10.2,
            CheckVerdict.ERROR,
            votes=votes(CheckVerdict.ERROR, error="No answer of judge1 within 20 s."),
        ),
    ),
)

SCRIPTS = {
    "judged": JUDGED,
    "platform": PLATFORM,
    "book": BOOK,
    "person": replace(BOOK, kind="simulation"),
    "short": SHORT,
    "xss": XSS,
    "refused": REFUSED,
}


def _speech(length: float, spans: Sequence[tuple[float, float]], seed: int) -> np.ndarray:
    """Something that looks and sounds a little like speech in `spans`, room tone elsewhere."""
    random = np.random.default_rng(seed)
    t = np.arange(int(length * RATE)) / RATE
    lane = random.normal(0, 0.003, len(t))
    for start, end in spans:
        part = slice(int(start * RATE), min(len(t), int(end * RATE)))
        u = t[part]
        syllables = 0.35 + 0.65 * np.abs(np.sin(u * 9.1 + np.sin(u * 3.3) * 2))
        edge = np.clip(np.minimum(u - start, end - u) * 12, 0, 1)
        jitter = np.repeat(random.uniform(0.35, 1, len(u) // 640 + 1), 640)[: len(u)]
        pitch = 120 if seed % 2 else 190
        voice = np.sin(2 * np.pi * pitch * u) + 0.5 * np.sin(2 * np.pi * 2 * pitch * u)
        lane[part] += 0.45 * syllables * edge * jitter * voice
    return np.clip(lane, -1, 1)


@dataclass
class _Placed:
    call: Call
    script: Script
    request: CallRequest
    started: float
    speed: float
    hung_up: float | None = None
    typed: list[tuple[float, str]] = field(default_factory=list)
    done: bool = False
    stands: list[Stand] = field(default_factory=list)
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.call.id)

    @property
    def running(self) -> timedelta:
        """How long its clock runs, at its usual speed."""
        return timedelta(seconds=time.monotonic() - self.started - 0.2)

    @property
    def now(self) -> float:
        end = self.script.length if self.hung_up is None else self.hung_up
        return min(end, max(0.0, (time.monotonic() - self.started) * self.speed - 0.2))


async def _end_all() -> None:
    """Let whoever still follows or listens come to an end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class ReplayService(ReplayPeople):
    """See the module. `script` is a key of SCRIPTS; `speed` 1.0 is real time."""

    def __init__(self, script: str = "book", speed: float = 1.0, history: bool = False) -> None:
        super().__init__()
        self.script = script
        self.speed = speed
        self.cpu = 0.1
        self.said: list[str] = []
        self.prepared: list[Agent] = []
        self.active = [
            ActiveSession("5f1c9a7e", "2026-11-21T14:03:11Z", "running"),
            ActiveSession("b20d44c1", "2026-11-21T14:05:40Z", "starting"),
        ]
        self.ended: set[str] = set()
        self.graded: list[Grading] = []
        self.imported: list[tuple[list[dict[str, Any]], str, str]] = []
        self._calls: dict[str, _Placed] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="ringback-replay-"))
        self._lanes: dict[int, np.ndarray] = {}
        settings = Settings(data=self._folder / "data")
        self._archive = Archive(Store.open(settings), settings)
        self._kept: dict[str, Call] = {}
        self._keeping = threading.Lock()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        if history:
            self._seed()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(_end_all(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2)
        self._archive.store.close()

    @property
    def archive(self) -> Archive:
        """Stored calls: those that are replayed as they stand, their rows only."""
        with self._keeping:
            self._keep_rows()
        return self._archive

    # --- CallService

    def prepare(self, agent: Agent) -> None:
        self.prepared.append(agent)

    def place(self, request: CallRequest) -> Call:
        script = SCRIPTS[self.script]
        if request.purpose == "test":
            script = REFUSING if "refuse" in str(request.agent.config.get("url")) else REACHED
        return self._place(request, script, time.monotonic())

    def place_run(self, request: CallRequest, runs: int | None = None) -> tuple[Call, ...]:
        person = request.scenario.simulation if request.scenario else None
        first, *others = (
            self.place(request) for _ in range(runs or (person.runs if person else 1))
        )
        for call in others:
            placed = self._calls[call.id]
            placed.call = replace(placed.call, run_id=first.run_id)
        return (first, *(self._calls[call.id].call for call in others))

    def hang_up(self, call_id: str) -> None:
        placed = self._get(call_id)
        if placed.hung_up is None and not self._state(placed, placed.now).is_final:
            placed.hung_up = placed.now

    def sessions(self, agent: Agent) -> list[ActiveSession]:
        return [one for one in self.active if one.id not in self.ended]

    def end_session(self, agent: Agent, session_id: str) -> None:
        self.ended.add(session_id)

    def press(self, call_id: str, keys: str) -> None:
        self._get(call_id)
        if not keys.strip("0123456789*#"):
            self.said.append(f"Keys {keys}")
        else:
            raise InputError(
                "These are no keys of a telephone.",
                cause="Keys are 0 to 9, * and #.",
                remedy="Try.",
            )

    def play(self, call_id: str, sound: bytes, words: str = "") -> None:
        self._get(call_id)
        self.said.append(f"Recording of {len(sound)} bytes: {words}")

    def type_line(self, call_id: str, text: str, *, as_text: bool = False) -> None:
        placed = self._get(call_id)
        if self._state(placed, placed.now) is not CallState.LIVE:
            raise NotFound("The call is over.", cause="It has ended.", remedy="Call again.")
        if not text.strip() or len(text) > 500:
            raise InputError(
                "The line cannot be said.",
                cause="It is empty or longer than 500 characters.",
                remedy="Type a shorter line.",
            )
        self.said.append(text)
        placed.typed.append((placed.now, text))

    def view(self, call_id: str) -> CallView:
        placed = self._get(call_id)
        return self._view(placed, placed.now)

    def live(self) -> Sequence[Call]:
        return [c for c in reversed(self.history()) if not c.state.is_final]

    def history(self, *, include_deleted: bool = False) -> Sequence[Call]:
        kept = self.archive.store.calls(include_deleted=include_deleted)
        return [
            replace(self._row(self._calls[call.id]), deleted_at=call.deleted_at)
            for call in kept
            if call.id in self._calls
        ]

    def delete(self, call_id: str) -> None:
        self._get(call_id)
        self.archive.store.delete_call(call_id)

    def restore(self, call_id: str) -> None:
        self.archive.store.restore_call(call_id)

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        placed = self._get(call_id)
        seq = -1
        told: tuple[Presence, ...] = ()
        peak = 0 if after == 0 else int(self._times(placed)[after - 1] * PEAKS)
        while True:
            now = placed.now
            state = self._state(placed, now)
            first, upto = peak, int(now * PEAKS)
            if upto > first and state not in (CallState.QUEUED, CallState.STARTING):
                for lane, name in enumerate(("caller", "agent")):
                    yield {
                        "type": "peaks",
                        "lane": name,
                        "first": first,
                        "rate": PEAKS,
                        "values": self._peaks(placed, lane, first, upto),
                    }
                peak = upto
            if (present := placed.people.present()) != told and not state.is_final:
                told = present
                yield people_update(present)
            view = self._view(placed, now)
            if view.seq != seq or state.is_final:
                since = after if seq < 0 else seq
                seq = view.seq
                data = to_json(view)
                turns = [t for t in data.pop("turns") if t["seq"] > since]
                yield {"type": "view", "seq": seq, "view": data, "turns": turns}
            if state.is_final:
                yield {"type": "end"}
                return
            await asyncio.sleep(0.1)

    async def hear(self, call_id: str) -> AsyncGenerator[LaneSound, None]:
        placed = self._get(call_id)
        at = int(placed.now * RATE)
        while not self._state(placed, placed.now).is_final:
            await asyncio.sleep(0.04)
            now = int(placed.now * RATE)  # what comes while this is made waits for the next time
            while (upto := min(at + RATE // 25, now)) > at:
                part = (self._part(placed, at, upto) * 32000).astype("<i2")
                yield LaneSound(call_id, "caller", at, part[:, 0].tobytes())
                yield LaneSound(call_id, "agent", at, part[:, 1].tobytes())
                at = upto

    def recording(self, call_id: str) -> Path:
        placed = self._get(call_id)
        if not self._view(placed, placed.now).has_recording:
            raise NotFound(
                "There is no recording.", cause="It never connected.", remedy="Call again."
            )
        path = self._folder / f"{call_id}.flac"
        if not path.exists():
            length = int(placed.now * RATE)
            # Two who ask at once must not read what the other is still writing.
            own = path.with_suffix(f".{threading.get_ident()}.flac")
            soundfile.write(own, self._part(placed, 0, length).astype("float32"), RATE)
            own.replace(path)
        return path

    def wait_measured(self, call_id: str, within_s: float) -> None:
        """Nothing is measured here."""

    def agent_log(self, call_id: str, last: int = 200) -> list[str]:
        now = self._get(call_id).now
        return [
            f"{t:7.2f} INFO <front desk> second {t:.0f} of the log" for t in np.arange(0, now, 1)
        ][-last:]

    def regrade(
        self,
        call_id: str,
        judge: JudgePlan,
        checks: Sequence[CheckSpec] | None = None,
        label: str = "",
    ) -> Grading:
        kept = self.view(call_id).checks
        if checks is not None:
            asked = {check.name for check in checks}
            kept = tuple(one for one in kept if one.name in asked)
            own = [check for check in checks if isinstance(check, Criterion)]
            kept += tuple(
                CheckResult(
                    check.name,
                    "criterion",
                    FAILED,
                    message="It was not said.",
                    judgements=(
                        Judgement(check.name, None, FAILED, votes(FAILED, FAILED, MET), 2 / 3),
                    ),
                )
                for check in own
            )
        grading = Grading(
            f"g{len(self.graded) + 1}",
            call_id,
            datetime.now(UTC),
            label,
            judge,
            tuple(checks or ()),
            kept,
            Verdict.FAILED if any(one.verdict is FAILED for one in kept) else Verdict.PASSED,
            1200,
            63,
        )
        self.graded.append(grading)
        return grading

    def gradings(self, call_id: str) -> tuple[Grading, ...]:
        return tuple(one for one in self.graded if one.call_id == call_id)

    def conversation(self, call_id: str) -> list[dict[str, Any]]:
        return conversation_of(self.view(call_id).turns)

    def import_conversation(
        self,
        messages: Sequence[dict[str, Any]],
        title: str,
        by: Scenario | Simulation | None = None,
    ) -> Call:
        scenario = by if isinstance(by, Scenario) else None
        agent = Agent(name="imported", provider="import", title=title)
        request = CallRequest(agent=agent, scenario=scenario)
        self.imported.append((list(messages), title, scenario.name if scenario else ""))
        return self._place(request, SHORT, time.monotonic() - 3600)

    def progress(self) -> list[str]:
        return []

    def machine(self) -> MachineLoad:
        return load_of(self.cpu, 0.5, 2, 1.0)

    # --- how it is made

    def _keep_rows(self) -> None:
        """Bring the rows of what is replayed up to date."""
        store = self._archive.store
        for call_id, placed in self._calls.items():
            kept = self._kept.get(call_id)
            if kept is not None and kept.state.is_final:
                continue
            row = replace(self._row(placed), purpose=placed.request.purpose)
            if kept is None:
                with contextlib.suppress(sqlalchemy.exc.IntegrityError):  # the run of a call before
                    store.add_run(row.run_id, "Probe", row.created_at)
                store.add_call(row, placed.request.model_dump(mode="json"))
            elif row != kept:
                store.update_call(
                    call_id,
                    state=row.state,
                    verdict=row.verdict,
                    failure=row.failure,
                    duration_s=row.duration_s,
                    summary=row.summary,
                )
            self._kept[call_id] = row

    def _place(self, request: CallRequest, script: Script, started: float) -> Call:
        call_id = f"c{len(self._calls) + 1:06d}"
        created = datetime.now(UTC) - timedelta(seconds=time.monotonic() - started)
        call = Call(
            id=call_id,
            run_id=f"r{call_id}",
            agent=request.agent.name,
            provider=request.agent.provider,
            scenario=request.scenario.name if request.scenario else None,
            voice=request.caller.voice if request.caller else "heart",
            state=CallState.QUEUED,
            verdict=None,
            failure=None,
            created_at=created,
        )
        self._calls[call_id] = _Placed(call, script, request, started, self.speed)
        return call

    def _seed(self) -> None:
        demo = Agent(name="demo", provider="demo", title="Clinic front desk")
        for days, script in ((3, BOOK), (2, SHORT), (1, REFUSED), (0.1, SHORT), (0.05, BOOK)):
            self._place(CallRequest(agent=demo), script, time.monotonic() - days * 86400)
        list(self._calls.values())[3].hung_up = 6.0

    def _get(self, call_id: str) -> _Placed:
        try:
            return self._calls[call_id]
        except KeyError:
            raise NotFound(
                "There is no such call.",
                cause="The address is wrong, or the call was deleted.",
                remedy="Choose a call on the page Runs.",
            ) from None

    def _row(self, placed: _Placed) -> Call:
        view = self._view(placed, placed.now)
        met = sum(c.verdict is CheckVerdict.MET for c in view.checks)
        values = {m.key: m.value for m in view.metrics}
        return replace(
            placed.call,
            state=view.state,
            verdict=view.verdict,
            failure=view.failure,
            duration_s=view.t if view.state.is_final else None,
            summary={
                "turns": len([t for t in view.turns if t.index]),
                "no_answer": sum(t.outcome is Outcome.NO_ANSWER for t in view.turns),
                "p50_s": values["response_latency_p50"],
                "p95_s": values["response_latency_p95"],
                "checks_met": met,
                "checks": len(view.checks),
            },
        )

    def _state(self, placed: _Placed, t: float) -> CallState:
        script = placed.script
        wall = (time.monotonic() - placed.started) * placed.speed
        if placed.hung_up is not None:
            early = placed.hung_up < 1.2 or placed.script.tries
            return CallState.CANCELLED if early else CallState.DONE
        if wall < 0.1:
            return CallState.QUEUED
        if t < script.milestones[0]:
            return CallState.STARTING
        if script.fails and t >= script.length:
            return CallState.FAILED
        if t < script.milestones[2]:
            return CallState.RINGING
        return CallState.DONE if t >= script.length else CallState.LIVE

    def _times(self, placed: _Placed) -> list[float]:
        script = placed.script
        times = set(np.arange(0, script.length, 0.25).tolist()) | {script.length}
        times |= {m for m in script.milestones if m < script.length}
        for line in script.lines:
            times |= {line.from_, line.to}
            times |= {t for t in (line.reply_from, line.reply_to) if t is not None}
            for tool in line.tools:
                times |= {tool.called_at, tool.returned_at or tool.called_at}
        times |= {t for t, _ in placed.typed}
        return sorted(times)

    def _seq(self, placed: _Placed, t: float) -> int:
        return bisect.bisect_right(self._times(placed), t)

    def _turn(self, placed: _Placed, index: int, line: Line, t: float) -> Turn | None:
        start = line.from_ if line.says else line.reply_from
        if start is None or t < start or any(stand.covers(start) for stand in placed.stands):
            return None
        last = max(
            x for x in (line.from_, line.to, line.reply_from, line.reply_to) if x is not None
        )
        replying = line.reply_from is not None and t >= line.reply_from
        text = ""
        if replying:
            words = line.reply.split(" ")
            share = min(
                1.0, (t - line.reply_from + 0.3) / max(0.1, line.reply_to - line.reply_from)
            )
            text = " ".join(words[: max(1, round(share * len(words)))])
        heard = line.reply_from - line.to if replying and line.says else None
        late = line.outcome is Outcome.NO_ANSWER and line.waited and t >= line.to + line.waited
        ended = line.reply_to is not None and t >= line.reply_to
        return Turn(
            index=index,
            outcome=line.outcome if ended or late else None,
            caller_text=line.says,
            caller_source="script" if line.says else None,
            caller=Span(line.from_, line.to if t >= line.to else None) if line.says else None,
            agent=(Span(line.reply_from, line.reply_to if ended else None),) if replying else (),
            agent_text=text,
            agent_text_source="rtvi" if text else None,
            tools=tuple(
                tool
                if tool.returned_at is not None and t >= tool.returned_at
                else replace(tool, returned_at=None, result=None)
                for tool in line.tools
                if t >= tool.called_at
            ),
            response_latency_s=heard,
            bot_reported_s=line.bot if heard is not None else None,
            gap_s=heard - line.bot if heard is not None and line.bot is not None else None,
            latency_source="rtvi" if heard is not None and line.bot is not None else None,
            stages=_stages(line.bot, heard) if heard is not None and line.bot is not None else (),
            waited_s=line.waited if late else None,
            open=not (ended or late),
            seq=self._seq(placed, min(t, max(last, line.to + (line.waited or 0)) + 0.3)),
        )

    def _check(self, wish: Wish, t: float, turns: Sequence[Turn]) -> CheckResult:
        decided = wish.at is not None and t >= wish.at
        verdict = wish.verdict if decided else CheckVerdict.PENDING
        return CheckResult(
            name=wish.name,
            rule=wish.rule,
            verdict=verdict,
            required=wish.required,
            message=wish.message if decided else "",
            evidence=Evidence(wish.quote, wish.turn, wish.at) if decided else None,
            judgements=(_judged(wish),) if decided and wish.votes else (),
            by_turn=tuple(
                (
                    turn.index,
                    wish.verdict if decided and turn.index >= wish.turn else CheckVerdict.PENDING,
                )
                for turn in turns
            ),
        )

    def _view(self, placed: _Placed, t: float) -> CallView:
        script = placed.script
        state = self._state(placed, t)
        final = state.is_final
        refused = state is CallState.FAILED
        turns = (
            []
            if script.fails
            else [
                turn
                for index, line in enumerate(script.lines)
                if (turn := self._turn(placed, index, line, t)) is not None
            ]
        )
        turns += [
            turn
            for number, stand in enumerate(placed.stands, len(script.lines))
            if (turn := stand.turn(number, self._seq(placed, t))) is not None
        ]
        if final:
            turns = [replace(turn, open=False) for turn in turns]
        checks = [self._check(wish, t, turns) for wish in script.wishes]
        if final:
            checks = [
                replace(c, verdict=CheckVerdict.NOT_RUN, message="The call ended before.")
                if c.verdict is CheckVerdict.PENDING
                else c
                for c in checks
            ]
        verdict = None
        if final:
            verdicts = {c.verdict for c in checks if c.required}
            verdict = Verdict.PASSED if verdicts == {CheckVerdict.MET} else Verdict.FAILED
            if refused or CheckVerdict.NOT_RUN in verdicts and CheckVerdict.NOT_MET not in verdicts:
                verdict = Verdict.NOT_RUN
        plan, current = [], False
        for line in script.lines:
            if not line.says:
                continue
            status = "done" if t >= line.to else "todo"
            if status == "todo" and not current and state is CallState.LIVE:
                status, current = "current", True
            if final and status == "todo":
                status = "skipped"
            plan.append(PlanStep(line.label, status))
        reached = [m if t >= m else None for m in script.milestones]
        seconds = np.arange(1, t, 1.0)[-60:] if state is not CallState.STARTING else []
        return CallView(
            call_id=placed.call.id,
            run_id=placed.call.run_id,
            seq=self._seq(placed, t),
            t=t,
            clock_started_at=datetime.now(UTC) - placed.running,
            state=state,
            verdict=verdict,
            failure=script.fails if refused else None,
            agent_title=script.agent,
            agent_where="Demo agent · on this computer",
            scenario=placed.call.scenario,
            scenario_title=script.scenario,
            voice=placed.call.voice,
            budget_s=script.budget,
            milestones=Milestones(*reached),
            plan=tuple(plan),
            turns=tuple(turns),
            checks=tuple(checks),
            metrics=call_metrics(turns, budget_s=script.budget),
            health=tuple(
                Health(float(s), 2 + float(np.sin(s)), 0, 0, 31 + 4 * float(np.cos(s)), 0.002)
                for s in seconds
            ),
            speaking=tuple(
                who
                for who, active in (
                    ("caller", any(x.caller and x.caller.end is None for x in turns)),
                    ("agent", any(s.end is None for x in turns for s in x.agent)),
                )
                if active and not final
            ),
            warnings=(),
            ended_by=("person" if placed.hung_up is not None else script.ended_by)
            if final
            else None,
            has_recording=final and not refused and t > 1.5,
            created_at=placed.call.created_at,
            exit_code=1 if final and verdict is Verdict.FAILED else 0 if final else None,
            agent_body=placed.request.agent.body,
            steps=self._steps(script, t, final) if script.tries else (),
            waits=script.waits if t >= script.milestones[0] / 2 else (),
            session=script.session if final else None,
            agent=placed.call.agent,
            caller=placed.request.caller,
            kind=script.kind,
        )

    def _steps(self, script: Script, t: float, final: bool) -> tuple[ConnectionStep, ...]:
        told, at = [], 0.0
        for step in script.tries:
            at += step.took
            if at <= t:
                data = {"name": step.name, "status": step.status}
                data |= {"took_s": step.took, "note": step.note}
                told.append(Event(len(told) + 1, at, EventKind.SESSION_STEP, data))
        return steps_of(told, over=final)

    def _sound(self, placed: _Placed) -> np.ndarray:
        key = id(placed.script)
        if key not in self._lanes:
            lines = placed.script.lines
            caller = [(x.from_, x.to) for x in lines if x.says]
            agent = [(x.reply_from, x.reply_to) for x in lines if x.reply_from is not None]
            length = placed.script.length
            lanes = [_speech(length, caller, 2), _speech(length, agent, 3)]
            self._lanes[key] = np.stack(lanes, axis=1)
        return self._lanes[key]

    def _part(self, placed: _Placed, first: int, last: int) -> np.ndarray:
        """Both lanes between two samples, with what people said."""
        return with_people(self._sound(placed)[first:last], first, placed.stands)

    def _peaks(self, placed: _Placed, lane: int, first: int, upto: int) -> list[float]:
        step = RATE // PEAKS
        sound = np.abs(self._part(placed, first * step, upto * step)[:, lane])
        usable = len(sound) // step * step
        return [round(float(x), 3) for x in sound[:usable].reshape(-1, step).max(axis=1)]


class BrokenService(ReplayService):
    """A service that cannot start or place anything."""

    def __init__(self, error: RingbackError) -> None:
        super().__init__()
        self.error = error

    def place(self, request: CallRequest) -> Call:
        raise self.error

    def place_run(self, request: CallRequest, runs: int | None = None) -> tuple[Call, ...]:
        raise self.error


def ended(service: ReplayService, call_id: str) -> str:
    """Let a call be over."""
    service._calls[call_id].started -= 3600
    return call_id
