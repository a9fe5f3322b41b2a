"""The agent that comes with Ringback."""

from __future__ import annotations

from harness.nouns import Agent

__all__ = ["DEMO", "demo_agent"]

DEMO = "demo"
"""Its name; no other agent goes by it."""


def demo_agent(body: dict[str, object] | None = None) -> Agent:
    """The clinic front desk, with a session body."""
    return Agent(name=DEMO, provider="demo", title="Clinic front desk", body=body or {})
