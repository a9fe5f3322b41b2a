"""Figures of the offline voice and ear; run by `make bench` or on its own.

Voice: seconds of work a second of speech, and how late an event loop of the same process gets while
lines are rendered one after the other. Ear: the same, the longest work on a chunk of 40 ms, how
long the final text takes after the last sample when speech arrives at its own pace, the helper's
start and memory, and word error rates. Figures of a busy machine are figures of that machine.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import tempfile
import time
from pathlib import Path

import jiwer
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "speech"))

import clinic

from harness.caller.speech import VOICES, Heard, _voice, spoken_words, synthesize, warm, warm_ear
from harness.caller.speech._ear import recogniser
from harness.settings import get_settings

CHUNK = 640  # 40 ms at 16 kHz
RATE = 16000


def bench_voice() -> None:
    began = time.perf_counter()
    warm()
    print(f"voice: loads in {time.perf_counter() - began:.2f} s")
    lines = clinic.ITS_OWN[:15]
    for voice in VOICES:
        rtf, took = [], []
        for number, line in enumerate(lines):
            began = time.perf_counter()
            # A seed nobody used: nothing comes from the cache.
            samples = synthesize(line, voice=voice, seed=time.time_ns() + number)
            took.append(time.perf_counter() - began)
            rtf.append(took[-1] / (len(samples) / 24000))
        began = time.perf_counter()
        for line in lines:
            synthesize(line, voice=voice)
        _voice._lines.cache_clear()
        began = time.perf_counter()
        for line in lines:
            synthesize(line, voice=voice)
        read = (time.perf_counter() - began) / len(lines)
        print(
            f"voice {voice}: {np.median(rtf):.3f} s of work a second of speech, "
            f"a line in {1e3 * np.median(took):.0f} ms (at most {1e3 * max(took):.0f}), "
            f"from the disk cache in {1e3 * read:.1f} ms"
        )


async def bench_loop_lag() -> None:
    async def lags(seconds: float) -> list[float]:
        found, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            found.append(time.perf_counter() - began - 0.005)
        return found

    def render() -> None:
        for number, line in enumerate(clinic.ITS_OWN):
            synthesize(line, voice="heart", seed=time.time_ns() + number)

    def show(what: str, found: list[float]) -> None:
        p50, p99, worst = 1e3 * np.percentile(found, [50, 99, 100])
        print(f"loop lag {what}: median {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.1f} ms")

    show("idle", await lags(2.0))
    rendering = asyncio.create_task(asyncio.to_thread(render))
    found: list[float] = []
    while not rendering.done():
        found += await lags(0.05)
    show("while lines are rendered one after the other", found)


def bench_ear() -> None:
    for attempt in ("the first time", "again, from the cache"):
        began = time.perf_counter()
        report = warm_ear(clinic.TAUGHT)
        print(
            f"ear: helper and a model of {report.words} words {attempt} in "
            f"{time.perf_counter() - began:.2f} s"
        )
        recogniser().close()
    for name, sentences in (("domain", clinic.TAUGHT), ("general", [])):
        for voice in VOICES:
            _hear_lines(name, sentences, voice)
        memory = psutil.Process(recogniser().pid).memory_info().rss / 1e6
        print(f"ear: the helper holds {memory:.0f} MB")
        recogniser().close()


def _hear_lines(name: str, sentences: list[str], voice: str) -> None:
    finals: queue.Queue[tuple[float, Heard]] = queue.Queue()

    def heard(what: Heard) -> None:
        if what.final:
            finals.put((time.perf_counter(), what))

    stream = recogniser().open(sentences, on_heard=heard)
    stream.ready.result(60)
    delays, results = [], []
    for line in clinic.ITS_OWN[:12]:
        samples = synthesize(line, voice=voice, sample_rate=RATE)
        stream.begin()
        began = time.perf_counter()
        for index, start in enumerate(range(0, len(samples), CHUNK)):
            time.sleep(max(0.0, began + (index + 1) * CHUNK / RATE - time.perf_counter()))
            stream.feed(samples[start : start + CHUNK].tobytes())
        stream.end()
        ended = time.perf_counter()
        at, result = finals.get(timeout=60)
        delays.append(at - ended)
        results.append(result)
    stream.close()
    work = sum(result.decode_s for result in results) / sum(result.audio_s for result in results)
    slowest = max(result.slowest_chunk_s for result in results)
    print(
        f"ear {name} {voice}: {work:.3f} s of work a second of speech, at most "
        f"{1e3 * slowest:.0f} ms a chunk of 40 ms, final text {1e3 * np.median(delays):.0f} ms "
        f"after the last sample (at most {1e3 * max(delays):.0f})"
    )


def bench_errors() -> None:
    for title, lines in (("its own domain", clinic.ITS_OWN), ("held out", clinic.HELD_OUT)):
        for voice in VOICES:
            for name, sentences in (("domain", clinic.TAUGHT), ("general", [])):
                said, texts = [], []
                for line in lines[:12] if name == "general" else lines:
                    said.append(" ".join(spoken_words(line)))
                    texts.append(_hear(synthesize(line, voice=voice, sample_rate=RATE), sentences))
                print(
                    f"word error rate, {title}, {name} model, {voice}: {jiwer.wer(said, texts):.3f}"
                )


def _hear(samples: np.ndarray, sentences: list[str]) -> str:
    from harness.caller.speech import recognise

    return recognise(samples, sample_rate=RATE, sentences=sentences).text


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RINGBACK_CACHE"] = folder  # What "the first time" means.
        get_settings.cache_clear()
        _bench()


def _bench() -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    bench_voice()
    asyncio.run(bench_loop_lag())
    bench_ear()
    bench_errors()


if __name__ == "__main__":
    main()
