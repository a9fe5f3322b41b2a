"""What tests read on a page, and how they press a button there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streamlit.testing.v1 import AppTest

__all__ = ["everything", "labels", "press", "texts", "words"]


def labels(elements: Iterable[Any]) -> list[str]:
    """How buttons, or fields, are called."""
    return [element.label for element in elements]


def texts(app: AppTest) -> str:
    """Texts, captions and errors as they are written."""
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.error))


def words(app: AppTest) -> str:
    """Titles, texts and captions as they are read: nothing escaped, nothing held together."""
    found = " ".join(element.value for element in (*app.markdown, *app.caption, *app.title))
    return found.replace("\\", "").replace("\u2060", "")


def everything(app: AppTest) -> str:
    """All that is sent to the browser."""
    return " ".join(str(element.proto) for element in app.main)


def press(app: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app
