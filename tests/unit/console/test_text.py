from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harness.console._text import ago, clock, marked, plain, seconds, signed


def test_numbers_are_written_as_the_guide_says() -> None:
    assert seconds(1.316) == "1.32 s"
    assert seconds(-0.2) == "−0.20 s"
    assert seconds(-0.001) == "0.00 s"
    assert seconds(None) == "–"
    assert signed(0.784) == "+0.78 s"
    assert signed(-0.5) == "−0.50 s"
    assert clock(42.9) == "0:42"
    assert clock(605) == "10:05"
    assert clock(None) == "–"


@pytest.mark.parametrize(
    ("passed", "text"),
    [(5, "just now"), (130, "2 min ago"), (7300, "2 h ago"), (3 * 86400, "Wed 18 Nov 2026, ")],
)
def test_how_long_ago(passed: float, text: str) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert ago(now - timedelta(seconds=passed), now).startswith(text)


@pytest.mark.parametrize(
    "nasty",
    [
        "**bold**",
        "![x](http://evil)",
        "[x](javascript:1)",
        "<b>x</b>",
        "$x^2$",
        "`x`",
        "# x",
        "~~x~~",
    ],
)
def test_markup_is_escaped(nasty: str) -> None:
    shown = plain(nasty)
    for sign in "*![]()<>$`#~":
        assert shown.count(sign) == shown.count("\\" + sign)


def test_directives_and_icons_are_broken() -> None:
    assert ":red[" not in plain(":red[x]").replace("\\", "")
    assert ":material/" not in plain(":material/check:").replace("\\", "")


def test_code_in_our_own_words_is_shown_as_code() -> None:
    assert marked("Set `api_key` to *it*.") == "Set `api_key` to \\*it\\*\\."
    assert marked("no `pair") == "no \\`pair"
    assert marked("a `<b>` c") == "a `<b>` c"
