"""Whether the caller of a scenario has a voice that there is, at a speed that it speaks at."""

from __future__ import annotations

from harness.nouns import STACKS, Caller, Persona, speeds_of
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import did_you_mean

__all__ = ["check_voice"]


def check_voice(
    document: Document, where: KeyPath, written: Caller, persona: Persona | None, caller: Caller
) -> tuple[str, ...]:
    """A warning if another voice has to be chosen before the scenario can be called.

    Args:
        document: The file, for messages by line.
        where: Where the caller stands in it.
        written: The caller as it stands there.
        persona: Whose voice and speed count where the caller sets none.
        caller: Who comes of both.

    Raises:
        ScenarioError: The stack or the voice is not known, or the voice does not speak so slowly
            or fast; the message names file, line and key.
    """
    stack = STACKS.get(caller.stack)
    if stack is None:
        raise document.error(
            (*where, "stack"),
            f"there is no speech stack `{caller.stack}`.{did_you_mean(caller.stack, STACKS)}",
            remedy=f"There are: {', '.join(STACKS)}.",
        )

    def place(key: str) -> KeyPath:
        """The key that the caller's value comes from."""
        own = key in written.model_fields_set or persona is None
        return (*where, key if own else "persona")

    warnings: tuple[str, ...] = ()
    if not stack.has(caller.voice):
        names = ", ".join(stack.names)
        more = ", or give a Cartesia voice by its id" if stack.by_id else ""
        if "voice" not in caller.model_fields_set:
            start = document.at((*where, "stack"))
            text = f"name a `voice` of the stack `{caller.stack}` too: {names}{more}."
            warnings = (f"{start}: {text}",)
        else:
            close = did_you_mean(caller.voice, stack.names)
            raise document.error(
                place("voice"),
                f"the stack `{caller.stack}` has no voice `{caller.voice}`.{close}",
                remedy=f"Choose one of {names}{more}.",
            )
    slowest, fastest = speeds_of(caller.stack, caller.voice)
    if not slowest <= caller.speed <= fastest:
        raise document.error(
            place("speed"),
            f"the voice `{caller.voice}` of the stack `{caller.stack}` speaks at {slowest:g} to "
            f"{fastest:g} of its own speed, not {caller.speed:g}.",
            remedy=f"Set `speed` to {slowest if caller.speed < slowest else fastest:g}, or choose "
            "another voice.",
        )
    return warnings
