"""A Pipecat Cloud on this machine: its paths, errors and limits, with bot files that really run."""

from harness.local.cloud_emulator._agent import AnswerStyle, EmulatedAgent, demo_front_desk
from harness.local.cloud_emulator._emulator import CloudEmulator

__all__ = ["AnswerStyle", "CloudEmulator", "EmulatedAgent", "demo_front_desk"]
