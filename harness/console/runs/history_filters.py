"""Which calls the history shows: the address says it, the filters change the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args

import streamlit as st

from harness.calls import Archive
from harness.console._text import plain
from harness.console.history import why
from harness.nouns import CallCounts, CallQuery

__all__ = ["OUTCOMES", "chips", "draw", "narrowed", "pages", "params_of", "query_of"]

PAGE = 50
"""Calls of a page."""

Outcome = Literal["", "passed", "failed", "not_run", "running"]
Sort = Literal["newest", "oldest", "slowest", "longest"]
OUTCOMES: dict[str, str] = {
    "all": "All",
    "passed": "Passed",
    "failed": "Failed",
    "not_run": "Not run",
    "running": "Running",
}
_SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "slowest": "Slowest first, by p95",
    "longest": "Longest first",
}
_OWN = ("show", "find", "agent", "scenario", "failure", "tag", "over", "starred", "since", "until",
        "sort")  # fmt: skip
"""Parameters of the address that are filters; `page` is beside them."""
_NO_SCRIPT = "No script"


def query_of(params: Mapping[str, str]) -> CallQuery:
    """What an address asks for. What makes no sense in it asks for nothing.

    Days are those of this computer's clock; `until` is the last day that is still shown.
    """
    show, sort = params.get("show", ""), params.get("sort", "")
    since, until = _day(params.get("since", "")), _day(params.get("until", ""))
    return CallQuery(
        text=params.get("find", ""),
        agent=params.get("agent", ""),
        scenario=params.get("scenario", ""),
        tag=params.get("tag", ""),
        failure=params.get("failure", ""),
        outcome=show if show in get_args(Outcome) else "",  # type: ignore[arg-type]
        p95_over_s=_seconds(params.get("over", "")),
        starred=True if params.get("starred") == "yes" else None,
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
        sort=sort if sort in get_args(Sort) else "newest",  # type: ignore[arg-type]
        offset=(_page(params.get("page", "")) - 1) * PAGE,
        limit=PAGE,
    )


def params_of(query: CallQuery) -> dict[str, str]:
    """The address of a query, without what asks for nothing. The page is not part of it."""
    until = query.until and (query.until.astimezone() - timedelta(days=1)).date()
    params = {
        "show": query.outcome,
        "find": query.text,
        "agent": query.agent,
        "scenario": query.scenario,
        "failure": query.failure,
        "tag": query.tag,
        "over": "" if query.p95_over_s is None else f"{query.p95_over_s:g}",
        "starred": "yes" if query.starred else "",
        "since": query.since.astimezone().date().isoformat() if query.since else "",
        "until": until.isoformat() if until else "",
        "sort": "" if query.sort == "newest" else query.sort,
    }
    return {name: value for name, value in params.items() if value}


def draw(archive: Archive, query: CallQuery, counts: CallCounts) -> None:
    """The filters: by outcome, by words, by whatever else, and those that were kept."""
    many = {name: getattr(counts, name) for name in OUTCOMES}
    shown = [name for name in OUTCOMES if name != "running" or many[name]]
    _put("show", query.outcome or "all")
    st.pills(
        "Show",
        shown,
        required=True,
        format_func=lambda name: f"{OUTCOMES[name]} {many[name]:,}",
        label_visibility="collapsed",
        key="show",
        on_change=_take_outcome,
    )
    _put("find", query.text)
    st.text_input(
        "Search",
        placeholder="Words that were said, agents, notes",
        label_visibility="collapsed",
        icon=":material/search:",
        width=290,
        key="find",
        on_change=_take,
        args=("find",),
    )
    more = st.popover("Filter", icon=":material/filter_list:", key="filter", on_change="rerun")
    if more.open:
        with more:
            _choose(archive, query)
    kept = st.popover("Saved", icon=":material/bookmark:", key="saved", on_change="rerun")
    if kept.open:
        with kept:
            _saved(archive, query)


def chips(query: CallQuery, *, found: int) -> None:
    """What narrows the list, each to be taken away by a click."""
    asked = narrowed(query)
    if not asked:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(f"{found:,} found", width="content")
        for name, value in asked.items():
            st.button(
                _told(name, value),
                icon=":material/close:",
                type="tertiary",
                key=f"without_{name}",
                help="Take this filter away",
                on_click=_without,
                args=(name,),
            )
        if len(asked) > 1:
            st.button("Clear all", type="tertiary", key="without_all", on_click=_without, args=_OWN)


def narrowed(query: CallQuery) -> dict[str, str]:
    """The filters that do not stand over the list anyway."""
    return {name: value for name, value in params_of(query).items() if name not in _ALWAYS}


_ALWAYS = ("show", "find", "sort")
"""Those that always stand over the list."""


def pages(query: CallQuery, total: int) -> None:
    """Which of the calls that were found are shown, and the way to the others."""
    last = min(query.offset + PAGE, total)
    st.caption(f"{query.offset + 1:,} to {last:,} of {total:,}", width="content")
    count = -(-total // PAGE)
    if count > 1:
        now = query.offset // PAGE + 1
        key = _pages_of(query)
        if st.session_state.get(key, now) != now:  # the way back of the browser
            st.session_state[key] = now
        st.pagination(
            count, default=now, key=key, max_visible_pages=5, on_change=_turn_to, args=(key,)
        )


def _pages_of(query: CallQuery) -> str:
    """Another list has other pages."""
    return f"page_{params_of(query)}"


def _choose(archive: Archive, query: CallQuery) -> None:
    """Every filter, with how many calls each choice would leave."""
    found = archive.choices(query)
    with st.container(width=330, gap="xsmall"):
        for name, label, counts, word in (
            ("agent", "Agent", found.agents, str),
            ("scenario", "Scenario", found.scenarios, str),
            ("failure", "What failed", found.failures, why),
            ("tag", "Tag", found.tags, str),
        ):
            chosen = getattr(query, name)
            options = [value for value in counts if value]
            if chosen and chosen not in options:
                options.append(chosen)
            _put(name, chosen or None)
            st.selectbox(
                label,
                options,
                index=None,
                format_func=_counted(counts, word),
                placeholder="Any" if options else "None among these calls",
                disabled=not options,
                key=name,
                on_change=_take,
                args=(name,),
            )
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            _put("over", query.p95_over_s)
            st.number_input(
                "p95 over, seconds",
                min_value=0.0,
                value=None,
                step=0.5,
                format="%.1f",
                placeholder="Any",
                key="over",
                on_change=_take,
                args=("over",),
            )
        with right:
            _put("starred", bool(query.starred))
            st.toggle("Starred only", key="starred", on_change=_take, args=("starred",))
        left, right = st.columns(2)
        for column, name, label in ((left, "since", "From"), (right, "until", "To")):
            with column:
                _put(name, _day(params_of(query).get(name, "")))
                st.date_input(
                    label, value=None, format="YYYY-MM-DD", key=name, on_change=_take, args=(name,)
                )
        _put("sort", query.sort)
        st.selectbox(
            "Order",
            list(_SORTS),
            format_func=lambda name: _SORTS[name],
            required=True,
            key="sort",
            on_change=_take,
            args=("sort",),
        )


def _saved(archive: Archive, query: CallQuery) -> None:
    """Filters that were kept: choose one, forget one, keep this one."""
    kept = archive.store.filters()
    with st.container(width=330, gap="xsmall"):
        for each in kept:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.button(
                    plain(each.name),
                    icon=":material/bookmark:",
                    width="stretch",
                    key=f"kept_{each.name}",
                    on_click=_go,
                    args=(params_of(each.query),),
                )
                st.button(
                    "Forget",
                    icon=":material/delete:",
                    type="tertiary",
                    key=f"forget_{each.name}",
                    help="Forget this filter; no call is deleted",
                    on_click=archive.store.delete_filter,
                    args=(each.name,),
                )
        if not kept:
            st.caption("No filter is kept yet.")
        if not params_of(query):
            st.caption("Filter the list, then give what you see a name here.")
            return
        with st.form("keep_filter", border=False, clear_on_submit=True):
            name = st.text_input("Name of this filter", max_chars=60, placeholder="Slow this week")
            if st.form_submit_button("Keep", icon=":material/bookmark_add:") and name.strip():
                archive.store.save_filter(name.strip(), replace(query, offset=0))
                st.rerun()


def _counted(counts: Mapping[str, int], word: Any) -> Any:
    return lambda value: f"{word(value)} ({counts.get(value, 0):,})"


def _told(name: str, value: str) -> str:
    match name:
        case "over":
            return f"p95 over {value} s"
        case "starred":
            return "Starred"
        case "since":
            return f"From {value}"
        case "until":
            return f"To {value}"
        case "failure":
            return plain(why(value))
        case "tag":
            return f"Tag: {plain(value)}"
    return plain(value)


def _put(key: str, value: object) -> None:
    """Show what the address says, whatever the element showed before."""
    st.session_state[key] = value


def _take_outcome() -> None:
    show = st.session_state["show"]
    _go(_asked() | {"show": "" if show in (None, "all") else show})


def _take(name: str) -> None:
    """Put what was chosen into the address, from the first page on."""
    value = st.session_state[name]
    asked = _asked()
    match value:
        case None | "" | False:
            asked.pop(name, None)
        case True:
            asked[name] = "yes"
        case date():
            asked[name] = value.isoformat()
        case float():
            asked[name] = f"{value:g}"
        case _:
            asked[name] = str(value)
    _go(asked)


def _turn_to(key: str) -> None:
    if key != _pages_of(query_of(st.query_params)):
        return  # pages of a list that is no longer asked for
    _go(_asked() | {"page": str(st.session_state[key])})


def _without(*names: str) -> None:
    _go({name: value for name, value in _asked().items() if name not in names})


def _asked() -> dict[str, str]:
    return {name: st.query_params[name] for name in _OWN if name in st.query_params}


def _go(params: Mapping[str, str]) -> None:
    """Change the filters of the address, and nothing else of it."""
    for name in (*_OWN, "page", "call"):
        if params.get(name):
            st.query_params[name] = params[name]
        elif name in st.query_params:
            del st.query_params[name]


def _page(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()
