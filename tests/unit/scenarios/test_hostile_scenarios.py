"""Files made to break the loader: whatever stands in one, it is an error of that file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_files import WriteFile

from harness.errors import ScenarioError
from harness.scenarios import Draft, load_scenarios, read_library
from harness.scenarios._yaml import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from harness.settings import get_settings

GOOD = "name: good\nscenarios: [{name: y, turns: [{user: Hi}]}]\n"

HOSTILE = [
    ("x: !foo [a]", 2, "the tag `!foo` cannot be used here."),
    ("x: !foo {a: 1}", 2, "the tag `!foo` cannot be used here."),
    ("!foo x: 1", 2, "the tag `!foo` cannot be used here."),
    ('x: !!python/object/apply:os.system ["id"]', 2, "os.system` cannot be used here."),
    ("x: !!set {a, b}", 2, "the tag `!!set` cannot be used here."),
    ("x: !!binary aGk=", 2, "the tag `!!binary` cannot be used here."),
    ("x: !!map text", 2, "the tag `!!map` cannot be used here."),
    ("x: !!int [1]", 2, "the tag `!!int` cannot be used here."),
    ("x: !!int many", 2, "`many` cannot be read as a whole number."),
    ("x: !!float many", 2, "`many` cannot be read as a number."),
    ("x: !!bool many", 2, "`many` cannot be read as a true or false."),
    ("x: =", 2, "a bare `=` means something of its own"),
    (f"x: {'9' * 5000}", 2, "cannot be read as a whole number."),
    (f"? {'9' * 5000}\n: x", 2, "cannot be read as a whole number."),
    ("y: 1\nx: 2026-13-45", 3, "`2026-13-45` is no day of the calendar"),
    ("x: 2026-01-01T25:00:00Z", 2, "is no day of the calendar"),
    ("y: a\nz: b\x07", 3, "the character U+0007 cannot stand in it."),
    ("y: a\nz: b\x00", 3, "the character U+0000 cannot stand in it."),
    (f"y: a\nx: {'[' * 200}{']' * 200}", 3, "nested too deeply"),
    (f"y: a\nx: {'{a: ' * 200}1{'}' * 200}", 3, "nested too deeply"),
    (f"y: a\nx: {'[' * 2000}", 3, "nested too deeply"),
    ("x: [" + "a, " * (MAX_VALUES + 5) + "]", 2, "values."),
]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of scenarios."""
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path))
    get_settings.cache_clear()
    folder = tmp_path / "scenarios"
    folder.mkdir()
    yield folder
    get_settings.cache_clear()


@pytest.mark.parametrize(("text", "line", "says"), HOSTILE, ids=[says for *_, says in HOSTILE])
def test_it_is_told_with_line_and_remedy(write: WriteFile, text: str, line: int, says: str) -> None:
    whole = f"name: x\n{text}\n"
    path = write("name: x\n")
    path.write_text(whole, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(path)

    assert f"case.yaml, line {line}" in caught.value.message
    assert says in caught.value.message
    assert caught.value.remedy
    assert not Draft(whole).load()[0]
    assert Draft(whole).data() == {}


def test_one_of_them_takes_no_other_file_with_it(own: Path) -> None:
    (own / "a.yaml").write_text('name: !!python/object/apply:os.system ["id"]\n')
    (own / "b.yaml").write_text(f"name: x\nx: {'9' * 5000}\n")
    (own / "good.yaml").write_text(GOOD)

    shelf = read_library()

    assert "good/y" in [scenario.name for scenario in shelf.scenarios]
    assert sorted(path.name for path, _ in shelf.problems) == ["a.yaml", "b.yaml"]


def test_merges_that_multiply(write: WriteFile) -> None:
    lines = ["name: x", "a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(10)) + "}"]
    for level in range(1, 9):
        lines.append(f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}")

    with pytest.raises(ScenarioError, match=f"more than {MAX_VALUES} values"):
        load_scenarios(write("\n".join(lines)))


def test_aliases_that_nest_without_end(write: WriteFile) -> None:
    lines = ["name: x", "a0: &a0 [x]"]
    lines += [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 2 * MAX_DEPTH)]

    with pytest.raises(ScenarioError, match="nested too deeply: more than"):
        load_scenarios(write("\n".join(lines)))


def test_includes_count_as_often_as_they_are_included(write: WriteFile) -> None:
    part = write(f"text: {'x' * (MAX_BYTES // 3)}\n", "part.yaml")
    path = write("name: x\nx: [" + ", ".join([f"!include {part.name}"] * 300) + "]\n")

    with pytest.raises(ScenarioError, match="larger than 1 MB with all it includes") as caught:
        load_scenarios(path)
    assert "as often as it is included" in caught.value.cause


def test_includes_that_go_on_and_on(write: WriteFile) -> None:
    for number in range(2 * MAX_DEPTH):
        write(f"x: !include p{number + 1}.yaml\n", f"p{number}.yaml")
    path = write("name: x\nx: !include p0.yaml\n")

    with pytest.raises(ScenarioError, match="nested too deeply"):
        load_scenarios(path)


def test_a_huge_list_is_no_reason_to_wait(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own / "huge.yaml").write_text("- event: response\n" * (12 * MAX_BYTES // 18))
    (own / "list.yaml").write_text("- event: response\n" * 1000)
    read: list[str] = []

    def counted(stream: str, *args: Any, **options: Any) -> Any:
        read.append(stream)
        return parse(stream, *args, **options)

    parse = yaml.parse
    monkeypatch.setattr(yaml, "parse", counted)
    first, second = read_library(), read_library()

    # The huge one is told of by its size alone; the part is looked at once.
    ((path, problem),) = second.problems
    assert path.name == "huge.yaml" and "too large" in problem.message
    assert first.scenarios == second.scenarios
    assert sum(text.startswith("- event") for text in read) == 1


KEYS = st.sampled_from(
    ["name", "scenarios", "turns", "user", "expect", "event", "calls", "args", "metrics", "context"]
    + ["persona", "goal", "success", "send_after", "delay_ms", "ringback", "caller", "checks"]
    + ["rule", "brain", "kind", "states", "dtmf", "pause_ms", "measure", "judge", "speech", "x"]
)
SCALARS = st.sampled_from(
    ["1", "-1", "1.5", ".inf", ".nan", "yes", "null", "''", "text", "2026-13-45", "012", "1e999"]
    + ["function_call", "response", "rules", "criterion", "policy", "in_order", "'1'", "~", "0x1F"]
    + ["!foo a", "!!int b", "!include none.yaml", "*nowhere", "&a b", "9" * 5000]
)


def flow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lists and mappings of what is inside."""
    lists = st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    pairs = st.dictionaries(KEYS, inner, max_size=4)
    maps = pairs.map(lambda items: "{" + ", ".join(f"{k}: {v}" for k, v in items.items()) + "}")
    tagged = maps.map(lambda text: f"!foo {text}")
    return lists | maps | maps | tagged


VALUES = st.recursive(SCALARS, flow, max_leaves=20)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(extra=st.dictionaries(KEYS, VALUES, max_size=4), entry=st.dictionaries(KEYS, VALUES))
def test_nothing_but_a_scenario_error_comes_out(
    write: WriteFile, extra: dict[str, str], entry: dict[str, str]
) -> None:
    lines = [f"{key}: {value}" for key, value in {"name": "x", **extra}.items()]
    if "scenarios" not in extra:
        whole = {"name": "y", "turns": "[{user: Hi, expect: [{event: response}]}]"} | entry
        lines += ["scenarios:", "- " + "\n  ".join(f"{k}: {v}" for k, v in whole.items())]
    path = write("name: x\n")
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        assert load_scenarios(path)
    except ScenarioError as error:
        assert error.message.startswith(str(path)), error
        assert error.remedy, error
