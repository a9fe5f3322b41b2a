"""DNSMOS stands on the page where it was asked; where it was not, the page says why."""

from __future__ import annotations

from dataclasses import replace

from harness.console.inspect.dnsmos_rows import dnsmos_rows
from tests.unit.cli.test_sound_of_a_call import SOUND


def test_what_it_guesses_stands_with_what_it_was_asked_of() -> None:
    head, *rows = dnsmos_rows(SOUND)
    assert head.head
    assert [row.right for row in rows] == ["3.1 of 5", "3.4 of 5", "4.0 of 5", "3.7 of 5"]
    assert all("of 4 s" in row.below[0] for row in rows)
    assert all("for one agent, and nothing else" in row.tip for row in rows)


def test_where_it_is_not_installed_the_command_stands_in_its_place() -> None:
    command = "Not installed. For DNSMOS: pip install speechmos"
    _, row = dnsmos_rows(replace(SOUND, dnsmos=None, dnsmos_why=command))
    assert row.below == (command, "Calls that end after that have it.")


def test_a_call_that_was_too_short_for_it_says_so_and_an_old_one_nothing() -> None:
    _, row = dnsmos_rows(replace(SOUND, dnsmos=None, dnsmos_why="There is too little speech."))
    assert row.below == ("There is too little speech.",)
    assert dnsmos_rows(replace(SOUND, dnsmos=None, dnsmos_why="")) == []
