"""What a call's audio and events say: boundaries, turns, metrics (docs/measurement.md)."""

from harness.measure._bounds import speech_bounds
from harness.measure._clock import SampleClock
from harness.measure._detector import HANGOVER_S, Boundary, SpeechDetector
from harness.measure._gate import GatedDetector, Noise, find_speech
from harness.measure._levels import PeakMeter, peaks
from harness.measure._metrics import call_metrics
from harness.measure._speech_model import SpeechModel, SpeechState
from harness.measure._statistics import percentile, wilson
from harness.measure._turns import derive_turns

__all__ = [
    "HANGOVER_S",
    "Boundary",
    "GatedDetector",
    "Noise",
    "PeakMeter",
    "SampleClock",
    "SpeechDetector",
    "SpeechModel",
    "SpeechState",
    "call_metrics",
    "derive_turns",
    "find_speech",
    "peaks",
    "percentile",
    "speech_bounds",
    "wilson",
]
