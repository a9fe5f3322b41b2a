"""SimulatedCaller: a participant in the agent's room, from joining to hanging up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from livekit import rtc
from pipecat.evals.judge import EvalJudge
from pipecat.evals.results import EvalTrace

from harness.caller._channel import TextChannel
from harness.caller._ending import Ending
from harness.caller._floor import Floor
from harness.caller._hangup import Hangup
from harness.caller._health import HealthMonitor
from harness.caller._line import NoLine
from harness.caller._mouth import Mouth
from harness.caller._person_ear import ear_of
from harness.caller._person_side import PersonSide
from harness.caller._pipeline import CallerPipeline
from harness.caller._receiver import Receiver
from harness.caller._room import RoomLine
from harness.caller._rtvi import RtviEar, client_ready
from harness.caller._sender import PacedSender
from harness.caller._silero import silero
from harness.caller._tap import CallTap, Samples
from harness.caller._two_lanes import TwoLanes
from harness.caller._words import Words
from harness.caller.evals._brains import make_brain
from harness.caller.evals._client import RoomEvalClient
from harness.caller.evals._feed import EvalsFeed
from harness.caller.evals._hooks import RunnerHooks
from harness.caller.evals._link import EvalsLink
from harness.caller.evals._persona_runner import PersonaRunner
from harness.caller.evals._script_runner import ScriptRunner
from harness.caller.evals._stream import RoomStream
from harness.caller.evals._typist import Typist
from harness.measure import Boundary, GatedDetector
from harness.nouns import (
    LANE_RATE,
    Agent,
    Caller,
    EventKind,
    GivenBack,
    LlmAccess,
    Scenario,
    ScriptStep,
    Session,
    WhyBack,
)

__all__ = ["SimulatedCaller"]

_HANDSHAKE_S = 5.0
_HANDSHAKES = 2
_SAYS_READY_S = 3.0
"""An agent that speaks RTVI says so within about half a second."""
_SETTLE_S = 0.5
_HOW_AGENTS_HANG_UP = ("room_deleted", "room_closed")
"""What an agent does who ends its calls by deleting the room."""


def _bare(steps: tuple[ScriptStep, ...]) -> Scenario:
    """Steps alone: each waits for any reply."""
    plain = tuple(
        replace(step, expect=(), wait="written" if step.sound is not None else "reply")
        for step in steps
    )
    return Scenario(name="", title="", path="", steps=plain)


class SimulatedCaller:
    """Joins the agent's room as an ordinary participant and talks.

    Call :meth:`join`, then :meth:`talk`, and :meth:`leave` whatever happened.

    Args:
        tap: The call's clock, events and recording.
        session: The agent's started session.
        caller: Voice and manners.
        scenario: What the caller does; None for a call that only a person's typing drives. Steps
            alone are played without looking at what they expect.
        clock_zero: `time.monotonic()` at second 0 of the call's clock.
        agent: How its text is sent, and where its words come from.
        judge: Judges what a script expects in free text.
        brain: The language model that plays a simulated person, if one does.
        person_ear: The stack whose recogniser writes down what a person says who takes the call
            over; empty if none does.

    Raises:
        PersonaError: There is nothing to play the simulated person.
    """

    def __init__(
        self,
        tap: CallTap,
        session: Session,
        caller: Caller,
        scenario: Scenario | tuple[ScriptStep, ...] | None,
        clock_zero: float,
        agent: Agent,
        judge: EvalJudge | None = None,
        brain: LlmAccess | None = None,
        person_ear: str = "",
    ) -> None:
        tap = self._tap = self._lanes = TwoLanes(tap)
        self._caller = caller
        self._zero = clock_zero
        self._agent = agent
        self._words = Words(tap, agent.transcript, lambda: self._floor.wake())
        self._line = RoomLine(tap, session, self._words, caller.by)
        self._rtvi = RtviEar(tap, lambda: self._floor.wake(), self._words)
        self._line.inbox.on_stream = self._rtvi.notice
        self._floor = Floor(tap.now, self._rtvi, self._words)
        self._channel = TextChannel(self._line, self._rtvi, agent)
        self._mouth = Mouth(tap, self._line, self._rtvi, self._channel, caller.speed)
        hooks = self._make_hooks()
        self._feed = hooks.feed
        self._mouth.on_begun = lambda by_text: self._feed.line_begins(by_text=by_text)
        self._mouth.on_over = self._on_line_over
        self._typist = Typist(hooks)
        ear = ear_of(tap, person_ear, caller.language)
        self._side = PersonSide(
            tap, self._mouth, hooks.stream, lambda: GatedDetector(LANE_RATE, silero()), ear
        )
        steps = scenario.steps if isinstance(scenario, Scenario) else scenario or ()
        self._recordings = [step.audio for step in steps if step.audio is not None]
        self._sounds = [
            NoLine(step.sound, caller.seed + number)
            for number, step in enumerate(steps)
            if step.sound is not None
        ]
        self._introduce: Callable[[], Coroutine[Any, Any, bool]] | None = None
        self._runner = self._make_runner(scenario, hooks, judge, brain)
        if isinstance(self._runner, PersonaRunner):
            self._side.on_line = self._runner.spoken_at
            if ear is not None:
                ear.words.on_words = self._runner.said_for
        self._hung_up = asyncio.Event()
        self._last_line_at = 0.0
        self._live_at = 0.0
        self._heard_at: float | None = None
        self._sender: PacedSender | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._pipeline: CallerPipeline | None = None

    async def join(self, timeout_s: float) -> None:
        """Enter the room and wait for the agent's audio; who types needs none and sends none.

        Raises:
            ConnectError: The room or the agent was not reached, and why.
            ScenarioError: A recording of the script cannot be played.
        """
        if self._caller.by == "voice":
            source = self._line.open_source()
            self._mouth.sender = PacedSender(self._tap, source, self._caller.volume_db)
            await self._mouth.prepare(self._recordings, self._sounds)
        self._sender = self._mouth.sender
        self._health = HealthMonitor(
            self._tap, self._sender, self._line.inbox, self._line.statistics
        )
        # Everything is ready before: some agents greet as soon as somebody comes.
        self._pipeline = CallerPipeline(self._tap, self._line, self._words, self._rtvi)
        await self._pipeline.start(self._caller, self._agent, self._mouth)
        self._line.on_track = self._listen
        await self._line.join()
        self._spawn(self._health.run())
        if self._sender is not None:
            await self._line.publish()
            self._spawn(self._sender.run())
        await self._line.wait_for_agent(timeout_s)

    async def talk(self) -> Ending:
        """Hold the conversation until somebody ends it."""
        self._live_at = self._tap.now()
        self._spawn(self._shake_hands())
        self._spawn(self._feed.run())
        if self._introduce is not None:
            self._spawn(self._introduce())
        typing = asyncio.create_task(self._typist.run())
        script = asyncio.create_task(self._play(self._runner)) if self._runner else typing
        gone = asyncio.create_task(self._line.agent_gone.wait())
        hung_up = asyncio.create_task(self._hung_up.wait())
        tasks = {typing, script, gone, hung_up}
        self._tasks += tasks
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if self._line.trouble is not None:
            raise self._line.trouble
        if hung_up.done():
            return Ending("person", "hung_up")
        if gone.done():
            # What waits for the agent learns that it left.
            self._feed.gone()
            await asyncio.wait({script}, timeout=_SETTLE_S)
        for task in (script, typing):
            if task.done() and (error := task.exception()) is not None:
                if isinstance(error, Hangup) and not gone.done():
                    return Ending("caller", error.reason)
                if not isinstance(error, Hangup):
                    raise error
        if self._line.removed is None:
            return Ending("agent", "left")
        through = self.script_done or self._runner is None
        if through and self._line.removed in _HOW_AGENTS_HANG_UP:
            return Ending("agent", self._line.removed)
        return Ending("server", self._line.removed)

    def hang_up(self) -> None:
        """End the conversation now."""
        self._hung_up.set()

    def type_line(self, text: str, *, as_text: bool = False) -> None:
        """Have `text` spoken at once, or sent by the agent's text channel."""
        self._typist.type_line(text, as_text=as_text)

    def press(self, keys: str) -> None:
        """Have keys pressed at once."""
        self._typist.press(keys)

    def play(self, path: str, words: str) -> None:
        """Have a recording played at once; `words` are what it says, empty if nobody knows."""
        self._typist.play(path, words)

    def take(self, who: str) -> None:
        """A person has the caller's side from now on; see :meth:`PersonSide.take`."""
        self._side.take(who)

    def person_voice(self, first: int, samples: Samples) -> None:
        """A piece of that person's microphone came."""
        self._side.voice(first, samples)

    def give_back(self, why: WhyBack, back: GivenBack | None = None) -> None:
        """The simulated caller goes on, or nobody if there is none."""
        if self.held and isinstance(self._runner, PersonaRunner):
            self._runner.spoken_for()
            if back is not None and back.instruction:
                self._runner.whisper(back.instruction)
        self._side.give_back(why, back or GivenBack())

    def whisper(self, who: str, text: str) -> None:
        """Tell a simulated person what to do; a script hears nothing."""
        if isinstance(self._runner, PersonaRunner):
            self._tap.emit(EventKind.PERSON_WHISPERED, who=who, text=text)
            self._runner.whisper(text)

    @property
    def held(self) -> bool:
        """Whether a person has the caller's side."""
        return self._side.taken.is_set()

    @property
    def script_done(self) -> bool:
        """Whether the script is through, by its end or by a failure that ends it."""
        return self._runner is not None and self._runner.done

    @property
    def heard_agent(self) -> bool:
        """Whether the agent was heard, or told any text."""
        return self._floor.spoke_since(0.0) or self._words.any

    @property
    def silent_since(self) -> float:
        """Second since which nobody speaks; now, while somebody does or a person has the side."""
        if self._floor.agent_speaking or self._mouth.speaking or self.held:
            return self._tap.now()
        return max(self._last_line_at, self._floor.last_sign or 0.0, self._live_at)

    @property
    def awaits_answer(self) -> bool:
        """Whether the caller spoke last: the silence is the agent's."""
        return self._last_line_at > (self._floor.last_sign or 0.0)

    async def leave(self) -> None:
        """Stop talking, end the pipeline and leave the room, in this order."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._side.close()
        self._typist.close()
        self._mouth.close()
        if self._pipeline is not None:
            await self._pipeline.close()
        await self._line.leave()

    def _make_runner(
        self,
        scenario: Scenario | tuple[ScriptStep, ...] | None,
        hooks: RunnerHooks,
        judge: EvalJudge | None,
        brain: LlmAccess | None,
    ) -> ScriptRunner | PersonaRunner | None:
        if isinstance(scenario, tuple):
            scenario = _bare(scenario)
        if scenario is None:
            return None
        if (simulation := scenario.simulation) is not None:
            llm = make_brain(simulation.brain, brain)
            # While the agent greets: the person itself needs none of it.
            self._introduce = partial(hooks.introduce, scenario)
            return PersonaRunner(simulation, hooks, llm, own_block=scenario.own_block)
        return ScriptRunner(scenario, hooks, self._typist, judge) if scenario.steps else None

    async def _play(self, runner: ScriptRunner | PersonaRunner) -> None:
        """Play a script or a simulated person to the end, but not over the voice of a person.

        Raises:
            Hangup: The caller ends the call.
        """
        try:
            if isinstance(runner, PersonaRunner):
                ended_by = await runner.run()
            else:
                await self._play_script(runner)
                ended_by = None
        except Hangup:
            await self._side.free.wait()
            raise
        if ended_by is not None and not self._line.agent_gone.is_set():
            await self._side.free.wait()
            raise Hangup(ended_by)

    async def _play_script(self, runner: ScriptRunner) -> None:
        """Play a script; while a person has the caller's side it is suspended.

        Raises:
            Hangup: The caller ends the call.
        """
        while True:
            self._runner = runner
            playing = asyncio.ensure_future(runner.run())
            taken = asyncio.ensure_future(self._side.taken.wait())
            either: set[asyncio.Future[Any]] = {playing, taken}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if playing.done():
                    return playing.result()
                runner.suspend()
            finally:
                for task in either:
                    task.cancel()
                await asyncio.wait(either)
            try:
                await self._side.free.wait()
            except asyncio.CancelledError:
                await runner.give_up()
                raise
            runner = runner.resumed(self._side.last.step)

    def _make_hooks(self) -> RunnerHooks:
        caller, tap = self._caller, self._tap
        trace = EvalTrace()
        stream = RoomStream(self._floor, caller.patience_s, trace)
        by_text = caller.by == "text"
        feed = EvalsFeed(stream, self._floor, caller.patience_s, self._zero, by_text=by_text)
        link = EvalsLink(self._line.send, tap)
        feed.on_answer = link.take
        self._line.inbox.on_message = feed.rtvi
        self._words.on_text = lambda text, source: feed.words(
            text,
            # RTVI announces what will be said; the others tell what was.
            late=source != "rtvi",
        )
        self._words.on_lost = feed.words_lost
        return RunnerHooks(
            stream=stream,
            client=RoomEvalClient(self._mouth, stream, link, voice=not by_text),
            feed=feed,
            link=link,
            tap=tap,
            floor=self._floor,
            caller=caller,
            mouth=self._mouth,
            speaks_rtvi=self._speaks_rtvi,
        )

    async def _speaks_rtvi(self) -> bool:
        """Whether the agent speaks RTVI: it says so at once, or not at all."""
        while not (self._rtvi.ready or self._rtvi.echoed or self._rtvi.spoke):
            now = self._tap.now()
            # Whoever types may never hear anything: it counts from the beginning.
            first = self._live_at if self._caller.by == "text" else self._heard_at
            heard_for = 0.0 if first is None else now - first
            if heard_for > _SAYS_READY_S or now - self._live_at > _HANDSHAKE_S * _HANDSHAKES:
                break
            await asyncio.sleep(0.05)
        return self._rtvi.ready or self._rtvi.spoke

    async def _shake_hands(self) -> None:
        """Say that we are there; again only in silence, since each time makes a stock bot greet."""
        for _ in range(_HANDSHAKES):
            await self._line.send(client_ready())
            self._channel.asked.set()
            deadline = self._tap.now() + _HANDSHAKE_S
            while self._tap.now() < deadline:
                if self._rtvi.spoke or self._rtvi.echoed or self._floor.spoke_since(0.0):
                    return await self._rtvi.wait_for_answer(_HANDSHAKE_S)
                await asyncio.sleep(0.1)

    def _on_line_over(self, at: float) -> None:
        self._last_line_at = at
        self._feed.line_over(at)

    def _listen(self, track: rtc.Track) -> None:
        """Hear the agent's track."""
        detector = GatedDetector(LANE_RATE, silero())
        receiver = Receiver(self._tap, track, self._zero, detector, self._lanes.echo_share)
        receiver.on_change = self._floor.wake
        receiver.on_heard = self._on_heard
        self._floor.receiver = self._health.receiver = receiver
        self._spawn(receiver.run())

    def _on_heard(self, samples: Samples, known: list[Boundary]) -> None:
        assert self._pipeline is not None
        self._pipeline.hear(samples, known)
        for boundary in known:
            if boundary.kind == "started":
                self._side.agent_began()
                self._heard_at = self._heard_at or boundary.at
                self._feed.onset(boundary.at)

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))
