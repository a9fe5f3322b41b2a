#!/bin/sh
# Real calls of the demo agent with each of its faults by every scenario; docs/matrix.md tells what
# failed. Without arguments the pairs that have not been called yet; else those named.
set -eu
cd "$(dirname "$0")/.."
sh tools/bootstrap.sh
.venv/bin/python -m harness.local livekit
exec .venv/bin/python -m tests.matrix "$@"
