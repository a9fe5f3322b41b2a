"""A Deepgram on this machine: its live transcription, with the offline ear."""

from harness.local._service_faults import Faults
from harness.local.deepgram_emulator._emulator import DeepgramEmulator

__all__ = ["DeepgramEmulator", "Faults"]
