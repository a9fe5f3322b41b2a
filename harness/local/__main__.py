"""``python -m harness.local livekit``: have a LiveKit server ready, and print where it is.

``python -m harness.local chromium``: print where a Chromium is; exit code 1 if there is none.
"""

from __future__ import annotations

import asyncio
import sys

from harness.errors import RingbackError
from harness.local import find_chromium, find_livekit
from harness.settings import get_settings


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Do one of the above; return the exit code."""
    match arguments:
        case ["livekit"]:
            try:
                print(asyncio.run(find_livekit(get_settings(), progress=_say)))
                return 0
            except RingbackError as error:
                _say(str(error))
                return error.exit_code
        case ["chromium"]:
            found = find_chromium()
            if found:
                print(found)
            return 0 if found else 1
        case _:
            _say((__doc__ or "").strip())
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
