"""What a call's audio and events say: boundaries, turns, metrics (docs/measurement.md)."""

from harness.measure._agreement import AGREEMENT_GREY_BELOW, Agreement, Confusion, agreement
from harness.measure._agreement_definitions import JUDGE_METRICS
from harness.measure._align import SAME_WITHIN_S, PairKind, TurnPair, align_turns
from harness.measure._bounds import speech_bounds
from harness.measure._caller_sounds import SoundEffect, sound_effects
from harness.measure._clock import SampleClock
from harness.measure._conclusion import PASS_RATE, conclude
from harness.measure._conversation import Conversation, derive_turns
from harness.measure._definitions import METRICS, info_of
from harness.measure._detector import HANGOVER_S, Boundary, SpeechDetector
from harness.measure._difference import Difference, figure_difference, share_difference
from harness.measure._echo import ECHO_DELAY_S, ECHO_SHARE, Echo, find_echo
from harness.measure._flags import LIMITS, Limit
from harness.measure._flips import Change, Flip, flips
from harness.measure._gate import GatedDetector, Noise, find_speech
from harness.measure._levels import PeakMeter, peaks
from harness.measure._metrics import call_metrics
from harness.measure._percentiles import Replies, percentile_of
from harness.measure._quality import AUDIO_VERSION, audio_report
from harness.measure._resampling import (
    GREY_BELOW,
    Interval,
    bootstrap,
    bootstrap_difference,
    quantile,
)
from harness.measure._silence import scripted_pauses
from harness.measure._speech_model import SpeechModel, SpeechState
from harness.measure._statistics import mean_pass, pass_at_k, pass_hat_k, percentile, wilson
from harness.measure._talk import announced_replies
from harness.measure._transport import transport_of
from harness.measure._word_diff import DiffPart, word_diff
from harness.measure._words import normal_words, trusted_ear, word_errors

__all__ = [
    "AGREEMENT_GREY_BELOW",
    "AUDIO_VERSION",
    "ECHO_DELAY_S",
    "ECHO_SHARE",
    "GREY_BELOW",
    "HANGOVER_S",
    "JUDGE_METRICS",
    "LIMITS",
    "METRICS",
    "PASS_RATE",
    "SAME_WITHIN_S",
    "Agreement",
    "Boundary",
    "Change",
    "Confusion",
    "Conversation",
    "DiffPart",
    "Difference",
    "Echo",
    "Flip",
    "GatedDetector",
    "Interval",
    "Limit",
    "Noise",
    "PairKind",
    "PeakMeter",
    "SampleClock",
    "SoundEffect",
    "SpeechDetector",
    "SpeechModel",
    "SpeechState",
    "TurnPair",
    "agreement",
    "align_turns",
    "announced_replies",
    "audio_report",
    "bootstrap",
    "bootstrap_difference",
    "call_metrics",
    "conclude",
    "derive_turns",
    "figure_difference",
    "find_echo",
    "find_speech",
    "flips",
    "info_of",
    "mean_pass",
    "normal_words",
    "pass_at_k",
    "pass_hat_k",
    "peaks",
    "percentile",
    "Replies",
    "percentile_of",
    "quantile",
    "scripted_pauses",
    "share_difference",
    "sound_effects",
    "speech_bounds",
    "transport_of",
    "trusted_ear",
    "wilson",
    "word_diff",
    "word_errors",
]
