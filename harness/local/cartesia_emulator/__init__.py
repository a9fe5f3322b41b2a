"""A Cartesia on this machine: its WebSocket and its HTTP path, with the offline voices."""

from harness.local._service_faults import Faults
from harness.local.cartesia_emulator._emulator import CartesiaEmulator

__all__ = ["CartesiaEmulator", "Faults"]
