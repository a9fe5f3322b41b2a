"""Fields of the scenario form, each tied to a place of the text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from harness.console._text import plain
from harness.console.scenarios.work import Work
from harness.errors import RingbackError
from harness.scenarios import Draft, limit_of, look, personas

__all__ = ["Fields", "Place"]

Place = tuple[str | int, ...]
"""Keys and positions from the top of the shown scenario."""


class Fields:
    """Draws fields; what is entered goes into the text at once, an emptied one leaves it."""

    def __init__(self, work: Work) -> None:
        self.work = work
        _, problems = work.loaded
        self._wrong = {one.key: one.message for one in problems if one.key and not one.warning}

    def value(self, *where: str | int) -> Any:
        """What stands at a place, or the file's default for it."""
        return self.work.value(*where)

    def personas(self) -> dict[Any, str]:
        """The kinds of person there are, by name."""
        return {"": "As described here"} | {name: one.title for name, one in personas().items()}

    def text(
        self,
        where: Place,
        label: str,
        help: str | None = None,
        *,
        area: bool = False,
        placeholder: str = "",
        quiet: bool = False,
        width: Any = "stretch",
    ) -> None:
        """A text; emptied, its key goes."""
        value = self.value(*where)
        shown = "" if value is None else str(value)
        key = self.key(where)
        options: dict[str, Any] = {
            "key": key,
            "help": help,
            "placeholder": placeholder or None,
            "label_visibility": "collapsed" if quiet else "visible",
            "disabled": self.elsewhere(where),
            "on_change": self._take,
            "args": (where, key, lambda text: text.strip() and text or None),
            "width": width,
        }
        if area:
            st.text_area(label, shown, height=84, **options)
        else:
            st.text_input(label, shown, **options)
        self.wrong(where)

    def words(self, where: Place, label: str, help: str | None = None) -> None:
        """Several texts, parted by commas."""
        value = self.value(*where)
        shown = ", ".join(map(str, value)) if isinstance(value, list) else ""
        key = self.key(where)

        def split(text: str) -> list[str] | None:
            return [word.strip() for word in text.split(",") if word.strip()] or None

        st.text_input(
            label, shown, key=key, help=help, disabled=self.elsewhere(where),
            on_change=self._take, args=(where, key, split),
        )  # fmt: skip
        self.wrong(where)

    def lines(self, where: Place, label: str, help: str | None = None) -> None:
        """Several texts, one a line."""
        value = self.value(*where)
        shown = "\n".join(map(str, value)) if isinstance(value, list) else ""
        key = self.key(where)

        def split(text: str) -> list[str] | None:
            return [line.strip() for line in text.splitlines() if line.strip()] or None

        st.text_area(
            label, shown, key=key, help=help, height=84, disabled=self.elsewhere(where),
            on_change=self._take, args=(where, key, split),
        )  # fmt: skip
        self.wrong(where)

    def number(
        self,
        where: Place,
        label: str,
        usual: float | None,
        step: float,
        help: str | None = None,
        *,
        scale: float = 1.0,
        within: tuple[float, float] | None = None,
        quiet: bool = False,
        width: Any = "stretch",
    ) -> None:
        """A number within the limit of its key; the usual one leaves the text without it.

        `scale` is what stands in the text for 1 in the form: 1000 for seconds in milliseconds.
        `within` are narrower limits, where another field sets them.
        """
        limit = limit_of(where)
        least, most = within or (limit.least / scale, limit.most / scale)
        least, most = float(least) + (step if limit.above else 0.0), float(most)
        value = self.value(*where)
        number = value / scale if _is_number(value) else usual
        key = self.key(where)

        def taken(number: float | None) -> Any:
            if number is None or (number == usual and not self._is_written(where)):
                return None
            return round(number * scale) if scale != 1.0 else round(number, 6)

        options: dict[str, Any] = {
            "format": "%.2f" if step < 0.1 else "%.1f" if step < 1 else "%.0f",
            "placeholder": "No limit" if usual is None else None,
            "label_visibility": "collapsed" if quiet else "visible",
            "disabled": self.elsewhere(where),
            "width": width,
        }
        st.number_input(
            label,
            least,
            most,
            None if number is None else min(most, max(least, float(number))),
            step,
            key=key,
            help=help,
            on_change=self._take,
            args=(where, key, taken),
            **options,
        )
        self.wrong(where)

    def whole(
        self,
        where: Place,
        label: str,
        usual: int | None,
        help: str | None = None,
        *,
        width: Any = "stretch",
    ) -> None:
        """A whole number within the limit of its key; the usual one leaves the text without it."""
        limit = limit_of(where)
        least, most = int(limit.least), int(limit.most)
        value = self.value(*where)
        number = value if isinstance(value, int) and not isinstance(value, bool) else usual
        key = self.key(where)

        def taken(number: int | None) -> Any:
            return None if number == usual and not self._is_written(where) else number

        st.number_input(
            label,
            least,
            most,
            None if number is None else min(most, max(least, number)),
            1,
            key=key,
            help=help,
            placeholder="Any" if usual is None else None,
            disabled=self.elsewhere(where),
            on_change=self._take,
            args=(where, key, taken),
            width=width,
        )
        self.wrong(where)

    def choice(
        self,
        where: Place,
        label: str,
        usual: Any,
        choices: Mapping[Any, str],
        *,
        help: str | None = None,
        quiet: bool = False,
        width: Any = "stretch",
    ) -> None:
        """One of several; the usual one leaves the text without it."""
        value = self.value(*where)
        known = list(choices)
        shown = usual if value is None else value
        if shown not in known:
            known = [shown, *known]
        key = self.key(where)

        def taken(chosen: Any) -> Any:
            return None if chosen == usual and not self._is_written(where) else chosen

        st.selectbox(
            label,
            known,
            index=known.index(shown),
            format_func=lambda one: choices.get(one, "Choose" if one is None else str(one)),
            key=key,
            help=help,
            label_visibility="collapsed" if quiet else "visible",
            disabled=self.elsewhere(where),
            on_change=self._take,
            args=(where, key, taken),
            width=width,
        )
        self.wrong(where)

    def yes(self, where: Place, label: str, usual: bool, help: str | None = None) -> None:
        """Yes or no; the usual answer leaves the text without it."""
        value = self.value(*where)
        key = self.key(where)

        def taken(ticked: bool) -> Any:
            return None if ticked == usual and not self._is_written(where) else ticked

        st.checkbox(
            label,
            value if isinstance(value, bool) else usual,
            key=key,
            help=help,
            disabled=self.elsewhere(where),
            on_change=self._take,
            args=(where, key, taken),
        )
        self.wrong(where)

    def json(
        self,
        where: Place,
        label: str,
        placeholder: str,
        help: str | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """A mapping or list as JSON."""
        value = self.value(*where)
        key = self.key(where)
        shown = "" if value in (None, {}, []) else json.dumps(value, ensure_ascii=False)

        def read(text: str) -> Any:
            return json.loads(text) if text.strip() else None

        st.text_input(
            label, shown, key=key, help=help, placeholder=placeholder,
            label_visibility="collapsed" if quiet else "visible",
            disabled=self.elsewhere(where), on_change=self._take, args=(where, key, read),
        )  # fmt: skip
        if st.session_state.get(f"{key}.bad"):
            st.markdown(f":small[:red[:material/error: This is not JSON, as {placeholder}]]")
        self.wrong(where)

    def button(
        self,
        icon: str,
        label: str,
        where: Place,
        change: Callable[[Draft, Place], Draft],
        *,
        words: bool = False,
        disabled: bool = False,
    ) -> None:
        """A button that changes the text; `change` gets the draft and the scenario's own place."""
        st.button(
            label if words else f":material/{icon}:",
            icon=f":material/{icon}:" if words else None,
            key=self.key((*where, icon, label)),
            help=None if words else label,
            type="secondary" if words else "tertiary",
            disabled=disabled,
            on_click=self._act,
            args=(change,),
        )

    def wrong(self, where: Place) -> None:
        """What is wrong at a place."""
        told = self._wrong.get(self.spelled(where))
        if told:
            st.markdown(f":small[:red[:material/error: {plain(told)}]]")

    def elsewhere(self, where: Place) -> bool:
        """Whether a place stands in another file that this one includes: it is only shown."""
        places = {(*self.work.root, *where), where}
        return any(place[: len(part)] == part for part in self.work.included for place in places)

    def spelled(self, where: Place) -> str:
        """The place as problems name it."""
        text = ""
        for part in (*self.work.root, *where):
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text

    def key(self, where: Place) -> str:
        """The key of the element at a place; another one when the form is drawn anew."""
        return f"scenario.{self.work.form}.{self.spelled(where)}"

    def attempt(self, change: Callable[[Draft], Draft], *, redraw: bool = False) -> None:
        """Change the text, or tell why it cannot be."""
        try:
            self.work.change(change(self.work.draft), redraw=redraw)
        except RingbackError as error:
            self.work.trouble = error

    # Inside

    def _is_written(self, where: Place) -> bool:
        """Whether the key stands in the text, so that taking it away would not say the same."""
        return (
            bool(self.work.entries)
            and self.work.data is not None
            and look(self.work.data, where) is not None
        )

    def _take(self, where: Place, key: str, read: Callable[[Any], Any]) -> None:
        bad = f"{key}.bad"
        st.session_state.pop(bad, None)
        try:
            value = read(st.session_state[key])
        except ValueError:
            st.session_state[bad] = True
            return
        whole = (*self.work.root, *where)
        self.attempt(
            lambda draft: draft.remove(whole) if value is None else draft.set(whole, value)
        )

    def _act(self, change: Callable[[Draft, Place], Draft]) -> None:
        self.attempt(lambda draft: change(draft, self.work.root), redraw=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
