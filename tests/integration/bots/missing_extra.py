"""A bot with a speech service whose extra is not installed."""

from pipecat.services.groq.tts import GroqTTSService

USED = GroqTTSService
