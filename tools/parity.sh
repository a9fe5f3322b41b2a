#!/bin/sh
# The same scenario files by Pipecat's own `pipecat eval run` and as calls over LiveKit, verdict by
# verdict. Without arguments all of them, which writes docs/parity.md; else the files named.
set -eu
cd "$(dirname "$0")/.."
sh tools/bootstrap.sh
.venv/bin/python -m harness.local livekit
exec .venv/bin/python -m tests.parity "$@"
