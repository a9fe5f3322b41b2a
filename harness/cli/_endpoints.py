"""``ringback judges``: list, save and remove language models."""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from rich.text import Text

from harness.cli._terminal import new_table, print_table
from harness.cli._words import clean
from harness.errors import EndpointError, InputError, hide
from harness.nouns import LlmEndpoint
from harness.secrets import is_reference
from harness.settings import Settings
from harness.store import EndpointLibrary

__all__ = ["NewEndpoint", "add_endpoint", "list_endpoints", "remove_endpoint"]


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What was typed after ``ringback judges add``."""

    name: str
    url: str
    model: str
    key: str | None = None
    ask_key: bool = False
    timeout_s: float = 20.0
    extra: str | None = None


def list_endpoints(settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """What ``ringback judges list --json`` prints; as a table if it goes `to_stdout`."""
    found = list(EndpointLibrary(settings).all().values())
    if to_stdout and not found:
        print(
            "No language model is set up: checks in words are not run.\n"
            "Add one: ringback judges add NAME --url https://... --model ... --ask-key"
        )
    elif to_stdout:
        table = new_table("name", "model", "address", "key")
        for place, endpoint in enumerate(found):
            name = f"{endpoint.name} (usual)" if place == 0 else endpoint.name
            cells = (name, endpoint.model, endpoint.url, endpoint.key or "–")
            table.add_row(*(Text(clean(cell)) for cell in cells))
        print_table(table)
    return {"judges": [_about(endpoint) for endpoint in found]}


def add_endpoint(
    new: NewEndpoint, settings: Settings, *, usual: bool, to_stdout: bool
) -> dict[str, Any]:
    """Save a language model, and tell what ``--json`` prints.

    Raises:
        InputError: A key was given as an argument, or `extra` is no JSON object.
        EndpointError: It cannot be used so.
    """
    key = _key(new)
    try:
        endpoint = LlmEndpoint(
            name=new.name,
            url=new.url,
            model=new.model,
            key=key,
            timeout_s=new.timeout_s,
            extra=_extra(new.extra),
        )
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise EndpointError(
            f"The language model cannot be used: {first['loc'][0]}: "
            f"{first['msg'].removeprefix('Value error, ')}.",
            cause="A name has letters, digits, dots and hyphens; an address begins with http.",
            remedy="For instance: ringback judges add local --url http://localhost:11434/v1 "
            "--model llama3.1",
        ) from None
    saved = EndpointLibrary(settings).put(endpoint, usual=usual)
    if to_stdout:
        print(f"Saved {saved.name}: {clean(saved.model)} at {clean(saved.url)}")
    return {"judges": [_about(saved)]}


def remove_endpoint(name: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Remove a language model.

    Raises:
        UnknownName: None of that name was saved.
    """
    EndpointLibrary(settings).delete(name)
    if to_stdout:
        print(f"Removed {name}.")
    return {"removed": name}


def _about(endpoint: LlmEndpoint) -> dict[str, Any]:
    return endpoint.model_dump(mode="json")


def _key(new: NewEndpoint) -> str:
    if new.key is not None and not is_reference(new.key):
        hide(new.key)
        raise InputError(
            "The key was given as an argument.",
            cause="Other users of this computer can see arguments, and the shell keeps them.",
            remedy="Give --key env:NAME or secret:NAME, or say --ask-key to be asked for it.",
        )
    if new.key is not None and new.ask_key:
        raise InputError("--key and --ask-key were both given.", remedy="Leave one of them out.")
    return _entered() if new.ask_key else new.key or ""


def _entered() -> str:
    try:
        if sys.stdin is not None and sys.stdin.isatty():
            key = getpass.getpass("Key (not shown): ", sys.stderr)
        else:
            key = sys.stdin.readline() if sys.stdin is not None else ""
    except EOFError:
        key = ""
    if not key.strip():
        raise InputError(
            "No key was entered.",
            cause="Without a terminal it is a line of standard input.",
            remedy="For instance: pass show openai | ringback judges add ... --ask-key",
        )
    hide(key.strip())
    return key.strip()


def _extra(text: str | None) -> dict[str, Any]:
    try:
        extra = json.loads(text) if text is not None else {}
    except (ValueError, RecursionError):
        extra = None
    if not isinstance(extra, dict):
        raise InputError(
            "--extra is no JSON object.", remedy="""For instance: --extra '{"temperature": 0}'"""
        )
    return extra
