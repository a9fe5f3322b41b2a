"""Recordings and images beside a scenario: inside its folder, there, and readable."""

from __future__ import annotations

import os
from pathlib import Path

from harness.scenarios._document import Document, KeyPath, show_path
from harness.scenarios._limits import SIZES, told

__all__ = ["check_audio", "check_image"]

IMAGES = ("PNG", "JPEG", "GIF", "WEBP")
"""What the image services of agents take."""


def check_audio(document: Document, where: KeyPath, path: str) -> str:
    """The path of a recording that can be played; rate and channels are made fit for the call.

    Raises:
        ScenarioError: It lies elsewhere, is not there, or is no sound.
    """
    import soundfile

    file = _file(document, where, path, "audio")
    try:
        info = soundfile.info(str(file))
    except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
        raise document.error(
            where,
            f"{show_path(file)} cannot be read as sound.",
            cause=f"The audio library says: {_words(error)}",
            remedy="Save it as WAV, FLAC, OGG or MP3.",
        ) from error
    if info.frames <= 0 or info.samplerate <= 0:
        raise document.error(where, f"{show_path(file)} holds no sound.", remedy="Record it again.")
    for size, amount, remedy in (
        ("rate", info.samplerate, "Save it at 16,000 or 48,000 Hz."),
        ("channels", info.channels, "Save it with one channel."),
        ("seconds", round(info.duration, 3), "Cut it, or make several turns of it."),
    ):
        _check(document, where, file, f"audio {size}", amount, remedy)
    return str(file)


def check_image(document: Document, where: KeyPath, path: str) -> str:
    """The path of an image that a language model can be shown.

    Raises:
        ScenarioError: It lies elsewhere, is not there, or is no image.
    """
    from PIL import Image

    file = _file(document, where, path, "image")
    try:
        # What it is stands in its first bytes; its pixels are not looked at.
        with Image.open(file, formats=IMAGES) as image:
            pixels = image.width * image.height
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise document.error(
            where,
            f"{show_path(file)} cannot be read as an image.",
            remedy=f"Save it as {', '.join(IMAGES[:-1])} or {IMAGES[-1]}.",
        ) from error
    _check(document, where, file, "image pixels", pixels, "Make it smaller.")
    return str(file)


def _check(
    document: Document, where: KeyPath, file: Path, size: str, amount: float, remedy: str
) -> None:
    limit = SIZES[size]
    if not limit.holds(amount):
        bound = f"{told(limit.most)} are the most"
        if amount < limit.least:
            bound = f"{told(limit.least)} are the least"
        raise document.error(
            where,
            f"{show_path(file)} has {told(amount)} {limit.unit}; {bound}.",
            remedy=remedy,
        )


def _file(document: Document, where: KeyPath, path: str, kind: str) -> Path:
    file = Path(path)
    if not file.is_file():
        # As it may be written: a draft lies in a folder for a moment.
        beside = os.path.relpath(file, document.path.resolve().parent)
        raise document.error(
            where,
            f"there is no file {beside}.",
            remedy="The path counts from the folder of the scenario file.",
        )
    if not file.resolve().is_relative_to(document.folder):
        raise document.error(
            where,
            f"{file.name} lies outside {show_path(document.folder)}.",
            cause="A scenario may only use files of its own folder.",
            remedy="Copy the file beside the scenario.",
        )
    _check(document, where, file, f"{kind} bytes", file.stat().st_size, "Make it smaller.")
    return file


def _words(error: Exception) -> str:
    """The library's words, without the path that is named already."""
    text = str(getattr(error, "error_string", error)).strip()
    return text if text.endswith(".") else f"{text}."
