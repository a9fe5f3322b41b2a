"""TransportRecord: what the transport's statistics tell of a stretch of a call."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TransportRecord"]


@dataclass(frozen=True, slots=True)
class TransportRecord:
    """Differences of the cumulative statistics of LiveKit's SDK over a stretch of a call.

    What the SDK does not tell is None.

    Attributes:
        from_s: Where the stretch begins, seconds on the call's clock.
        to_s: Where it ends.
        jitter_buffer_ms: Mean time that a sample of the agent waited in our jitter buffer.
        rtt_ms: Round trip between us and the server.
        jitter_ms: Of the agent's packets as they arrive.
        packets_lost: Of the agent's.
        concealed_ms: Sound that was invented for lost packets, silence not counted.
        stretched_ms: Sound that was stretched to wait for packets.
        squeezed_ms: Sound that was squeezed to catch up.
        uplink_lost_share: Share (0..1) of our packets that the server missed.
    """

    from_s: float
    to_s: float
    jitter_buffer_ms: float | None = None
    rtt_ms: float | None = None
    jitter_ms: float | None = None
    packets_lost: int | None = None
    packets_received: int | None = None
    concealed_ms: float | None = None
    concealment_events: int | None = None
    stretched_ms: float | None = None
    squeezed_ms: float | None = None
    uplink_lost_share: float | None = None

    @property
    def one_way_s(self) -> float | None:
        """Half a round trip up, half a one down and our jitter buffer, in seconds.

        The agent's own jitter buffer is not known to us. None if a part is not known.
        """
        if self.jitter_buffer_ms is None or self.rtt_ms is None:
            return None
        return (self.jitter_buffer_ms + self.rtt_ms) / 1000
