"""An agent as what stands in a form: from the agent to texts, and back with every mistake named."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from harness.agents import PROVIDERS, provider_for
from harness.console.agents.fields import fields_of
from harness.console.agents.labels import Field
from harness.errors import (
    AgentConfigError,
    BadRoomAddress,
    InputError,
    MissingSecret,
    RingbackError,
    hide,
    redact,
)
from harness.nouns import Agent
from harness.secrets import Secrets, is_reference

__all__ = ["KEPT", "DraftErrors", "free_name", "is_kept", "read_draft", "slug", "values_of"]

KEPT = "(kept)"
"""Stands for the value of a pair that is a secret."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_PAIR = re.compile(r"([^=:\s]+)\s*[=:]\s*(.*)")
_LONG = 20
_QUOTED = re.compile(r"`(?:config\.)?([a-z_]+)`")


class DraftErrors(Exception):
    """What is wrong with a form, by the name of the field; the empty name is the whole form."""

    def __init__(self, errors: Mapping[str, RingbackError]) -> None:
        self.errors = dict(errors)
        super().__init__(", ".join(name or "form" for name in self.errors))


def values_of(provider: str, agent: Agent | None) -> dict[str, Any]:
    """What stands in the form at first: of `agent`, or of a new one. Never a secret.

    A secret called X has two values: X is typed (always empty here), ``X.env`` names an
    environment variable.
    """
    config = agent.config if agent else {}
    values: dict[str, Any] = {
        "title": (agent.title or agent.name) if agent else "",
        "name": agent.name if agent else "",
        "body": _json_text({**_cloud_body(agent), **agent.body}) if agent else "",
        "text_channel": agent.text_channel if agent else "auto",
        "transcript": agent.transcript if agent else "auto",
        "data_template": _json_text(
            (agent or Agent(name="_", provider=provider)).data_template, always=True
        ),
    }
    for field in fields_of(provider):
        value = config.get(field.name)
        if field.kind == "secret":
            values[field.name] = ""
            values[f"{field.name}.env"] = _variable(value)
        else:
            values[f"config.{field.name}"] = _shown(field, value)
    return values


def is_kept(agent: Agent | None, field: Field) -> bool:
    """Whether the agent has a value for this secret that no environment variable gives."""
    value = agent.config.get(field.name) if agent else None
    return bool(value) and not _variable(value)


def read_draft(
    provider: str,
    values: Mapping[str, Any],
    *,
    before: Agent | None,
    taken: Collection[str],
    secrets: Secrets,
) -> Agent:
    """The agent that a form describes. Its new secrets are plain: saving moves them away.

    Args:
        provider: The way to reach it.
        values: As in :func:`values_of`; ``X.forget`` true drops a kept secret.
        before: The agent that is edited: what it keeps is kept.
        taken: Names of other agents.
        secrets: Looks references up for the check; none is needed there yet.

    Raises:
        DraftErrors: What is wrong where.
    """
    errors: dict[str, RingbackError] = {}
    config: dict[str, Any] = {}
    for field in fields_of(provider):
        try:
            value = _entered(field, values, before)
        except RingbackError as error:
            errors[f"config.{field.name}"] = error
            continue
        if value is None and field.required:
            errors[f"config.{field.name}"] = _missing(field)
        elif value is not None:
            config[field.name] = value
    objects = {}
    for name in ("body", "data_template"):
        try:
            objects[name] = _json_object(values.get(name, ""))
        except RingbackError as error:
            errors[name] = error
    title = str(values.get("title", "")).strip()
    name = str(values.get("name", "")).strip()
    if not name:
        name = free_name(slug(title) or _suggestion(provider, config), taken)
        title = title or name
    _check_fields(provider, config, errors)
    if errors:
        raise DraftErrors(errors)
    agent = Agent(
        name=name,
        provider=provider,
        config=config,
        body=objects["body"],
        title="" if title == name else title,
        text_channel=values.get("text_channel", "auto"),
        transcript=values.get("transcript", "auto"),
        **({"data_template": objects["data_template"]} if objects["data_template"] else {}),
    )
    _check_way(agent, secrets, {name: str(value) for name, value in config.items()})
    return agent


def slug(text: str) -> str:
    """`text` as a name for the command line: small letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:64]


def _cloud_body(agent: Agent) -> dict[str, Any]:
    """Pipecat Cloud's own `body`: in the form it is the session body, which every agent has."""
    body = agent.config.get("body") if agent.provider == "pipecat_cloud" else None
    return body if isinstance(body, dict) else {}


def _entered(field: Field, values: Mapping[str, Any], before: Agent | None) -> Any:
    if field.kind == "secret":
        return _secret(field, values, before)
    value = values.get(f"config.{field.name}")
    if field.kind in ("flag", "choice", "number"):
        return None if value == field.default else value
    text = str(value or "").strip()
    if not text or text == str(field.default or ""):
        return None
    if field.kind == "pairs":
        return _pairs(field, text, before)
    if field.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.kind == "json":
        return _json(text)
    return text


def _secret(field: Field, values: Mapping[str, Any], before: Agent | None) -> str | None:
    typed = str(values.get(field.name) or "").strip()
    if typed:
        if not is_reference(typed):
            hide(typed)
        return typed
    variable = str(values.get(f"{field.name}.env") or "").strip().removeprefix("env:")
    if variable:
        if not _VARIABLE.fullmatch(variable) or _looks_like_a_key(variable):
            hide(variable)
            raise AgentConfigError(
                "This is not the name of an environment variable.",
                cause="The key itself may have been pasted here.",
                remedy=f"Paste a key into the field {field.label}; here goes a name such as "
                f"{field.example or 'API_KEY'}.",
            )
        return f"env:{variable}"
    if is_kept(before, field) and not values.get(f"{field.name}.forget"):
        assert before is not None
        return str(before.config[field.name])
    return None


def _looks_like_a_key(variable: str) -> bool:
    if variable in os.environ:
        return False
    return redact(variable) != variable or (len(variable) >= _LONG and not variable.isupper())


def _pairs(field: Field, text: str, before: Agent | None) -> dict[str, str]:
    kept = before.config.get(field.name) if before else None
    pairs: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _PAIR.fullmatch(line.strip())
        if found is None:
            raise AgentConfigError(
                f"Line {number} of {field.label} is not NAME=value.",
                cause="Each line is a name, an equals sign and a value.",
                remedy=f"Write it as in: {field.example or 'NAME=value'}",
            )
        name, value = found.groups()
        if value == KEPT:
            if not isinstance(kept, dict) or name not in kept:
                raise AgentConfigError(
                    f"Nothing is kept for {name} in line {number} of {field.label}.",
                    cause=f"{KEPT} stands for a value that was saved before.",
                    remedy="Write the value itself, or env:NAME.",
                )
            value = str(kept[name])
        elif field.hidden and not is_reference(value):
            hide(value)
        pairs[name] = value
    return pairs


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it"
        raise AgentConfigError(
            "This is not JSON.",
            cause=f"Look at {where}: quotes, commas and brackets must match.",
            remedy='Write an object such as {"language": "en"}, or leave it empty.',
        ) from None


def _json_object(text: object) -> dict[str, Any]:
    value = _json(str(text)) if str(text or "").strip() else {}
    if not isinstance(value, dict):
        raise AgentConfigError(
            "This is not a JSON object.",
            cause="It starts with something else than {.",
            remedy='Write an object such as {"language": "en"}, or leave it empty.',
        )
    return value


def _json_text(value: Any, *, always: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) if value or always else ""


def _shown(field: Field, value: Any) -> Any:
    """A value of the configuration as it stands in the form."""
    if field.kind == "flag":
        return bool(field.default if value is None else value)
    if field.kind == "number":
        return field.default if value is None else value
    if field.kind == "choice":
        return str(field.default if value is None else value)
    if value is None:
        value = field.default if field.kind == "text" else None
    if not value:
        return ""
    if field.kind == "pairs" and isinstance(value, dict):
        return "\n".join(f"{name}={_open(field, item)}" for name, item in value.items())
    if field.kind == "lines" and isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return value if isinstance(value, str) else _json_text(value)


def _open(field: Field, value: Any) -> str:
    if str(value).startswith("env:") and is_reference(value):
        return str(value)
    return KEPT if field.hidden or is_reference(value) else str(value)


def _variable(value: Any) -> str:
    return str(value)[4:] if is_reference(value) and str(value).startswith("env:") else ""


def _missing(field: Field) -> RingbackError:
    return AgentConfigError(
        f"{field.label} is missing.",
        cause="Without it the agent cannot be reached.",
        remedy=f"Such as {field.example}."
        if field.example and field.kind != "secret"
        else "Enter it, or name an environment variable that holds it.",
    )


def _check_fields(
    provider: str, config: Mapping[str, Any], errors: dict[str, RingbackError]
) -> None:
    """What the provider's model says of single fields."""
    try:
        PROVIDERS[provider].fields.model_validate(config)
    except ValidationError as error:
        for problem in error.errors():
            name = f"config.{problem['loc'][0]}" if problem["loc"] else ""
            if name in errors or is_reference(problem["input"]) or problem["type"] == "missing":
                continue
            said = str(problem["msg"]).removeprefix("Value error, ").rstrip(".")
            errors[name] = AgentConfigError(
                f"{said[:1].upper()}{said[1:]}.",
                cause="The value cannot be used here." if name else "Fields do not fit together.",
                remedy="Correct it.",
            )


def _check_way(agent: Agent, secrets: Secrets, texts: Mapping[str, str]) -> None:
    """What the provider finds wrong without reaching out."""
    try:
        provider_for(agent.model_copy(update={"config": secrets.resolve(agent.config)})).check()
    except MissingSecret:
        return  # the agent may be for another machine; a connection test tells
    except (InputError, BadRoomAddress) as error:
        raise DraftErrors({_about(error, texts): error}) from None
    except RingbackError:
        return  # such as a token that has expired: a connection test tells


def _about(error: RingbackError, texts: Mapping[str, str]) -> str:
    """The field an error is about: named in it, or its value is; else the form as a whole."""
    for name in _QUOTED.findall(error.message):
        if name in texts:
            return f"config.{name}"
    for name, text in texts.items():
        if len(text) > 2 and (text in error.message or Path(text).name in error.message):
            return f"config.{name}"
    return ""


def _suggestion(provider: str, config: Mapping[str, Any]) -> str:
    """A name from what the agent is: its name elsewhere, its file, its host."""
    if config.get("agent_name"):
        return slug(str(config["agent_name"])) or "agent"
    if config.get("file"):
        file = Path(str(config["file"]))
        return slug(file.parent.name if file.stem in ("bot", "main", "app") else file.stem) or "bot"
    if config.get("room"):
        return slug(str(config["room"])) or "room"
    try:
        return slug(urlsplit(str(config.get("url", ""))).netloc.rpartition("@")[2]) or "agent"
    except ValueError:
        return "agent"


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, with a number if it is taken."""
    lower = {other.lower() for other in taken} | {"demo"}
    if name not in lower:
        return name
    return next(f"{name[:60]}-{n}" for n in range(2, 1000) if f"{name[:60]}-{n}" not in lower)
