"""Rules of a simulated person: what does not fit together is told with its line."""

from __future__ import annotations

import pytest
from scenario_files import WriteFile

from harness.errors import BrainError, ScenarioError
from harness.nouns import OpenAiBrain, RulesBrain, Simulation
from harness.scenarios import load_scenarios

RULES = """
name: x
scenarios:
  - name: y
    persona: Maria, a patient.
    goal: Book a visit.
    success: the bot booked it
    ringback:
      brain:
        kind: rules
        seed: 3
        slots: {doctor: Osei, name: Lopez}
        intents:
          offers: {pattern: '\\bo.clock\\b|{name}'}
          booked: {any: [booked, all set]}
        start: ask
        states:
          ask:
            say: ["I would like to see Doctor {doctor}.", "Is Doctor {doctor} in?"]
            when: {offers: {to: take}}
            otherwise: {say: Sorry.}
          take:
            say: Ten o'clock, please.
            when: {booked: {say: Thank you., end: true, reason: booked}}
"""


def simulation(write: WriteFile, text: str = RULES) -> tuple[Simulation, tuple[str, ...]]:
    (scenario,) = load_scenarios(write(text))
    assert scenario.simulation is not None
    return scenario.simulation, scenario.warnings


def changed(old: str, new: str) -> str:
    assert old in RULES
    return RULES.replace(old, new, 1)


def test_rules_that_fit(write: WriteFile) -> None:
    found, warnings = simulation(write)

    assert warnings == ()
    assert isinstance(found.brain, RulesBrain)
    assert found.brain.seed == 3
    assert found.brain.states["take"].say == ("Ten o'clock, please.",)


def test_without_a_brain_it_is_a_language_model(write: WriteFile) -> None:
    text = RULES[: RULES.index("    ringback:")]

    assert simulation(write, text)[0].brain == OpenAiBrain()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("start: ask", "start: aks", "line 15, key `{}.start`: there is no state `aks`. Did you"),
        ("{to: take}", "{to: tale}", "line 19, key `{}.states.ask.when.offers.to`: there is no st"),
        ("{offers: {", "{ofers: {", "line 19, key `{}.states.ask.when.ofers`: there is no intent"),
        ("{doctor}.", "{docter}.", "line 18, key `{}.states.ask.say[0]`: there is no slot `doc"),
        ("|{name}", "|{nam}", "line 13, key `{}.intents.offers.pattern`: there is no slot"),
        ("'\\bo", "'(\\bo", "line 13, key `{}.intents.offers.pattern`: not a regular"),
        ("{any: [booked, all set]}", "{}", "line 14, key `{}.intents.booked`: give `any` or `pat"),
        ("kind: rules", "kind: rule", "line 9, key `{}.kind`: must be one of 'rules', 'openai'"),
        ("        kind: rules\n", "", "line 8, key `{}`: "),
        ("when: {offers", "on: {offers", "line 17, key `{}.states.ask`: the key True must be text"),
        ("otherwise:", "otherwize:", "line 20, key `{}.states.ask.otherwize`: unknown key. Did"),
        ("end: true", "end: soon", "line 23, key `{}.states.take.when.booked.end`: must be"),
        ("say: Sorry.", "say: 12", "line 20, key `{}.states.ask.otherwise.say`: must be a"),
        ("seed: 3", "sed: 3", "line 10, key `{}.sed`: unknown key. Did you mean `seed`?"),
    ],
)
def test_rules_that_do_not(write: WriteFile, old: str, new: str, expected: str) -> None:
    with pytest.raises(BrainError) as caught:
        load_scenarios(write(changed(old, new)))

    assert expected.format("scenarios[0].ringback.brain") in caught.value.message
    assert caught.value.kind == "bad_brain"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{to: take}", "{say: Yes.}", "states.take`: nothing leads to this state."),
        ("{to: take}", "{say: Yes.}", "brain`: the person never reaches the goal"),
        ("slots: {", "slots: {day: Friday, ", "slots.day`: no line has this slot."),
        ("booked: {any", "full: {any: [full]}\n          booked: {any", "intents.full`: no state"),
        ("{say: Sorry.}", "{say: Sorry., reason: r}", "otherwise.reason`: it is used only with"),
        (", end: true, reason: booked", ", to: ask", "brain`: the person never reaches the goal"),
    ],
)
def test_what_is_likely_not_meant(write: WriteFile, old: str, new: str, expected: str) -> None:
    warnings = simulation(write, changed(old, new))[1]

    assert any(expected in warning for warning in warnings), warnings


def test_a_brain_of_the_whole_file_is_checked_where_it_stands(write: WriteFile) -> None:
    text = (
        "name: x\nringback:\n  brain: {kind: rules, start: a, states: {b: {say: Hi}}}\n"
        "scenarios:\n- {name: y, persona: p, goal: g, success: s}\n"
    )
    with pytest.raises(BrainError) as caught:
        load_scenarios(write(text))

    assert "line 3, key `ringback.brain.start`: there is no state `a`." in caught.value.message


def test_a_slot_in_a_list_without_quotes(write: WriteFile) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(write("name: x\nsay: [Doctor {doctor}, please]\n"))

    assert caught.value.remedy == "Put a text that holds a brace or a question mark in quotes."


def test_a_script_needs_no_brain(write: WriteFile) -> None:
    with pytest.raises(ScenarioError, match=r"line 4, key `.*brain`: a script needs no brain"):
        load_scenarios(
            write(
                "name: x\nscenarios:\n- name: y\n  ringback: {brain: {kind: openai}}\n"
                "  turns: [{user: Hi}]\n"
            )
        )
