"""One live transcription: sound in, results out."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import soxr

from harness.caller.speech import EAR_RATE, Heard, RecogniserStream, recogniser
from harness.local._service_faults import ConnectionCut, FaultyTalk
from harness.local.deepgram_emulator._utterances import Piece, Utterances

__all__ = ["Listen", "Talk"]

_LAST_WORDS_S = 5.0
_MODEL = str(uuid.UUID(int=3))


@dataclass(frozen=True, slots=True)
class Listen:
    """How a client wants to be listened to.

    Attributes:
        rate: Samples a second that it sends.
        interim: Whether it wants to know what is understood so far.
        punctuate: Whether it wants sentences rather than words.
        pause_s: So much quiet ends an utterance.
        sentences: What is said in the domain; the emulator is told, the real one needs no help.
    """

    rate: int
    interim: bool
    punctuate: bool
    pause_s: float
    sentences: tuple[str, ...]


@dataclass
class _Utterance:
    began: float
    ended: float = 0.0
    speech_final: bool = False
    from_finalize: bool = False


class Talk:
    """What is heard and told over one connection.

    Attributes:
        cut: Set when the connection has to end here.
    """

    def __init__(
        self, wire: FaultyTalk, listen: Listen, texts: list[str], heard: list[str]
    ) -> None:
        self.cut = asyncio.Event()
        self._wire = wire
        self._listen = listen
        self._texts = texts
        self._heard = heard
        self._request = str(uuid.uuid4())
        self._utterances = Utterances(EAR_RATE, listen.pause_s)
        self._resample = (
            None
            if listen.rate == EAR_RATE
            else soxr.ResampleStream(listen.rate, EAR_RATE, 1, dtype="int16")
        )
        self._waiting: dict[int, _Utterance] = {}
        self._finalize_later = False
        self._said = asyncio.Event()
        self._results: asyncio.Queue[Heard] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def deliver(result: Heard) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._results.put_nowait, result)

        self._ear: RecogniserStream = recogniser().open(listen.sentences, on_heard=deliver)
        self._number = 0
        self._telling = asyncio.create_task(self._tell())

    def hear(self, samples: bytes) -> None:
        """Take some sound."""
        if self._resample is not None:
            pcm = self._resample.resample_chunk(np.frombuffer(samples, "<i2"))
            samples = np.asarray(pcm, "<i2").tobytes()
        self._take(self._utterances.hear(samples), speech_final=True)

    async def order(self, text: str) -> bool:
        """Take a message; whether it was the last.

        Raises:
            ValueError: It is no message of a client.
            ConnectionCut: The connection has to end here.
        """
        kind = json.loads(text).get("type")
        match kind:
            case "KeepAlive":
                pass
            case "Finalize":
                if self._utterances.open:
                    self._take(self._utterances.finish(), from_finalize=True)
                elif self._waiting:
                    self._finalize_later = True
                else:
                    await self._send_result("", 0.0, _Utterance(self._now, self._now, False, True))
            case "CloseStream":
                self._take(self._utterances.finish())
                await self._drain()
                await self._send(self._metadata())
                return True
            case _:
                raise ValueError(f"unknown variant `{kind}`")
        return False

    async def end(self) -> None:
        """Listen no more."""
        self._telling.cancel()
        await asyncio.gather(self._telling, return_exceptions=True)
        self._ear.close()

    @property
    def _now(self) -> float:
        return self._utterances.seconds

    def _take(
        self, pieces: Iterable[Piece], *, speech_final: bool = False, from_finalize: bool = False
    ) -> None:
        for kind, sound in pieces:
            match kind:
                case "begin":
                    self._number = self._ear.begin()
                    self._waiting[self._number] = _Utterance(self._utterances.began)
                case "sound":
                    self._ear.feed(sound)
                case "end":
                    utterance = self._waiting[self._number]
                    utterance.ended = self._now
                    utterance.speech_final = speech_final
                    utterance.from_finalize = from_finalize
                    self._ear.end()

    async def _tell(self) -> None:
        try:
            while True:
                result = await self._results.get()
                utterance = self._waiting.get(result.utterance)
                if utterance is None:
                    continue
                if result.final:
                    await self._finish(result, utterance)
                elif self._listen.interim and result.text:
                    await self._send_result(result.text, 0.5, utterance, final=False)
        except ConnectionCut:
            self.cut.set()

    async def _finish(self, result: Heard, utterance: _Utterance) -> None:
        text = self._texts.pop(0) if self._texts else result.text
        if text:
            self._heard.append(text)
        await self._send_result(text, result.confidence, utterance)
        del self._waiting[result.utterance]
        if self._finalize_later and not self._waiting:
            self._finalize_later = False
            await self._send_result("", 0.0, _Utterance(self._now, self._now, False, True))
        self._said.set()

    async def _drain(self) -> None:
        """Wait until everything that was heard is told."""
        try:
            async with asyncio.timeout(_LAST_WORDS_S):
                while self._waiting:
                    self._said.clear()
                    await self._said.wait()
        except TimeoutError:
            return

    async def _send_result(
        self, text: str, confidence: float, utterance: _Utterance, *, final: bool = True
    ) -> None:
        end = utterance.ended if final else self._now
        shown = _sentence(text) if self._listen.punctuate else text
        words = _words(text.split(), shown.split(), utterance.began, end, confidence)
        best = {"transcript": shown, "confidence": confidence, "words": words}
        info = {"name": "emulated-nova", "version": "2026-01-01.0", "arch": "nova-3"}
        await self._send(
            {
                "type": "Results",
                "channel_index": [0, 1],
                "duration": round(end - utterance.began, 3),
                "start": round(utterance.began, 3),
                "is_final": final,
                "speech_final": final and utterance.speech_final,
                "channel": {"alternatives": [best]},
                "metadata": {
                    "request_id": self._request,
                    "model_info": info,
                    "model_uuid": _MODEL,
                },
                "from_finalize": final and utterance.from_finalize,
            }
        )

    def _metadata(self) -> dict[str, Any]:
        return {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request,
            "sha256": secrets.token_hex(32),
            "created": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "duration": round(self._now, 3),
            "channels": 1,
            "models": [_MODEL],
        }

    async def _send(self, message: dict[str, Any]) -> None:
        await self._wire.send(json.dumps(message))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


def _words(
    words: Sequence[str], shown: Sequence[str], began: float, end: float, confidence: float
) -> list[dict[str, Any]]:
    """Each word with its time, estimated by its length."""
    letters = [len(word) + 1 for word in words]
    edges = began + np.cumsum([0, *letters]) / max(1, sum(letters)) * (end - began)
    return [
        {
            "word": word.lower().strip(".,!?"),
            "start": round(float(edges[at]), 3),
            "end": round(float(edges[at + 1]), 3),
            "confidence": confidence,
            "punctuated_word": shown[at],
        }
        for at, word in enumerate(words)
    ]
