"""A call while it goes on: whoever watches it sees what its events tell, to the last."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_build_view import CALL, REQUEST

from harness.calls import PersonEar, build_view
from harness.calls._live_call import LiveCall
from harness.nouns import Caller, CallState, Event, EventKind, Person, to_json


def events(lines: int) -> list[Event]:
    kinds: list[tuple[float, EventKind, dict[str, Any]]] = [
        (0.5, EventKind.STATE, {"state": "live"})
    ]
    for line in range(1, lines + 1):
        t = 10.0 * line
        said = {"line": line, "text": "hello", "source": "script", "at": t}
        kinds.append((t, EventKind.CALLER_STARTED, said))
        kinds.append((t + 1, EventKind.CALLER_STOPPED, {"line": line, "at": t + 1}))
        kinds.append((t + 2.1, EventKind.AGENT_STARTED, {"at": t + 2}))
        kinds.append((t + 4.3, EventKind.AGENT_STOPPED, {"at": t + 4}))
    kinds.append((10.0 * lines + 8, EventKind.STATE, {"state": "done"}))
    return [Event(seq, t, kind, data) for seq, (t, kind, data) in enumerate(kinds, start=1)]


def no_bar(_started: Event) -> None:
    """Nothing was calibrated."""


@pytest.mark.parametrize("lines", [1, 7])
def test_a_view_is_that_of_the_events_so_far(tmp_path: Path, lines: int) -> None:
    live, story = LiveCall(CALL, REQUEST, tmp_path / "none", no_bar), events(lines)
    for count, event in enumerate(story, start=1):
        live.add(event)
        assert live.view().turns == build_view(CALL, REQUEST, story[:count]).turns


async def test_whoever_follows_gets_every_turn_and_the_end(tmp_path: Path) -> None:
    live, story = LiveCall(CALL, REQUEST, tmp_path / "none", no_bar), events(3)
    updates: list[dict[str, Any]] = []

    async def watch() -> None:
        async for update in live.follow(0):
            updates.append(update)
            if len(updates) == 1:
                for event in story[1:]:
                    live.add(event)
                live.finish(replace(CALL, state=CallState.DONE))

    live.add(story[0])
    async with asyncio.timeout(60):
        await watch()
    known = {}
    for update in updates:
        known |= {turn["index"]: turn for turn in update["turns"]}
        assert "turns" not in update["view"]
    assert list(known.values()) == [to_json(turn) for turn in live.view().turns]
    assert len(known) == 3
    assert updates[-1]["view"]["state"] == "done"


async def test_whoever_follows_sees_who_has_the_call(tmp_path: Path) -> None:
    live = LiveCall(CALL, REQUEST, tmp_path / "none", no_bar)
    anna, ben = Person("secret-a", "Anna"), Person("secret-b", "Ben")
    hold = live.people.take(anna)

    async def shown() -> list[str]:
        """What the next update about people says."""
        live.add_peaks("caller", 0, [0.5])  # sound goes on in a call, and wakes who follows it
        async for update in follower:
            assert "secret" not in str(update)
            if update["type"] == "people":
                return [
                    one["name"] + "*" * one["holds"] + "?" * one["asks"] for one in update["people"]
                ]
        raise AssertionError("it ended")

    live.add(events(1)[0])
    follower = live.follow(0)
    async with asyncio.timeout(60):
        assert await shown() == ["Anna*"]
        live.people.ask(ben)
        assert await shown() == ["Anna*", "Ben?"]
        given = live.people.pass_on(hold)
        assert given is not None and await shown() == ["Ben*"]
        live.people.let_go(given)
        assert await shown() == []


def test_what_writes_down_a_persons_words_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "key-test-0123456789")

    def ear(choice: str, **caller: Any) -> PersonEar:
        request = REQUEST.model_copy(update={"person_ear": choice, "caller": Caller(**caller)})
        stored = build_view(CALL, request, [])
        assert stored.person_ear == PersonEar(choice)  # type: ignore[arg-type]
        return LiveCall(CALL, request, tmp_path / "none", no_bar).view().person_ear

    assert ear("stack") == PersonEar("stack")
    assert ear("cloud") == PersonEar("cloud", "Deepgram", cloud=True)
    assert ear("stack", stack="cloud") == PersonEar("stack", "Deepgram", cloud=True)
    assert ear("off", stack="cloud") == PersonEar("off")
    assert ear("cloud", by="text") == PersonEar("cloud"), "nobody can speak in its place"
