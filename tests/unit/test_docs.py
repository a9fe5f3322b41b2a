"""README and docs: links lead somewhere, commands and make targets exist, examples can be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from harness.agents import PROVIDERS
from harness.agents.library import read_agents
from harness.cli._app import app
from harness.errors import AgentConfigError
from harness.settings import ROOT, Settings

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
AGENTS = ROOT / "docs" / "agents"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
OURS = re.compile(r"(?:^|[\s/])ringback[ \t]+([^\n]*)", re.MULTILINE)
MAKE = re.compile(r"(?:^|\s)make[ \t]+([a-z]+)", re.MULTILINE)
PATH = re.compile(r"(?:harness|docs|tests|data|tools|pages)/[\w./-]*\w")

TOLD_IN = {
    "pipecat_cloud": "pipecat_cloud.md",
    "bot_file": "bot_file.md",
    "dev_runner": "runners.md",
    "http_runner": "runners.md",
    "room": "rooms.md",
}
NOT_SETTINGS = {"RINGBACK_ROOM_TOKEN"}


def prose(text: str) -> str:
    """A page without its code."""
    return SPAN.sub("", FENCE.sub("", text))


def code(text: str) -> list[str]:
    """What stands in code: blocks and spans."""
    return [block for _, block in FENCE.findall(text)] + SPAN.findall(FENCE.sub("", text))


def anchors(path: Path) -> set[str]:
    """What may be linked to in a page, as GitHub names its headings."""
    lines = FENCE.sub("", path.read_text("utf-8")).splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if re.match(r"#{1,6} ", line)]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def broken_links(page: Path, text: str) -> list[str]:
    broken = []
    for target in LINK.findall(prose(text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        there = path.exists() and path.is_relative_to(ROOT)
        if not there or (anchor and anchor not in anchors(path)):
            broken.append(target)
    return broken


def wrong_commands(text: str) -> list[str]:
    """Commands of ours, with their options, that do not exist."""
    wrong = []
    for snippet in code(text):
        for rest in OURS.findall(snippet.replace("\\\n", " ")):
            line = re.split(r"\s+#|\||>|;|&&|\)", rest)[0]
            if problem := unknown_in(line.split()):
                wrong.append(f"ringback {line.strip()}: {problem}")
    return wrong


def unknown_in(words: list[str]) -> str:
    """What of a command line does not exist; empty if all does."""
    command: Any = typer.main.get_command(app)
    for word in words:
        options = {name for option in command.params for name in (*option.opts, "--help")}
        if word.startswith("-") and word != "-":
            if word.split("=")[0] not in options:
                return word
        elif known := getattr(command, "commands", None):
            if word == "...":
                return ""
            if word not in known:
                return word
            command = known[word]
    return ""


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def wrong_targets(text: str) -> list[str]:
    return [name for each in code(text) for name in MAKE.findall(each) if name not in targets()]


def lost_paths(text: str) -> list[str]:
    """Files and folders of the project that are named and not there."""
    named = [span for span in SPAN.findall(FENCE.sub("", text)) if PATH.fullmatch(span)]
    return [path for path in named if not (ROOT / path).exists()]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_names_exists(page: Path):
    text = page.read_text("utf-8")
    assert broken_links(page, text) == []
    assert wrong_commands(text) == []
    assert wrong_targets(text) == []
    assert lost_paths(text) == []


def test_every_page_can_be_found_from_the_readme():
    readme = ROOT / "README.md"
    linked = {(ROOT / link.split("#")[0]).resolve() for link in LINK.findall(readme.read_text())}
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= linked


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_field_of_a_way_is_told(provider: str):
    text = (AGENTS / TOLD_IN[provider]).read_text("utf-8")
    missing = [name for name in PROVIDERS[provider].fields.model_fields if f"`{name}`" not in text]
    assert missing == []
    assert f"`{provider}`" in (AGENTS / "index.md").read_text("utf-8")


def examples() -> list[tuple[str, str]]:
    """Agents in the docs, each with the page that it stands on."""
    return [
        (name_of(page), block)
        for page in PAGES
        for language, block in FENCE.findall(page.read_text("utf-8"))
        if language == "yaml" and re.search(r"^provider:", block, re.MULTILINE)
    ]


@pytest.mark.parametrize(("page", "example"), examples())
def test_the_example_of_an_agent_can_be_imported(page: str, example: str):
    [agent] = read_agents(example, page)
    assert agent.provider in PROVIDERS


def test_there_is_an_example_of_every_way():
    shown = {read_agents(example, page)[0].provider for page, example in examples()}
    assert shown == set(PROVIDERS)


def test_settings_and_their_documentation_agree():
    text = (ROOT / "docs" / "setup.md").read_text("utf-8")
    told = set(re.findall(r"`(RINGBACK_[A-Z_]+)", text)) - NOT_SETTINGS
    assert told == {f"RINGBACK_{name.upper()}" for name in Settings.model_fields}
    for page in PAGES:
        named = set(re.findall(r"\bRINGBACK_[A-Z_]+", page.read_text("utf-8")))
        assert named <= told | NOT_SETTINGS, page


@pytest.mark.parametrize(
    ("look", "text"),
    [
        (wrong_commands, "`ringback fly`"),
        (wrong_commands, "```sh\n.venv/bin/ringback call --loud\n```"),
        (wrong_commands, "`RINGBACK_ROOM_TOKEN=... ringback call --agent x --whisper`"),
        (wrong_targets, "`make tea`"),
        (lost_paths, "`docs/nowhere.md`"),
        (lambda text: broken_links(ROOT / "README.md", text), "[x](docs/nowhere.md)"),
        (lambda text: broken_links(ROOT / "README.md", text), "[x](docs/setup.md#nowhere)"),
        (lambda text: broken_links(ROOT / "docs" / "cli.md", text), "[x](../../elsewhere.md)"),
    ],
)
def test_what_is_wrong_is_noticed(look, text: str):
    assert look(text)


@pytest.mark.parametrize(
    "text",
    [
        "ringback fly, said in prose",
        "`ringback doctor`, `make run PORT=8600` and `ringback: {tags: [x]}`",
        "`ringback calls | head -1`",
        "`make run` once, then `harness/agents`",
        "[x](docs/setup.md#the-livekit-server) and [y](https://example.com/nowhere)",
    ],
)
def test_what_is_right_passes(text: str):
    found = [wrong_commands(text), wrong_targets(text), lost_paths(text)]
    assert [*found, broken_links(ROOT / "README.md", text)] == [[], [], [], []]


def test_a_bad_example_would_be_noticed():
    with pytest.raises(AgentConfigError):
        read_agents("name: x\nprovider: room\nconfig: {adress: wss://x}", "docs")
