"""An OpenAI on this machine: chat completions, speech and transcriptions, as its clients speak."""

from harness.local._service_faults import Faults
from harness.local.openai_emulator._chat import ChatAnswer, ChatRequest, FunctionCall
from harness.local.openai_emulator._emulator import OpenAiEmulator

__all__ = ["ChatAnswer", "ChatRequest", "Faults", "FunctionCall", "OpenAiEmulator"]
