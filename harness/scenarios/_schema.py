"""The JSON schema of a scenario file: Pipecat's part as we read it, and our block."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from harness.scenarios._block import Block, TurnBlock
from harness.scenarios._keys import EVENTS
from harness.scenarios._limits import LIMITS, Limit

__all__ = ["scenario_schema"]


def scenario_schema() -> dict[str, Any]:
    """The documented JSON schema of a whole file (draft 2020-12).

    Unknown keys are errors in our block; in Pipecat's part they are allowed, as Pipecat ignores
    them, and loading warns of them.
    """
    blocks: dict[str, Any] = {}
    for kind in (Block, TurnBlock):
        schema = kind.model_json_schema(ref_template="#/$defs/{model}")
        blocks |= schema.pop("$defs", {})
        blocks[kind.__name__] = schema
    scenario = {**_SHARED, "ringback": _ref("Block", "Title, caller, checks, budget.")}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ringback scenario file",
        "description": "A Pipecat Evals file, of scripts and simulations, with Ringback's block.",
        "type": "object",
        "properties": {
            "name": _NAME | {"description": "The file's name: the first part of each scenario's."},
            "scenarios": {
                "type": "array",
                "minItems": 1,
                "description": "The scenarios. Keys beside it are defaults for all of them.",
                "items": {
                    "type": "object",
                    "properties": {"name": _NAME, **scenario},
                    "required": ["name"],
                    "not": {"required": ["scenarios"]},
                },
            },
            **scenario,
        },
        "required": ["name"],
        "anyOf": [
            {"required": ["scenarios"]},
            {"required": ["turns"]},
            {"required": ["persona"]},
        ],
        "$defs": {**_PIPECAT, **blocks},
    }
    limited: dict[str, Any] = deepcopy(whole)
    for name, limit in LIMITS.items():
        for place in _places(limited, name.split("."), limited["$defs"]):
            _limit(place, limit)
        for place in _places(limited, ["scenarios", *name.split(".")], limited["$defs"]):
            _limit(place, limit)
    return limited


def _places(node: dict[str, Any], keys: list[str], kinds: dict[str, Any]) -> Iterator[Any]:
    """What the schema says of the value at some keys, in each kind it may have."""
    if "$ref" in node:
        yield from _places(kinds[node["$ref"].rpartition("/")[2]], keys, kinds)
    for inner in (*node.get("anyOf", ()), *node.get("oneOf", ()), node.get("items")):
        if inner is not None:
            yield from _places(inner, keys, kinds)
    if not keys:
        yield node
    elif keys[0] in node.get("properties", {}):
        yield from _places(node["properties"][keys[0]], keys[1:], kinds)


def _limit(node: dict[str, Any], limit: Limit) -> None:
    """Put the bounds beside the type they are for."""
    kind = node.get("type", ())
    kinds = {kind} if isinstance(kind, str) else set(kind)
    if limit.length and "string" in kinds:
        node |= {"minLength": limit.least, "maxLength": limit.most}
    elif not limit.length and kinds & {"number", "integer"}:
        node.pop("exclusiveMinimum", None)
        node["exclusiveMinimum" if limit.above else "minimum"] = limit.least
        node["maximum"] = limit.most


def _ref(name: str, description: str = "") -> dict[str, Any]:
    reference = {"$ref": f"#/$defs/{name}"}
    return reference | {"description": description} if description else reference


_NAME = {"type": "string", "minLength": 1}
_TEXT = {"type": "string", "pattern": r"\S"}
_MODALITY = {"enum": ["audio", "text"], "default": "text"}

_SHARED: dict[str, Any] = {
    "turns": {
        "type": "array",
        "minItems": 1,
        "items": {"$ref": "#/$defs/Turn"},
        "description": "What the caller does, in order.",
    },
    "context": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"role": {"type": "string"}},
            "required": ["role"],
        },
        "description": "Messages the agent starts from, if it takes those of Pipecat Evals.",
    },
    "user": {
        "type": "object",
        "properties": {"modality": _MODALITY, "speech": {"type": "object"}},
        "description": "For Pipecat's own runner. Ringback's caller always speaks.",
    },
    "judge": {
        "type": "object",
        "properties": {
            "modality": _MODALITY,
            "eval": {
                "type": "object",
                "properties": {
                    "allow_continue": {
                        "type": "boolean",
                        "default": True,
                        "description": "Whether a judge may say of a reply that more of it is to "
                        "come. Ringback's judges keep to it.",
                    }
                },
            },
            "transcription": {"type": "object"},
        },
        "description": "For Pipecat's own runner, but for `eval.allow_continue`.",
    },
    "stop_on_failure": {
        "type": "boolean",
        "default": True,
        "description": "Whether a script ends with the first turn that fails.",
    },
    "trigger_disconnect": {"type": "boolean", "deprecated": True},
    "persona": _TEXT | {"description": "Who calls. It makes the scenario a simulation."},
    "goal": _TEXT | {"description": "What they want from the call."},
    "success": _TEXT | {"description": "What counts as the agent having done its job."},
    "simulator": {
        "type": "object",
        "description": "For Pipecat's own runner: the language model that plays the person. "
        "Ringback's is `ringback.brain`.",
    },
    "metrics": {"type": "array", "items": {"$ref": "#/$defs/Metric"}},
    "max_turns": {"type": "integer", "default": 20},
    "max_duration_s": {"type": "number", "default": 300},
    "max_silence_s": {"type": "number", "default": 30},
    "runs": {
        "type": "integer",
        "default": 1,
        "description": "How often it is called; every call must pass.",
    },
}

_PIPECAT: dict[str, Any] = {
    "Turn": {
        "type": "object",
        "description": "One line of the caller, or a wait if it has no `user`.",
        "properties": {
            "user": {
                "description": "What the caller says; a list may hold pauses.",
                "anyOf": [
                    {"type": "string"},
                    {"type": "null"},
                    {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "anyOf": [
                                {"type": "string"},
                                {
                                    "type": "object",
                                    "properties": {"pause_ms": {"type": "integer"}},
                                    "required": ["pause_ms"],
                                    "additionalProperties": False,
                                },
                            ]
                        },
                    },
                ],
            },
            "expect": {
                "type": "array",
                "items": {"$ref": "#/$defs/Expectation"},
                "description": "What must come back, in order.",
            },
            "send_after": {
                "type": "object",
                "properties": {
                    "event": {"enum": list(EVENTS)},
                    "delay_ms": {"type": "integer"},
                },
                "description": "When the line is said or the keys are pressed: so long after an "
                "event of the agent, or without `event` after the line before. So it can cut in.",
            },
            "dtmf": {
                "type": ["string", "integer"],
                "description": "Keys to press: digits, * and #, in quotes.",
            },
            "audio": {
                "type": "string",
                "description": "A recording that is played as the line, in the scenario's folder.",
            },
            "image": {
                "type": "string",
                "description": "The image the agent gets when it asks for one, if it takes those "
                "of Pipecat Evals.",
            },
            "ringback": {"$ref": "#/$defs/TurnBlock"},
        },
    },
    "Expectation": {
        "type": "object",
        "properties": {
            "event": {"enum": list(EVENTS)},
            "within_ms": {
                "type": ["number", "null"],
                "description": "Judged by what is heard for replies and speech.",
            },
            "text_contains": {"type": "string", "minLength": 1},
            "text_excludes": {"type": "string", "minLength": 1},
            "calls": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Call"}]},
            },
            "name": {"type": "string", "description": "Short for one call in `calls`."},
            "args": {"type": "object", "description": "Its arguments, at least."},
            "eval": _TEXT | {"description": "A criterion for a judge."},
            "marker": {"enum": ["complete", "short", "long", "incomplete"]},
            "marker_first": {"type": "boolean"},
            "markers": {"type": "integer"},
            "text_after": {"type": "boolean"},
            "check_from": {"enum": ["previous", "turn_start"]},
            "absent": {"type": "boolean", "description": "It must not come before `within_ms`."},
        },
        "required": ["event"],
    },
    "Call": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "args": {"type": "object"}},
    },
    "Metric": {
        "description": "What is judged of each reply, or measured of the whole call.",
        "type": "object",
        "properties": {
            "name": _NAME,
            "criterion": _TEXT | {"description": "What each reply of the agent should be."},
            "min_score": {
                "type": "number",
                "description": "Share of the replies that must be so; shown only without it.",
            },
            "measure": {"enum": ["turns", "duration", "words", "latency", "function_calls"]},
            "min_value": {"type": "number"},
            "max_value": {"type": "number"},
            "calls": {
                "type": "array",
                "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Call"}]},
                "description": "Of `function_calls`: these and no others; empty for none at all.",
            },
        },
        "oneOf": [{"required": ["name", "criterion"]}, {"required": ["measure"]}],
    },
}
