"""NotRun: why something could not be asked, in one place for loader, caller, grading and pages."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["LARGEST_IMAGE", "NotRun"]

LARGEST_IMAGE = 40_000
"""Bytes of an image that fit into one packet of a LiveKit room, as base64 inside a message."""


class NotRun(StrEnum):
    """Why a check or an expectation is `not_run`: neither passed nor failed.

    The value is stored in `CheckResult.kind`, :attr:`sentence` is what people read.
    """

    NEEDS_RTVI = "needs_rtvi"
    """llm_*, user_* and function_call are told by RTVI only, and the agent speaks none."""
    NAMELESS_CALLS = "nameless_calls"
    """Function calls were told without name or arguments."""
    WORDS_UNKNOWN = "words_unknown"
    """The agent was heard, and nothing told its words."""
    NEEDS_EVAL_FEATURES = "needs_eval_features"
    """Context, image, llm_marker and vad_* need an agent that takes Pipecat's eval messages."""
    IMAGE_TOO_LARGE = "image_too_large"
    """An image beyond LARGEST_IMAGE, and what rests on it."""
    NEEDS_VOICE = "needs_voice"
    """A recording, or pauses in a line, with a caller that types."""
    NO_DTMF = "no_dtmf"
    """Neither RTVI nor the room took the keys, and what rests on them."""
    NO_JUDGE = "no_judge"
    """A criterion in free text, and no LLM to judge it."""
    NOT_REACHED = "not_reached"
    """The call was over before, and not by the agent's fault."""
    PERSON_TOOK_OVER = "person_took_over"
    """A person had the caller's side when it would have been asked."""
    OLD_BOT = "old_bot"
    """The agent's Pipecat is too old to tell."""

    @property
    def sentence(self) -> str:
        """For people: what is missing."""
        return _SENTENCES[self]


_SENTENCES = {
    NotRun.NEEDS_RTVI: "The agent speaks no RTVI, and nothing else tells this.",
    NotRun.NAMELESS_CALLS: "The agent reports function calls without their names or arguments. "
    "Its RTVI observer must report functions at full level.",
    NotRun.WORDS_UNKNOWN: "The agent was heard, but what it said is not known: no text came with "
    "its speech.",
    NotRun.NEEDS_EVAL_FEATURES: "The agent takes no messages of Pipecat Evals over LiveKit: it "
    "cannot be given a context or an image, and reports no markers.",
    NotRun.IMAGE_TOO_LARGE: f"The image is too large for a LiveKit room: a message holds at most "
    f"{LARGEST_IMAGE:,} bytes of it.",
    NotRun.NEEDS_VOICE: "The caller types, and this needs a voice.",
    NotRun.NO_DTMF: "The keys could not be sent: the agent takes none, and neither does its room.",
    NotRun.NO_JUDGE: "It needs an LLM judge, and none is set up.",
    NotRun.NOT_REACHED: "The call ended before this was reached.",
    NotRun.PERSON_TOOK_OVER: "A person was in the caller's place when this would have been asked.",
    NotRun.OLD_BOT: "The agent runs an old Pipecat that does not tell this.",
}
