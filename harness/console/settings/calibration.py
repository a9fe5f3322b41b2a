"""How accurate the caller is on this computer: the last calibrations, and a new one."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass, field

import streamlit as st
from loguru import logger

from harness.agents import RoomKeys
from harness.calibrate import GOAL, Progress, calibrate
from harness.calls import Engine
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import ago, plain
from harness.console.components import Row, row_list
from harness.console.settings import calibration_form
from harness.errors import InternalError, RingbackError
from harness.nouns import Calibration
from harness.settings import get_settings
from harness.store import Store

__all__ = ["draw"]

_EVERY_S = 1.0


@dataclass(slots=True)
class _Work:
    """A calibration that goes on in a thread of its own, or has just ended.

    Attributes:
        keys: Of the server it is against; None for Ringback's own.
    """

    progress: Progress
    keys: RoomKeys | None = None
    over: threading.Event = field(default_factory=threading.Event)
    trouble: RingbackError | None = None


_work: _Work | None = None
_lock = threading.Lock()


def draw() -> None:
    """What was found, and the button for a new calibration, which takes about a minute."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(
            "**Accuracy**",
            width="content",
            help="How far the caller's latencies may be off on this computer: it rings an agent "
            "that answers after a known delay. Calls show it beside their latencies: that of "
            "their LiveKit server, or else this computer's own. The same as: ringback calibrate",
        )
        going = _work is not None and not _work.over.is_set()
        cannot = going or not isinstance(_engine(), Engine)
        st.button(
            "Calibrate",
            icon=":material/straighten:",
            help="Takes about a minute, on Ringback's own LiveKit server; no other calls should "
            "go on meanwhile.",
            disabled=cannot,
            on_click=_begin,
        )
    if going:
        _follow()
    elif _work is not None and _work.trouble is not None:
        show_error(_work.trouble)
    found = _kept()
    if not found and not going:
        st.markdown(":small[:gray[Not calibrated yet: latencies are shown without an error bar.]]")
    if found:
        row_list([_row(each) for each in found], "checks", "Accuracy", key="calibrations")
    calibration_form.draw(_begin, disabled=cannot)


def _engine() -> object:
    try:
        return service()
    except RingbackError:  # the page says so already
        return None


def _begin(keys: RoomKeys | None = None) -> None:
    global _work
    engine = _engine()
    with _lock:
        if not isinstance(engine, Engine) or (_work is not None and not _work.over.is_set()):
            return
        _work = work = _Work(Progress(0, 1, "Starting."), keys)
    threading.Thread(
        target=_calibrate, args=(engine, work), name="ringback-calibration", daemon=True
    ).start()


def _calibrate(engine: Engine, work: _Work) -> None:
    def tell(progress: Progress) -> None:
        work.progress = progress

    try:
        url = None if work.keys is None else work.keys.url
        asyncio.run(calibrate(engine.settings, engine, url=url, keys=work.keys, progress=tell))
    except RingbackError as error:
        work.trouble = error
    except Exception as error:
        logger.exception("calibrating")
        work.trouble = InternalError(
            f"Ringback met an error it did not expect: {type(error).__name__}.",
            cause="A defect in Ringback.",
            remedy="Report it with the console's log.",
        )
    finally:
        work.over.set()


@st.fragment(run_every=_EVERY_S)
def _follow() -> None:
    work = _work
    if work is None or work.over.is_set():
        st.rerun()
    progress = work.progress
    where = "" if work.keys is None else f"{plain(work.keys.url)}: "
    told = f":small[{where}{progress.sentence}]"
    st.progress(progress.done / max(1, progress.of), text=told)


def _kept() -> list[Calibration]:
    """The newest of this computer for each server."""
    try:
        store = Store.open(get_settings())
    except RingbackError:  # the page says so already
        return []
    try:
        every = [each for each in store.calibrations() if each.host == socket.gethostname()]
    finally:
        store.close()
    newest: dict[str, Calibration] = {}
    for each in every:
        newest.setdefault(each.url, each)
    return list(newest.values())


def _row(found: Calibration) -> Row:
    good = (
        abs(found.bias_s) <= GOAL.bias_s
        and found.sd_s <= GOAL.sd_s
        and abs(found.worst_s) <= GOAL.worst_s
    )
    mark, word = ("check_circle", "Fine") if good else ("warning", "Less exact than it should be")
    where = "This computer" if found.url == "local" else found.url
    counted = found.turns - found.flagged
    return Row(
        mark,
        word,
        f"{where}: ±{_ms(found.error_s)}",
        "good" if good else "close",
        right=ago(found.created_at),
        below=(
            f"Bias {_ms(found.bias_s)}, sd {_ms(found.sd_s)}, worst {_ms(found.worst_s)}, "
            f"{counted} of {found.turns} turns; the rest was spoiled by other work."
            if found.flagged
            else f"Bias {_ms(found.bias_s)}, sd {_ms(found.sd_s)}, worst {_ms(found.worst_s)}, "
            f"{counted} turns.",
            f"The way there and back takes {_ms(found.floor_s)}; nothing is subtracted.",
        ),
    )


def _ms(value_s: float) -> str:
    return f"{value_s * 1000:.1f} ms".replace("-", "\N{MINUS SIGN}")
