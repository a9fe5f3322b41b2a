"""The command line: everything the pages can do, in the terminal and for scripts."""

from harness.cli._app import main

__all__ = ["main"]
