from __future__ import annotations

import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.caller.speech import SpeechStack, _cloud, get_stack, stack_names
from harness.errors import MissingKey, PackageMissing, UnknownName, VoiceMissing
from harness.secrets import Secrets
from harness.settings import Settings

KEYS = ("CARTESIA_API_KEY", "DEEPGRAM_API_KEY", "OPENAI_API_KEY")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)


@contextmanager
def todays_arguments() -> Iterator[None]:
    """Pipecat says by a warning that an argument has had its day; its own imports warn too."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        yield


def hide(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name in packages else real(name, package),
    )


def test_the_stacks_go_by_name_and_offline_comes_first() -> None:
    assert stack_names() == ("offline", "local", "cloud")
    for name in stack_names():
        stack: SpeechStack = get_stack(name)
        assert stack.name == name
        assert stack.voices


def test_an_unknown_stack_says_which_there_are() -> None:
    with pytest.raises(UnknownName) as caught:
        get_stack("online")
    assert "'online'" in caught.value.message
    assert "offline, local, cloud" in caught.value.cause


def test_importing_the_package_imports_no_speech_package() -> None:
    code = (
        "import sys; from harness.caller.speech import get_stack, stack_names\n"
        "[get_stack(name) for name in stack_names()]\n"
        "print(*[name for name in sys.argv[1:] if name in sys.modules])"
    )
    packages = [
        "hibari",
        "pocketsphinx",
        "deepgram",
        "pipecat.services.cartesia.tts",
        "pipecat.services.deepgram.stt",
        "pipecat.services.kokoro.tts",
        "pipecat.services.openai.tts",
    ]
    ran = subprocess.run(
        [sys.executable, "-c", code, *packages], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []


@pytest.mark.parametrize("name", ["offline", "local", "cloud"])
def test_an_unknown_voice_is_named_before_anything_else_is_asked(name: str) -> None:
    with pytest.raises(UnknownName, match="'nobody'"):
        get_stack(name).check("nobody")


@pytest.mark.parametrize("name", ["offline", "local"])
def test_stacks_that_know_english_only_say_so(name: str) -> None:
    stack = get_stack(name)
    asks = (
        lambda: stack.check(stack.voices[0], "de"),
        lambda: stack.stt(sample_rate=16000, language="de"),
        lambda: stack.tts(stack.voices[0], speed=1.0, seed=0, sample_rate=24000, language="pt-BR"),
    )
    for ask in asks:
        with pytest.raises(UnknownName, match="does not speak"):
            ask()


def test_the_offline_stack_speaks_english_of_any_country() -> None:
    get_stack("offline").check("heart", "en-GB")


@pytest.mark.parametrize(("code", "sent"), [("de", "de"), ("pt-br", "pt-BR"), ("en", "en")])
def test_the_cloud_is_told_the_language(
    monkeypatch: pytest.MonkeyPatch, code: str, sent: str
) -> None:
    for key in ("CARTESIA_API_KEY", "DEEPGRAM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(key, "not-a-key")
    stack = get_stack("cloud")
    stack.check("katie", code)
    spoken = stack.tts("katie", speed=1.0, seed=0, sample_rate=24000, language=code)
    heard = stack.stt(sample_rate=16000, language=code)
    monkeypatch.delenv("DEEPGRAM_API_KEY")
    by_openai = stack.stt(sample_rate=16000, language=code)
    told = [str(each._settings.language) for each in (heard, by_openai, spoken)]
    # Services make of it what theirs is called: some know no countries.
    assert told[0] == sent and {each[:2] for each in told} == {sent[:2]}


def test_a_language_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="'qq'"):
        get_stack("cloud").check("katie", "qq")


def test_the_offline_stack_needs_nothing() -> None:
    stack = get_stack("offline")
    assert stack.voices == ("heart", "deep")
    for voice in stack.voices:
        stack.check(voice)


def test_a_missing_voice_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hibari.voices", None)
    with pytest.raises(VoiceMissing) as caught:
        get_stack("offline").check("heart")
    assert "pip install" in caught.value.remedy
    assert "hibari-tts" in caught.value.remedy


def test_a_missing_recogniser_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "pocketsphinx")
    stack = get_stack("offline")
    for ask in (lambda: stack.check("heart"), lambda: stack.stt(sample_rate=16000)):
        with pytest.raises(PackageMissing) as caught:
            ask()
        assert 'pip install "pocketsphinx"' in caught.value.remedy


@pytest.mark.parametrize(
    ("voice", "have", "lacks"),
    [
        ("katie", {}, "CARTESIA_API_KEY"),
        ("katie", {"CARTESIA_API_KEY": "x"}, "DEEPGRAM_API_KEY"),
        ("katie", {"OPENAI_API_KEY": "x"}, "CARTESIA_API_KEY"),
        ("alloy", {"DEEPGRAM_API_KEY": "x"}, "OPENAI_API_KEY"),
        ("f786b574-daa5-4673-aa0c-cbe3e8534c02", {}, "CARTESIA_API_KEY"),
        ("katie", {"CARTESIA_API_KEY": "  "}, "CARTESIA_API_KEY"),
    ],
)
def test_a_missing_key_is_named(
    monkeypatch: pytest.MonkeyPatch, voice: str, have: dict[str, str], lacks: str
) -> None:
    for key, value in have.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(MissingKey) as caught:
        get_stack("cloud").check(voice)
    assert lacks in caught.value.message
    assert lacks in caught.value.remedy


@pytest.mark.parametrize(
    ("voice", "have"),
    [
        ("katie", ("CARTESIA_API_KEY", "DEEPGRAM_API_KEY")),
        ("katie", ("CARTESIA_API_KEY", "OPENAI_API_KEY")),
        ("alloy", ("OPENAI_API_KEY",)),
    ],
)
def test_the_cloud_stack_is_ready_with_the_right_keys(
    monkeypatch: pytest.MonkeyPatch, voice: str, have: tuple[str, ...]
) -> None:
    for key in have:
        monkeypatch.setenv(key, "dummy")
    get_stack("cloud").check(voice)


def test_a_key_kept_on_this_machine_is_as_good_as_one_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(_cloud, "get_settings", lambda: settings)
    keys = Secrets(settings)
    keys.put("CARTESIA_API_KEY", "kept-cartesia")
    keys.put("DEEPGRAM_API_KEY", "kept-deepgram")
    stack = get_stack("cloud")
    stack.check("katie")
    voice = stack.tts("katie", speed=1.0, seed=0, sample_rate=24000)
    monkeypatch.setenv("CARTESIA_API_KEY", "from-environment")
    other = stack.tts("katie", speed=1.0, seed=0, sample_rate=24000)
    assert voice._api_key == "kept-cartesia"
    assert other._api_key == "from-environment"


def test_a_missing_cloud_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_API_KEY", "dummy")
    hide(monkeypatch, "deepgram")
    with pytest.raises(PackageMissing) as caught:
        get_stack("cloud").check("katie")
    assert 'pip install "pipecat-ai[deepgram]"' in caught.value.remedy


async def test_cartesia_is_built_with_voice_and_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipecat.services.cartesia.tts import CartesiaTTSService

    monkeypatch.setenv("CARTESIA_API_KEY", "dummy")
    stack = get_stack("cloud")
    with todays_arguments():
        plain = stack.tts("kiefer", speed=1.0, seed=0, sample_rate=24000)
        fast = stack.tts(
            "f786b574-daa5-4673-aa0c-cbe3e8534c02", speed=9.0, seed=0, sample_rate=24000
        )
    assert isinstance(plain, CartesiaTTSService)
    assert plain._settings.voice == "228fca29-3a0a-435c-8728-5cb483251068"
    assert plain._settings.generation_config is None
    assert fast._settings.voice == "f786b574-daa5-4673-aa0c-cbe3e8534c02"
    assert fast._settings.generation_config.speed == 1.5


async def test_deepgram_hears_at_the_rate_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipecat.services.deepgram.stt import DeepgramSTTService

    monkeypatch.setenv("DEEPGRAM_API_KEY", "dummy")
    monkeypatch.setenv("OPENAI_API_KEY", "dummy")
    with todays_arguments():
        ear = get_stack("cloud").stt(sample_rate=16000, sentences=["Hello."])
    assert isinstance(ear, DeepgramSTTService)
    assert ear._init_sample_rate == 16000


async def test_openai_speaks_and_hears_where_it_is_the_only_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pipecat.services.openai.stt import OpenAISTTService
    from pipecat.services.openai.tts import OpenAITTSService

    monkeypatch.setenv("OPENAI_API_KEY", "dummy")
    stack = get_stack("cloud")
    with todays_arguments():
        voice = stack.tts("onyx", speed=1.2, seed=0, sample_rate=16000)
        ear = stack.stt(sample_rate=16000)
    assert isinstance(voice, OpenAITTSService)
    assert (voice._settings.voice, voice._settings.speed) == ("onyx", 1.2)
    # It renders at one rate only; saying another would play it too fast.
    assert voice._init_sample_rate == 24000
    assert isinstance(ear, OpenAISTTService)


def test_the_local_stack_says_which_packages_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "kokoro_onnx", "moonshine_voice", "faster_whisper")
    stack = get_stack("local")
    with pytest.raises(PackageMissing) as voice:
        stack.check("af_heart")
    assert 'pip install "pipecat-ai[kokoro]"' in voice.value.remedy
    with pytest.raises(PackageMissing) as ear:
        stack.stt(sample_rate=16000)
    assert 'pip install "pipecat-ai[moonshine]"' in ear.value.remedy


async def test_kokoro_is_built_with_voice_and_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipecat's real service; its model file, 300 MB of download, is stood in for."""

    class Kokoro:
        def __init__(self, model: str, voices: str) -> None:
            self.voices = {"am_michael": None}

    package = types.ModuleType("kokoro_onnx")
    package.Kokoro = Kokoro  # type: ignore[attr-defined]
    package.__spec__ = types.SimpleNamespace(name="kokoro_onnx")  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "kokoro_onnx", package)
    from pipecat.services.kokoro import tts as kokoro

    monkeypatch.setattr(kokoro, "_ensure_model_files", lambda *_: None)
    with todays_arguments():
        voice = get_stack("local").tts("am_michael", speed=0.9, seed=0, sample_rate=24000)
    assert isinstance(voice, kokoro.KokoroTTSService)
    assert (voice._settings.voice, voice._settings.speed) == ("am_michael", 0.9)
    monkeypatch.delitem(sys.modules, "pipecat.services.kokoro.tts")


async def test_preparing_lines_puts_them_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.caller.speech import _voice, synthesize

    await get_stack("offline").prepare("heart", ["Is the door open?"], speed=1.1, seed=5)
    monkeypatch.setattr(_voice, "_renderer", None)
    assert len(synthesize("Is the door open?", voice="heart", speed=1.1, seed=5)) > 10000


async def test_preparing_an_unknown_voice_fails_before_the_call() -> None:
    for name in stack_names():
        with pytest.raises(UnknownName):
            await get_stack(name).prepare("nobody", [], speed=1.0, seed=0)
