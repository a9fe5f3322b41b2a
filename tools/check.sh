#!/bin/sh
# Style, types and layers. Runs all of them and fails if any fails.
set -u
cd "$(dirname "$0")/.."
failed=
try() {
    "$@" || failed="$failed  $*
"
}
python=.venv/bin/python
try "$python" -m ruff check
try "$python" -m ruff format --check
try "$python" -m mypy
try "$python" -m pytest -q tests/unit/test_layering.py
[ -z "$failed" ] || {
    printf 'Failed:\n%s' "$failed" >&2
    exit 1
}
