"""Who speaks when, and who lets whom speak."""

from __future__ import annotations

from harness.measure._definitions._entry import FIGURES, PERCENTILE, WILSON, Better, entry
from harness.nouns import MetricInfo, Unit

__all__ = ["TURN_TAKING"]


def _taking(
    key: str,
    title: str,
    unit: Unit,
    better: Better,
    tooltip: str,
    formula: str,
    source: str = FIGURES,
) -> MetricInfo:
    return entry(key, title, unit, better, "turn_taking", tooltip, formula, source)


TURN_TAKING = (
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
        WILSON,
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
        WILSON,
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
        PERCENTILE,
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
        WILSON,
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
