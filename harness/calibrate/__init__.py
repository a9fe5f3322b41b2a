"""Calibration: how accurate the caller is here, told by an agent whose delay is known."""

__all__: list[str] = []
