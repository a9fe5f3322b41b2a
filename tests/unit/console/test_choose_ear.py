"""What can write down a person's words is offered, and nothing that could not."""

from __future__ import annotations

import pytest

from harness.caller.speech import people_ear
from harness.console.call.person_ear import ears
from harness.errors import MissingKey
from harness.nouns import Caller
from harness.settings import get_settings

KEYS = ("DEEPGRAM_API_KEY", "OPENAI_API_KEY", "CARTESIA_API_KEY")
NOTHING = "Nothing: their voice is recorded and timed only"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither keys nor packages for this computer's own recognisers."""
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setattr("harness.caller.speech._local._installed", lambda module: False)
    get_settings.cache_clear()


def test_the_offline_recogniser_is_never_asked_about_a_stranger() -> None:
    assert people_ear("offline") == "" and people_ear("") == "" and people_ear("gone") == ""
    assert ears(Caller()) == {"stack": NOTHING}


def test_what_is_there_is_offered_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    assert ears(Caller()) == {"stack": NOTHING, "cloud": "OpenAI, in the cloud"}
    monkeypatch.setenv("DEEPGRAM_API_KEY", "key-test-0123456789")
    local = {"moonshine_voice": False, "faster_whisper": True}
    monkeypatch.setattr("harness.caller.speech._local._installed", local.__getitem__)
    assert ears(Caller()) == {
        "stack": NOTHING,
        "local": "Whisper, on this computer",
        "cloud": "Deepgram, in the cloud",
    }
    # Of a caller whose stack has one, it comes first, and may be left out.
    assert list(ears(Caller(stack="cloud", voice="katie")).items()) == [
        ("stack", "Deepgram, in the cloud"),
        ("local", "Whisper, on this computer"),
        ("off", NOTHING),
    ]
    german = Caller(language="de")
    assert ears(german) == {"stack": NOTHING, "cloud": "Deepgram, in the cloud"}


def test_without_a_key_the_cloud_says_what_is_missing() -> None:
    from harness.caller.speech import get_stack

    assert people_ear("cloud") == ""
    with pytest.raises(MissingKey, match="DEEPGRAM_API_KEY"):
        get_stack("cloud").ear_for_people()
