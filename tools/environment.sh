#!/bin/sh
# Makes the environments of tests/environments: agents that cannot live in .venv beside ours, since
# they want other versions of the same packages. Does nothing for those that are done.
#
#   environment.sh             all of them, below .cache/environments
#   environment.sh NAME ...    these
#   environment.sh lock        their requirements.lock anew from their requirements.in
set -eu
cd "$(dirname "$0")/.."

. tools/find.sh

folder=tests/environments

names() { (cd "$folder" && for file in */requirements.in; do dirname "$file"; done); }

get_ready() {
    python=$(find_python) || fail "No Python 3.11, 3.12 or 3.13 was found. Name one:" \
        "PYTHON=/path/to/python3 sh tools/environment.sh"
    uv=$(find_uv) || {
        get_uv
        uv=$(find_uv) || fail "uv was installed but does not run on this machine."
    }
    hand_over_index
}

# What an environment was made from, and where.
wanted() {
    pwd
    cksum <"$folder/$1/requirements.lock"
}

environment() {
    home=.cache/environments/$1
    stamp=$home/made-from
    [ -f "$folder/$1/requirements.lock" ] ||
        fail "There is no environment '$1'. Known:" "$(names | tr '\n' ' ')"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted "$1")" ] &&
        "$home/bin/python" -c '' 2>/dev/null; then
        return
    fi
    get_ready
    say "Making $home for the tests with $1 (up to a minute the first time, about 500 MB)."
    rm -rf "$home"
    mkdir -p .cache/environments
    "$uv" venv -q --no-project --python "$python" "$home"
    "$uv" pip sync -q --python "$home/bin/python" --require-hashes "$folder/$1/requirements.lock" ||
        fail "The packages of $folder/$1 could not be installed; the lines above say why." \
            "Start again once that is mended: what was downloaded is kept."
    wanted "$1" >"$stamp"
}

lock() {
    get_ready
    for name in $(names); do
        say "Resolving $folder/$name/requirements.in (up to a minute)."
        "$uv" pip compile --universal --generate-hashes --python-version 3.11 \
            --custom-compile-command "sh tools/environment.sh lock" --no-emit-index-url -q \
            -o "$folder/$name/requirements.lock" "$folder/$name/requirements.in"
    done
}

if [ "${1:-}" = lock ]; then
    lock
else
    [ $# -gt 0 ] || set -- $(names)
    for name; do environment "$name"; done
fi
