"""What a caller may be given to say: words, and nothing that no voice and no channel can carry."""

from __future__ import annotations

import unicodedata

from harness.nouns import ScriptStep
from harness.scenarios._document import Document, KeyPath

__all__ = ["check_lines"]

_SAID = ("L", "N", "P", "Sc", "Sk", "Sm")
"""Kinds of characters that a voice has a word or a pause for: an emoji is none of them."""


def check_lines(
    document: Document, where: KeyPath, steps: tuple[ScriptStep, ...], *, spoken: bool
) -> None:
    """See that every line of a script can be said, or typed.

    Args:
        document: The file.
        where: Where its list of turns stands.
        steps: What was read of it, one for each turn.
        spoken: Whether a voice says them.

    Raises:
        ScenarioError: One cannot; the message names file, line and key.
    """
    for index, step in enumerate(steps):
        if step.say is None:
            continue
        inside = (*where, index, "user")
        kinds = {letter: unicodedata.category(letter) for letter in step.say}
        control = next((letter for letter, kind in kinds.items() if kind == "Cc"), None)
        if control is not None and control != "\t":
            raise document.error(
                inside,
                f"the character U+{ord(control):04X} cannot be said.",
                remedy="Take the character away; editors may not show it.",
            )
        if spoken and step.audio is None and not any(k.startswith(_SAID) for k in kinds.values()):
            raise document.error(
                inside,
                f"there is nothing in {step.say[:20]!r} that a voice could say.",
                remedy="Write words; with `caller: {by: text}` the line is typed as it stands.",
            )
