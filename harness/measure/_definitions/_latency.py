"""How long replies take."""

from __future__ import annotations

from harness.measure._definitions._entry import FIGURES, PERCENTILE, entry
from harness.nouns import MetricInfo

__all__ = ["LATENCY"]


def _latency(key: str, title: str, tooltip: str, formula: str, source: str) -> MetricInfo:
    return entry(key, title, "s", "lower", "latency", tooltip, formula, source)


_REPLY = "over lines answered and not flagged, of heard latency"

LATENCY = (
    _latency(
        "response_latency_p50",
        "Heard latency, p50",
        "Half of the replies were this fast or faster. From the caller's last sound to the agent's "
        "first sound, measured in the audio the caller hears. Turns with no answer are counted "
        "apart.",
        f"median {_REPLY}",
        PERCENTILE,
    ),
    _latency(
        "response_latency_p90",
        "Heard latency, p90",
        "Nine of ten replies came faster than this, as heard by the caller.",
        f"90th percentile {_REPLY}",
        PERCENTILE,
    ),
    _latency(
        "response_latency_p95",
        "Heard latency, p95",
        "95 of 100 replies were this fast or faster, as heard. With fewer than 20 replies it lies "
        "between the two slowest. Turns with no answer are counted apart.",
        f"95th percentile {_REPLY}",
        PERCENTILE,
    ),
    _latency(
        "response_latency_p99",
        "Heard latency, p99",
        "99 of 100 replies came faster than this. It is only told from 100 replies on.",
        f"99th percentile {_REPLY}; none below n = 100",
        PERCENTILE,
    ),
    _latency(
        "response_latency_max",
        "Slowest reply",
        "The longest wait for a reply that came, as heard.",
        f"greatest {_REPLY}",
        FIGURES,
    ),
    entry(
        "late_count",
        "Replies over budget",
        "count",
        "lower",
        "latency",
        "Replies that came later than the scenario's budget for a reply.",
        "lines answered, not flagged, whose heard latency is over the budget; n: those lines",
        FIGURES,
    ),
    _latency(
        "first_answer_p50",
        "First answer, p50",
        "Until the answer itself begins: a filler such as \u201cone moment\u201d does not count.",
        "median over lines answered and not flagged, of the onset of the first stretch that is no "
        "filler - caller offset sent",
        PERCENTILE,
    ),
    _latency(
        "first_answer_p95",
        "First answer, p95",
        "19 of 20 answers had begun by then, fillers such as \u201cone moment\u201d not counted.",
        "95th percentile of the same",
        PERCENTILE,
    ),
    _latency(
        "tool_answer_p50",
        "Answer with a function call, p50",
        "First answer of the replies for which the agent called a function.",
        "median of the same, over lines in whose turn a function was called",
        PERCENTILE,
    ),
    _latency(
        "adjusted_latency_p50",
        "Latency without transport, p50",
        "Heard latency less what network and our jitter buffer took of it. The agent's own "
        "buffer is not known.",
        "median over lines answered and not flagged, of heard latency - (round trip + our "
        "jitter buffer), both by LiveKit's statistics",
        PERCENTILE,
    ),
    _latency(
        "greeting_s",
        "Time to greeting",
        "From joining the room to the agent's first sound, if it spoke first.",
        "onset of the first agent sound - our joining, if it came before any line",
        FIGURES,
    ),
    _latency(
        "bot_reported_p50",
        "What the agent says, p50",
        "The latency the agent reports of itself. It leaves out what the caller waits besides.",
        "median over lines answered and not flagged, of the observer's figure where there is one; "
        "else arrival of `bot-started-speaking` - arrival of the last `user-stopped-speaking`",
        PERCENTILE,
    ),
    _latency(
        "gap_p50",
        "Heard minus reported, p50",
        "How much longer the caller waits than the agent says.",
        "median over those same lines, of heard latency - bot-reported latency",
        PERCENTILE,
    ),
)
