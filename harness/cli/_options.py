"""Options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "Body", "HideName", "KeepPersonal", "TokenEnv"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

Body = Annotated[str | None, typer.Option(help="Session body for the agent, a JSON object.")]

HideName = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Hide this name; several times.")
]

KeepPersonal = Annotated[
    bool, typer.Option("--keep-personal", help="Hide secrets only, no personal data.")
]

TokenEnv = Annotated[
    str | None,
    typer.Option(
        help="Environment variable with the room's token (RINGBACK_ROOM_TOKEN). The token "
        "itself is never an argument: other users could see it."
    ),
]
