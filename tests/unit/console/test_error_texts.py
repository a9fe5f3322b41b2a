from __future__ import annotations

from harness.console._errors import _paragraphs


def test_sentences_stay_sentences() -> None:
    assert _paragraphs("") == ""
    assert _paragraphs("Mend it.\nIts log is a_b.") == "Mend it\\.  \nIts log is a\\_b\\."


def test_lines_of_a_log_are_quoted_and_cannot_get_out() -> None:
    said = _paragraphs("Its last lines:\n  File x, line 7\n```\n[link](http://x)")
    assert said.startswith("Its last lines")
    assert said.endswith("``````text\n  File x, line 7\n```\n[link](http://x)\n``````\n")
