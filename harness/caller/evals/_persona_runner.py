"""PersonaRunner: a simulated person holds the call, counted and ended by Pipecat Evals' driver."""

from __future__ import annotations

import asyncio
import math
from typing import Any, cast

from pipecat.evals.client import BOT_ENDED_EVENT, PERSONA_TURN_EVENT, EvalClient
from pipecat.evals.persona import EvalPersona
from pipecat.evals.results import EvalProgress, EvalTrace
from pipecat.evals.simulation import EvalSimulationScenario
from pipecat.evals.simulation_driver import EvalSimulationDriver
from pipecat.services.llm_service import LLMService

from harness.caller._known_lines import STILL_THERE
from harness.caller._line import SpokenLine
from harness.caller.evals._habits import ASKS_TO_REPEAT, Mannered
from harness.caller.evals._persona_hooks import PersonaHooks
from harness.caller.evals._persona_phone import PersonaPhone
from harness.caller.evals._persona_turns import PersonaTurns, Reply
from harness.caller.evals._spoken_for import SpokenFor
from harness.caller.evals._wordless import UNKNOWN_WORDS
from harness.nouns import Caller, EventKind, RulesBrain, Simulation

__all__ = ["PersonaRunner"]

_GREETING_S = 5.0
"""How long the person waits for a greeting before it opens the conversation."""
_WORDS_S = 2.0
"""How long the words of a reply may come after its sound has ended."""
_GOODBYE_S = 15.0
_LONGEST_S = 600.0
"""Longest reply that is heard out; the simulation's own limit ends the call long before."""
_LOOK_S = 0.05
_OUT_OF_TIME = "max_duration"
"""As Pipecat Evals names it, among `SIMULATION_ENDINGS`."""
_AWAKE_S = 0.5
_BEFORE_S = 0.3
"""A reply's heard beginning may lie a little before the line it answers has ended."""

_WHISPER = (
    "Instruction from whoever directs this call; the assistant does not hear it. Follow it from "
    "your next words on, in your own words and in character: {}"
)
_SPOKEN_FOR = (
    "Somebody else has spoken to the assistant in your place, as you. What is known of their words "
    "stands in this conversation as yours, the rest is not known to you; what the assistant says "
    "next may be the answer to it. Go on from there."
)

_SILENCE = "(silence)"
"""What is heard when nobody speaks and it is the agent's turn."""
_RESPONSE = "response"


class PersonaRunner:
    """Holds a simulation's conversation.

    Each reply of the agent that was heard to its end, or cut into by habit, goes to what plays the
    person; its answer is said, with the person's habits. Pipecat Evals' own driver counts the
    turns and ends the run.

    Args:
        simulation: Who calls, what for, and when it is enough.
        hooks: The call.
        llm: Plays the person.
        own_block: Whether the scenario has a `ringback:` block. Without one the person only ever
            answers, as in Pipecat Evals: it neither asks again nor opens the conversation.
    """

    def __init__(
        self,
        simulation: Simulation,
        hooks: PersonaHooks,
        llm: LLMService[Any],
        *,
        own_block: bool = True,
    ) -> None:
        self._simulation = simulation
        self._stream = hooks.stream
        self._tap = hooks.tap
        self._floor = hooks.floor
        self._caller = hooks.caller
        self._asks_again = own_block and hooks.caller.asks_again
        self._open_line = hooks.open_line
        self._persona = EvalPersona(_who(simulation, hooks.caller), simulation.goal, llm)
        self._turns = PersonaTurns(llm)
        brain = simulation.brain
        seed = brain.seed if isinstance(brain, RulesBrain) else hooks.caller.seed
        self._manners = Mannered(simulation.habits, seed)
        self._phone = PersonaPhone(self._persona)
        self._by_text = hooks.caller.by == "text"
        self._notes: list[str] = []
        self._for = SpokenFor()
        self._whispered = asyncio.Event()
        self._read = 0
        self._kept: list[str] = []
        self._replies = 0
        self._said = 0
        self._silences = 0
        self._spoke_last = False
        self._cut_in = False
        self._busy = False
        self._ended_at = 0.0
        self._over = False

    @property
    def done(self) -> bool:
        """Whether the person has hung up or the run is over: an agent may leave from now on."""
        return self._over or self._phone.hung_up

    async def run(self) -> str:
        """Hold the conversation until it ends, and hear out the agent's last words.

        Returns:
            What ended it, one of Pipecat Evals' `SIMULATION_ENDINGS`.

        Raises:
            PersonaError: What plays the person gave no usable answer.
            SpeechFailed: The caller's voice did not speak.
        """
        driver = EvalSimulationDriver(
            simulation=self._limits(),
            persona=self._persona,
            client=cast(EvalClient, self._phone),
            stream=self._stream,
            judge=None,
            trace=_trace(),
            progress=_nobody,
        )
        await self._turns.start(self._persona.instruction)
        driving = asyncio.create_task(driver.run())
        talking = asyncio.create_task(self._converse())
        awake = asyncio.create_task(self._stay_awake())
        limit = asyncio.create_task(self._out_of_time())
        try:
            await asyncio.wait({driving, talking, limit}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
            if limit.done() and not driving.done():
                await self._phone.hang_up()
                ended_by = _OUT_OF_TIME
            else:
                await driving
                result = driver.result(failures=[], duration_ms=0, events_seen=[], debug_log=[])
                ended_by = str(result.ended_by)
            self._end(ended_by)
            talking.cancel()
            await self._hear_out(ended_by)
            return ended_by
        except asyncio.CancelledError:
            if not self._over and self._agent_left:
                self._end("bot")
            raise
        except Exception as error:
            self._end("error", str(error))
            raise
        finally:
            for task in (driving, talking, awake, limit):
                task.cancel()
            await asyncio.gather(driving, talking, awake, limit, return_exceptions=True)
            await self._turns.close()

    def whisper(self, instruction: str) -> None:
        """Have the person follow an instruction from its next turn on: at once, if that is now."""
        self._notes.append(_WHISPER.format(instruction))
        self._whispered.set()

    def spoken_for(self) -> None:
        """Somebody else spoke in the person's place: it goes on with what the agent says now."""
        self._notes.append(_SPOKEN_FOR)

    def spoken_at(self, number: int) -> None:
        """A line of somebody else, spoken in the person's place, begins now."""
        self._for.begins(number, len(self._stream.events_seen))

    def said_for(self, number: int, text: str) -> None:
        """The words of that line became known: to whoever plays the person they are its own."""
        self._for.known(number, text)

    @property
    def _agent_left(self) -> bool:
        return any(event["type"] == BOT_ENDED_EVENT for event in self._stream.events_seen)

    def _limits(self) -> EvalSimulationScenario:
        simulation = self._simulation
        return EvalSimulationScenario(
            name="simulation",
            persona=simulation.persona,
            goal=simulation.goal,
            success=simulation.success,
            # What the agent said are its `response` events: the words of what was heard.
            bot_audio=True,
            max_turns=simulation.max_turns,
            max_duration_s=math.inf,  # the driver's goes on while a person has the call
            max_silence_s=simulation.max_silence_s,
        )

    async def _converse(self) -> None:
        since, limit = 0.0, _GREETING_S
        while not self._phone.hung_up:
            self._busy = False
            heard = await self._hear_or_whisper(since, limit)
            self._busy = True
            if heard:
                cut_in = await self._listen(self._tap.now())
                words = await self._words()
                since = self._tap.now()
                said = await self._respond(words, cut_in=cut_in) if words else False
            elif self._stream.between:
                said = False
            elif self._spoke_last:
                said = await self._ask_after()
            elif self._asks_again or self._whispered.is_set():
                said = await self._respond(_SILENCE, cut_in=False)
            else:
                said = False
            if said:
                since = self._ended_at - (0.0 if self._by_text else _BEFORE_S)
            limit = self._caller.answer_timeout_s

    async def _hear_or_whisper(self, since: float, limit: float) -> bool:
        """Wait for the agent to speak; in vain, if it is whispered what to say now."""
        speech = asyncio.ensure_future(
            self._floor.wait_for_speech(since, limit, or_text=self._by_text)
        )
        whisper = asyncio.ensure_future(self._whispered.wait())
        try:
            await asyncio.wait({speech, whisper}, return_when=asyncio.FIRST_COMPLETED)
            if speech.done() or self._spoke_last or self._stream.between:
                return await speech
            return False
        finally:
            speech.cancel()
            whisper.cancel()

    async def _listen(self, began: float) -> bool:
        """Hear the agent out, from second `began`; whether the person cuts in instead."""
        quiet = asyncio.ensure_future(self._stream.wait_bot_quiet(_LONGEST_S))
        after = self._manners.cuts_in_after_s
        try:
            while after is not None and not quiet.done():
                left = began + after - self._tap.now()
                await asyncio.wait({quiet}, timeout=max(left, _LOOK_S))
                due = self._tap.now() >= began + after
                # Who has understood nothing yet has nothing to answer.
                if not quiet.done() and due and self._floor.agent_speaking and self._unread:
                    return True
            await quiet
            return False
        finally:
            quiet.cancel()

    @property
    def _unread(self) -> list[str]:
        """Words of the agent that were not answered yet."""
        fresh = self._stream.events_seen[self._read :]
        said = [event["text"] for event in fresh if event["type"] == _RESPONSE]
        return [*self._kept, *(text for text in said if text)]

    async def _words(self) -> str:
        """What the agent said, once its words are there; empty if it only went on."""
        await asyncio.sleep(_LOOK_S)  # the last of them come with the silence
        for _ in range(round(_WORDS_S / _LOOK_S)):
            if self._unread:
                break
            await asyncio.sleep(_LOOK_S)
        words = self._for.exchange(self._kept, self._stream.events_seen, self._read)
        self._forget()
        self._silences = 0
        # Whoever is cut into and speaks on says nothing that was not answered already.
        went_on, self._cut_in = self._cut_in, False
        return words or ("" if went_on else UNKNOWN_WORDS)

    def _forget(self) -> None:
        self._read = len(self._stream.events_seen)
        self._kept = []

    async def _respond(self, words: str, *, cut_in: bool) -> bool:
        """Answer `words`; whether anything was said."""
        self._spoke_last = False
        self._replies += words != _SILENCE
        if words != _SILENCE and self._manners.asks_to_repeat(self._replies):
            # To what plays the person it never happened: it hears the agent say it again.
            self._tell(None, None)
            await self._say(ASKS_TO_REPEAT, counts=True)
            return True
        for message in self._for.take_earlier():
            self._persona.context.add_message(message)
        for note in self._notes:
            self._persona.context.add_message({"role": "system", "content": note})
        self._notes.clear()
        self._whispered.clear()
        frame = self._persona.hear({"type": "llm_response", "text": words})
        if frame is None:
            return False
        reply = await self._turns.ask(frame)
        goes_on = self._floor.agent_speaking and not cut_in
        if (goes_on or self._stream.between) and not reply.hangs_up:
            # The agent was not done after all, or somebody typed: what it says now belongs to what
            # was heard.
            self._unhear(words)
            return False
        claim = await self._phone.claim() if reply.hangs_up else None
        self._tell(reply, claim)
        text = reply.text if claim else self._manners.dress(reply.text, self._said)
        if text:
            self._cut_in = cut_in
            await self._say(text, counts=True)
            self._persona.context.add_message({"role": "assistant", "content": text})
        if claim is not None:
            await self._stream.append(claim)
        return bool(text)

    def _unhear(self, words: str) -> None:
        context = self._persona.context
        context.set_messages(context.get_messages()[:-1])
        self._replies -= words != _SILENCE
        self._kept = [] if words in (_SILENCE, UNKNOWN_WORDS) else [words]

    async def _ask_after(self) -> bool:
        """The agent does not answer: ask once whether it is there; whether anything was said."""
        asks = self._asks_again and not self._silences
        if self._silences < (2 if self._asks_again else 1):
            waited = round(self._tap.now() - self._ended_at, 3)
            self._tap.emit(EventKind.CALLER_GAVE_UP, waited_s=waited, line=None)
        self._silences += 1
        if asks:
            self._tell(None, None)
            await self._say(STILL_THERE, counts=False)
            self._persona.context.add_message({"role": "assistant", "content": STILL_THERE})
        return asks

    async def _say(self, text: str, *, counts: bool) -> None:
        """Say `text` to its end; what `counts` is one of the turns of the simulation."""
        line = await self._open_line(SpokenLine(text, "persona", as_text=self._by_text))
        self._stream.input_sent()
        self._forget()  # what was told until now is of the reply that is answered, or cut into
        self._ended_at = await line.over
        self._spoke_last = True
        if not self._floor.spoke_since(line.started_at):
            self._forget()  # and so is what came late
        if counts:
            self._said += 1
            await self._stream.append({"type": PERSONA_TURN_EVENT, "text": text})

    async def _stay_awake(self) -> None:
        """Keep long speech and long thought from being taken for a lull."""
        while True:
            if self._floor.agent_speaking or self._busy or self._stream.held:
                self._stream.touch()
            await asyncio.sleep(_AWAKE_S)

    async def _out_of_time(self) -> None:
        """Returns when its time is over; while a person has the call it stands still."""
        left = self._simulation.max_duration_s
        while left > 0:
            begins, held = self._tap.now(), self._stream.held
            await asyncio.sleep(min(left, _AWAKE_S))
            if not (held or self._stream.held):
                left -= self._tap.now() - begins

    async def _hear_out(self, ended_by: str) -> None:
        """Let the agent finish what it is saying, or answer the person's last line."""
        if ended_by not in ("end_call", "max_turns"):
            return
        if ended_by == "max_turns":
            since = self._ended_at - (0.0 if self._by_text else _BEFORE_S)
            limit = self._caller.answer_timeout_s
            await self._floor.wait_for_speech(since, limit, or_text=self._by_text)
        await self._stream.wait_bot_quiet(_GOODBYE_S)

    def _tell(self, reply: Reply | None, claim: dict[str, Any] | None) -> None:
        self._tap.emit(
            EventKind.PERSONA_TURN,
            state=reply.state if reply else None,
            intent=reply.intent if reply else None,
            success=claim["success"] if claim else None,
        )

    def _end(self, ended_by: str, reason: str = "") -> None:
        self._over = True
        made = self._phone.event or {}
        self._tap.emit(
            EventKind.PERSONA_ENDED,
            ended_by=ended_by,
            success=made.get("success"),
            reason=reason or made.get("reason", ""),
        )


async def _nobody(_record: EvalProgress) -> None:
    """The run's progress: the call's own events tell it."""


def _trace() -> EvalTrace:
    trace = EvalTrace()
    trace.start()
    return trace


def _who(simulation: Simulation, caller: Caller) -> str:
    if caller.language.split("-")[0].casefold() == "en":
        return simulation.persona
    return f"{simulation.persona}\n\nYou speak the language with the code {caller.language} only."
