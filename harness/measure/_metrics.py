"""Metrics of a call, each a figure with its n."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.measure._caller_sounds import sound_effects
from harness.measure._definitions import METRICS
from harness.measure._figure import evidence, figure
from harness.measure._interplay import interplay_metrics
from harness.measure._latency import latency_metrics
from harness.measure._silence import silence_metrics, silence_of
from harness.measure._talk import talk_metrics, word_metrics
from harness.measure._timeline import read_timeline
from harness.nouns import AudioReport, Event, EventKind, Metric, Span, Turn, WordErrors

__all__ = ["call_metrics"]

_BUDGET_S = 2.0
_ECHO = "agent_echo_s"
_LANDMARKS = frozenset(
    {
        EventKind.ROOM_JOINED,
        EventKind.STATE,
        EventKind.AGENT_LEFT,
        EventKind.HANGUP,
        EventKind.CALLER_SOUND,
    }
)


def call_metrics(
    turns: Sequence[Turn],
    events: Sequence[Event] = (),
    audio: AudioReport | None = None,
    *,
    budget_s: float = _BUDGET_S,
    pauses: Sequence[Span] = (),
    said: Sequence[WordErrors] = (),
    ear: Sequence[WordErrors] = (),
    said_why: str = "",
) -> tuple[Metric, ...]:
    """The metrics of a call; :data:`METRICS` tells each one's definition.

    Args:
        turns: From :func:`derive_turns`.
        events: When the room was joined, the call was over, lines were broken off and the caller
            made other sounds.
        audio: What was measured of the agent's lane.
        budget_s: A reply that comes later is late.
        pauses: From :func:`scripted_pauses`; they are no dead air.
        said: The agent's text against what our recogniser heard of it.
        ear: How well that recogniser hears the agent's voice; without it `said` tells nothing.
        said_why: Why there is nothing in `said`.

    Returns:
        Always the keys of :data:`METRICS`, in their order; a value is None where nothing was
        measured, and `why` says so.
    """
    landmarks = read_timeline(event for event in events if event.kind in _LANDMARKS)
    effects = sound_effects(turns, events) if landmarks.sounds else ()
    broken_off = _broken_off(events)
    over_at = landmarks.ending.t if landmarks.ending is not None else None
    now = events[-1].t if events else _last(turns)
    silence = silence_of(turns, landmarks.sounds, pauses, now if over_at is None else over_at)
    found = {
        metric.key: metric
        for metric in (
            *latency_metrics(turns, landmarks.joined, budget_s),
            *interplay_metrics(turns, effects, budget_s),
            *silence_metrics(silence),
            *talk_metrics(turns, broken_off, over_at),
            *word_metrics(turns, broken_off, said, ear, said_why),
            *_audio_metrics(audio),
            _echo_metric(turns),
        )
    }
    return tuple(found[key] for key in METRICS)


def _broken_off(events: Iterable[Event]) -> frozenset[float]:
    """Offsets of the lines that were broken off."""
    return frozenset(
        event.data.get("at", event.t)
        for event in events
        if event.kind == EventKind.CALLER_STOPPED and event.data.get("cut")
    )


def _last(turns: Sequence[Turn]) -> float:
    """When the last sound that is known of ended or began."""
    spans = [span for turn in turns for span in (*turn.agent, *turn.backchannels)]
    spans += [turn.caller for turn in turns if turn.caller is not None]
    return max((span.start if span.end is None else span.end for span in spans), default=0.0)


def _echo_metric(turns: Sequence[Turn]) -> Metric:
    """How long the caller's own voice came back."""
    back = [span for turn in turns for span in turn.echo]
    heard = len(back) + sum(len(turn.agent) + len(turn.backchannels) for turn in turns)
    seconds = sum(span.end - span.start for span in back if span.end is not None)
    where = evidence([turn for turn in turns if turn.echo])
    return figure(_ECHO, seconds, heard, turns=where)


def _audio_metrics(audio: AudioReport | None) -> tuple[Metric, ...]:
    """The sound of the agent's lane, as the report tells it."""
    values: dict[str, float | None]
    if audio is None:
        n, why = 0, "The recording has not been measured."
        keys = [k for k, info in METRICS.items() if info.group == "audio" and k != _ECHO]
        values = dict.fromkeys(keys)
    else:
        n, why = round(audio.speech_s), "The recording does not tell."
        concealed = audio.concealed_ms
        values = {
            "agent_loudness": audio.loudness_lufs,
            "agent_peak": audio.peak_dbfs,
            "agent_clipped_share": audio.clipped_share,
            "agent_dropouts": len(audio.dropouts),
            "agent_noise_floor": audio.noise_floor_dbfs,
            "agent_snr": audio.snr_db,
            "agent_dc": abs(audio.dc_share),
            "agent_bandwidth": audio.bandwidth_hz,
            "agent_concealed_s": None if concealed is None else concealed / 1000,
            "agent_packet_loss": audio.packet_loss,
        }
    return tuple(figure(key, value, n, why=why) for key, value in values.items())
