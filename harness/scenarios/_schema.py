"""The JSON schema of a scenario file: Pipecat's part as we read it, and our block."""

from __future__ import annotations

from typing import Any

from harness.scenarios._block import Block, TurnBlock
from harness.scenarios._keys import EVENTS

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
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ringback scenario file",
        "description": "A Pipecat Evals file of scripted scenarios with Ringback's own block.",
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
        "anyOf": [{"required": ["scenarios"]}, {"required": ["turns"]}],
        "$defs": {**_PIPECAT, **blocks},
    }


def _ref(name: str, description: str = "") -> dict[str, Any]:
    reference = {"$ref": f"#/$defs/{name}"}
    return reference | {"description": description} if description else reference


_NAME = {"type": "string", "minLength": 1}
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
        "description": "Messages the agent starts from. Not run over LiveKit.",
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
            "eval": {"type": "object"},
            "transcription": {"type": "object"},
        },
        "description": "For Pipecat's own runner.",
    },
    "stop_on_failure": {
        "type": "boolean",
        "description": "For Pipecat's own runner. Ringback's caller goes on.",
    },
    "trigger_disconnect": {"type": "boolean", "deprecated": True},
}

_PIPECAT: dict[str, Any] = {
    "Turn": {
        "type": "object",
        "description": "One line of the caller, or a wait if it has no `user`.",
        "properties": {
            "user": {
                "description": "What the caller says; a list may hold pauses.",
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "anyOf": [
                                {"type": "string", "minLength": 1},
                                {
                                    "type": "object",
                                    "properties": {
                                        "pause_ms": {"type": "integer", "exclusiveMinimum": 0}
                                    },
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
                    "delay_ms": {"type": "integer", "minimum": 0},
                },
                "description": "When the line is said. `bot_stopped_speaking` makes a pause; "
                "cutting in is not run yet.",
            },
            "dtmf": {
                "type": ["string", "integer"],
                "description": "Keys to press. Not run yet.",
            },
            "audio": {
                "type": "string",
                "description": "A recording of the line. The caller's own voice says it instead.",
            },
            "image": {"type": "string", "description": "Not run over LiveKit."},
            "ringback": {"$ref": "#/$defs/TurnBlock"},
        },
    },
    "Expectation": {
        "type": "object",
        "properties": {
            "event": {"enum": list(EVENTS)},
            "within_ms": {"type": "number", "exclusiveMinimum": 0},
            "text_contains": {"type": "string", "minLength": 1},
            "text_excludes": {"type": "string", "minLength": 1},
            "calls": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Call"}]},
            },
            "name": {"type": "string", "description": "Short for one call in `calls`."},
            "args": {"type": "object", "description": "Its arguments, at least."},
            "eval": {"type": "string", "description": "A criterion for a judge. Not run yet."},
            "marker": {"enum": ["complete", "short", "long", "incomplete"]},
            "marker_first": {"type": "boolean"},
            "markers": {"type": "integer"},
            "text_after": {"type": "boolean"},
            "check_from": {"enum": ["previous", "turn_start"]},
            "absent": {"type": "boolean", "description": "Must not come. Not run yet."},
        },
        "required": ["event"],
    },
    "Call": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "args": {"type": "object"}},
    },
}
