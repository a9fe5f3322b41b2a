"""How much was said, and how well it was understood."""

from __future__ import annotations

from harness.measure._definitions._entry import WORDS_WRONG, entry

__all__ = ["TALK", "WORDS"]

TALK = (
    entry(
        "caller_speech_s",
        "Caller's speech",
        "s",
        "neither",
        "talk",
        "Seconds the caller spoke. Lines sent as text are no speech.",
        "sum of the caller's lines spoken; n: lines",
    ),
    entry(
        "agent_speech_s",
        "Agent's speech",
        "s",
        "neither",
        "talk",
        "Seconds the agent spoke, as heard.",
        "sum of the agent's stretches; n: stretches",
    ),
    entry(
        "agent_talk_share",
        "Agent's share of talk",
        "share",
        "neither",
        "talk",
        "How much of all speech was the agent's.",
        "agent_speech_s / (agent_speech_s + caller_speech_s)",
    ),
    entry(
        "silence_share",
        "Silence",
        "share",
        "lower",
        "talk",
        "How much of the conversation nobody spoke, the caller's scripted pauses left out.",
        "sum of the stretches of dead air / time from the first sound to the ending, less scripted "
        "pauses",
    ),
    entry(
        "caller_words_per_minute",
        "Caller's pace",
        "per_minute",
        "neither",
        "talk",
        "Words a minute of the caller's speech, pauses between lines not counted.",
        "60 x words / seconds of the lines spoken whole; n: words",
    ),
    entry(
        "agent_words_per_minute",
        "Agent's pace",
        "per_minute",
        "neither",
        "talk",
        "Words a minute of the agent's speech. Replies that were cut off are left out: their text "
        "says more than was heard.",
        "60 x words of the agent's text / seconds of its speech, over turns that were not cut "
        "into; n: words",
    ),
)


WORDS = (
    entry(
        "heard_word_error_rate",
        "Agent's hearing, word errors",
        "share",
        "lower",
        "words",
        "Share of the caller's words that the agent's recogniser got wrong, as the agent tells.",
        "(substituted + deleted + inserted) / words said, pooled over lines that were spoken whole "
        "and transcribed; n: words said",
        WORDS_WRONG,
    ),
    entry(
        "unheard_count",
        "Lines not transcribed",
        "count",
        "lower",
        "words",
        "Spoken lines of which the agent told no transcription, though it does of others.",
        "lines spoken whole, with an outcome, without transcription; n: lines spoken whole",
    ),
    entry(
        "said_word_error_rate",
        "Agent's speech, word errors",
        "share",
        "lower",
        "words",
        "Words of the agent's text that a recogniser did not find in its sound. Only told where "
        "that recogniser's own error is known to be under 5 %.",
        "as heard_word_error_rate, of the agent's text against our recogniser's words; none unless "
        "the upper end of Wilson's interval of the recogniser's own rate on that voice is < 5 %",
        WORDS_WRONG,
    ),
)
