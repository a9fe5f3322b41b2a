"""The ear's model of what may be said: word statistics and a small dictionary.

Built once for a set of sentences and kept in the cache folder by content, in the recogniser's
helper process (it needs hibari's pronunciations, seconds to load).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from harness.caller.speech._pronounce import pronunciations
from harness.caller.speech._spoken import spoken_words

__all__ = ["LanguageModel", "build_language_model"]

_RECIPE = 2  # Part of the cache key: raise it when the same sentences shall give another model.
_FILES = ("model.arpa", "model.dict", "model.json")


@dataclass(frozen=True)
class LanguageModel:
    """Files of one model.

    Attributes:
        arpa: Trigram model with back-off, ARPA format.
        dictionary: Its words and how they sound.
        words: How many words it knows.
        unspeakable: Words of the sentences that have no pronunciation and cannot be heard.
    """

    arpa: Path
    dictionary: Path
    words: int
    unspeakable: tuple[str, ...]


def build_language_model(sentences: Sequence[str], folder: Path) -> LanguageModel:
    """The model of `sentences`, from the cache in `folder` or made now.

    Args:
        sentences: What is said in this domain, as written; a sentence given twice weighs twice.
        folder: Where models are kept; falls back to a temporary folder if it cannot be written.

    Returns:
        The model's files, complete.

    Raises:
        ValueError: The sentences hold no word that can be said.
    """
    versions = f"{_RECIPE}|{version('pocketsphinx')}|{version('hibari-tts')}"
    key = hashlib.sha256("\n".join([versions, *sentences]).encode()).hexdigest()[:32]
    home = folder / key
    if not _complete(home):
        home = _make(sentences, home)
    facts = json.loads((home / "model.json").read_text(encoding="utf-8"))
    return LanguageModel(
        arpa=home / "model.arpa",
        dictionary=home / "model.dict",
        words=facts["words"],
        unspeakable=tuple(facts["unspeakable"]),
    )


def _complete(home: Path) -> bool:
    """Whether all files are there with the sizes noted when they were written."""
    try:
        facts = json.loads((home / "model.json").read_text(encoding="utf-8"))
        return all((home / name).stat().st_size == size for name, size in facts["sizes"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def _make(sentences: Sequence[str], home: Path) -> Path:
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=home.parent, suffix=".part"))
    except OSError:
        scratch = Path(tempfile.mkdtemp(prefix="ringback-ear-"))
        home = scratch / "model"
    made = scratch / "new"
    made.mkdir()
    _write(sentences, made)
    if _complete(home):  # Another process was faster.
        shutil.rmtree(scratch, ignore_errors=True)
        return home
    with contextlib.suppress(OSError):
        shutil.rmtree(home, ignore_errors=True)
        os.replace(made, home)
        if scratch not in home.parents:
            shutil.rmtree(scratch, ignore_errors=True)
        return home
    return made


def _write(sentences: Sequence[str], home: Path) -> None:
    from hibari.g2p import G2P
    from pocketsphinx import get_model_path
    from pocketsphinx.lm import ArpaBoLM

    lines = [spoken_words(sentence) for sentence in sentences]
    dictionary = Path(get_model_path("en-us/cmudict-en-us.dict"))
    known, silent = pronunciations({word for line in lines for word in line}, dictionary, G2P())
    lines = [kept for line in lines if (kept := [word for word in line if word in known])]
    if not lines:
        raise ValueError("the sentences hold no word that can be said")

    # A plain newline-separated text: ArpaBoLM drops a trailing "(...)", which words never have.
    model = ArpaBoLM(text="\n".join(" ".join(line) for line in lines), add_start=True)
    model.compute()
    arpa = io.StringIO()
    model.write(arpa)
    (home / "model.arpa").write_text(arpa.getvalue(), encoding="utf-8")

    entries = []
    for word, variants in sorted(known.items()):
        for index, phones in enumerate(variants, start=1):
            entries.append(f"{word if index == 1 else f'{word}({index})'} {phones}")
    (home / "model.dict").write_text("\n".join(entries) + "\n", encoding="utf-8")

    sizes = {name: (home / name).stat().st_size for name in _FILES[:2]}
    facts = {"words": len(known), "unspeakable": silent, "sizes": sizes}
    (home / "model.json").write_text(json.dumps(facts), encoding="utf-8")
