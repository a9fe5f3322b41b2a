"""What each metric of a call means: one entry a key, for pages, docs and tests."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from harness.nouns import MetricInfo, StageName, Unit

__all__ = ["METRICS", "STAGE_KEYS", "info_of"]

_Better = Literal["lower", "higher", "neither"]
_Group = Literal["latency", "turn_taking", "talk", "words", "audio", "health"]

_FIGURES = "docs/measurement.md#figures"
_STAGES = "docs/measurement.md#stage-breakdown"
_PERCENTILE = "R. J. Hyndman and Y. Fan, 1996, type 7; interval of order statistics"
_WILSON = "share with the interval of E. B. Wilson, 1927"
_WORDS_WRONG = "V. I. Levenshtein, 1966; interval by bootstrap over lines"

_ESTIMATES = frozenset({_PERCENTILE, _WILSON, _WORDS_WRONG, _STAGES})
_GREY_BELOW = 10
"""An estimate from fewer observations is greyed; what simply is so (a sum, a count) is not."""

STAGE_KEYS: Mapping[StageName, str] = MappingProxyType(
    {name: f"stage_{name}_p50" for name in get_args(StageName)}
)
"""The key of each stage's median."""


def _info(
    key: str,
    title: str,
    unit: Unit,
    better: _Better,
    group: _Group,
    tooltip: str,
    formula: str,
    source: str = _FIGURES,
) -> MetricInfo:
    grey_below = _GREY_BELOW if source in _ESTIMATES else 0
    return MetricInfo(key, title, unit, better, group, tooltip, formula, source, grey_below)


def _latency(key: str, title: str, tooltip: str, formula: str, source: str) -> MetricInfo:
    return _info(key, title, "s", "lower", "latency", tooltip, formula, source)


_REPLY = "over lines answered and not flagged, of heard latency"

_LATENCY = (
    _latency(
        "response_latency_p50",
        "Heard latency, p50",
        "Half of the replies were this fast or faster. From the caller's last sound to the agent's "
        "first sound, measured in the audio the caller hears. Turns with no answer are counted "
        "apart.",
        f"median {_REPLY}",
        _PERCENTILE,
    ),
    _latency(
        "response_latency_p90",
        "Heard latency, p90",
        "Nine of ten replies came faster than this, as heard by the caller.",
        f"90th percentile {_REPLY}",
        _PERCENTILE,
    ),
    _latency(
        "response_latency_p95",
        "Heard latency, p95",
        "95 of 100 replies were this fast or faster, as heard. With fewer than 20 replies it lies "
        "between the two slowest. Turns with no answer are counted apart.",
        f"95th percentile {_REPLY}",
        _PERCENTILE,
    ),
    _latency(
        "response_latency_p99",
        "Heard latency, p99",
        "99 of 100 replies came faster than this. It is only told from 100 replies on.",
        f"99th percentile {_REPLY}; none below n = 100",
        _PERCENTILE,
    ),
    _latency(
        "response_latency_max",
        "Slowest reply",
        "The longest wait for a reply that came, as heard.",
        f"greatest {_REPLY}",
        _FIGURES,
    ),
    _info(
        "late_count",
        "Replies over budget",
        "count",
        "lower",
        "latency",
        "Replies that came later than the scenario's budget for a reply.",
        "lines answered, not flagged, whose heard latency is over the budget; n: those lines",
        _FIGURES,
    ),
    _latency(
        "first_answer_p50",
        "First answer, p50",
        "Until the answer itself begins: a filler such as \u201cone moment\u201d does not count.",
        "median over lines answered and not flagged, of the onset of the first stretch that is no "
        "filler - caller offset sent",
        _PERCENTILE,
    ),
    _latency(
        "first_answer_p95",
        "First answer, p95",
        "19 of 20 answers had begun by then, fillers such as \u201cone moment\u201d not counted.",
        "95th percentile of the same",
        _PERCENTILE,
    ),
    _latency(
        "tool_answer_p50",
        "Answer with a function call, p50",
        "First answer of the replies for which the agent called a function.",
        "median of the same, over lines in whose turn a function was called",
        _PERCENTILE,
    ),
    _latency(
        "adjusted_latency_p50",
        "Latency without transport, p50",
        "Heard latency less what network and our jitter buffer took of it. The agent's own "
        "buffer is not known.",
        "median over lines answered and not flagged, of heard latency - (round trip + our "
        "jitter buffer), both by LiveKit's statistics",
        _PERCENTILE,
    ),
    _latency(
        "greeting_s",
        "Time to greeting",
        "From joining the room to the agent's first sound, if it spoke first.",
        "onset of the first agent sound - our joining, if it came before any line",
        _FIGURES,
    ),
    _latency(
        "bot_reported_p50",
        "What the agent says, p50",
        "The latency the agent reports of itself. It leaves out what the caller waits besides.",
        "median over lines answered and not flagged, of the observer's figure where there is one; "
        "else arrival of `bot-started-speaking` - arrival of the last `user-stopped-speaking`",
        _PERCENTILE,
    ),
    _latency(
        "gap_p50",
        "Heard minus reported, p50",
        "How much longer the caller waits than the agent says.",
        "median over those same lines, of heard latency - bot-reported latency",
        _PERCENTILE,
    ),
)

_STAGE_TITLES: Mapping[StageName, tuple[str, str]] = {
    "transport": ("Transport", "Network both ways and our jitter buffer."),
    "endpointing": ("End of turn", "The silence the agent waits for before it takes its turn."),
    "stt": ("Recognition", "Speech to text."),
    "turn_detection": ("Turn detection", "Deciding whether the caller has finished."),
    "llm": ("Language model", "Until the model's first words."),
    "tools": ("Functions", "Functions the agent called before it spoke."),
    "text_aggregation": ("Sentence", "Waiting for a whole sentence to speak."),
    "tts": ("Voice", "Text to speech until its first sound."),
    "output": ("Output", "From the voice's first sound to sending it."),
    "unexplained": ("Unexplained", "What no stage explains; negative where stages overlap."),
}

_OF_STAGES = tuple(
    _info(
        STAGE_KEYS[name],
        f"{title}, p50",
        "s",
        "neither" if name == "unexplained" else "lower",
        "latency",
        f"{what} The stages of one reply sum up to its latency; their medians do not.",
        f"median of the stage `{name}` over lines answered and not flagged that tell it",
        _STAGES,
    )
    for name, (title, what) in _STAGE_TITLES.items()
)


def _taking(
    key: str,
    title: str,
    unit: Unit,
    better: _Better,
    tooltip: str,
    formula: str,
    source: str = _FIGURES,
) -> MetricInfo:
    return _info(key, title, unit, better, "turn_taking", tooltip, formula, source)


_TURN_TAKING = (
    _taking(
        "turn_taking_score",
        "Turn-taking score",
        "score",
        "higher",
        "Share of lines after which the agent did everything right: answered in time, did not "
        "talk over, stop for nothing, speak up again or talk on.",
        "share of lines with an outcome that were answered, with -0.05 s <= heard latency <= "
        "budget (a flagged line's latency is not held against it), no false stop, no spurious "
        "reply, and not kept talking into; evidence: the lines that failed",
        _WILSON,
    ),
    _taking(
        "missed_turns",
        "Missed turns",
        "count",
        "lower",
        "Lines the agent did not answer before the caller gave up, spoke again or the call ended.",
        "lines with outcome no_answer; n: lines with an outcome",
    ),
    _taking(
        "missed_share",
        "Missed turns, share",
        "share",
        "lower",
        "Share of lines that stayed unanswered. Read it beside p95: missed turns have no latency.",
        "missed_turns / lines with an outcome",
        _WILSON,
    ),
    _taking(
        "talk_over_count",
        "Agent interruptions",
        "count",
        "lower",
        "Lines in which the agent began to speak before the caller had finished.",
        "lines with outcome talked_over: an onset of the agent, no backchannel, inside the line; "
        "n: lines with an outcome",
    ),
    _taking(
        "overlap_s",
        "Both at once",
        "s",
        "neither",
        "Seconds in which caller and agent spoke at the same time, barge-ins included.",
        "sum over lines of the intersection of the line with the agent's speech; n: lines",
    ),
    _taking(
        "backchannel_count",
        "Agent's \u201cmm-hm\u201d",
        "count",
        "neither",
        "Short sounds such as \u201cmm-hm\u201d the agent made within a line. They interrupt "
        "nothing.",
        "stretches inside lines that are backchannels; n: lines",
    ),
    _taking(
        "interrupted_count",
        "Cut in by the caller",
        "count",
        "neither",
        "Replies during which the caller's next line began.",
        "lines with outcome interrupted; n: lines with an outcome",
    ),
    _taking(
        "stop_time_p50",
        "Time to stop, p50",
        "s",
        "lower",
        "How long the agent talks on when the caller cuts in, as heard.",
        "median over lines, not flagged, that began while the agent spoke, of agent offset heard - "
        "caller onset sent",
        _PERCENTILE,
    ),
    _taking(
        "stop_time_max",
        "Time to stop, longest",
        "s",
        "lower",
        "The longest the agent talked on when the caller cut in.",
        "greatest of the same",
    ),
    _taking(
        "yield_share",
        "Gave way",
        "share",
        "higher",
        "Share of barge-ins after which the agent was silent within 2 seconds.",
        "barge-ins with a stop time of at most 2.0 s / barge-ins not flagged; talking on for more "
        "than 2.0 s until the call ends is no stop, and less cannot be told",
        _WILSON,
    ),
    _taking(
        "false_stop_count",
        "False stops",
        "count",
        "lower",
        "The agent fell silent for a sound that was no line: \u201cmm-hm\u201d, a cough, noise.",
        "such sounds of the caller with an offset of the agent at most 1.0 s after their end, and "
        "0.8 s of silence then; n: such sounds while it spoke",
    ),
    _taking(
        "noise_reply_count",
        "Replies to noise",
        "count",
        "lower",
        "The agent replied to a sound that was no line: a cough, noise.",
        "spurious replies at most 2.0 s after such a sound; n: such sounds while the agent was "
        "silent",
    ),
    _taking(
        "spurious_count",
        "Replies to nothing",
        "count",
        "lower",
        "The agent spoke up again though nobody had said anything to it.",
        "turns with outcome spurious; n: turns",
    ),
    _taking(
        "dead_air_max",
        "Dead air, longest",
        "s",
        "lower",
        "The longest silence of both after the first words, the caller's scripted pauses left out.",
        "longest stretch between the first sound and the call's ending in which neither speaks, "
        "less scripted pauses; n: such stretches",
    ),
    _taking(
        "dead_air_over_3s",
        "Dead air beyond 3 s",
        "s",
        "lower",
        "Seconds of silence of both beyond the third second of each stretch, summed up.",
        "sum over those stretches of max(0, length - 3 s)",
    ),
    _taking(
        "dead_air_over_5s",
        "Dead air beyond 5 s",
        "s",
        "lower",
        "Seconds of silence of both beyond the fifth second of each stretch, summed up.",
        "sum over those stretches of max(0, length - 5 s)",
    ),
)

_TALK = (
    _info(
        "caller_speech_s",
        "Caller's speech",
        "s",
        "neither",
        "talk",
        "Seconds the caller spoke. Lines sent as text are no speech.",
        "sum of the caller's lines spoken; n: lines",
    ),
    _info(
        "agent_speech_s",
        "Agent's speech",
        "s",
        "neither",
        "talk",
        "Seconds the agent spoke, as heard.",
        "sum of the agent's stretches; n: stretches",
    ),
    _info(
        "agent_talk_share",
        "Agent's share of talk",
        "share",
        "neither",
        "talk",
        "How much of all speech was the agent's.",
        "agent_speech_s / (agent_speech_s + caller_speech_s)",
    ),
    _info(
        "silence_share",
        "Silence",
        "share",
        "lower",
        "talk",
        "How much of the conversation nobody spoke, the caller's scripted pauses left out.",
        "sum of the stretches of dead air / time from the first sound to the ending, less scripted "
        "pauses",
    ),
    _info(
        "caller_words_per_minute",
        "Caller's pace",
        "per_minute",
        "neither",
        "talk",
        "Words a minute of the caller's speech, pauses between lines not counted.",
        "60 x words / seconds of the lines spoken whole; n: words",
    ),
    _info(
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

_WORDS = (
    _info(
        "heard_word_error_rate",
        "Agent's hearing, word errors",
        "share",
        "lower",
        "words",
        "Share of the caller's words that the agent's recogniser got wrong, as the agent tells.",
        "(substituted + deleted + inserted) / words said, pooled over lines that were spoken whole "
        "and transcribed; n: words said",
        _WORDS_WRONG,
    ),
    _info(
        "unheard_count",
        "Lines not transcribed",
        "count",
        "lower",
        "words",
        "Spoken lines of which the agent told no transcription, though it does of others.",
        "lines spoken whole, with an outcome, without transcription; n: lines spoken whole",
    ),
    _info(
        "said_word_error_rate",
        "Agent's speech, word errors",
        "share",
        "lower",
        "words",
        "Words of the agent's text that a recogniser did not find in its sound. Only told where "
        "that recogniser's own error is known to be under 5 %.",
        "as heard_word_error_rate, of the agent's text against our recogniser's words; none unless "
        "the upper end of Wilson's interval of the recogniser's own rate on that voice is < 5 %",
        _WORDS_WRONG,
    ),
)


def _audio(
    key: str, title: str, unit: Unit, better: _Better, tooltip: str, formula: str
) -> MetricInfo:
    return _info(key, title, unit, better, "audio", tooltip, formula)


_AUDIO = (
    _audio(
        "agent_loudness",
        "Loudness",
        "db",
        "neither",
        "How loud the agent's speech is, in LUFS. About -20 is usual on the phone.",
        "loudness of its speech by ITU-R BS.1770, in LUFS",
    ),
    _audio(
        "agent_peak",
        "Peak",
        "db",
        "neither",
        "The loudest sample of the agent's sound, in dBFS: 0 is as loud as can be.",
        "greatest sample of the lane, in dB of full scale",
    ),
    _audio(
        "agent_clipped_share",
        "Clipping",
        "share",
        "lower",
        "Share of the agent's speech that is clipped, which sounds harsh.",
        "samples on flat tops / samples of speech",
    ),
    _audio(
        "agent_dropouts",
        "Dropouts",
        "count",
        "lower",
        "Holes within the agent's words.",
        "gaps inside its speech; n: seconds of speech",
    ),
    _audio(
        "agent_noise_floor",
        "Noise floor",
        "db",
        "lower",
        "How loud it is behind the agent while it is silent, in dBFS.",
        "10th percentile of the level outside speech",
    ),
    _audio(
        "agent_snr",
        "Speech over noise",
        "db",
        "higher",
        "How far the agent's speech stands out from its noise.",
        "active speech level - noise floor",
    ),
    _audio(
        "agent_dc",
        "DC offset",
        "share",
        "lower",
        "How far the agent's sound stands off its middle line, of full scale. It should be 0: more "
        "costs loudness and may click where speech begins and ends.",
        "amount of the mean of the samples over full scale",
    ),
    _audio(
        "agent_bandwidth",
        "Bandwidth",
        "hz",
        "higher",
        "Up to which frequency its speech has energy: 4000 Hz is a telephone's.",
        "upper edge of the highest third of an octave with speech",
    ),
    _audio(
        "agent_concealed_s",
        "Sound made up",
        "s",
        "lower",
        "Sound our receiver made up for lost packets.",
        "concealed samples, silence not counted, by LiveKit's statistics",
    ),
    _audio(
        "agent_packet_loss",
        "Packets lost",
        "share",
        "lower",
        "Share of the agent's packets that did not arrive.",
        "lost / (lost + received), by LiveKit's statistics",
    ),
    _audio(
        "agent_echo_s",
        "Echo of the caller",
        "s",
        "lower",
        "How long the caller's own voice came back on the agent's line, and nothing else.",
        "sum of the stretches that are echo; n: stretches heard, echo or not",
    ),
)

_HEALTH = (
    _info(
        "flagged_turns",
        "Spoiled turns",
        "count",
        "lower",
        "health",
        "Turns whose timing this computer itself spoiled. They are left out of the percentiles.",
        "turns with a latency and a flag; n: turns with a latency",
    ),
)

METRICS: Mapping[str, MetricInfo] = MappingProxyType(
    {
        info.key: info
        for info in (*_LATENCY, *_OF_STAGES, *_TURN_TAKING, *_TALK, *_WORDS, *_AUDIO, *_HEALTH)
    }
)
"""Every metric :func:`call_metrics` gives, in the order of display."""


def info_of(key: str) -> MetricInfo:
    """What a metric means.

    Raises:
        KeyError: There is no such metric.
    """
    return METRICS[key]
