"""``ringback conversation``: the commands. What they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson

__all__ = ["conversation"]

conversation = typer.Typer(
    name="conversation",
    no_args_is_help=True,
    help="Calls as Pipecat Evals' conversation files, and such files as calls.",
)


@conversation.command("export")
def hand_out(
    context: typer.Context,
    call: Annotated[str, typer.Argument(metavar="CALL", help="Id of a call.")],
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Write CALL.conversation.json there, and the call's scenario beside it, for "
            "`pipecat eval judge`; without it the conversation is printed."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hand out what was said in a call, and which functions the agent called."""
    from harness.cli._conversation_files import export_conversation

    settings = surroundings(context).settings()
    finish(context, export_conversation(call, folder, settings, to_stdout=not as_json))


@conversation.command("import")
def bring_in(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Conversation files of Pipecat Evals.")
    ],
    scenario: Annotated[
        str | None,
        typer.Option(
            help="What they are judged by: name of a scenario (see: ringback scenarios), or a file."
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="For people, in place of the file's name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep conversations as calls without audio or times, and judge them."""
    from harness.cli._conversation_files import import_conversations

    settings = surroundings(context).settings()
    result = import_conversations(files, scenario, title, settings, to_stdout=not as_json)
    finish(context, result, result["exit_code"])
