"""ScriptRunner: plays a script by Pipecat Evals' own driver, with a caller's manners around it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Any, cast

from pipecat.evals.client import EvalClient
from pipecat.evals.judge import EvalJudge
from pipecat.evals.results import (
    EvalAssertionFailure,
    EvalProgress,
    EvalScriptTurnProgress,
    EvalTrace,
)
from pipecat.evals.script_driver import EvalScriptDriver

from harness.caller._hangup import Hangup
from harness.caller._line import NoLine
from harness.caller.evals._capabilities import capabilities
from harness.caller.evals._client import LineDown
from harness.caller.evals._expectations import Expectations, Place
from harness.caller.evals._hooks import RunnerHooks
from harness.caller.evals._manners import Manners
from harness.caller.evals._plan import Plan, plan_for
from harness.caller.evals._typist import BEFORE_S, Typist
from harness.nouns import NotRun, Scenario, ScriptStep

__all__ = ["ScriptRunner"]

_PATIENT_S = 60.0
"""How long Pipecat Evals waits for what is expected."""
_REPLY_S = 15.0
"""What a reply may take after two unanswered waits, so that giving up comes before."""
_LOOK_S = 0.02
_EARLY_S = 0.15
"""So much before its moment a sound is handed over: more than the sender is ahead."""
_OWN = {
    "response": "bot_started_speaking",
    "tts_response": "bot_started_speaking",
    "bot_started_speaking": "bot_started_speaking",
    "bot_stopped_speaking": "bot_stopped_speaking",
}
"""Events that are made of what is heard, and what the agent itself says of them."""


class ScriptRunner:
    """Plays the steps and tells what became of their expectations.

    Args:
        scenario: The script.
        hooks: The call.
        typist: Whose lines come between.
        judge: Judges criteria in free text; None where there is none. Closed at the end.
        first: The step to begin with; those before it are left alone.

    Attributes:
        done: Whether the script is through, by its end or by a failure that ends it.
    """

    def __init__(
        self,
        scenario: Scenario,
        hooks: RunnerHooks,
        typist: Typist,
        judge: EvalJudge | None,
        first: int = 0,
    ) -> None:
        self._whole = scenario
        self._first = first
        # What a script gives the agent before its first step was given with it.
        rest = replace(scenario, steps=scenario.steps[first:], context=())
        self._scenario = rest if first else scenario
        self._steps = self._scenario.steps
        self._typist = typist
        self._begun = -1
        self._suspended = False
        self._hooks = hooks
        self._judge = judge
        self._manners = Manners(hooks, typist)
        self._plan: Plan | None = None
        self._driver: EvalScriptDriver | None = None
        self._turn = -1
        self._turn_at = 0.0
        self._ended: float | None = None
        self._asked = Expectations(self._steps, first, len(scenario.steps), hooks.tap)
        self._making: list[asyncio.Task[None]] = []
        self.done = False

    async def run(self) -> None:
        """Play to the end; returns without a word when the agent left.

        Raises:
            Hangup: The caller ends the call: script_done, expectation_failed or no_answer.
        """
        try:
            await self._play()
        finally:
            self._manners.answered()
            for making in self._making:
                making.cancel()
            if not self._suspended:
                self._settle(NotRun.NOT_REACHED)
                await self._close_judge()

    def suspend(self) -> None:
        """A person speaks in the caller's place: :meth:`run` is cancelled, and leaves the rest."""
        self._suspended = True

    def resumed(self, step: int | None) -> ScriptRunner:
        """What plays the rest of a suspended script.

        What was open, and what lies before `step`, is not asked any more.

        Args:
            step: Where it goes on, of the whole script; None for the first line not yet said.
        """
        following = self._first + max(self._begun + 1, self._turn)
        going_on = min(max(following if step is None else step, 0), len(self._whole.steps))
        for number in range(self._turn, len(self._steps)):
            if number < 0 or number + self._first >= going_on:
                continue
            self._leave(number, "done" if number <= self._begun else "skipped")
        whole, hooks, typist = self._whole, self._hooks, self._typist
        return ScriptRunner(whole, hooks, typist, self._judge, going_on)

    async def give_up(self) -> None:
        """Nobody plays the rest of a suspended script."""
        self._settle(NotRun.PERSON_TOOK_OVER)
        await self._close_judge()

    def _leave(self, number: int, status: str) -> None:
        """Tell that a step is over without its open expectations."""
        self._asked.leave(number, NotRun.PERSON_TOOK_OVER)
        self._asked.stand(number, status)

    async def _close_judge(self) -> None:
        if self._judge is not None:
            with contextlib.suppress(Exception):
                await self._judge.close()

    async def _play(self) -> None:
        # From the greeting on: it is over before it is known what can be asked.
        self._hooks.feed.unknown = True
        plan = await self._get_ready()
        driver = self._make_driver(plan)
        playing = asyncio.ensure_future(driver.run())
        given_up = self._manners.gave_up
        either: set[asyncio.Future[Any]] = {playing, given_up}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                given_up.result()
                self._give_up()
            try:
                failures = playing.result()
            except LineDown:
                return
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        self._manners.answered()
        self._turn_over()
        self.done = not any(failure.kind == "bot_ended" for failure in failures)
        if self._hooks.stream.bot_has_ended:
            return
        stopped = any(turn.status == "not_run" for turn in driver.turns)
        await self._manners.hear_out(None if stopped or failures else self._ended)
        await self._manners.goodbye()
        raise Hangup("expectation_failed" if stopped else "script_done")

    async def _get_ready(self) -> Plan:
        """Learn what can be asked of the agent, while it greets."""
        if not self._steps:
            self.done = True
            raise Hangup("script_done")
        first = self._steps[0]
        opens = (first.say is not None or first.dtmf is not None) and first.send_after is None
        known = self._hooks.speaks_rtvi() if self._first else None
        waiting: list[Any] = [known or self._hooks.introduce(self._scenario)]
        if opens:
            waiting.append(self._manners.greeting())
        rtvi = (await asyncio.gather(*waiting))[0]
        features = self._hooks.link.features
        can = capabilities(rtvi, features, self._hooks.caller, self._judge is not None)
        self._plan = plan = plan_for(self._scenario, can)
        for place, why in plan.left_out.items():
            self._asked.not_run(place, why)
        return plan

    def _make_driver(self, plan: Plan) -> EvalScriptDriver:
        caller = self._hooks.caller
        polite_s = 2 * caller.answer_timeout_s + _REPLY_S
        timeout_s = polite_s if self._scenario.own_block else _PATIENT_S
        trace = EvalTrace()
        trace.start()
        self._hooks.stream.on_turn = self._next_turn
        self._hooks.stream.on_unknown = self._words_unknown
        self._hooks.client.due = self._due
        self._hooks.client.on_no_keys = self._no_keys
        self._driver = EvalScriptDriver(
            scenario=plan.scenario,
            default_timeout_ms=round(timeout_s * 1000),
            # It calls no more of a client than ours has: a test holds that.
            client=cast(EvalClient, self._hooks.client),
            stream=self._hooks.stream,
            judge=self._judge,
            trace=trace,
            progress=self._progress,
        )
        return self._driver

    def _next_turn(self) -> None:
        self._manners.answered()
        if self._turn >= 0:
            self._turn_over()
        self._turn += 1
        self._turn_at = self._hooks.tap.now()
        self._hooks.client.step = step = self._steps[self._turn]
        self._hooks.feed.whole = any(wanted.excludes for wanted in step.expect)
        self._asked.stand(self._turn, "current")
        assert self._plan is not None
        if self._turn in self._plan.missing:
            self._asked.missing(self._turn, self._plan.missing[self._turn])

    def _turn_over(self) -> None:
        """Tell the kinds of what failed in the turn, which the driver knows at its end only."""
        assert self._driver is not None and self._plan is not None
        for failure in self._driver.turns[self._turn].failures:
            place = self._place_of(failure)
            if place is not None:
                self._asked.tell(place, "failed", *self._kind(place, failure.kind, failure.reason))
        self._asked.leave(self._turn)
        self._asked.stand(self._turn, "done")

    def _place_of(self, failure: EvalAssertionFailure) -> Place | None:
        """Which expectation failed; a line that was never said fails the first."""
        assert self._plan is not None
        places = self._plan.origin[failure.turn_index]
        number = max(failure.expectation_index, 0)
        return places[number] if number < len(places) else None

    def _words_unknown(self) -> None:
        """A reply came and nobody knows its words: nothing about them is asked of the driver."""
        assert self._driver is not None and self._plan is not None
        number = len(self._driver.turns[self._turn].expectations)
        wanted = self._plan.scenario.turns[self._turn].expect[number]
        if wanted.text_contains or wanted.text_excludes or wanted.eval:
            wanted.text_contains = wanted.text_excludes = wanted.eval = None
            self._asked.not_run(self._plan.origin[self._turn][number], NotRun.WORDS_UNKNOWN)

    def _no_keys(self) -> None:
        """Nothing is expected from here on: what the agent does rests on keys it never got."""
        self._asked.missing(self._turn, NotRun.NO_DTMF)
        self._asked.none_from(self._turn, NotRun.NO_DTMF)

    def _due(self) -> float | None:
        """When the line of this turn is to begin, if that was set exactly."""
        after = self._steps[self._turn].send_after
        if after is None:
            return None
        if after.event is None:
            return self._turn_at + after.delay_ms / 1000
        seen = self._hooks.stream.latest_event_times.get(after.event)
        return None if seen is None else self._on_call(seen) + after.delay_ms / 1000

    async def _progress(self, record: EvalProgress) -> None:
        if not isinstance(record, EvalScriptTurnProgress):
            return
        if record.status == "turn":
            step = self._steps[record.turn_index]
            self._begun = record.turn_index
            await self._line_out(step)
            seed = self._hooks.caller.seed + self._first + record.turn_index
            await self._sound(step, seed)
        elif record.expectation_index >= 0:
            self._resolved(record)

    async def _line_out(self, step: ScriptStep) -> None:
        """Wait for the end of the line: budgets count from there."""
        client, tap = self._hooks.client, self._hooks.tap
        if step.say is None and step.dtmf is None:
            return
        if client.line is None:
            return
        self._ended = await client.line.over
        await asyncio.sleep(max(0.0, self._ended - tap.now()))
        if self._asks_again():
            self._manners.await_answer(self._ended)

    async def _sound(self, step: ScriptStep, seed: int) -> None:
        """Make the step's sound: now, or when the agent has spoken long enough."""
        if step.sound is None:
            return
        if step.into_reply_s is not None:
            since = 0.0 if self._ended is None else self._ended - BEFORE_S
            making = self._into_reply(NoLine(step.sound, seed), since, step.into_reply_s)
            self._making.append(asyncio.create_task(making))
            return
        await asyncio.sleep(step.pause_s)
        await self._hooks.client.make_sound(NoLine(step.sound, seed))

    async def _into_reply(self, sound: NoLine, since: float, after_s: float) -> None:
        """Make a sound so long after the onset of the reply heard at or after second `since`.

        None is made if the reply is over by then, or the caller speaks again before it.
        """
        stream, client, now = self._hooks.stream, self._hooks.client, self._hooks.tap.now
        line = client.line
        while True:
            if client.line is not line:
                return
            seen = stream.latest_event_times.get("bot_started_speaking")
            if seen is not None and self._on_call(seen) >= since:
                break
            await asyncio.sleep(_LOOK_S)
        at = self._on_call(seen) + after_s
        await asyncio.sleep(max(0.0, at - now() - _EARLY_S))
        if stream.heard and client.line is line:
            await client.make_sound(replace(sound, starts_at=at))

    def _asks_again(self) -> bool:
        """Whether silence after this turn's line would be wrong."""
        assert self._plan is not None
        awaited = any(not each.absent for each in self._plan.scenario.turns[self._turn].expect)
        return awaited and self._scenario.own_block and self._hooks.caller.asks_again

    def _resolved(self, record: EvalScriptTurnProgress) -> None:
        assert self._plan is not None
        place = self._plan.origin[record.turn_index][record.expectation_index]
        nameless, self._hooks.stream.nameless = self._hooks.stream.nameless, False
        if nameless:
            self._asked.not_run(place, NotRun.NAMELESS_CALLS)
        elif record.status == "matched":
            own_s = self._own_s(record.event_name)
            matched = None if self._hooks.stream.claimed_unknown else record.detail
            self._asked.tell(place, "matched", "", "", matched=matched, own_s=own_s)
        else:
            kind = "timeout" if record.status == "timeout" else ""
            self._asked.tell(place, "failed", *self._kind(place, kind, record.detail))

    def _kind(self, place: Place, kind: str, reason: str) -> tuple[str, str]:
        """Kind and reason of a failure: a judge that failed is not the agent's fault."""
        step, index = place
        asked = index >= 0 and self._steps[step].expect[index].eval is not None
        if asked and kind in ("", "judge_no", "judge_continue", "error"):
            trouble = str(getattr(self._judge, "last_error", "") or "")
            before = self._asked.told(place)
            if (trouble and trouble in reason) or (before and before[1] == "judge_error"):
                return "judge_error", trouble or reason
        return kind, reason

    def _own_s(self, event: str) -> float | None:
        """When the agent's own event came, in seconds after the caller's line."""
        client, stream = self._hooks.client, self._hooks.stream
        if client.line is None or self._ended is None:
            return None
        if event in _OWN:
            at = self._hooks.feed.own.get(_OWN[event])
        else:
            at = None if stream.claimed is None else self._on_call(stream.moment(stream.claimed))
        if at is None or at < client.line.started_at:
            return None
        return round(at - self._ended, 3)

    def _on_call(self, moment: float) -> float:
        """A moment of `time.monotonic()` on the call's clock."""
        return self._hooks.feed.on_call(moment)

    def _give_up(self) -> None:
        """Nobody answers: what the turn waited for did not come.

        Raises:
            Hangup: Always.
        """
        assert self._plan is not None
        for place in self._plan.origin[self._turn]:
            if self._asked.told(place) is None and place[1] >= 0:
                self._asked.tell(place, "failed", "timeout", "the agent did not answer")
                break
        raise Hangup("no_answer")

    def _settle(self, why: NotRun) -> None:
        """Tell of everything that was not reached, and why the plan stands where it stands."""
        for number in range(len(self._steps)):
            self._asked.leave(number, why)
            if self.done and number > self._turn:
                self._asked.stand(number, "skipped")
