"""What people may ask of a live call, and what of it goes to the worker that carries it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from test_build_view import CALL, REQUEST

from harness.calls import CallRequest
from harness.calls._engine_people import PeopleSide
from harness.calls._lane_sound import VoiceSound
from harness.calls._live_call import LiveCall
from harness.errors import CallHeld, CannotTake, CannotWhisper, InputError, NotFound
from harness.nouns import (
    Caller,
    Event,
    EventKind,
    OpenAiBrain,
    Person,
    RulesBrain,
    Scenario,
    ScriptStep,
    Simulation,
)

ANN, BEN = Person("a1", "Ann"), Person("b2", "Ben")
SCRIPT = Scenario(name="s", title="", path="s", steps=(ScriptStep("One"), ScriptStep("Two")))
RULES = RulesBrain.model_validate(
    {"kind": "rules", "intents": {}, "start": "ask", "states": {"ask": {"say": "Hello."}}}
)


def simulated(brain: Any) -> Scenario:
    played = Simulation(persona="Maria", goal="book", success="booked", brain=brain)
    return Scenario(name="s", title="", path="s", simulation=played)


class Desk(PeopleSide):
    """An engine with one call."""

    def __init__(self, folder: Path, state: str = "live", **asked: Any) -> None:
        self.loop = asyncio.get_running_loop()
        request: CallRequest = REQUEST.model_copy(update={"scenario": SCRIPT, **asked})
        self.live = LiveCall(CALL, request, folder / "none", lambda event: None)
        self.live.add(Event(1, 0.5, EventKind.STATE, {"state": state}))
        self.there = True
        self.told: list[Any] = []

    def _talking(self, call_id: str) -> Any:
        if not self.there or call_id != CALL.id:
            raise NotFound("The call is not live.")
        return self.live, self

    def tell(self, call_id: str, command: dict[str, Any]) -> None:
        self.told.append((call_id, command))

    def speak(self, *args: Any) -> None:
        # The engine's own and its dispatch's: this desk is both.
        if len(args) == 1:
            self.told.append(args[0])
        else:
            super().speak(*args)

    async def heard(self) -> list[Any]:
        await asyncio.sleep(0)
        told, self.told = self.told, []
        return told


async def test_taking_speaking_and_handing_back_goes_to_the_worker(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    hold = desk.take(CALL.id, ANN)
    desk.speak(hold, 480, b"\1\0")
    desk.give_back(hold, step=1)
    desk.speak(hold, 960, b"\1\0")
    desk.give_back(hold)
    desk.let_go(hold)
    assert await desk.heard() == [
        (CALL.id, {"do": "take", "who": "Ann"}),
        VoiceSound(CALL.id, 480, b"\1\0"),
        (CALL.id, {"do": "give_back", "why": "handed_back", "instruction": "", "step": 1}),
    ]


async def test_a_browser_that_goes_away_gives_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    old, hold = desk.take(CALL.id, ANN), desk.take(CALL.id, ANN)
    desk.let_go(old)
    await desk.heard()
    desk.let_go(hold)
    ((_, command),) = await desk.heard()
    assert (command["do"], command["why"]) == ("give_back", "gone")


async def test_one_tester_asks_and_the_other_gives(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    hold = desk.take(CALL.id, ANN)
    with pytest.raises(CallHeld, match="Ann"):
        desk.take(CALL.id, BEN)
    desk.ask_for(CALL.id, BEN)
    assert [one.person for one in desk.people(CALL.id)] == [ANN, BEN]
    desk.keep(hold)
    assert desk.pass_on(hold) is None
    desk.ask_for(CALL.id, BEN)
    new = desk.pass_on(hold)
    assert new is not None
    desk.speak(hold, 0, b"\1\0")
    desk.speak(new, 0, b"\2\0")
    assert (await desk.heard())[1:] == [
        (CALL.id, {"do": "take", "who": "Ben"}),
        VoiceSound(CALL.id, 0, b"\2\0"),
    ]


async def test_who_is_given_the_call_and_is_gone_lets_it_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    hold = desk.take(CALL.id, ANN)
    desk.ask_for(CALL.id, BEN)
    desk.stop_asking(CALL.id, BEN)
    assert desk.pass_on(hold) is None
    desk.ask_for(CALL.id, BEN)
    assert desk.pass_on(hold) is not None
    desk.stop_asking(CALL.id, BEN)
    assert desk.people(CALL.id) == ()
    ((_, command),) = (await desk.heard())[2:]
    assert (command["do"], command["why"]) == ("give_back", "gone")
    desk.stop_asking("unknown", BEN)


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        ("ringing", {}),
        ("live", {"purpose": "test"}),
        ("live", {"caller": Caller(by="text")}),
    ],
    ids=["nobody talks yet", "a test", "the caller types"],
)
async def test_some_calls_cannot_be_taken(tmp_path: Path, state: str, asked: Any) -> None:
    desk = Desk(tmp_path, state, **asked)
    with pytest.raises(CannotTake) as why:
        desk.take(CALL.id, ANN)
    assert why.value.cause and why.value.remedy
    assert desk.people(CALL.id) == () and await desk.heard() == []


@pytest.mark.parametrize(
    "person",
    [Person("a1", " "), Person("a1", "x" * 41), Person("", "Ann"), Person("x" * 65, "Ann")],
)
async def test_whoever_takes_part_has_a_name(tmp_path: Path, person: Person) -> None:
    desk = Desk(tmp_path)
    for ask in (desk.take, desk.ask_for):
        with pytest.raises(InputError):
            ask(CALL.id, person)
    assert desk.people(CALL.id) == ()


async def test_a_call_that_is_over_has_nobody(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    hold = desk.take(CALL.id, ANN)
    await desk.heard()
    desk.there = False
    desk.speak(hold, 0, b"\1\0")
    desk.give_back(hold)
    desk.let_go(hold)
    assert desk.pass_on(hold) is None and await desk.heard() == []
    with pytest.raises(NotFound):
        desk.take(CALL.id, ANN)


@pytest.mark.parametrize("step", [-1, 2])
async def test_a_script_goes_on_at_a_step_that_it_has(tmp_path: Path, step: int) -> None:
    desk = Desk(tmp_path)
    hold = desk.take(CALL.id, ANN)
    with pytest.raises(InputError, match="no line"):
        desk.give_back(hold, step=step)
    assert [one.person for one in desk.people(CALL.id)] == [ANN]


@pytest.mark.parametrize(
    "scenario", [None, SCRIPT, simulated(RULES)], ids=["none", "script", "rules"]
)
async def test_only_a_language_model_can_be_whispered_to(
    tmp_path: Path, scenario: Scenario | None
) -> None:
    desk = Desk(tmp_path, scenario=scenario)
    hold = desk.take(CALL.id, ANN)
    await desk.heard()
    with pytest.raises(CannotWhisper):
        desk.whisper(CALL.id, ANN, "ask for Friday")
    with pytest.raises(CannotWhisper):
        desk.give_back(hold, instruction="ask for Friday")
    assert await desk.heard() == []
    assert [one.person for one in desk.people(CALL.id)] == [ANN], "it is still theirs"


async def test_whispering(tmp_path: Path) -> None:
    desk = Desk(tmp_path, scenario=simulated(OpenAiBrain()))
    desk.whisper(CALL.id, BEN, " ask for\n Friday ")
    hold = desk.take(CALL.id, ANN)
    desk.give_back(hold, instruction="say goodbye")
    whispered, _, back = await desk.heard()
    assert whispered == (CALL.id, {"do": "whisper", "who": "Ben", "text": "ask for Friday"})
    assert back[1]["instruction"] == "say goodbye"
    for text in ("  ", "x" * 501):
        with pytest.raises(InputError, match=r"empty|characters"):
            desk.whisper(CALL.id, BEN, text)
