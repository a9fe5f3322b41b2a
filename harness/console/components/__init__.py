"""Our own elements, where Streamlit has none."""

from harness.console.components.call_view import call_view
from harness.console.components.compare_rows import compare_rows, take_turn
from harness.console.components.cookies import keep_cookies, kept_cookie
from harness.console.components.inspect import (
    copy_link,
    event_list,
    inspect_transcript,
    inspect_wave,
    take_picks,
)
from harness.console.components.row_list import Row, row_list
from harness.console.components.status_bar import status_bar
from harness.console.components.theme_watch import Width, bar_height, room, theme_watch, width
from harness.console.components.yaml_editor import yaml_editor

__all__ = [
    "Row",
    "Width",
    "bar_height",
    "call_view",
    "compare_rows",
    "copy_link",
    "event_list",
    "inspect_transcript",
    "inspect_wave",
    "keep_cookies",
    "kept_cookie",
    "room",
    "row_list",
    "status_bar",
    "take_picks",
    "take_turn",
    "theme_watch",
    "width",
    "yaml_editor",
]
