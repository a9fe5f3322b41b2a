"""A call that has ended: its waveform, its words and its events, all at one place in it.

All of them share one player in the browser, so that each follows the others without a script run.
The waveform alone tells the page where a person went.
"""

from __future__ import annotations

from harness.console.components.inspect._copy_link import copy_link
from harness.console.components.inspect._events import event_list
from harness.console.components.inspect._transcript import inspect_transcript
from harness.console.components.inspect._wave import inspect_wave, take_picks

__all__ = ["copy_link", "event_list", "inspect_transcript", "inspect_wave", "take_picks"]
