"""What the console's pages cost with 20,000 calls in the store; run by `make bench`.

The real store and the real pages, drawn by Streamlit's AppTest, which runs the script as the server
does but for the browser. A list page may take 300 ms of script time at first look, and in half of
its later runs (p50); told as processor time, which other work on the computer hardly lengthens.
Also counts the points of every chart: never more than a screen 1920 pixels wide has pixels. And
tells what an open tab with a run that goes on costs this computer, which times the calls.
"""

from __future__ import annotations

import base64
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from harness.calls import Archive, CallRequest, regressions_of
from harness.console import SHELL, install
from harness.console._app import load_pages
from harness.nouns import (
    AgentVersion,
    Call,
    CallState,
    RunHead,
    RunPlan,
    RunState,
    Verdict,
    to_json,
)
from harness.scenarios import find_scenario
from harness.settings import get_settings
from harness.store import Store
from harness.store._rows import row_of
from harness.store._tables import call_tags, call_texts, calls, runs
from tests.seeded import AGENT, seed_call, seed_plan, seed_run
from tests.seeded_service import SeededService

CALLS, IN_A_RUN = 20_000, 100
GOAL_S = 0.3
RUNS = 10
WIDEST_PX = 1920
SCENARIOS = ("Opening hours", "Book a follow-up", "Cancel a visit", "Move a visit", "Ask the way")
SENTENCE = "when are you open on Friday please I would like to see the doctor again thank you"
MANY = tuple(f"Scenario {number}" for number in range(1, 41))
LIVE_CALLS = 1000
LIVE_GOAL = 0.05
"""Of a core, for a tab with the page of a run that goes on, between two ends of calls."""
FAILURES = ("Reads back the time", "Offers two times", "Says goodbye", "!no_audio")


def fill(store: Store) -> dict[str, str]:
    """20,000 calls, 100 a run, of which the newest can be opened; ids by what they are."""
    now = datetime.now(UTC)
    plan = seed_plan(SCENARIOS, IN_A_RUN // len(SCENARIOS))
    shown = {
        name: seed_run(
            store, SCENARIOS, IN_A_RUN // len(SCENARIOS), rates, seed=seed, plan=plan,
            created_at=now - timedelta(days=days), version=AgentVersion(commit),
        ).id
        for name, rates, seed, days, commit in (
            ("before", (1.0, 0.9, 0.8, 1.0, 1.0), 1, 2, "3f2a91c0"),
            ("run", (1.0, 0.5, 0.8, 0.9, 1.0), 2, 1, "9be04d17"),
        )
    }  # fmt: skip
    store.pin_baseline("nightly", shown["before"])
    many = seed_plan(MANY, 5, suite="wide")
    for name, rate, days in (("wide_1", 0.95, 2), ("wide_2", 0.7, 1)):
        shown[name] = seed_run(
            store, MANY, 5, [rate] * len(MANY), seed=days, plan=many,
            created_at=now - timedelta(days=days, hours=6), version=AgentVersion("3f2a91c0"),
        ).id  # fmt: skip
    shown["live"] = _going_on(store, shown["before"], now)
    shown["long"] = seed_call(store, minutes=30, turns=200, recording=False, created_at=now).id
    _multiply(store, shown["before"], CALLS - 2 * IN_A_RUN - 1, now - timedelta(days=3), plan)
    # As the engine does at the end of each run.
    regressions_of(Archive(store, get_settings()))
    return shown


def _multiply(store: Store, run_id: str, many: int, until: datetime, plan: RunPlan) -> None:
    """Rows like those of a run, with other words and figures; the files of calls are not made."""
    draw = random.Random(7)
    samples = store.calls(run_id=run_id)
    figures = store.figures(call.id for call in samples)
    digest = to_json(store.digests([run_id])[run_id])
    scenario = find_scenario("front_desk/book")
    asked = CallRequest(agent=AGENT, scenario=scenario).model_dump(mode="json")
    run_rows, rows, texts, tags = [], [], [], []
    for number in range(many):
        if number % IN_A_RUN == 0:
            at = until - timedelta(hours=3 * (number // IN_A_RUN))
            head = RunHead(f"run_b{number:06d}", plan.name, at, "suite", suite="nightly")
            run_rows.append(
                {name: getattr(head, name) for name in RunHead.__dataclass_fields__}
                | {"state": "done", "plan": to_json(plan), "summary": digest, "planned": IN_A_RUN}
            )
        call, row = _another(draw, samples, number, run_rows[-1]["id"], at)
        failed = () if call.verdict is Verdict.PASSED else (draw.choice(FAILURES),)
        kept = to_json(figures[row["id"]]) | {"failed": failed}
        rows.append(row_of(call) | {"plan": asked, "figures": kept, "bytes": 400_000})
        said, replied = (" ".join(draw.choices(SENTENCE.split(), k=60)) for _ in range(2))
        texts.append({"call_id": call.id, "said": said, "replied": replied})
        if number % 20 == 0:
            tags.append({"call_id": call.id, "tag": draw.choice(("pause", "v12", "to show"))})
    with store._database.write() as connection:
        connection.execute(runs.insert(), run_rows)
        connection.execute(calls.insert(), rows)
        connection.execute(call_texts.insert(), texts)
        connection.execute(call_tags.insert(), tags)


def _going_on(store: Store, like: str, now: datetime) -> str:
    """A run of 1,000 calls, of which 900 have ended and four go on."""
    draw = random.Random(8)
    plan = seed_plan(MANY, LIVE_CALLS // len(MANY), suite="live")
    head = RunHead(
        "run_live", plan.name, now, "suite", RunState.RUNNING, "live", planned=len(plan.items)
    )
    store.add_run(head.id, head.name, now, head=head, plan=to_json(plan))
    samples = store.calls(run_id=like)
    figures = store.figures(call.id for call in samples)
    rows = []
    for number, item in enumerate(plan.items[: int(0.9 * LIVE_CALLS) + 4]):
        call, row = _another(draw, samples, CALLS + number, head.id, now - timedelta(hours=4))
        call = replace(call, slot=item.slot, attempt=item.attempt)
        if number >= 0.9 * LIVE_CALLS:
            call = replace(call, state=CallState.LIVE, verdict=None, summary=None, ended_at=None)
        kept = to_json(figures[row["id"]]) if call.state.is_final else None
        rows.append(
            row_of(call) | {"plan": store.plan(row["id"]), "figures": kept, "bytes": 400_000}
        )
    with store._database.write() as connection:
        connection.execute(calls.insert(), rows)
    return head.id


def _another(
    draw: random.Random, samples: list[Call], number: int, run_id: str, at: datetime
) -> tuple[Call, dict[str, Any]]:
    like = draw.choice(samples)
    p95 = round(draw.lognormvariate(0.2, 0.4), 3)
    call = replace(
        like,
        id=f"call_b{number:06d}",
        run_id=run_id,
        created_at=at + timedelta(minutes=number % IN_A_RUN),
        summary={**(like.summary or {}), "p95_s": p95, "p50_s": round(p95 / 2, 3)},
        starred=number % 50 == 0,
    )
    return call, {"id": like.id}


def drawn(
    page: str, query: dict[str, str], act: Callable[[AppTest], object] | None = None
) -> tuple[AppTest, list[float]]:
    """A page as it is drawn for the last time, and processor seconds of each run of its script.

    Args:
        page: Its name.
        query: Its address.
        act: What a person does before each run after the first.
    """
    app = AppTest.from_file(str(SHELL), default_timeout=600)
    app.context = {"theme": "light"}
    app.run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"../../../pages/{page}.py")
    return app, _timed(app, f"{page} {query}", act)


def second_of_a_live_run(run_id: str) -> float:
    """Processor seconds that a tab costs in each second while no call of a run ends.

    The head is drawn each second, the open tab each second second.
    """
    costs = []
    for draw in ("run_head._live", "run_view._live_scenarios"):
        module, name = draw.split(".")
        app = AppTest.from_string(
            f"from harness.console import {module}\n{module}.{name}({run_id!r})",
            default_timeout=600,
        )
        costs.append(statistics.median(_timed(app, draw)[1:]))
    return costs[0] + costs[1] / 2


def _timed(app: AppTest, name: str, act: Callable[[AppTest], object] | None = None) -> list[float]:
    took = []
    for number in range(RUNS):
        if act is not None and number:
            act(app)
        began = time.process_time()
        app.run()
        took.append(time.process_time() - began)
        if app.exception or app.error:
            told = [each.value for each in (*app.exception, *app.error)]
            sys.exit(f"{name} shows an error: {told}")
    return took


_START = "Runs, start of a run"


def _press(app: AppTest) -> None:
    """Ask for the dialog that starts a run."""
    next(one for one in app.button if one.label == "Start a run").click()


def points(app: AppTest) -> Iterator[int]:
    """The points of each trace of each chart on a page."""
    for chart in app.get("plotly_chart"):
        for trace in json.loads(chart.proto.spec)["data"]:
            yield max((_length(trace.get(axis)) for axis in ("x", "y")), default=0)


def _length(values: Any) -> int:
    if isinstance(values, dict) and "bdata" in values:
        return len(base64.b64decode(values["bdata"])) // int(values["dtype"][1:])
    return 0 if values is None else len(values)


def main() -> None:
    """Print the figures; end with 1 if a goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RINGBACK_DATA"] = str(Path(folder) / "data")
        get_settings.cache_clear()
        store = Store.open(get_settings())
        began = time.perf_counter()
        shown = fill(store)
        size = (Path(folder) / "data" / "ringback.db").stat().st_size / 1e6
        print(f"{CALLS:,} calls kept in {time.perf_counter() - began:.0f} s, {size:.0f} MB of rows")
        service = SeededService(store, get_settings())
        service.start()
        install(service)
        load_pages()
        try:
            missed = _measure(shown)
        finally:
            install(None)
            service.stop()
    sys.exit(1 if missed else 0)


def _measure(shown: dict[str, str]) -> bool:
    cases: tuple[tuple[str, bool, str, dict[str, str]], ...] = (
        ("Call, first screen", True, "call", {}),
        ("Runs, all calls", True, "runs", {}),
        ("Runs, page 300", True, "runs", {"page": "300"}),
        ("Runs, words that were said", True, "runs", {"find": "friday doctor"}),
        ("Runs, failed and slow", True, "runs", {"show": "failed", "over": "1.5"}),
        ("Runs, one failed check", True, "runs", {"failure": FAILURES[0], "sort": "slowest"}),
        (_START, True, "runs", {}),
        ("Runs, trends", True, "runs", {"view": "trends"}),
        ("Runs, a run of 100 calls", True, "runs", {"run": shown["run"]}),
        ("Runs, its charts", True, "runs", {"run": shown["run"], "tab": "charts"}),
        ("Runs, its trends", True, "runs", {"run": shown["run"], "tab": "trends"}),
        ("Runs, 1,000 calls going on", True, "runs", {"run": shown["live"]}),
        ("Inspect, 30 minutes", False, "inspect_call", {"call": shown["long"], "tab": "latency"}),
        ("Compare, two runs of 100", False, "compare", {"a": shown["before"], "b": shown["run"]}),
        (
            "Compare, 40 scenarios",
            False,
            "compare",
            {"a": shown["wide_1"], "b": shown["wide_2"]},
        ),
    )
    print(f"{'page':30} {'first':>8} {'p50':>8} {'p95':>8} {'points':>7}")
    missed = False
    for name, is_list, page, query in cases:
        app, took = drawn(page, query, _press if name == _START else None)
        first, again = took[0], sorted(took[1:])
        p50, p95 = statistics.median(again), again[int(0.95 * (len(again) - 1))]
        most = max(points(app), default=0)
        slow, many = is_list and max(first, p50) > GOAL_S, most > WIDEST_PX
        missed |= slow or many
        told = " too slow" * slow + " too many points" * many
        print(f"{name:30} {1000 * first:5.0f} ms {1000 * p50:5.0f} ms {1000 * p95:5.0f} ms"
              f" {most:7d}{told}", flush=True)  # fmt: skip
    live = second_of_a_live_run(shown["live"])
    missed |= live > LIVE_GOAL
    print(f"a tab with a run of 1,000 calls that goes on: {live:.3f} of a core"
          + " too much" * (live > LIVE_GOAL))  # fmt: skip
    print(f"goal: first and p50 under {1000 * GOAL_S:.0f} ms on lists; at most {WIDEST_PX} points")
    return missed


if __name__ == "__main__":
    main()
