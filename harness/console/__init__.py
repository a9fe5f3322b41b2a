"""What the pages share: the seam to the calls, shell, components, charts, theme, routes."""

from harness.console._app import SHELL, StartableService, app_arguments
from harness.console._bridge import TooSlow, bridge
from harness.console._errors import on_script_error, show_error
from harness.console._listening import check_listening
from harness.console._service import ConsoleService, install, place, request_of, service
from harness.console._text import plain

__all__ = [
    "SHELL",
    "ConsoleService",
    "StartableService",
    "TooSlow",
    "app_arguments",
    "bridge",
    "check_listening",
    "install",
    "on_script_error",
    "place",
    "plain",
    "request_of",
    "service",
    "show_error",
]
