"""The recogniser's helper process.

`pocketsphinx` holds the interpreter's lock while it decodes, so it never runs in a process that
carries audio. One helper serves all streams of its parent, decodes while the speech goes on, and
ends when its standard input closes, whatever happened to the parent.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from harness.caller.speech._decoder import Ear, make_ear
from harness.caller.speech._helper import pipes
from harness.caller.speech._wire import Kind, read_message, write_message

__all__ = ["main"]

_SPARE_EARS = 4
_PARTIAL_EVERY_BYTES = 2 * 16000 // 8  # An eighth of a second of samples.


@dataclass
class _Stream:
    key: str
    ear: Ear | None = None
    waiting: list[tuple[Kind, bytes]] = field(default_factory=list)
    utterance: int | None = None
    since_partial: int = 0
    partial: str = ""
    decode_s: float = 0.0
    slowest_s: float = 0.0


class _Helper:
    """Streams and their ears; everything but the making of ears runs on the main thread."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._inbox: queue.SimpleQueue[tuple[Kind, int, bytes] | tuple[int, Ear | str, str]] = (
            queue.SimpleQueue()
        )
        self._streams: dict[int, _Stream] = {}
        self._spare: list[tuple[str, Ear]] = []

    def run(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            item = self._inbox.get()
            if isinstance(item[0], Kind):
                self._take(item[0], item[1], item[2])  # type: ignore[arg-type]
            else:
                self._opened(item[0], item[1])  # type: ignore[arg-type]

    def _read(self) -> None:
        while (message := read_message(self._source)) is not None:
            self._inbox.put(message)
        # The parent is gone and nobody listens: a decode in progress is of no use to anyone.
        os._exit(0)

    def _say(self, kind: Kind, stream: int, body: dict[str, Any]) -> None:
        try:
            write_message(self._sink, kind, stream, body)
        except OSError:
            os._exit(0)

    def _take(self, kind: Kind, number: int, body: bytes) -> None:
        if kind is Kind.OPEN:
            self._open(number, body)
            return
        stream = self._streams.get(number)
        if stream is None:
            return
        if kind is Kind.CLOSE:
            self._close(number, stream)
        elif stream.ear is None:
            stream.waiting.append((kind, body))
        else:
            try:
                self._hear(kind, number, stream, stream.ear, body)
            except RuntimeError as error:
                self._streams.pop(number)
                self._say(Kind.FAILED, number, {"message": str(error)})

    def _open(self, number: int, body: bytes) -> None:
        order = json.loads(body)
        key = json.dumps(order["sentences"])
        self._streams[number] = _Stream(key)
        for index, (spare_key, ear) in enumerate(self._spare):
            if spare_key == key:
                del self._spare[index]
                self._opened(number, ear)
                return

        def make() -> None:
            made: Ear | str
            try:
                made = make_ear(order["sentences"], Path(order["cache"]))
            except (RuntimeError, ValueError, ImportError, OSError) as error:
                made = f"{type(error).__name__}: {error}"
            self._inbox.put((number, made, ""))

        # On its own thread: a new language model takes seconds, and other streams go on hearing.
        threading.Thread(target=make, daemon=True).start()

    def _opened(self, number: int, made: Ear | str) -> None:
        stream = self._streams.get(number)
        if isinstance(made, str):
            self._streams.pop(number, None)
            self._say(Kind.FAILED, number, {"message": made})
            return
        if stream is None:
            return
        made.reset()
        stream.ear = made
        self._say(Kind.READY, number, {"words": made.words, "unspeakable": list(made.unspeakable)})
        waiting, stream.waiting = stream.waiting, []
        for kind, body in waiting:
            self._take(kind, number, body)

    def _close(self, number: int, stream: _Stream) -> None:
        del self._streams[number]
        if stream.ear is not None:
            if stream.utterance is not None:
                stream.ear.finish()
            self._spare.append((stream.key, stream.ear))
            del self._spare[:-_SPARE_EARS]

    def _hear(self, kind: Kind, number: int, stream: _Stream, ear: Ear, body: bytes) -> None:
        started = time.perf_counter()
        if kind is Kind.BEGIN:
            if stream.utterance is not None:
                ear.finish()
            stream.utterance = json.loads(body)["utterance"]
            stream.since_partial, stream.partial = 0, ""
            stream.decode_s = stream.slowest_s = 0.0
            ear.begin()
        elif kind is Kind.AUDIO and stream.utterance is not None:
            ear.feed(body)
            took = time.perf_counter() - started
            stream.decode_s += took
            stream.slowest_s = max(stream.slowest_s, took)
            stream.since_partial += len(body)
            if stream.since_partial >= _PARTIAL_EVERY_BYTES:
                stream.since_partial = 0
                text = ear.partial()
                if text and text != stream.partial:
                    stream.partial = text
                    self._say(Kind.PARTIAL, number, {"utterance": stream.utterance, "text": text})
        elif kind is Kind.END and stream.utterance is not None:
            heard = ear.finish()
            took = time.perf_counter() - started
            final = {
                "utterance": stream.utterance,
                "text": heard.text,
                "confidence": heard.confidence,
                "audio_s": heard.audio_s,
                "decode_s": stream.decode_s + took,
                "slowest_chunk_s": stream.slowest_s,
            }
            stream.utterance = None
            self._say(Kind.FINAL, number, final)


def main() -> None:
    """Serve the parent on standard input and output until it is gone."""
    _Helper(*pipes()).run()


if __name__ == "__main__":
    main()
