from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import clinic
import numpy as np
import psutil
import pytest

from harness.caller.speech import Heard, recognise, synthesize, warm_ear
from harness.caller.speech._recogniser import Recogniser, RecogniserStream
from harness.errors import InternalError

YES_NO = ["Yes, please.", "No, thank you.", "Maybe tomorrow."]
HOURS = ["What are your opening hours?", "When do you close on Sunday?"]
SOON_S = 60.0


def speech(text: str) -> np.ndarray:
    return synthesize(text, voice="heart", sample_rate=16000)


def chunks(samples: np.ndarray, size: int = 640) -> list[bytes]:
    return [samples[start : start + size].tobytes() for start in range(0, len(samples), size)]


@pytest.fixture
def helper() -> Iterator[Recogniser]:
    recogniser = Recogniser()
    yield recogniser
    recogniser.close()


class Listener:
    """An open stream and what it heard."""

    def __init__(self, helper: Recogniser, sentences: list[str]) -> None:
        self.heard: queue.Queue[Heard] = queue.Queue()
        self.failed: queue.Queue[str] = queue.Queue()
        self.stream: RecogniserStream = helper.open(
            sentences, on_heard=self.heard.put, on_failed=self.failed.put
        )

    def final(self) -> Heard:
        while not (heard := self.heard.get(timeout=SOON_S)).final:
            pass
        return heard


def test_texts_come_while_the_speech_goes_on(helper: Recogniser) -> None:
    listener = Listener(helper, HOURS)
    listener.stream.ready.result(SOON_S)
    listener.stream.begin()
    parts = chunks(speech("What are your opening hours?"))
    for part in parts[:-8]:
        listener.stream.feed(part)
    # The utterance has no end yet, but part of it is understood.
    first = listener.heard.get(timeout=SOON_S)
    assert not first.final
    assert first.text.startswith("what")
    for part in parts[-8:]:
        listener.stream.feed(part)
    listener.stream.end()
    final = listener.final()
    assert final.text == "what are your opening hours"
    assert final.confidence > 0.5


def test_speech_before_the_ear_is_made_is_not_lost(helper: Recogniser) -> None:
    listener = Listener(helper, HOURS)
    listener.stream.begin()
    for part in chunks(speech("When do you close on Sunday?")):
        listener.stream.feed(part)
    listener.stream.end()
    assert listener.final().text == "when do you close on sunday"


def test_streams_do_not_hear_each_other(helper: Recogniser) -> None:
    listeners = [Listener(helper, YES_NO), Listener(helper, HOURS)]
    lines = [
        chunks(speech("No, thank you.")),
        chunks(speech("What are your opening hours?")),
    ]
    for listener in listeners:
        listener.stream.begin()
    for index in range(max(len(line) for line in lines)):
        for listener, line in zip(listeners, lines, strict=True):
            if index < len(line):
                listener.stream.feed(line[index])
    for listener in reversed(listeners):
        listener.stream.end()
    assert [listener.final().text for listener in listeners] == [
        "no thank you",
        "what are your opening hours",
    ]


def test_one_stream_hears_utterance_after_utterance(helper: Recogniser) -> None:
    listener = Listener(helper, YES_NO)
    for number, (line, text) in enumerate(
        [("Yes, please.", "yes please"), ("Maybe tomorrow.", "maybe tomorrow")], start=1
    ):
        assert listener.stream.begin() == number
        for part in chunks(speech(line)):
            listener.stream.feed(part)
        listener.stream.end()
        final = listener.final()
        assert (final.utterance, final.text) == (number, text)


def test_a_helper_that_dies_in_mid_speech_costs_no_word(helper: Recogniser) -> None:
    listener = Listener(helper, HOURS)
    listener.stream.ready.result(SOON_S)
    listener.stream.begin()
    parts = chunks(speech("What are your opening hours?"))
    for part in parts[:20]:
        listener.stream.feed(part)
    listener.heard.get(timeout=SOON_S)
    first = helper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    for part in parts[20:]:
        listener.stream.feed(part)
    listener.stream.end()
    assert listener.final().text == "what are your opening hours"
    assert helper.pid not in {None, first}


def test_a_helper_that_keeps_dying_is_given_up_and_said_so(helper: Recogniser) -> None:
    listener = Listener(helper, YES_NO)
    killed: set[int] = set()
    deadline = time.monotonic() + SOON_S
    while listener.failed.empty() and time.monotonic() < deadline:
        pid = helper.pid
        if pid is not None and pid not in killed:
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    assert "ended 5 times" in listener.failed.get_nowait()
    assert len(killed) == 5
    with pytest.raises(InternalError):
        listener.stream.ready.result(0)


def test_sentences_nobody_can_say_are_an_error_of_this_stream_only(helper: Recogniser) -> None:
    wrong, right = Listener(helper, ["?!"]), Listener(helper, YES_NO)
    with pytest.raises(InternalError, match="no word"):
        wrong.stream.ready.result(SOON_S)
    assert right.stream.ready.result(SOON_S).words == 7


def test_the_helper_ends_with_its_parent_even_when_that_is_killed() -> None:
    code = (
        "import time\n"
        "from harness.caller.speech._ear import recogniser\n"
        "stream = recogniser().open(['Yes.'], on_heard=print)\n"
        "stream.ready.result(60)\n"
        "print(recogniser().pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        helper = psutil.Process(int(parent.stdout.readline()))
        assert helper.is_running()
    finally:
        parent.kill()
        parent.wait()
    try:
        helper.wait(timeout=SOON_S)
    except psutil.TimeoutExpired:  # pragma: no cover - only when it fails
        helper.kill()
        raise


def test_the_helper_loads_neither_pipecat_nor_livekit(helper: Recogniser) -> None:
    listener = Listener(helper, YES_NO)
    listener.stream.ready.result(SOON_S)
    files = {entry.path for entry in psutil.Process(helper.pid).memory_maps()}
    assert any("pocketsphinx" in path for path in files)
    assert not [path for path in files if "livekit" in path or "soxr" in path]


def test_an_ear_that_was_used_hears_as_a_new_one(helper: Recogniser) -> None:
    """A closed stream's decoder is used again: nothing of the last speaker may remain."""

    def hear() -> Heard:
        listener = Listener(helper, HOURS)
        listener.stream.begin()
        for part in chunks(speech("When do you close on Sunday?")):
            listener.stream.feed(part)
        listener.stream.end()
        final = listener.final()
        listener.stream.close()
        return final

    first, second = hear(), hear()
    assert (first.text, first.confidence) == (second.text, second.confidence)


def test_other_sample_rates_are_heard() -> None:
    samples = synthesize("What are your opening hours?", voice="deep", sample_rate=24000)
    assert recognise(samples, sample_rate=24000, sentences=HOURS).text == (
        "what are your opening hours"
    )


def test_the_general_model_hears_without_sentences() -> None:
    heard = recognise(speech("Hello, how are you today?"), sample_rate=16000)
    assert "how are you" in heard.text


def test_the_model_says_how_much_it_knows() -> None:
    report = warm_ear(clinic.TAUGHT)
    assert report.words > 200
    assert report.unspeakable == ()


def noise(kind: str, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    samples = draw.normal(0, 1, 24000)
    if kind == "pink":
        spectrum = np.fft.rfft(samples)
        samples = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), 24000)
    elif kind == "hum":
        samples = np.sin(2 * np.pi * 120 * np.arange(24000) / 16000)
    return (samples / samples.std() * 1500).astype(np.int16)


@pytest.mark.parametrize("kind", ["white", "pink", "hum", "silence"])
def test_noise_is_not_taken_for_words(kind: str) -> None:
    samples = np.zeros(24000, np.int16) if kind == "silence" else noise(kind, seed=1)
    heard = recognise(samples, sample_rate=16000, sentences=clinic.TAUGHT)
    assert heard.text == "" or heard.confidence < 0.4


OTHER_TOPICS = [
    "The rocket engine burned through its liquid oxygen before sunset.",
    "Shakespeare wrote thirty seven plays and many sonnets.",
    "My grandmother's vegetable garden is full of cucumbers and ripe tomatoes.",
    "The volcano erupted and covered the village in ash.",
    "Quantum computers use superposition to explore many states.",
    "He bought a used bicycle from his neighbor.",
]


def test_confidence_tells_the_domain_from_other_topics_and_backward_speech() -> None:
    def confidences(lines: list[np.ndarray]) -> list[float]:
        return [
            recognise(line, sample_rate=16000, sentences=clinic.TAUGHT).confidence for line in lines
        ]

    own = [speech(text) for text in clinic.ITS_OWN[:10]]
    assert min(confidences(own)) >= 0.6
    strange = [speech(text) for text in OTHER_TOPICS] + [line[::-1].copy() for line in own[:6]]
    assert max(confidences(strange)) < 0.4
