#!/bin/sh
# Everything that must hold: checks, then all tests with a real LiveKit server and a real browser.
# Runs all of it and fails if any part fails (a part without tests has failed, too).
set -u
cd "$(dirname "$0")/.."
failed=
part() {
    title=$1
    shift
    began=$(date +%s)
    printf '\n=== %s ===\n' "$title"
    "$@" || failed="$failed  $title
"
    printf 'It took %d s.\n' "$(($(date +%s) - began))"
}
# Tests in real time, two files at once, each with a server of its own: calls take the time that
# people take to speak. They may take time from each other; what failed runs once more, alone, and
# that decides. Both runs are printed.
in_real_time() {
    folder=$1
    # Files stay whole: their tests share an engine, a bot or a console. The longest ones come first
    # (each folder's conftest.py), so that no worker is left alone with one at the end.
    "$python" -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder "$folder" && return
    printf '\n=== Once more, one at a time: what has failed just now ===\n'
    "$python" -m pytest -v -n 0 --last-failed --last-failed-no-failures none "$folder"
}
python=.venv/bin/python
# Hundreds of processes start below: what one of them has compiled the others load.
export PYTHONPYCACHEPREFIX="$PWD/.cache/bytecode" PYTHONDONTWRITEBYTECODE=

printf '=== Getting ready ===\n'
sh tools/bootstrap.sh browser || exit 1
sh tools/environment.sh || exit 1
echo "Chromium: $("$python" -m harness.local chromium)"
server=$("$python" -m harness.local livekit) || exit 1
echo "LiveKit server: $server"

part "Style, types, layers" sh tools/check.sh
part "Unit and page tests" "$python" -m pytest -q -n 2 --dist loadfile tests/unit tests/pages
part "Integration tests: real LiveKit server, real bots" in_real_time tests/integration
part "Browser tests: the console in Chromium" in_real_time tests/browser

if [ -n "$failed" ]; then
    printf '\n=== Failed ===\n%s' "$failed"
    exit 1
fi
printf '\n=== All passed ===\n'
