"""JSON made from a template, and values found in JSON by pointer (RFC 6901)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["fill", "look_up", "placeholders"]

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)((?:/[^{}]*)?)\}")


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """`template` with every ``{name}`` in its strings replaced by ``values[name]``.

    ``{name/a/0}`` is what stands at the pointer ``/a/0`` in that value. A string that is nothing
    but one placeholder becomes the value itself, of whatever kind; inside a longer string it
    becomes text. Braces around other names stay as they are.

    Raises:
        LookupError: A value has nothing at a pointer; the placeholder is its argument.
    """
    if isinstance(template, dict):
        return {key: fill(item, values) for key, item in template.items()}
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    if not isinstance(template, str):
        return template

    def value(found: re.Match[str]) -> Any:
        name, pointer = found.groups()
        try:
            return look_up(values[name], pointer)
        except LookupError:
            raise LookupError(found.group()) from None

    def text(found: re.Match[str]) -> str:
        if found.group(1) not in values:
            return found.group()
        filled = value(found)
        return filled if isinstance(filled, str) else json.dumps(filled)

    whole = _PLACEHOLDER.fullmatch(template)
    if whole and whole.group(1) in values:
        return value(whole)
    return _PLACEHOLDER.sub(text, template)


def placeholders(template: Any) -> set[str]:
    """The names that stand in braces in the strings of `template`."""
    if isinstance(template, dict):
        return {name for item in template.values() for name in placeholders(item)}
    if isinstance(template, list):
        return {name for item in template for name in placeholders(item)}
    if not isinstance(template, str):
        return set()
    return {found.group(1) for found in _PLACEHOLDER.finditer(template)}


def look_up(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer: "" is everything, ``/a/0`` the first of ``a``.

    Raises:
        LookupError: Nothing does, or it is no pointer.
    """
    if pointer and not pointer.startswith("/"):
        raise LookupError(pointer)
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", key):
            document = document[int(key)]
        else:
            raise LookupError(pointer)
    return document
