"""Speech stacks by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from harness.errors import RingbackError, UnknownName

if TYPE_CHECKING:
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

__all__ = ["SpeechStack", "get_stack", "people_ear", "stack_names"]


class SpeechStack(Protocol):
    """A voice and an ear under one name."""

    @property
    def name(self) -> str:
        """What users choose it by."""
        ...

    @property
    def voices(self) -> tuple[str, ...]:
        """Voices it offers by name, the usual one first."""
        ...

    def check(self, voice: str, language: str = "en") -> None:
        """Make sure a call can be placed with `voice`; connects to nothing, loads nothing.

        Raises:
            UnknownName: No voice of that name, or it does not speak `language`.
            MissingKey: A key is not set in the environment.
            PackageMissing: A package is not installed.
            VoiceMissing: The offline voice is not installed.
        """
        ...

    def ear_for_people(self, language: str = "en") -> str:
        """The name of the recogniser that understands anybody's voice; empty if there is none.

        Raises what :meth:`check` raises of the ear; connects to nothing, loads nothing.
        """
        ...

    async def prepare(
        self,
        voice: str,
        lines: Sequence[str],
        *,
        speed: float,
        seed: int,
        sample_rate: int = 24000,
    ) -> None:
        """Have the voice loaded and `lines` spoken before anybody waits for them.

        Off the loop, as far as the stack can; stacks that synthesise elsewhere only check the
        voice. Raises what :meth:`check` raises of the voice.

        Args:
            voice: One of :attr:`voices`, or what else the stack accepts.
            lines: What will be said, as it will be given to the voice.
            speed: Pace of those lines.
            seed: Of those lines.
            sample_rate: Of those lines, Hz.
        """
        ...

    def tts(
        self, voice: str, *, speed: float, seed: int, sample_rate: int, language: str = "en"
    ) -> TTSService:
        """The voice, for one call's pipeline; raises what :meth:`check` raises.

        Args:
            voice: One of :attr:`voices`, or what else the stack accepts.
            speed: Pace; 1.0 is natural. A stack that cannot change it says so by ignoring it.
            seed: Of what is random in the voice, where the stack has a say in it.
            sample_rate: Of the frames, Hz.
            language: Code such as en, de or pt-BR.
        """
        ...

    def stt(
        self, *, sample_rate: int, sentences: Sequence[str] = (), language: str = "en"
    ) -> STTService:
        """The ear, for one call's pipeline; raises what :meth:`check` raises of the ear.

        Args:
            sample_rate: Of the input, Hz.
            sentences: What is said in this domain; stacks that need no help ignore them.
            language: Code such as en, de or pt-BR.
        """
        ...


def _stacks() -> dict[str, SpeechStack]:
    from harness.caller.speech._cloud import CloudStack
    from harness.caller.speech._local import LocalStack
    from harness.caller.speech._offline import OfflineStack

    stacks: tuple[SpeechStack, ...] = (OfflineStack(), LocalStack(), CloudStack())
    return {stack.name: stack for stack in stacks}


def stack_names() -> tuple[str, ...]:
    """Names of all stacks, the default first."""
    return tuple(_stacks())


def get_stack(name: str) -> SpeechStack:
    """The stack called `name`.

    Raises:
        UnknownName: There is none.
    """
    stacks = _stacks()
    if name not in stacks:
        raise UnknownName(
            f"There is no speech stack called {name!r}.",
            cause=f"Ringback has {', '.join(stacks)}.",
            remedy="Choose one of them; offline needs no key and no network.",
        )
    return stacks[name]


def people_ear(stack: str, language: str = "en") -> str:
    """The recogniser of a stack that understands anybody's voice, by its name.

    Args:
        stack: Its name; empty for none.
        language: What is spoken, a code.

    Returns:
        Empty if there is none, or none that could be used as things are.
    """
    try:
        return get_stack(stack).ear_for_people(language) if stack else ""
    except RingbackError:
        return ""
