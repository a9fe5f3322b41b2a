"""Languages of voices and ears, by their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UnknownName

if TYPE_CHECKING:
    from pipecat.transcriptions.language import Language

__all__ = ["check_english", "language_of"]


def check_english(stack: str, language: str) -> None:
    """Make sure that a stack which knows English only is asked for nothing else.

    Raises:
        UnknownName: `language` is another one.
    """
    if language.split("-")[0].casefold() != "en":
        raise UnknownName(
            f"The {stack} stack does not speak {language!r}.",
            cause="Its voices and its recogniser know English only.",
            remedy="Choose the cloud stack, or leave the caller's language at en.",
        )


def language_of(code: str) -> Language:
    """The language with a code such as en, de or pt-BR.

    Raises:
        UnknownName: Pipecat knows none of that code.
    """
    from pipecat.transcriptions.language import Language

    known = {language.value.casefold(): language for language in Language}
    try:
        return known[code.casefold()]
    except KeyError:
        raise UnknownName(
            f"There is no language with the code {code!r}.",
            cause="Speech services know languages by codes such as en, de or pt-BR.",
            remedy="Correct the language of the caller.",
        ) from None
