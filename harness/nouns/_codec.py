"""JSON in and out for the nouns: one way, by pydantic, for dataclasses and models alike."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

__all__ = ["from_json", "to_json"]

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(noun: Any) -> Any:
    """Plain JSON values (dict, list, str, ...) of a noun."""
    return _adapter(type(noun)).dump_python(noun, mode="json")


def from_json(kind: type[T], data: Any) -> T:
    """A noun from plain JSON values.

    Raises:
        pydantic.ValidationError: `data` is not one of `kind`.
    """
    noun: T = _adapter(kind).validate_python(data)
    return noun
