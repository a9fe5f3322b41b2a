"""What the observer in a bot tells, beside what RTVI tells by itself."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.caller._insight import ObserverEar, is_insight


def own(state: str, call: str = "c1", **data: Any) -> dict[str, Any]:
    return {
        "label": "rtvi-ai",
        "type": f"llm-function-call-{state}",
        "data": {"tool_call_id": call, **data},
    }


def insight(kind: str, **data: Any) -> dict[str, Any]:
    return {
        "label": "rtvi-ai",
        "type": "server-message",
        "data": {"ringback": 1, "kind": kind, **data},
    }


def tool(state: str, call: str = "c1", **data: Any) -> dict[str, Any]:
    return insight("tool", state=state, id=call, name="book", **data)


def heard(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    ear = ObserverEar()
    return [told for message in messages if (told := ear.read(message)) is not None]


def test_without_the_observer_all_is_passed_on_as_it_came() -> None:
    messages = [own("in-progress"), own("stopped"), {"label": "rtvi-ai", "type": "bot-ready"}]
    assert heard(*messages) == messages


def test_a_call_without_its_name_is_told_by_the_observer() -> None:
    started, stopped = heard(
        insight("hello", pipecat="1.14.0"),
        own("in-progress"),
        tool("started", arguments={"day": "Friday"}),
        own("stopped"),
        tool("finished", result="ok"),
    )[1:]
    assert started["type"] == "llm-function-call-in-progress"
    assert started["data"] == {
        "tool_call_id": "c1",
        "function_name": "book",
        "arguments": {"day": "Friday"},
    }
    assert stopped["type"] == "llm-function-call-stopped"
    assert (stopped["data"]["result"], stopped["data"]["cancelled"]) == ("ok", False)


def test_a_call_that_rtvi_names_is_not_told_twice() -> None:
    full = own("in-progress", function_name="book", arguments={})
    assert heard(insight("hello"), full, tool("started", arguments={}))[1:] == [full]


def test_a_cancelled_call_is_told_as_one() -> None:
    assert heard(tool("started"), tool("cancelled"))[1]["data"]["cancelled"] is True


def test_other_news_of_the_observer_stay_as_they_are() -> None:
    message = insight("latency", seconds=0.7)
    assert heard(message) == [message]
    assert is_insight(message)
    assert not is_insight({"type": "server-message", "data": {"ringback": "no"}})


CALLS = st.lists(
    st.tuples(st.sampled_from(["own", "full", "observer"]), st.integers(0, 3)), max_size=12
)


@given(CALLS)
def test_each_call_is_told_once_with_its_name_whoever_tells_it(tellings: list[Any]) -> None:
    messages = [insight("hello")]
    for how, number in tellings:
        call = f"c{number}"
        messages.append(
            tool("started", call)
            if how == "observer"
            else own("in-progress", call, **({"function_name": "book"} if how == "full" else {}))
        )
    told = [message["data"]["tool_call_id"] for message in heard(*messages)[1:]]
    named = {f"c{number}" for how, number in tellings if how != "own"}
    assert sorted(told) == sorted(named)
