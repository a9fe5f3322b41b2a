"""What of a run's plan is seldom changed: order, stop conditions, time limit, seed, version."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from harness.nouns import RunPlan

__all__ = ["More", "ask"]

_ORDERS = {
    "interleaved": "Every first attempt before any second",
    "grouped": "All attempts of a combination in a row",
    "shuffled": "Shuffled, by the seed",
}
_AS_WRITTEN = "As written"


@dataclass(frozen=True, slots=True)
class More:
    """What was asked for; None leaves what the suite says.

    Attributes:
        order: As in a suite file.
        seed: Of callers, simulated persons and a shuffled order.
        time_limit_s: After so many seconds no further call is placed.
        failed_calls: After so many failed calls no further one is placed.
        pass_rate_below: Likewise below this share, 0 to 1.
        version: The agents' version as a person calls it.
    """

    order: str | None = None
    seed: int | None = None
    time_limit_s: float | None = None
    failed_calls: int | None = None
    pass_rate_below: float | None = None
    version: str = ""

    def put_into(self, plan: RunPlan) -> RunPlan:
        """`plan` with the limits and the version; order and seed are of its making."""
        stop = {
            name: value
            for name, value in (
                ("failed_calls", self.failed_calls),
                ("pass_rate_below", self.pass_rate_below),
            )
            if value is not None
        }
        changes: dict[str, object] = {"stop": plan.stop.model_copy(update=stop)} if stop else {}
        if self.time_limit_s is not None:
            changes["time_limit_s"] = self.time_limit_s
        if self.version:
            changes["version"] = self.version
        return plan.model_copy(update=changes)


def ask(*, written: bool) -> More:
    """The fields, folded away.

    Args:
        written: Whether a suite says what holds where nothing is chosen.
    """
    with st.expander("Order, limits, seed, version"):
        orders, limits, seeds = st.columns(3)
        order = orders.selectbox(
            "Order of calls",
            list(_ORDERS),
            index=None if written else 0,
            format_func=lambda name: _ORDERS[name],
            placeholder=_AS_WRITTEN,
            key=f"start_order_{written}",
        )
        minutes = _number(
            limits,
            "Time limit, minutes",
            (1, 7 * 24 * 60),
            _AS_WRITTEN if written else "None",
            key="start_time_limit",
            help="After that no further call is placed; those that go on may end.",
        )
        seed = _number(
            seeds,
            "Seed",
            (0, 2**31 - 1),
            _AS_WRITTEN if written else "0",
            key="start_seed",
            help="The same seed gives the same callers, simulated people and shuffled order.",
        )
        failed, rates, versions = st.columns(3)
        failed_calls = _number(
            failed,
            "Stop after failed calls",
            (1, 5000),
            _AS_WRITTEN if written else "Never",
            key="start_failed_calls",
        )
        percent = _number(
            rates,
            "Stop if fewer pass than, %",
            (1, 100),
            _AS_WRITTEN if written else "Never",
            key="start_pass_rate",
            help="Looked at once ten calls have a verdict, or as many as the suite says.",
        )
        version = versions.text_input(
            "Version of the agent",
            placeholder="As the agent says",
            max_chars=80,
            key="start_version",
        )
    return More(
        order=order,
        seed=seed,
        time_limit_s=None if minutes is None else 60.0 * minutes,
        failed_calls=failed_calls,
        pass_rate_below=None if percent is None else percent / 100,
        version=version.strip(),
    )


def _number(
    column: DeltaGenerator,
    label: str,
    bounds: tuple[int, int],
    placeholder: str,
    *,
    key: str,
    help: str | None = None,
) -> int | None:
    """A whole number within bounds; None while nothing is given."""
    given = column.number_input(label, *bounds, None, placeholder=placeholder, key=key, help=help)
    return None if given is None else int(given)
