"""How every command ends: its result in text or as one JSON object, its errors in our words."""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from harness.cli._logs import log_to_file, write_error_log
from harness.cli._surroundings import Surroundings
from harness.errors import InputError, InternalError, Interrupted, RingbackError

__all__ = ["Group", "finish", "surroundings"]

_AS_JSON = "ringback.json"
_RESULT = "ringback.result"
_COMMAND = "ringback.command"
_READER_GONE = 141
"""What a shell says of a command whose reader went away (128 + SIGPIPE)."""


def surroundings(context: typer.Context) -> Surroundings:
    """What the command works with."""
    return context.obj if isinstance(context.obj, Surroundings) else Surroundings()


def finish(context: typer.Context, result: dict[str, Any] | None, code: int = 0) -> None:
    """End the command with a result for ``--json`` (None: it printed text) and an exit code."""
    context.meta[_RESULT] = result
    raise typer.Exit(code)


class Group(TyperGroup):
    """The commands, none of which lets a traceback out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Notice whether the result is wanted as JSON before anything can go wrong."""
        ctx.meta[_AS_JSON] = "--json" in args
        ctx.meta[_COMMAND] = args[:2]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        log_to_file(surroundings(ctx))
        if not ctx.meta[_AS_JSON]:
            with _quiet_pipe():
                return self._in_text(ctx)
        with _only_the_result_on_stdout():
            code = self._for_scripts(ctx)
        if ctx.meta.get(_RESULT) is not None:
            with _quiet_pipe():
                print(json.dumps(ctx.meta[_RESULT], ensure_ascii=True), flush=True)
        raise typer.Exit(code)

    def _in_text(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.TyperException):
            raise
        except BrokenPipeError as error:
            if _reader_is_gone():
                raise
            code = _show(_explained(error, ctx))
        except (Exception, KeyboardInterrupt) as error:
            code = _show(_explained(error, ctx))
        raise typer.Exit(code)

    def _for_scripts(self, ctx: Any) -> int:
        try:
            super().invoke(ctx)
        except typer.Exit as end:
            return end.exit_code
        except (Exception, KeyboardInterrupt) as error:
            known = _explained(error, ctx)
            ctx.meta[_RESULT] = _as_result(known, ctx.meta[_COMMAND])
            return _show(known)
        return 0


def _as_result(error: RingbackError, command: Sequence[str]) -> dict[str, Any]:
    from harness.cli._connection_report import connection_error
    from harness.report import error_report, problem

    if command[:1] == ["call"]:
        return error_report(error)
    if command == ["agents", "test"]:
        return connection_error(error)
    return {"error": problem(error).model_dump(mode="json")}


def _explained(error: BaseException, ctx: Any) -> RingbackError:
    if isinstance(error, RingbackError):
        return error
    if isinstance(error, typer.TyperException):
        where = getattr(error, "ctx", None) or ctx
        return InputError(
            error.format_message(),
            cause="The command was typed differently from what it understands.",
            remedy=f"See: {where.command_path} --help",
        )
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("Stopped before there was a result.", cause="Ctrl-C was pressed.")
    log = write_error_log(error, surroundings(ctx))
    return InternalError(
        f"Ringback met an error it did not expect: {type(error).__name__}.",
        cause="A defect in Ringback.",
        remedy=f"Report it with the details in {log}.",
    )


def _show(error: RingbackError) -> int:
    from harness.cli._terminal import Terminal, print_problem

    print_problem(Terminal(stderr=True), error)
    return error.exit_code


@contextlib.contextmanager
def _only_the_result_on_stdout() -> Iterator[None]:
    """Send to standard error whatever libraries and child processes print meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextlib.contextmanager
def _quiet_pipe() -> Iterator[None]:
    """End without a word when the reader of our output went away."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(_READER_GONE) from None


def _reader_is_gone() -> bool:
    """Whether it was our output that broke, not a pipe to another process."""
    poll = select.poll()
    poll.register(1, 0)
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))
