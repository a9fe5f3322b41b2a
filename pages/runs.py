"""Runs: the calls so far. Filter, open, play, delete with undo."""

from harness.console import history_view, service
from harness.console.components import status_bar

for running in service().live()[-1:]:  # of several, the one placed last
    status_bar(running.id, elsewhere=True)
history_view.draw()
