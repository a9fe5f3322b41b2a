"""HarnessError: our own trouble, and Interrupted: the user stopped us."""

from __future__ import annotations

from harness.errors._base import RingbackError

__all__ = [
    "CalibrationFailed",
    "CalibrationSpoiled",
    "CallLost",
    "HarnessError",
    "InternalError",
    "Interrupted",
    "JudgeError",
    "JudgeKeyRefused",
    "JudgeModelUnknown",
    "JudgeTooSlow",
    "JudgeUnreachable",
    "PersonaError",
    "SpeechFailed",
]


class HarnessError(RingbackError):
    """Our own trouble, never the agent's failure."""

    kind = "error"
    exit_code = 3


class CallLost(HarnessError):
    """The process that carried the call died."""

    kind = "lost"


class JudgeError(HarnessError):
    """A judge gave no usable answer."""

    kind = "judge_error"


class JudgeUnreachable(JudgeError):
    """Nothing answers at the address of a language model."""

    kind = "judge_unreachable"


class JudgeKeyRefused(JudgeError):
    """A language model's service does not take the key."""

    kind = "judge_key_refused"


class JudgeModelUnknown(JudgeError):
    """A language model's service does not have the model."""

    kind = "judge_model_unknown"


class JudgeTooSlow(JudgeError):
    """A language model did not answer in time."""

    kind = "judge_too_slow"


class PersonaError(HarnessError):
    """What plays the simulated person gave no usable answer."""

    kind = "persona_error"


class SpeechFailed(HarnessError):
    """A speech service of the simulated caller failed."""

    kind = "speech_failed"


class CalibrationFailed(HarnessError):
    """The agent of known delay could not be called."""

    kind = "calibration_failed"


class CalibrationSpoiled(HarnessError):
    """The machine was too busy to be calibrated."""

    kind = "calibration_spoiled"


class InternalError(HarnessError):
    """A defect in Ringback."""

    kind = "internal"


class Interrupted(RingbackError):
    """The user stopped the command before it had a result."""

    kind = "interrupted"
