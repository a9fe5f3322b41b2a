"""``ringback judges``: the commands. What they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli._group import finish, surroundings
from harness.cli._options import AsJson, HideName, KeepPersonal

__all__ = ["judges"]

judges = typer.Typer(
    name="judges",
    no_args_is_help=True,
    help="The language models that judge calls and play callers. Their keys are never shown.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a language model.")]


@judges.command("list")
def list_judges(context: typer.Context, as_json: AsJson = False) -> None:
    """List them; the first is the usual one, taken where none is named."""
    from harness.cli._endpoints import list_endpoints

    finish(context, list_endpoints(surroundings(context).settings(), to_stdout=not as_json))


@judges.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of its own: letters, digits, hyphens.")],
    url: Annotated[
        str, typer.Option(help="Base address as far as /v1, such as http://localhost:11434/v1.")
    ],
    model: Annotated[str, typer.Option(help="The model, as its service calls it.")],
    key: Annotated[
        str | None,
        typer.Option(
            metavar="env:NAME|secret:NAME",
            help="Where its key is. The key itself is never an argument: other users could see it.",
        ),
    ] = None,
    ask_key: Annotated[
        bool,
        typer.Option(
            "--ask-key",
            help="Ask for the key without showing it; without a terminal, read it from standard "
            "input. It is kept in a file only you can read.",
        ),
    ] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=1, max=600, help="Seconds for an answer.")
    ] = 20.0,
    extra: Annotated[
        str | None, typer.Option(help="Sent with each request, a JSON object.")
    ] = None,
    usual: Annotated[
        bool, typer.Option("--usual", help="Take it where none is named, from now on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Save one, in place of one of that name: OpenAI, Ollama, vLLM or another of their kind."""
    from harness.cli._endpoints import NewEndpoint, add_endpoint

    new = NewEndpoint(
        name=name, url=url, model=model, key=key, ask_key=ask_key, timeout_s=timeout_s, extra=extra
    )
    settings = surroundings(context).settings()
    finish(context, add_endpoint(new, settings, usual=usual, to_stdout=not as_json))


@judges.command()
def remove(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Remove one, with the key that was kept for it alone."""
    from harness.cli._endpoints import remove_endpoint

    finish(context, remove_endpoint(name, surroundings(context).settings(), to_stdout=not as_json))


@judges.command("test")
def try_one(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Put one tiny question to it: is it there, does it take the key, has it the model, how fast.

    Exit code: 0 if it answered, 2 if it is not known or its key is missing, 3 if it did not.
    """
    from harness.cli._try_judges import try_endpoint

    result = try_endpoint(name, surroundings(context).settings(), to_stdout=not as_json)
    finish(context, result, result["exit_code"])


@judges.command()
def measure(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Name of a language model; rules is the judge that needs none."
        ),
    ],
    half: Annotated[
        Literal["all", "tuned", "held_back"],
        typer.Option(help="Of the labelled calls: those that prompts may be made for, or not."),
    ] = "all",
    examples: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What people have graded, as ringback judges export writes it, in place of the "
            "labelled calls that come along.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask it about labelled calls: accuracy, kappa, what it leaves undecided.

    A language model is asked once for each, 73 that come along: what that costs it costs you.
    """
    from harness.cli._try_judges import measure_endpoint

    settings = surroundings(context).settings()
    result = measure_endpoint(name, half, settings, to_stdout=not as_json, examples=examples)
    finish(context, result)


@judges.command()
def trust(
    context: typer.Context,
    check: Annotated[str, typer.Option(help="On this criterion alone.")] = "",
    as_json: AsJson = False,
) -> None:
    """Hold what judges said to what people say: by criterion, judge, model and prompt."""
    from harness.cli._judges_trust import trust_in_judges

    settings = surroundings(context).settings()
    finish(context, trust_in_judges(settings, check, to_stdout=not as_json))


@judges.command("export")
def export_examples(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The file to write, one JSON object a line.")],
    hide_name: HideName = None,
    keep_personal: KeepPersonal = False,
    as_json: AsJson = False,
) -> None:
    """Write what people have graded, with transcripts and what judges said of the same."""
    from harness.cli._judges_trust import export_labelled

    settings = surroundings(context).settings()
    result = export_labelled(
        settings, out, names=hide_name or (), personal=keep_personal, to_stdout=not as_json
    )
    finish(context, result)
