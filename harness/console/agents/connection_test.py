"""Test connection: each step to an agent with its time, and what became of the last test."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from harness.calls import CallRequest, CallView, ConnectionStep, steps_of
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import ago, plain, seconds
from harness.console.components import Row, row_list
from harness.errors import RingbackError
from harness.nouns import Agent, CallState
from harness.settings import get_settings

__all__ = ["LastTest", "badge", "begin", "cancel", "draw", "last_test", "running", "step_rows"]

_LOOKS = {
    "done": ("check_circle", "Done", "good", "plain"),
    "running": ("pending", "Running", "caller", "strong"),
    "pending": ("radio_button_unchecked", "To come", "faint", "soft"),
    "skipped": ("remove", "Skipped", "faint", "soft"),
    "failed": ("cancel", "Failed", "bad", "strong"),
}

_CANCELLED = "Cancelled"
_WORKS = "Works"

_running: dict[str, str] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class LastTest:
    """What became of an agent's last connection test.

    Attributes:
        ok: Whether every step was done.
        said: The step that failed; "Cancelled" if somebody ended it.
        at: When, ISO 8601.
        call_id: Kept for a day, see :class:`harness.calls.CallRequest`.
        of: Fingerprint of the agent as it was tested.
    """

    ok: bool
    said: str
    at: str
    call_id: str
    of: str


def begin(agent: Agent) -> str:
    """Start a test of `agent`; gives its call's id.

    Raises:
        RingbackError: It can be told beforehand that it cannot work.
    """
    call = service().place(CallRequest(agent=agent, purpose="test"))
    with _lock:
        _running[agent.name] = call.id
    return call.id


def running(agents: Iterable[Agent]) -> dict[str, str]:
    """The ids of the tests that go on, by agent; what is over is noted."""
    going = {}
    for agent in agents:
        call_id = _running.get(agent.name)
        if call_id is None:
            continue
        with contextlib.suppress(RingbackError):
            view = service().view(call_id)
            if not view.state.is_final:
                going[agent.name] = call_id
                continue
            _note(agent, view)
        with _lock:
            _running.pop(agent.name, None)
    return going


def cancel(name: str) -> None:
    """End the test that goes on for an agent."""
    call_id = _running.get(name)
    if call_id is not None:
        service().hang_up(call_id)


def last_test(agent: Agent) -> LastTest | None:
    """What became of the last test of an agent."""
    return _read().get(agent.name)


def badge(agent: Agent) -> str:
    """The last test in a few words, as Markdown."""
    last = last_test(agent)
    if last is None:
        return ":gray[:material/radio_button_unchecked: Not tested yet]"
    when = ago(datetime.fromisoformat(last.at))
    if last.of != _fingerprint(agent):
        return f":gray[:material/history: Changed since its test, {when}]"
    if last.ok:
        return f":green[:material/check_circle: Works] :gray[· {when}]"
    if last.said == _CANCELLED:
        return f":gray[:material/do_not_disturb_on: Test cancelled, {when}]"
    return f":red[:material/cancel: {last.said}] :gray[· {when}]"


def step_rows(steps: tuple[ConnectionStep, ...]) -> list[Row]:
    """The steps as rows, each as high as every other."""
    rows = []
    for step in steps:
        mark, word, tone, weight = _LOOKS[step.status]
        over = step.status in ("done", "failed")
        rows.append(
            Row(
                mark,
                word,
                step.title,
                tone,  # type: ignore[arg-type]
                weight,  # type: ignore[arg-type]
                right=seconds(step.took_s) if over else "",
                below=("" if step.status == "failed" else step.note,),
            )
        )
    return rows


def _note(agent: Agent, view: CallView) -> None:
    """Remember what became of a test that is over."""
    known = _read()
    if agent.name in known and known[agent.name].call_id == view.call_id:
        return
    known[agent.name] = LastTest(
        ok=_said(view) == _WORKS,
        said=_said(view),
        at=datetime.now(UTC).isoformat(),
        call_id=view.call_id,
        of=_fingerprint(agent),
    )
    _write(known)


def draw(agent: Agent, going: str | None, begin: Callable[[str], None]) -> None:
    """Test connection: the steps, polled while a test goes on; the error below.

    Args:
        agent: Who is tested.
        going: The id of the test that goes on.
        begin: Called with the agent's name to begin one.
    """
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(
            "**Test connection**",
            width="content",
            help="Each step of the way to the agent, tried for real: a session is started and "
            "stopped again. Nothing is said, and it is no call in Runs.",
        )
        if going:
            st.button(
                "Cancel",
                icon=":material/close:",
                key="cancel_test",
                on_click=cancel,
                args=(agent.name,),
            )
        else:
            st.button(
                "Test",
                icon=":material/network_check:",
                key="begin_test",
                on_click=begin,
                args=(agent.name,),
            )
    last = last_test(agent)
    call_id = going or (last.call_id if last else None)

    @st.fragment(run_every=0.5 if going else None)
    def watch() -> None:
        view = _view(call_id)
        if going and (view is None or view.state.is_final):
            st.rerun()
        known = view.steps if view else steps_of((), over=True)
        head = _told(agent, view) if view else badge(agent)
        st.markdown(f":small[{head}]")
        row_list(step_rows(known), "tests", "Steps", key=f"steps_{agent.name}")
        if view and view.failure and view.state.is_final:
            show_error(view.failure)
        for warning in view.warnings if view else ():
            st.caption(f":orange[:material/warning:] {plain(warning)}")

    watch()


def _view(call_id: str | None) -> CallView | None:
    if call_id is None:
        return None
    try:
        return service().view(call_id)
    except RingbackError:
        return None  # older than a day, or of another engine


def _told(agent: Agent, view: CallView) -> str:
    if view.state.is_final:
        return badge(agent)
    now = next((step for step in view.steps if step.status == "running"), None)
    waits = f" · {plain(view.waits[-1])}" if view.waits else ""
    return f":blue[:material/pending: {now.title if now else 'Getting ready'}]{waits}"


def _said(view: CallView) -> str:
    failed = next((step for step in view.steps if step.status == "failed"), None)
    if failed is not None:
        return f"{failed.title}: failed"
    if view.failure is not None:
        return "Not carried through"
    left = any(step.status in ("pending", "running") for step in view.steps)
    return _CANCELLED if left or view.state is CallState.CANCELLED else _WORKS


def _fingerprint(agent: Agent) -> str:
    """Tells whether an agent was changed; of references, so of no secret."""
    told = agent.model_dump_json(exclude={"title"})
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _path() -> Path:
    return get_settings().data / "connection_tests.json"


def _read() -> dict[str, LastTest]:
    try:
        kept = json.loads(_path().read_text("utf-8"))
        return {name: LastTest(**entry) for name, entry in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # only a comfort: nothing rests on it


def _write(known: dict[str, LastTest]) -> None:
    with contextlib.suppress(OSError, RingbackError), _lock:
        handle, name = tempfile.mkstemp(dir=get_settings().folder(), prefix=".tests-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({agent: asdict(test) for agent, test in known.items()}, file, indent=1)
        os.replace(name, _path())
