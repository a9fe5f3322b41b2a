"""Downloads of a call or a run as a report; each file is made when it is clicked."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, replace

import streamlit as st

from harness.calls import Archive
from harness.console._errors import show_error
from harness.console._service import service
from harness.errors import RingbackError
from harness.nouns import Redaction
from harness.report import ReportOptions, estimate_size, goes_on, write_one_file

__all__ = ["export_menu", "hidden_by"]


@dataclass(frozen=True, slots=True)
class _Form:
    """A file that can be had.

    Attributes:
        title: On its button.
        ending: Of the file's name, with its dot.
        mime: What it is, for the browser.
        help: Who it is for.
    """

    title: str
    ending: str
    mime: str
    help: str


_FORMS = {
    "html": _Form(
        "Report",
        ".html",
        "text/html",
        "One page that opens anywhere, without Ringback and without a network. Print it for a PDF.",
    ),
    "md": _Form("Summary", ".md", "text/markdown", "Short, in Markdown: for a chat or a ticket."),
    "csv": _Form(
        "Tables",
        ".zip",
        "application/zip",
        "Calls, turns, checks and grades as CSV, for a spreadsheet.",
    ),
    "json": _Form("Data", ".json", "application/json", "Everything, as JSON, for programs."),
    "bundle": _Form(
        "Bundle",
        ".ringback",
        "application/zip",
        "Everything with the sound, stars, tags and grades, to import into another Ringback.",
    ),
    "junit": _Form("Test results", ".xml", "application/xml", "JUnit XML, for a build server."),
}


def export_menu(id: str, key: str, *, label: str = "Export", compared: str = "") -> None:
    """What opens the downloads of a call or a run.

    Args:
        id: Of a run (``run_...``) or of a call that is stored.
        key: Of the menu on its page.
        label: On the button.
        compared: What a comparison says, to stand in the report.
    """
    with st.popover(label, icon=":material/download:", key=f"{key}_open", width="content"):
        _choose(id, key, compared)


@st.fragment
def _choose(id: str, key: str, compared: str) -> None:
    hide = st.checkbox(
        "Hide personal data",
        value=True,
        key=f"{key}_hide",
        help="Names you tell below, numbers of four digits or more, e-mail and street addresses "
        "are replaced by [name 1], [number 1] and so on. Keys and tokens are taken out always.",
    )
    names = st.text_input(
        "Names to hide",
        placeholder="Maya Osei, Northgate",
        key=f"{key}_names",
        disabled=not hide,
        help="With commas between. A name that the agent or a recogniser misheard is not found: "
        "look the report through before you hand it on.",
    )
    archive = service().archive
    audio = st.checkbox(
        "Sound in the report",
        value=False,
        key=f"{key}_audio",
        help="Each call can be heard in the report, from any line on. What was said where words "
        "are hidden is silent. It takes some seconds a call to make.",
    )
    options = ReportOptions(redact=hidden_by(names), personal=hide, compared=compared, audio=audio)
    for name, form in _FORMS.items():
        if name == "bundle" and goes_on(archive, id):
            continue
        if name == "bundle" and hide:
            st.caption("A bundle hides nothing personal: another Ringback is to see and hear all.")
        about = f"{form.title} :gray[{form.ending}, " + (
            f"about {_about(estimate_size(archive, id, name, audio=audio))}]"
        )
        made = _with_sound(archive, id, key, about, options) if name == "html" and audio else None
        if name == "html" and audio and made is None:
            continue
        st.download_button(
            about,
            data=made or functools.partial(_made, archive, id, name, options),
            file_name=f"{id}{form.ending}",
            mime=form.mime,
            on_click="ignore",
            key=f"{key}_{name}",
            help=form.help,
            width="stretch",
        )


def _with_sound(
    archive: Archive, id: str, key: str, about: str, options: ReportOptions
) -> bytes | None:
    """The report once it is made, which takes some seconds a call; before that what makes it."""
    asked = (id, options)
    kept = st.session_state.get(f"{key}_made")
    if kept is not None and kept[0] == asked:
        report: bytes = kept[1]
        return report
    st.session_state.pop(f"{key}_made", None)  # of other options: it may be large
    place = st.empty()
    if not place.button(
        f"Make {about[0].lower()}{about[1:]}",
        icon=":material/graphic_eq:",
        key=f"{key}_make",
        width="stretch",
        help="Its sound takes some seconds a call. Then it can be downloaded.",
    ):
        return None
    bar = place.progress(0.0, "Sound of the first call")

    def told(made: int, of: int) -> None:
        bar.progress(made / of, f"Sound of {made} of {of} calls")

    try:
        made = _made(archive, id, "html", replace(options, progress=told))
    except RingbackError as error:
        place.empty()
        show_error(error)
        return None
    place.empty()
    st.session_state[f"{key}_made"] = (asked, made)
    return made


def _about(size: int) -> str:
    return f"{max(1, round(size / 1024))} KB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MB"


def hidden_by(names: str) -> Redaction | None:
    """What hides names that were typed with commas between; None if there are none."""
    told = tuple(name.strip() for name in names.split(",") if name.strip())
    return Redaction(names=told) if told else None


def _made(archive: Archive, id: str, name: str, options: ReportOptions) -> bytes:
    out = io.BytesIO()
    write_one_file(archive, id, name, out, options)
    return out.getvalue()
