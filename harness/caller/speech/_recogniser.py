"""The parent's side of the recogniser: one helper process, many streams.

Nothing here blocks the caller: samples are queued to a writer thread, results come from a reader
thread. A helper that dies is started again, its streams are opened again and the utterance in
progress is fed again from its beginning, so that no word is lost.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from harness.caller.speech._helper import launch
from harness.caller.speech._wire import Kind, read_message, write_message
from harness.errors import InternalError, PackageMissing, RingbackError
from harness.settings import get_settings, install_command

__all__ = ["EAR_RATE", "Heard", "ModelReport", "Recogniser", "RecogniserStream", "failure"]

EAR_RATE = 16000
"""Sample rate the recogniser hears at, Hz."""

_RESTARTS = 5
_RESTART_WINDOW_S = 60.0


@dataclass(frozen=True)
class ModelReport:
    """What an ear knows.

    Attributes:
        words: Words in its dictionary.
        unspeakable: Words of the given sentences without a pronunciation; it never hears them.
    """

    words: int
    unspeakable: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """What was understood of an utterance, so far or at its end.

    Attributes:
        utterance: Number of the utterance in its stream, from 1.
        text: Lower-case words, empty when nothing was understood.
        final: Whether the utterance is over.
        confidence: 0 to 1, of a final text.
        audio_s: Seconds decoded.
        decode_s: Seconds of work, all of it.
        slowest_chunk_s: Longest work on one chunk, seconds.
    """

    utterance: int
    text: str
    final: bool
    confidence: float = 0.0
    audio_s: float = 0.0
    decode_s: float = 0.0
    slowest_chunk_s: float = 0.0


class RecogniserStream:
    """One conversation's ear; made by :meth:`Recogniser.open`, usable from one thread.

    Attributes:
        ready: Resolves when the ear is made; carries the error when it cannot be.
    """

    def __init__(
        self,
        owner: Recogniser,
        number: int,
        sentences: Sequence[str],
        on_heard: Callable[[Heard], None],
        on_failed: Callable[[str], None],
    ) -> None:
        self.ready: Future[ModelReport] = Future()
        self._owner = owner
        self._number = number
        self._sentences = list(sentences)
        self._on_heard = on_heard
        self._on_failed = on_failed
        self._utterance = 0
        self._spoken: list[tuple[Kind, bytes | dict[str, Any]]] = []

    def begin(self) -> int:
        """Start an utterance; its number."""
        self._utterance += 1
        self._post(Kind.BEGIN, {"utterance": self._utterance}, restart=True)
        return self._utterance

    def feed(self, samples: bytes) -> None:
        """Hear some 16 kHz mono int16 samples of the utterance."""
        self._post(Kind.AUDIO, samples)

    def end(self) -> None:
        """The utterance is over; its final :class:`Heard` follows."""
        self._post(Kind.END, {"utterance": self._utterance})

    def close(self) -> None:
        """Give the ear back."""
        self._owner._close(self)

    def _post(self, kind: Kind, body: bytes | dict[str, Any], *, restart: bool = False) -> None:
        with self._owner._lock:
            if restart:
                self._spoken = []
            self._spoken.append((kind, body))
            self._owner._send(kind, self._number, body)


class Recogniser:
    """The helper process of this process: started once, supervised, shared by all streams."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: queue.SimpleQueue[tuple[Kind, int, bytes | dict[str, Any]] | None] = (
            queue.SimpleQueue()
        )
        self._streams: dict[int, RecogniserStream] = {}
        self._numbers = 0
        self._starts: deque[float] = deque(maxlen=_RESTARTS)
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The helper's process id, None while it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the helper if it does not run; returns at once."""
        with self._lock:
            if self._process is None and not self._closed:
                self._launch()

    def open(
        self,
        sentences: Sequence[str] = (),
        *,
        on_heard: Callable[[Heard], None],
        on_failed: Callable[[str], None] = lambda _: None,
    ) -> RecogniserStream:
        """A new ear, for `sentences` or for general American English.

        Args:
            sentences: What is said in this domain.
            on_heard: Called on the reader thread with partial and final results.
            on_failed: Called on the reader thread, once, when the ear is lost for good.

        Returns:
            The stream, usable at once: speech waits for its ear to be made.
        """
        with self._lock:
            self.start()
            self._numbers += 1
            stream = RecogniserStream(self, self._numbers, sentences, on_heard, on_failed)
            self._streams[self._numbers] = stream
            self._introduce(stream)
            return stream

    def close(self) -> None:
        """End the helper and all streams."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            self._streams.clear()
            self._outbox.put(None)
        if process is not None:
            process.kill()
            process.wait()

    def _introduce(self, stream: RecogniserStream) -> None:
        cache = get_settings().cache / "speech" / "models"
        order = {"sentences": stream._sentences, "cache": str(cache)}
        self._send(Kind.OPEN, stream._number, order)

    def _close(self, stream: RecogniserStream) -> None:
        with self._lock:
            if self._streams.pop(stream._number, None) is not None:
                self._send(Kind.CLOSE, stream._number, {})

    def _send(self, kind: Kind, number: int, body: bytes | dict[str, Any]) -> None:
        self._outbox.put((kind, number, body))

    def _launch(self) -> None:
        self._starts.append(time.monotonic())
        self._outbox = queue.SimpleQueue()
        process = launch("_recogniser_process")
        self._process = process
        for target in (self._write, self._read):
            threading.Thread(
                target=target, args=(process, self._outbox), name="recogniser", daemon=True
            ).start()

    def _write(self, process: subprocess.Popen[bytes], outbox: queue.SimpleQueue[Any]) -> None:
        assert process.stdin is not None
        while (item := outbox.get()) is not None:
            try:
                write_message(process.stdin, *item)  # type: ignore[arg-type]
            except OSError:
                return  # The reader sees the end too and starts the helper again.

    def _read(self, process: subprocess.Popen[bytes], outbox: queue.SimpleQueue[Any]) -> None:
        assert process.stdout is not None
        while (message := read_message(process.stdout)) is not None:  # type: ignore[arg-type]
            self._dispatch(*message)
        process.wait()
        outbox.put(None)
        self._died(process)

    def _dispatch(self, kind: Kind, number: int, body: bytes) -> None:
        facts = json.loads(body)
        with self._lock:
            stream = self._streams.get(number)
            if stream is None:
                return
            if kind is Kind.FINAL and facts["utterance"] == stream._utterance:
                stream._spoken = []
            if kind is Kind.FAILED:
                del self._streams[number]
        if kind is Kind.READY:
            if not stream.ready.done():
                stream.ready.set_result(ModelReport(facts["words"], tuple(facts["unspeakable"])))
        elif kind is Kind.FAILED:
            self._fail(stream, facts["message"])
        else:
            stream._on_heard(Heard(final=kind is Kind.FINAL, **facts))

    def _fail(self, stream: RecogniserStream, why: str) -> None:
        if not stream.ready.done():
            stream.ready.set_exception(failure(why))
        stream._on_failed(why)

    def _died(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if self._process is not process or self._closed:
                return
            self._process = None
            recent = [t for t in self._starts if time.monotonic() - t < _RESTART_WINDOW_S]
            streams = list(self._streams.values())
            if len(recent) >= _RESTARTS:
                self._streams.clear()
            elif streams:
                self._launch()
                for stream in streams:
                    self._introduce(stream)
                    for kind, body in stream._spoken:
                        self._send(kind, stream._number, body)
                return
        for stream in streams:
            self._fail(stream, f"the recogniser's process ended {_RESTARTS} times in a minute")


def failure(why: str) -> RingbackError:
    """What the helper said, as an error for people."""
    if why.startswith(("ImportError", "ModuleNotFoundError")):
        return PackageMissing(
            "The offline recogniser is not installed.",
            cause=f"{why}.",
            remedy=f"Install it: {install_command('pocketsphinx')}",
        )
    return InternalError(
        "The offline recogniser cannot hear.",
        cause=f"It says: {why}.",
        remedy="Run `ringback doctor`; if it finds nothing, report this.",
    )
