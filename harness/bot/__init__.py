"""What a customer may add to their own bot: one observer, which needs pipecat-ai alone.

Put `observers=[RingbackObserver()]` where the bot makes its worker (its task, in older bots).
Nothing else of Ringback is imported by it.
"""

from harness.bot._observer import RingbackObserver

__all__ = ["RingbackObserver"]
