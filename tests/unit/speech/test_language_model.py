from __future__ import annotations

import io
from pathlib import Path

import pytest

from harness.caller.speech._language_model import build_language_model
from harness.caller.speech._pronounce import pronunciations, to_arpabet
from harness.caller.speech._wire import Kind, read_message, write_message


@pytest.mark.parametrize(
    ("phonemes", "phones"),
    [
        ("həlˈO", "HH AH L OW"),
        ("wˈɜɹld", "W ER L D"),
        ("dˈɑktəɹ", "D AA K T ER"),
        ("ʧˈɪldɹən", "CH IH L D R AH N"),
        ("ʤˈɔɪ", "JH AO IH"),
        ("bˈYz ˈWɚ", "B OY Z AW ER"),
        ("", ""),
    ],
)
def test_phonemes_become_phones(phonemes: str, phones: str) -> None:
    assert to_arpabet(phonemes) == phones


def test_every_phoneme_the_voice_can_say_has_a_phone_of_the_model() -> None:
    from hibari.g2p import G2P
    from pocketsphinx import get_model_path

    text = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8")
    phones = {phone for line in text.splitlines() for phone in line.split()[1:]}
    g2p = G2P()
    words = "the quick brown fox jumps over lazy dogs measure thin then chew judge sing boy how fur"
    for word in [*words.split(), "O'Shaughnessy", "Nguyen", "Wojciechowski", "Siobhan"]:
        said = to_arpabet(g2p(word)).split()
        assert said
        assert set(said) <= phones, word


def test_names_are_known_the_way_the_voice_says_them(tmp_path: Path) -> None:
    from hibari.g2p import G2P

    dictionary = tmp_path / "some.dict"
    dictionary.write_text("patel P AH T EH L\na AH\na(2) EY\n", encoding="utf-8")
    known, silent = pronunciations(["patel", "a", "zzyzxwick"], dictionary, G2P())
    assert known["patel"][0] == "P AH T EH L"
    assert to_arpabet(G2P()("Patel")) in known["patel"]
    assert known["a"] == ["AH", "EY"]
    assert known["zzyzxwick"]
    assert silent == []


def test_what_has_no_sound_is_reported(tmp_path: Path) -> None:
    dictionary = tmp_path / "some.dict"
    dictionary.write_text("", encoding="utf-8")
    known, silent = pronunciations(
        ["hello", "xyz"], dictionary, lambda word: "həlˈO" if word.lower() == "hello" else ""
    )
    assert list(known) == ["hello"]
    assert silent == ["xyz"]


def bigram(arpa: Path, first: str, second: str) -> float:
    """Logarithm of a bigram's probability, as the model states it."""
    section = arpa.read_text().split("\\2-grams:")[1].split("\\")[0]
    for line in section.splitlines():
        if line.split()[1:3] == [first, second]:
            return float(line.split()[0])
    raise AssertionError(f"no bigram {first} {second}")


def test_a_sentence_given_more_often_weighs_more(tmp_path: Path) -> None:
    model = build_language_model(["Call me.", "Call him.", "Call him."], tmp_path)
    assert bigram(model.arpa, "call", "him") > bigram(model.arpa, "call", "me")


def test_the_decoder_takes_the_model_and_its_dictionary_is_complete(tmp_path: Path) -> None:
    from pocketsphinx import Config, Decoder

    model = build_language_model(["Dr. Wojcik at 10:20 on the 27th.", "Bye."], tmp_path)
    decoder = Decoder(Config(lm=str(model.arpa), dict=str(model.dictionary), loglevel="FATAL"))
    words = "doctor wojcik at ten twenty on the seventh bye"
    assert model.words == len(set(words.split()))
    assert all(decoder.lookup_word(word) for word in words.split())


def test_a_model_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.caller.speech import _language_model

    first = build_language_model(["Hello there."], tmp_path)
    monkeypatch.setattr(_language_model, "_write", None)
    assert build_language_model(["Hello there."], tmp_path) == first


@pytest.mark.parametrize("name", ["model.arpa", "model.dict", "model.json"])
def test_a_broken_model_is_made_anew(tmp_path: Path, name: str) -> None:
    first = build_language_model(["Hello there."], tmp_path)
    broken = first.arpa.with_name(name)
    whole = broken.read_bytes()
    broken.write_bytes(whole[:10])
    again = build_language_model(["Hello there."], tmp_path)
    assert again.arpa.with_name(name).read_bytes() == whole


def test_a_folder_that_cannot_be_written_still_gives_a_model(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    model = build_language_model(["Hello there."], blocked / "models")
    assert model.arpa.is_file()
    assert model.dictionary.is_file()


def test_sentences_without_a_word_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no word"):
        build_language_model(["...", "?!"], tmp_path)


def test_messages_arrive_as_they_were_sent() -> None:
    pipe = io.BytesIO()
    write_message(pipe, Kind.OPEN, 7, {"sentences": ["It’s ten."]})
    write_message(pipe, Kind.AUDIO, 2**31, b"\x00\x01" * 320)
    pipe.seek(0)
    kind, stream, body = read_message(pipe) or (None, 0, b"")
    assert (kind, stream, body.decode()) == (Kind.OPEN, 7, '{"sentences": ["It\\u2019s ten."]}')
    assert read_message(pipe) == (Kind.AUDIO, 2**31, b"\x00\x01" * 320)
    assert read_message(pipe) is None


@pytest.mark.parametrize("length", [0, 3, 9, 20])
def test_a_message_cut_short_is_the_end(length: int) -> None:
    pipe = io.BytesIO()
    write_message(pipe, Kind.AUDIO, 1, b"\x00" * 64)
    assert read_message(io.BytesIO(pipe.getvalue()[:length])) is None
