"""Recordings and images beside a scenario: inside its folder, there, and readable."""

from __future__ import annotations

from pathlib import Path

from harness.scenarios._document import Document, KeyPath, show_path

__all__ = ["check_audio", "check_image"]

MAX_BYTES = 50_000_000
"""Largest recording or image."""

MAX_AUDIO_S = 300.0
"""Longest recording of one line, seconds."""


def check_audio(document: Document, where: KeyPath, path: str) -> str:
    """The path of a recording that can be played; any rate and any number of channels will do.

    Raises:
        ScenarioError: It lies elsewhere, is not there, or is no sound.
    """
    import soundfile

    file = _file(document, where, path)
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
    if info.duration > MAX_AUDIO_S:
        raise document.error(
            where,
            f"{show_path(file)} is {info.duration:.0f} s long.",
            remedy=f"A line may last at most {MAX_AUDIO_S:.0f} s; cut it.",
        )
    return str(file)


def check_image(document: Document, where: KeyPath, path: str) -> str:
    """The path of an image.

    Raises:
        ScenarioError: It lies elsewhere or is not there.
    """
    return str(_file(document, where, path))


def _file(document: Document, where: KeyPath, path: str) -> Path:
    file = Path(path)
    if not file.resolve().is_relative_to(document.folder):
        raise document.error(
            where,
            f"{file.name} lies outside {show_path(document.folder)}.",
            cause="A scenario may only use files of its own folder.",
            remedy="Copy the file beside the scenario.",
        )
    if not file.is_file():
        raise document.error(
            where,
            f"there is no file {show_path(file)}.",
            remedy="The path counts from the folder of the scenario file.",
        )
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise document.error(
            where,
            f"{show_path(file)} is too large: {size / 1e6:.0f} MB.",
            remedy=f"Keep it under {MAX_BYTES / 1e6:.0f} MB.",
        )
    return file


def _words(error: Exception) -> str:
    """The library's words, without the path that is named already."""
    text = str(getattr(error, "error_string", error)).strip()
    return text if text.endswith(".") else f"{text}."
