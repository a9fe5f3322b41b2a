"""Pipecat Evals' drivers in a real room: what they say, and the events they match."""
