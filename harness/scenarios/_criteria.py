"""Checks in a file of their own: criteria to judge stored calls by."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ScenarioError
from harness.nouns import CheckSpec
from harness.scenarios._amounts import check_limits
from harness.scenarios._block import Block, parse_block
from harness.scenarios._document import read_document, show_path
from harness.scenarios._keys import did_you_mean
from harness.scenarios._vetoes import check_vetoes

__all__ = ["load_checks"]


def load_checks(path: Path) -> tuple[CheckSpec, ...]:
    """The checks of a YAML file with the key ``checks``, written as in a ``ringback:`` block.

    Raises:
        ScenarioError: The file cannot be used; the message names line and key.
    """
    document = read_document(path, path.parent)
    for key in document.data:
        if key != "checks":
            raise document.error(
                (str(key),),
                f"unknown key; here is only `checks`.{did_you_mean(str(key), ('checks',))}",
                remedy="Take it away: a file of checks holds nothing else.",
            )
    checks = parse_block(document, (), document.data, Block).checks
    if not checks:
        raise ScenarioError(
            f"{show_path(path)}: there are no checks in it.",
            cause="It has a key `checks` with a list, as the `ringback:` block of a scenario.",
        )
    check_limits(document, "ringback")
    check_vetoes(document, ("checks",), checks, checks)
    return checks
