# For tools/*.sh, read with `.` from the project's folder: messages, a Python, uv, the package index.

say() { printf 'ringback: %s\n' "$*"; }
fail() {
    printf 'ringback: %s\n' "$*" >&2
    exit 1
}

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python; do
        if fits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

find_uv() {
    for place in "$(command -v uv || true)" .tools/uv/bin/uv; do
        if [ -n "$place" ] && "$place" --version >/dev/null 2>&1; then
            printf '%s\n' "$place"
            return
        fi
    done
    return 1
}

get_uv() {
    say "Getting uv, the installer (a few seconds)."
    rm -rf .tools/uv
    # Debian's Python may come without venv; pip alone is enough then.
    if "$python" -m venv .tools/uv >/dev/null 2>&1; then
        .tools/uv/bin/python -m pip install -q --disable-pip-version-check uv
    else
        rm -rf .tools/uv
        "$python" -m pip install -q --disable-pip-version-check --target .tools/uv uv
    fi || fail "uv could not be installed with pip. Check the network, or install uv yourself" \
        "(https://docs.astral.sh/uv) and start again."
}

# uv does not read pip's configuration: hand a company's package index over to it.
hand_over_index() {
    [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && return
    index=$("$python" -m pip config get global.index-url 2>/dev/null || true)
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
}
