#!/bin/sh
# Makes .venv from requirements.lock, from nothing but a Python; does nothing when that is done.
#
#   bootstrap.sh           the environment
#   bootstrap.sh lock      the environment, then requirements.lock anew from pyproject.toml
#   bootstrap.sh browser   the environment, then a Chromium for the browser tests
set -eu
cd "$(dirname "$0")/.."

. tools/find.sh

# An environment that was moved or copied has commands that point at the old folder.
made_here() { grep -qF "$(pwd)/.venv" .venv/bin/activate 2>/dev/null; }

# What .venv was made from, and where.
wanted() {
    pwd
    cat requirements.lock pyproject.toml | cksum
}

environment() {
    stamp=.venv/made-from
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted)" ] &&
        .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    python=$(find_python) || fail "No Python 3.11, 3.12 or 3.13 was found. Install one (Debian," \
        "Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13), or name it:" \
        "make run PYTHON=/path/to/python3"
    uv=$(find_uv) || {
        get_uv
        uv=$(find_uv) || fail "uv was installed but does not run on this machine."
    }
    hand_over_index
    rm -f "$stamp"
    if ! { [ -x .venv/bin/python ] && fits .venv/bin/python && made_here; }; then
        say "Making the environment .venv with $("$python" --version)."
        rm -rf .venv
        "$uv" venv -q --no-project --python "$python" .venv
    fi
    say "Installing the packages of requirements.lock (1 to 5 minutes the first time, 1.4 GB)."
    quiet=-q # a terminal gets uv's progress bars, a log does not get 200 lines
    if [ -t 2 ]; then quiet=; fi
    "$uv" pip sync $quiet --python .venv/bin/python --require-hashes requirements.lock ||
        fail "The packages could not be installed; the lines above say why. Start again once that" \
            "is mended: what was downloaded is kept."
    "$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation --editable .
    wanted >"$stamp"
    say "Installed."
}

lock() {
    uv=$(find_uv) || { python=.venv/bin/python && get_uv && uv=$(find_uv); }
    say "Resolving pyproject.toml into requirements.lock (up to a minute)."
    "$uv" pip compile --universal --generate-hashes --python-version 3.11 --extra dev \
        --custom-compile-command "make lock" -q -o requirements.lock pyproject.toml
    say "Written. The next make run or make test installs it."
}

have_browser() { .venv/bin/python -m harness.local chromium >/dev/null; }

debian() { [ -r /etc/os-release ] && grep -q '^ID=debian' /etc/os-release; }

may_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_chromium() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        chromium fonts-liberation
}

browser() {
    have_browser && return
    # On Ubuntu the package is a stub that needs snap, so only Debian's is taken.
    if may_apt && debian; then
        say "Installing Chromium with apt-get (about a minute)."
        if apt_chromium >.venv/apt.log 2>&1 ||
            { apt-get update -q >>.venv/apt.log 2>&1 && apt_chromium >>.venv/apt.log 2>&1; }; then
            have_browser && return
        fi
        tail -n 5 .venv/apt.log >&2
    fi
    # Without --with-deps: that would upgrade libraries of the system, which nobody asked for.
    say "Downloading Chromium with Playwright (about 170 MB, a minute)."
    if .venv/bin/python -m playwright install chromium >.venv/playwright.log 2>&1; then
        have_browser && return
    fi
    tail -n 5 .venv/playwright.log >&2
    fail "No Chromium for the browser tests. Install Chromium or Google Chrome so that" \
        "\`chromium\` or \`google-chrome\` is on PATH, and start again. (If Playwright's is there" \
        "and does not run: \`sudo .venv/bin/python -m playwright install-deps chromium\`.)"
}

environment
case "${1:-}" in
'') ;;
lock) lock ;;
browser) browser ;;
*) fail "bootstrap.sh does not know '$1'." ;;
esac
