"""The fields of each way to reach an agent: the provider's own, in words for people.

Which fields there are, of what kind and with which default is read from the provider's
configuration model; :data:`LABELS` says how they are called. A field that is not named there is
shown all the same, under "More".
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from harness.agents import PROVIDERS
from harness.console.agents.labels import LABELS, Field, Kind
from harness.errors import UnknownName

__all__ = ["fields_of"]


@lru_cache(maxsize=16)
def fields_of(provider: str) -> tuple[Field, ...]:
    """All fields of a provider's configuration, in the order of the form.

    Raises:
        UnknownName: There is no such provider.
    """
    if provider not in PROVIDERS:
        raise UnknownName(
            f"There is no way {provider!r} to reach an agent.",
            cause="The address of this page is wrong, or of a newer version.",
            remedy=f"Use one of: {', '.join(PROVIDERS)}.",
        )
    model = dict(PROVIDERS[provider].fields.model_fields)
    if provider == "pipecat_cloud":
        model.pop("body", None)  # the session body, which every agent has
    named = {field.name: field for field in LABELS.get(provider, ())}
    order = [name for name in named if name in model] + [
        name for name in model if name not in named
    ]
    return tuple(
        _read(named.get(name) or Field(name, _label(name), more=True), model[name])
        for name in order
    )


def _label(name: str) -> str:
    seconds = name.removesuffix("_s")
    text = seconds.replace("_", " ").capitalize()
    return text if seconds == name else f"{text}, s"


def _read(field: Field, info: FieldInfo) -> Field:
    """`field` with what the model says of it."""
    kind, choices, hidden = _kind(info.annotation)
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    if isinstance(default, SecretStr):
        default = None
    limits = {type(limit).__name__: limit for limit in info.metadata}
    return replace(
        field,
        kind=kind,
        choices=choices,
        hidden=hidden,
        required=info.is_required(),
        default=str(default) if isinstance(default, Path) else default,
        help=field.help or info.description or "",
        least=_limit(limits, ("Ge", "ge"), ("Gt", "gt")),
        most=_limit(limits, ("Le", "le"), ("Lt", "lt")),
    )


def _limit(limits: Mapping[str, Any], *names: tuple[str, str]) -> float | None:
    for kind, attribute in names:
        if kind in limits:
            return float(getattr(limits[kind], attribute))
    return None


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...], bool]:
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return "choice", tuple(str(choice) for choice in get_args(annotation)), False
    if annotation is SecretStr:
        return "secret", (), False
    if annotation is bool:
        return "flag", (), False
    if annotation in (int, float):
        return "number", (), False
    if annotation is str or (isinstance(annotation, type) and issubclass(annotation, Path)):
        return "text", (), False
    if origin is dict:
        value = _bare(get_args(annotation)[1])
        if value in (str, SecretStr):
            return "pairs", (), value is SecretStr
        return "json", (), False
    if origin in (list, tuple, set, frozenset):
        return ("lines" if _bare(get_args(annotation)[0]) is str else "json"), (), False
    return "json", (), False


def _bare(annotation: Any) -> Any:
    """Without ``None |`` and ``Annotated``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            rest = [a for a in get_args(annotation) if a is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        else:
            return annotation
