"""OpenAI's refusals, and what it refuses of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from starlette.responses import JSONResponse

__all__ = ["Refused", "check_chat", "refusal"]

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_SEARCHED = ("properties", "$defs", "definitions")


class Refused(Exception):
    """A request that OpenAI would not take."""

    def __init__(
        self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code

    def response(self) -> JSONResponse:
        """As OpenAI words it."""
        return _answer(self.status, str(self), "invalid_request_error", self.param, self.code)


def refusal(status: int, retry_after_s: float | None = None, key: str = "") -> JSONResponse:
    """What OpenAI answers with `status`.

    Args:
        status: Of the answer.
        retry_after_s: When to ask again.
        key: The one that was given; OpenAI shows its last letters.
    """
    headers = {} if retry_after_s is None else {"retry-after": f"{retry_after_s:g}"}
    kind, code = "invalid_request_error", None
    match status:
        case 401 if key:
            shown = f"{key[:3]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)
            told = (
                f"Incorrect API key provided: {shown}. You can find your API key at "
                "https://platform.openai.com/account/api-keys."
            )
            code = "invalid_api_key"
        case 401:
            told = (
                "You didn't provide an API key. You need to provide your API key in an "
                "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
            )
        case 403:
            told, code = "Country, region, or territory not supported", "unsupported_country"
        case 429:
            again = "" if retry_after_s is None else f" Please try again in {retry_after_s:g}s."
            told = f"Rate limit reached on requests per min (RPM): Limit 3, Used 3.{again}"
            kind, code = "requests", "rate_limit_exceeded"
        case 503:
            told = "The engine is currently overloaded, please try again later."
            kind = "service_unavailable_error"
        case _ if status >= 500:
            told = "The server had an error while processing your request. Sorry about that!"
            kind = "server_error"
        case _:
            told = "The request was refused."
    return _answer(status, told, kind, None, code, headers)


def _answer(
    status: int,
    message: str,
    kind: str,
    param: str | None,
    code: str | None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": error}, status, headers)


def check_chat(body: dict[str, Any], *, schemas: bool) -> None:
    """Check a request for a completion as far as clients get it wrong.

    Args:
        body: The request.
        schemas: Whether the model takes JSON schemas; older ones do not.

    Raises:
        Refused: OpenAI would refuse it, with these words.
    """
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refused("you must provide a model parameter")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
            "empty array instead.",
            param="messages",
            code="empty_array",
        )
    _check_messages(messages)
    for at, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function") or {}
        _check_name(function.get("name"), f"tools[{at}].function.name")
        if function.get("strict"):
            _check_schema(
                function.get("parameters") or {},
                f"function '{function['name']}'",
                f"tools[{at}].function.parameters",
                "invalid_function_parameters",
            )
    _check_format(body.get("response_format") or {}, messages, schemas)


def _check_messages(messages: list[dict[str, Any]]) -> None:
    open_calls: list[str] = []
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            known = ", ".join(f"'{each}'" for each in _ROLES)
            raise Refused(
                f"Invalid value: '{role}'. Supported values are: {known}.",
                param=f"messages[{at}].role",
                code="invalid_value",
            )
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise Refused(
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'.",
                    param=f"messages[{at}].role",
                )
            open_calls.remove(message["tool_call_id"])
            continue
        _all_answered(open_calls)
        open_calls = [each["id"] for each in message.get("tool_calls") or ()]
    _all_answered(open_calls)


def _all_answered(open_calls: list[str]) -> None:
    if open_calls:
        raise Refused(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(open_calls)}",
            param="messages",
        )


def _check_format(wanted: dict[str, Any], messages: list[dict[str, Any]], schemas: bool) -> None:
    kind = wanted.get("type", "text")
    if kind == "json_object" and "json" not in str(messages).lower():
        raise Refused(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of "
            "type 'json_object'.",
            param="messages",
        )
    if kind != "json_schema":
        return
    if not schemas:
        raise Refused(
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with "
            "this model.",
        )
    named = wanted.get("json_schema") or {}
    _check_name(named.get("name"), "response_format.json_schema.name")
    if named.get("strict"):
        _check_schema(
            named.get("schema") or {}, f"response_format '{named['name']}'", "response_format"
        )


def _check_name(name: object, param: str) -> None:
    if not isinstance(name, str) or not _NAME.match(name):
        raise Refused(
            f"Invalid '{param}': string does not match pattern. Expected a string that matches "
            "the pattern '^[a-zA-Z0-9_-]+$'.",
            param=param,
            code="invalid_value",
        )


def _check_schema(schema: dict[str, Any], what: str, param: str, code: str | None = None) -> None:
    """A strict schema closes every object and requires each of its keys."""
    for context, part in _objects(schema, ()):
        where = f"Invalid schema for {what}: In context={context!r}, "
        if part.get("additionalProperties") is not False:
            told = "'additionalProperties' is required to be supplied and to be false."
            raise Refused(where + told, param=param, code=code)
        keys, required = part.get("properties") or {}, part.get("required") or ()
        missing = [key for key in keys if key not in required]
        if missing:
            told = (
                "'required' is required to be supplied and to be an array including every key "
                f"in properties. Missing '{missing[0]}'."
            )
            raise Refused(where + told, param=param, code=code)


def _objects(
    schema: object, context: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        yield context, schema
    for group in _SEARCHED:
        for key, part in (schema.get(group) or {}).items():
            yield from _objects(part, (*context, group, key))
    yield from _objects(schema.get("items"), (*context, "items"))
    for at, part in enumerate(schema.get("anyOf") or ()):
        yield from _objects(part, (*context, "anyOf", str(at)))
