#!/bin/sh
# Everything that must hold: checks, then all tests with a real LiveKit server and a real browser.
# Runs all of it and fails if any part fails (a part without tests has failed, too).
set -u
cd "$(dirname "$0")/.."
failed=
part() {
    title=$1
    shift
    printf '\n=== %s ===\n' "$title"
    "$@" || failed="$failed  $title
"
}
python=.venv/bin/python

printf '=== Getting ready ===\n'
sh tools/bootstrap.sh browser || exit 1
sh tools/environment.sh || exit 1
echo "Chromium: $("$python" -m harness.local chromium)"
server=$("$python" -m harness.local livekit) || exit 1
echo "LiveKit server: $server"

part "Style, types, layers" sh tools/check.sh
# Calls take the time that people take to speak, so two files run at once, each with a server of
# its own. Files stay whole: their tests share an engine or a console.
two_at_once="-n 2 --dist loadfile"
# shellcheck disable=SC2086
part "Unit and page tests" "$python" -m pytest -q $two_at_once tests/unit tests/pages
# shellcheck disable=SC2086
part "Integration tests: real LiveKit server, real bots" \
    "$python" -m pytest -q $two_at_once tests/integration
# shellcheck disable=SC2086
part "Browser tests: the console in Chromium" \
    "$python" -m pytest -q $two_at_once tests/browser

if [ -n "$failed" ]; then
    printf '\n=== Failed ===\n%s' "$failed"
    exit 1
fi
printf '\n=== All passed ===\n'
