"""What is hidden of a text, and what stays."""

from __future__ import annotations

import pytest

from harness.nouns import Redaction
from harness.report import Hider, hide_personal

RULE = Redaction(names=("Maya Osei",))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("I am Maya Osei.", "I am [name 1]."),
        ("osei's line, MAYA", "[name 1]'s line, [name 1]"),
        ("Mayana stays", "Mayana stays"),
        ("call +1 (555) 123-4567 now", "call [number 1] now"),
        ("call 555.123.4567", "call [number 1]"),
        ("five five five, one two three", "[number 1]"),
        ("five oh one", "five oh one"),
        ("double five oh one two", "[number 1]"),
        ("card A1234567", "card A[number 1]"),
        ("in 12.34 s, 1.2345 s", "in 12.34 s, 1.2345 s"),
        ("at two fifteen on Friday", "at two fifteen on Friday"),
        ("maya@x.example.org or maya at x dot org", "[e-mail 1] or [e-mail 2]"),
        ("12 Hill Street", "[address 1]"),
        ("twelve Old Hill Road", "[address 1]"),
    ],
)
def test_a_text(text: str, hidden: str) -> None:
    assert hide_personal(text, RULE) == hidden


def test_the_same_number_gets_the_same_figure_however_it_is_told() -> None:
    hider = Hider(RULE)
    assert hider.text("555-1234") == "[number 1]"
    assert hider.text("9876 and triple five one two three four") == "[number 2] and [number 1]"


def test_values_of_the_agent_are_hidden_and_ours_are_not() -> None:
    value = {
        "call_id": "call_01234567",
        "tokens": 123456,
        "arguments": {"phone": 5551234567, "kind": "Maya", "count": 3, "api_key": "abcdef123x"},
    }
    assert Hider(RULE).value(value) == {
        "call_id": "call_01234567",
        "tokens": 123456,
        "arguments": {"phone": "[number 1]", "kind": "[name 1]", "count": 3, "api_key": "[hidden]"},
    }


def test_each_rule_can_be_left_out() -> None:
    rule = Redaction(numbers=False, emails=False, addresses=False, patterns=("blue \\w+",))
    text = "12 Hill Street, 555-1234, a@b.org"
    assert hide_personal(text, rule) == text
    assert hide_personal("the blue door", rule) == "the [hidden]"
