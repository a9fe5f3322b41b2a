"""What the tests of the front desk share."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from dialogue import Call

TODAY = date(2026, 11, 23)


def exchange(call: Call, result: dict[str, Any] | str) -> list[dict[str, Any]]:
    """A function call and its result as Pipecat's aggregator writes them into the context."""
    id_ = f"call_{id(call)}"
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    content = result if isinstance(result, str) else json.dumps(result)
    return [
        {"role": "assistant", "tool_calls": [{"id": id_, "function": function}]},
        {"role": "tool", "tool_call_id": id_, "content": content},
    ]
