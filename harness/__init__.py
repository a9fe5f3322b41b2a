"""Ringback: a self-hosted test console for Pipecat voice agents."""

__all__ = ["__version__"]

__version__ = "0.1.0"
