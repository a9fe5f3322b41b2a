"""Words reach 4.5 : 1 and signs 3 : 1 on what they stand on, by WCAG 2.2, in both themes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from harness.settings import ROOT

COMPONENTS = ROOT / "harness" / "console" / "components"
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
MODES = ("light", "dark")
TONES = ("blue", "violet", "green", "orange", "red", "gray")
WORDS, SIGNS = 4.5, 3.0

INKS = {"text", "soft", "caller-tx", "agent-tx", "pass-tx", "warn-tx", "fail-tx"}
"""Variables that words and signs may be written in."""
SWITCHED_OFF = {".btn:disabled"}
"""What cannot be used needs no contrast."""


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def rules() -> Iterator[tuple[str, dict[str, str]]]:
    """Every selector of the components with what it declares."""
    for path in sorted(COMPONENTS.rglob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
            said = dict(part.split(":", 1) for part in body.split(";") if ":" in part)
            yield selector.strip(), {name.strip(): value.strip() for name, value in said.items()}


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize(("mode", "tone"), list(product(MODES, TONES)))
def test_coloured_words_can_be_read(mode: str, tone: str) -> None:
    theme = THEME[mode]
    ink = theme[f"{tone}TextColor"]
    for ground in (f"{tone}BackgroundColor", "backgroundColor", "secondaryBackgroundColor"):
        assert contrast(ink, theme[ground]) >= WORDS, ground


@pytest.mark.parametrize(("mode", "tone"), list(product(MODES, TONES)))
def test_words_and_soft_words_can_be_read_on_every_tint(mode: str, tone: str) -> None:
    theme = THEME[mode]
    for ink in ("textColor", "grayTextColor"):
        assert contrast(theme[ink], theme[f"{tone}BackgroundColor"]) >= WORDS, ink


def test_components_write_in_no_other_colours() -> None:
    """Colours of lines are too light for words and signs."""
    found = 0
    for selector, said in rules():
        ink = said.get("color", "inherit")
        if ink in ("inherit", "transparent") or selector in SWITCHED_OFF:
            continue
        found += 1
        name = ink.removeprefix("var(--").removesuffix(")")
        on_ink = name == "bg" and said.get("background") == "var(--text)"
        assert name in INKS or on_ink, f"{selector}: {ink}"
    assert found > 30


def test_components_name_the_inks_as_the_theme_does() -> None:
    base = (COMPONENTS / "shared" / "base.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--([\w-]+): var\(--st-([\w-]+)\)", base))
    for name in INKS - {"text"}:
        assert named[name].endswith("-text-color")
    assert named["text"] == "text-color"


@pytest.mark.parametrize("mode", MODES)
def test_lines_that_say_something_can_be_seen(mode: str) -> None:
    theme = THEME[mode]
    for tone in ("blue", "violet", "green", "red"):
        assert contrast(theme[f"{tone}Color"], theme["backgroundColor"]) >= SIGNS, tone


@pytest.mark.parametrize("mode", MODES)
def test_the_primary_button_can_be_read(mode: str) -> None:
    assert contrast("#FFFFFF", THEME[mode]["primaryColor"]) >= WORDS


def test_the_open_tab_can_be_read_as_well_as_the_button_lets_it() -> None:
    """Streamlit writes white on the primary colour, and the open tab in it.

    On a dark ground no colour can do both; what there is lies at the limit of the button.
    """
    light, dark = THEME["light"], THEME["dark"]
    assert contrast(light["primaryColor"], light["backgroundColor"]) >= WORDS
    lightest_for_white = 1.05 / WORDS - 0.05
    darkest_for_tab = WORDS * (luminance(dark["backgroundColor"]) + 0.05) - 0.05
    assert lightest_for_white < darkest_for_tab, "one colour can do both: take it"
    assert lightest_for_white - luminance(dark["primaryColor"]) < 0.005
    assert contrast(dark["primaryColor"], dark["backgroundColor"]) >= 4.0


def test_a_planted_colour_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.css").write_text(".help { cursor: help; color: var(--faint); }")
    monkeypatch.setitem(globals(), "COMPONENTS", tmp_path)
    with pytest.raises(AssertionError, match=r"\.help: var\(--faint\)"):
        test_components_write_in_no_other_colours()
