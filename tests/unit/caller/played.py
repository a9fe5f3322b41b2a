"""A call without a room: an agent that is played, as its messages and its sound would come."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from taps import KeptTap

from harness.caller._floor import Floor
from harness.caller._hangup import Hangup
from harness.caller._line import LineSource, NoLine, OpenLine, SpokenLine
from harness.caller._rtvi import RtviEar
from harness.caller._words import Words
from harness.caller.evals._client import RoomEvalClient
from harness.caller.evals._feed import EvalsFeed
from harness.caller.evals._hooks import RunnerHooks
from harness.caller.evals._link import EvalsLink
from harness.caller.evals._script_runner import ScriptRunner
from harness.caller.evals._stream import RoomStream
from harness.caller.evals._typist import Typist
from harness.nouns import Caller, EventKind, Scenario

LINE_S = 1.0
"""How long a spoken line takes."""
ONSET_S = 0.2
"""How long a line takes to begin."""


class ClockTap(KeptTap):
    """On the loop's own clock."""

    def __init__(self) -> None:
        super().__init__()
        self.zero = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self.zero


class Receiver:
    """What is heard of the agent."""

    def __init__(self) -> None:
        self.speaking = False
        self.quiet_since: float | None = None


class PlayedCall:
    """A caller with its script, and the agent opposite.

    Attributes:
        answers: What the agent says to which line; a text that begins with ``!`` calls a function
            first: ``!name|{"argument": 1}|text``. A list is said with pauses in between.
        rtvi: Whether it speaks RTVI; `names`: whether it tells the names of its functions.
        eager: It answers in the middle of the line, with the words of `answers`.
        obeys: It stops when it is interrupted.
        sound: Whether its words become sound.
        tells: Whether it tells its words: a number tells that it does so many seconds after its
            sound has ended.
        startled: It stops for each sound of the caller that is no line, or asks what that was.
        ready_s: How long it takes to know whether it speaks RTVI.
    """

    def __init__(self, scenario: Scenario, answers: dict[str, Any], **how: Any) -> None:
        self.answers = answers
        self.speaks_rtvi = how.pop("rtvi", True)
        self.names = how.pop("names", True)
        self.eager = how.pop("eager", False)
        self.obeys = how.pop("obeys", True)
        self.startled = how.pop("startled", False)
        self.sound = how.pop("sound", True)
        self.tells: bool | float = how.pop("tells", True)
        self.reply_s = how.pop("reply_s", 0.6)
        self.ready_s = how.pop("ready_s", 0.5)
        self.takes_keys = how.pop("takes_keys", True)
        self.judge = how.pop("judge", None)
        self.features: list[str] = how.pop("features", [])
        self.caller: Caller = how.pop("caller", scenario.caller)
        assert not how, how
        self.tap = ClockTap()
        self.said: list[tuple[float, float, str]] = []
        self.pressed: list[str] = []
        self.made: list[tuple[float, NoLine]] = []
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        words = Words(self.tap, "auto", lambda: self.floor.wake())
        self.words = words
        self.ear = RtviEar(self.tap, lambda: self.floor.wake(), words)
        self.floor = Floor(self.tap.now, self.ear, words)
        self.receiver = Receiver()
        self.floor.receiver = self.receiver  # type: ignore[assignment]
        self.stream = self._stream()
        by_text = self.caller.by == "text"
        patience_s = self.caller.patience_s
        self.feed = EvalsFeed(self.stream, self.floor, patience_s, self.tap.zero, by_text=by_text)
        words.on_text = lambda text, source: self.feed.words(
            text,
            # RTVI announces what will be said; the others tell what was.
            late=source != "rtvi",
        )
        words.on_lost = self.feed.words_lost
        link = EvalsLink(self._send, self.tap)
        self.feed.on_answer = link.take
        client = RoomEvalClient(self, self.stream, link, voice=not by_text)
        hooks = RunnerHooks(
            stream=self.stream,
            client=client,
            feed=self.feed,
            link=link,
            tap=self.tap,
            floor=self.floor,
            caller=self.caller,
            mouth=self,
            speaks_rtvi=self._ready,
        )
        self.client = client
        self.typist = Typist(hooks)
        self.runner = ScriptRunner(scenario, hooks, self.typist, self.judge)
        self._speaking = asyncio.Lock()
        self._cut = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def play(self, *, greet: str | None = "Hello.", limit_s: float = 300.0) -> str:
        """Play the call; why the caller hung up, or ``left``."""
        self._do(self.feed.run())
        self._do(self.typist.run())
        if greet:
            self._do(self.reply(greet))
        try:
            await asyncio.wait_for(self.runner.run(), limit_s)
        except Hangup as end:
            return end.reason
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return "left"

    def statuses(self) -> dict[tuple[int, int], str]:
        """Status of each expectation, with the kind of what did not match."""
        return {
            (each["step"], each["index"]): " ".join(filter(None, (each["status"], each["kind"])))
            for each in self.tap.of(EventKind.EXPECTATION)
        }

    def lines(self) -> list[str]:
        """What the caller said."""
        return [text for _, _, text in self.said]

    def after(self, seconds: float, do: Callable[[], Any]) -> None:
        """Do something at a second of the call."""

        async def later() -> None:
            await asyncio.sleep(seconds - self.tap.now())
            done = do()
            if asyncio.iscoroutine(done):
                await done

        self._do(later())

    def leave(self) -> None:
        """The agent leaves."""
        self.feed.gone()

    # The caller's mouth.

    async def open_line(self, line: SpokenLine) -> OpenLine:
        await self._speaking.acquire()
        opened = OpenLine(line.text)
        opened.then(self._speaking.release)
        if line.as_text:
            at = self.tap.now()
            self.feed.line_begins(by_text=True)
            self.feed.line_over(at)
            self.said.append((at, at, line.text))
            opened.begin(at)
            opened.end(at)
            self._do(self.reply(self.answers.get(line.text, "")))
            return opened
        await asyncio.sleep(ONSET_S)
        if line.starts_at is not None:
            await asyncio.sleep(max(0.0, line.starts_at - self.tap.now()))
        opened.begin(self.tap.now())
        self.feed.line_begins(by_text=False)
        self._do(self._speak(line, opened))
        return opened

    async def press(self, keys: str, source: LineSource = "script") -> OpenLine:
        if not self.takes_keys:
            raise OSError("no keys here")
        self.pressed.append(keys)
        opened = OpenLine(keys)
        opened.begin(self.tap.now())
        opened.end(self.tap.now())
        self._do(self.reply(self.answers.get(keys, "")))
        return opened

    async def make_sound(self, sound: NoLine) -> float:
        if sound.starts_at is not None:
            await asyncio.sleep(max(0.0, sound.starts_at - self.tap.now()))
        self.made.append((self.tap.now(), sound))
        await asyncio.sleep(0.3)
        if self.startled and self.receiver.speaking:
            self.hears("bot-interrupted")
            self._cut = True
        elif self.startled:
            self._do(self.reply("What was that?"))
        return self.tap.now()

    async def _speak(self, line: SpokenLine, opened: OpenLine) -> None:
        await asyncio.sleep(0.3)
        self.hears("user-started-speaking")
        self.hears("bot-interrupted")
        if self.receiver.speaking and self.obeys:
            self._cut = True
        answer = self.answers.get(line.text, "")
        if self.eager:
            self._do(self.reply(answer))
        await asyncio.sleep(LINE_S - 0.3)
        self.feed.line_over(self.tap.now())
        self.said.append((opened.started_at, self.tap.now(), line.text))
        opened.end(self.tap.now())
        await asyncio.sleep(0.3)
        self.hears("user-stopped-speaking")
        self.hears("user-input", input_type="transcription", text=line.text, final=True)
        if not self.eager:
            await self.reply(answer)

    # The agent.

    def hears(self, kind: str, **data: Any) -> None:
        """A message of the agent's comes."""
        if self.speaks_rtvi:
            message = {"label": "rtvi-ai", "type": kind, "id": "x", "data": data}
            message = json.loads(json.dumps(message))
            self.feed.rtvi(message)
            self.ear.hear(message)

    async def reply(self, words: str | list[str], *, llm: bool = True) -> None:
        """The agent answers; without its LLM it says what it always says."""
        if not words:
            return
        await asyncio.sleep(0.4)
        pieces = [words] if isinstance(words, str) else words
        self._cut = False
        if llm:
            self.hears("bot-llm-started")
        if pieces[0].startswith("!"):
            name, arguments, pieces[0] = pieces[0][1:].split("|")
            told = {"function_name": name, "arguments": json.loads(arguments)} if self.names else {}
            self.hears("llm-function-call-in-progress", tool_call_id="1", **told)
            self.hears("llm-function-call-stopped", tool_call_id="1", **told)
        if llm:
            for piece in pieces:
                self.hears("bot-llm-text", text=piece + " ")
            self.hears("bot-llm-stopped")
        self.hears("bot-tts-started")
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(0.4)
            if self._cut:
                break
            self.hears("bot-started-speaking")
            if self.tells is True:
                self._tell(piece)
            await asyncio.sleep(0.15)
            if self.sound:
                await self._sound()
            if self.tells is not True and self.tells:
                self.after(self.tap.now() + self.tells, lambda piece=piece: self._tell(piece))
        self.hears("bot-stopped-speaking")

    def _tell(self, piece: str) -> None:
        if self.speaks_rtvi:
            self.words.by_rtvi(piece)
        else:
            self.words.by_transcription(piece)

    async def _sound(self) -> None:
        self.receiver.speaking = True
        self.floor.wake()
        self.feed.onset(self.tap.now() - 0.05)
        for _ in range(round(self.reply_s / 0.05)):
            if self._cut:
                break
            await asyncio.sleep(0.05)
        self.receiver.speaking = False
        self.receiver.quiet_since = self.tap.now()
        self.floor.wake()

    async def _ready(self) -> bool:
        self.hears("bot-ready", version="2.2.0")
        await asyncio.sleep(self.ready_s)
        return self.speaks_rtvi

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if self.features and message["data"].get("t") == "eval-connect":
            self.hears("server-response", t="eval-connect", d={"features": self.features})

    def _stream(self) -> RoomStream:
        from pipecat.evals.results import EvalTrace

        return RoomStream(self.floor, self.caller.patience_s, EvalTrace())

    def _do(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
