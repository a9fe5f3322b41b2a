"""History: what is found by words and by figures, stars, notes, tags, filters, retention."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from harness.errors import InputError, NotFound
from harness.nouns import (
    FIGURES_VERSION,
    AgentVersion,
    Call,
    CallCounts,
    CallFigures,
    CallQuery,
    CallState,
    Retention,
    RunHead,
    RunState,
    SavedFilter,
    Verdict,
)
from harness.settings import Settings
from harness.store import Beside, Store
from tests.unit.store.make import make_call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def figures(*failed: str) -> CallFigures:
    return CallFigures(FIGURES_VERSION, (1.2,), (1,), 0, 0, 0, 1, failed, {}, 2.0, None, 0)


def keep(
    store: Store,
    said: str = "When are you open?",
    replied: str = "From eight until six.",
    failed: tuple[str, ...] = (),
    size: int = 1000,
    **fields: object,
) -> Call:
    call = replace(make_call(state=CallState.DONE), **fields)  # type: ignore[arg-type]
    store.add_call(call, {})
    store.put_figures(call.id, figures(*failed), said, replied, size)
    return call


@pytest.fixture
def find(store: Store) -> Iterator[object]:
    def ids(**query: object) -> list[str]:
        page = store.search(CallQuery(**query))  # type: ignore[arg-type]
        assert page.total >= len(page.calls)
        return [call.id for call in page.calls]

    yield ids


def test_a_call_keeps_its_new_fields(store: Store) -> None:
    call = keep(
        store, slot="a|s|c|2", attempt=2, agent_name="staging", starred=True, note="look",
        version=AgentVersion("abc", True), origin="bundle:x",
    )  # fmt: skip
    assert store.get_call(call.id) == call
    changed = store.update_call(call.id, version=AgentVersion(deployment="d-1"))
    assert changed.version == AgentVersion(deployment="d-1")


@pytest.mark.parametrize(
    "text",
    [
        "open", "OPEN", "ope", "eight open", "until open when", "um halb", "Doerte", "Dörte",
        "dorte", "o'clock", '"open"', "open*", "-open", "open AND", "demo open", "booking",
        "open -", '" *', "", "c-sharp", "NEAR(five)",
    ],
)  # fmt: skip
def test_words_find_a_call(store: Store, find, text: str) -> None:
    call = keep(
        store,
        'When are you "open*"? And NEAR five o\'clock, um halb, C-sharp?',
        "From eight until six, says Dörte. Doerte.",
    )
    assert find(text=text) == [call.id]


@pytest.mark.parametrize("text", ["pen", "closed", "open closed", "100%", "b_oking", "said:open"])
def test_other_words_find_nothing(store: Store, find, text: str) -> None:
    keep(store)
    assert find(text=text) == []


def test_notes_ids_and_agents_are_found_too(store: Store, find) -> None:
    call = keep(store, agent="Clinic", agent_name="front_desk", note="100% wrong")
    other = keep(store)
    for text in (call.id, "clin", "front_desk", "100%", "wrong eight"):
        assert find(text=text) == [call.id]
    assert find(text="run_1") == [other.id, call.id]


def test_texts_are_put_anew(store: Store, find) -> None:
    call = keep(store, "first", "one")
    store.put_figures(call.id, figures(), "second", "two", 1)
    assert find(text="first") == [] and find(text="second") == [call.id]
    store.put_figures("call_gone", figures(), "third", "three", 1)


def test_what_is_kept_of_words_holds_no_secret(store: Store, settings: Settings) -> None:
    keep(store, "wss://x?access_token=SeCrEt1")
    store.close()
    assert b"SeCrEt" not in b"".join(path.read_bytes() for path in settings.data.glob("*.db*"))


def test_each_question_alone_and_together(store: Store, find) -> None:
    store.add_run("run_s", "S", NOW, head=RunHead("run_s", "S", NOW, suite="nightly"))
    slow = keep(
        store, failed=("Greets", "!no_audio"), run_id="run_s", verdict=Verdict.FAILED,
        agent="Clinic", agent_name="staging", scenario="Hours", summary={"p95_s": 3.5},
        created_at=NOW, duration_s=9.0, starred=True,
    )  # fmt: skip
    quick = keep(
        store, verdict=Verdict.PASSED, summary={"p95_s": 0.9}, duration_s=30.0,
        created_at=NOW + timedelta(days=1),
    )  # fmt: skip
    unknown = keep(store, created_at=NOW + timedelta(days=2))
    live = replace(make_call(state=CallState.LIVE), created_at=NOW + timedelta(days=3))
    store.add_call(live, {})
    store.add_call(replace(make_call(), purpose="test"), {})
    everything = [live.id, unknown.id, quick.id, slow.id]
    assert find() == everything
    assert find(sort="oldest") == everything[::-1]
    assert find(sort="slowest")[:2] == [slow.id, quick.id]
    assert find(sort="longest")[:2] == [quick.id, slow.id]
    for query in (
        {"agent": "Clinic"}, {"agent": "staging"}, {"scenario": "Hours"}, {"run_id": "run_s"},
        {"suite": "nightly"}, {"failure": "Greets"}, {"failure": "!no_audio"}, {"starred": True},
        {"outcome": "failed"}, {"p95_over_s": 0.9}, {"until": NOW + timedelta(hours=1)},
    ):  # fmt: skip
        assert find(**query) == [slow.id], query
    assert find(outcome="passed") == [quick.id]
    assert find(outcome="not_run") == [unknown.id]
    assert find(outcome="running") == [live.id]
    assert find(since=NOW + timedelta(hours=1), starred=False) == [live.id, unknown.id, quick.id]
    assert find(failure="Greets", outcome="passed") == []


def test_pages_follow_each_other_and_know_the_total(store: Store) -> None:
    made = [keep(store, created_at=NOW + timedelta(minutes=n)).id for n in range(5)]
    pages = [store.search(CallQuery(sort="oldest", offset=at, limit=2)) for at in (0, 2, 4)]
    assert [call.id for page in pages for call in page.calls] == made
    assert {page.total for page in pages} == {5}


def test_deleted_calls_are_found_apart(store: Store, find) -> None:
    call = keep(store)
    store.delete_call(call.id)
    assert find() == [] and find(deleted=True) == [call.id]


def test_figures_come_back_and_old_ones_are_wanted_anew(store: Store) -> None:
    first, second = keep(store), keep(store)
    bare = make_call(state=CallState.DONE)
    store.add_call(bare, {})
    store.add_call(make_call(state=CallState.LIVE), {})
    store.put_figures(second.id, replace(figures(), version=FIGURES_VERSION - 1), "", "", 1)
    assert store.figures([first.id, second.id, bare.id]) == {first.id: figures()}
    assert store.call_ids_without_figures(9) == [bare.id, second.id]
    assert store.call_ids_without_figures(1) == [bare.id]


def test_stars_and_notes(store: Store) -> None:
    call = keep(store)
    assert store.mark_call(call.id, starred=True).starred
    marked = store.mark_call(call.id, note="  the pause is ours ")
    assert (marked.starred, marked.note) == (True, "the pause is ours")
    with pytest.raises(InputError, match="2,001"):
        store.mark_call(call.id, note="x" * 2001)
    with pytest.raises(NotFound):
        store.mark_call("call_none", starred=True)


def test_tags_are_small_letters_and_go_with_the_call(store: Store, find) -> None:
    call, other = keep(store), keep(store)
    assert store.tag_call(call.id, "  Prompt  V12 ") == "prompt v12"
    store.tag_call(call.id, "prompt v12")
    store.tag_call(call.id, "ä")
    store.tag_call(other.id, "prompt v12")
    assert store.tags() == {"prompt v12": 2, "ä": 1}
    assert store.search(CallQuery()).tags[call.id] == ("prompt v12", "ä")
    assert find(tag="Prompt V12") == [other.id, call.id] and find(tag="ä") == [call.id]
    store.untag_call(call.id, "Ä")
    store.delete_call(other.id)
    assert store.tags() == {"prompt v12": 1}
    store.purge_deleted(timedelta(0))
    store.untag_call(call.id, "prompt v12")
    assert store.tags() == {}
    with pytest.raises(NotFound):
        store.tag_call("call_none", "x")


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "x" * 41])
def test_other_tags_are_refused(store: Store, tag: str) -> None:
    call = keep(store)
    with pytest.raises(InputError):
        store.tag_call(call.id, tag)


def test_a_purge_takes_texts_words_and_tags(store: Store, settings: Settings) -> None:
    call = keep(store)
    store.tag_call(call.id, "x")
    store.delete_call(call.id)
    assert store.purge_deleted(timedelta(0)) == [call.id]
    with sqlite3.connect(settings.data / "ringback.db") as connection:
        for table in ("call_texts", "call_tags"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        match = "SELECT rowid FROM call_words WHERE call_words MATCH 'open'"
        assert connection.execute(match).fetchall() == []
        connection.execute("INSERT INTO call_words(call_words) VALUES ('integrity-check')")


def test_filters_and_options_are_kept(store: Store) -> None:
    slow = CallQuery(p95_over_s=2.0, since=NOW, tag="x")
    store.save_filter("slow", CallQuery())
    store.save_filter("slow", slow)
    store.save_filter("all", CallQuery())
    assert store.filters() == [SavedFilter("all", CallQuery()), SavedFilter("slow", slow)]
    store.delete_filter("all")
    assert [one.name for one in store.filters()] == ["slow"]
    assert store.option("retention") is None and store.option("retention", 1) == 1
    store.set_option("retention", {"keep_days": 30})
    store.set_option("retention", None)
    assert store.option("retention", 1) is None


def test_storage_is_told_of_calls_with_and_without_figures(store: Store) -> None:
    assert store.storage_use().calls == 0
    keep(store, size=1000, created_at=NOW)
    bare = replace(make_call(state=CallState.DONE), created_at=NOW - timedelta(days=1))
    store.add_call(bare, {})
    files = store.artifacts(bare.id)
    files.folder.mkdir(parents=True)
    files.recording.write_bytes(b"x" * 500)
    use = store.storage_use()
    assert (use.calls, use.bytes, use.recordings) == (2, 1500, 1)
    assert use.oldest == NOW - timedelta(days=1)


def test_a_retention_takes_the_oldest_and_keeps_what_is_dear(store: Store) -> None:
    for run_id in ("run_base", "run_star"):
        head = RunHead(run_id, "S", NOW, "suite", RunState.DONE, "s", starred=run_id == "run_star")
        store.add_run(run_id, "S", NOW, head=head)
    store.pin_baseline("s", "run_base")

    def aged(days: int, **fields: object) -> Call:
        return keep(store, created_at=NOW - timedelta(days=days), **fields)

    aged(90, starred=True), aged(80, run_id="run_base"), aged(75, run_id="run_star")
    aged(70, state=CallState.LIVE)
    first, second, third = aged(60), aged(40), aged(10)
    deleted = aged(100)
    store.delete_call(deleted.id)

    nothing = store.retention_plan(Retention(), NOW)
    assert (nothing.calls, nothing.bytes, nothing.kept_anyway) == ((), 0, 0)
    by_days = store.retention_plan(Retention(keep_days=30), NOW)
    assert [call.id for call in by_days.calls] == [first.id, second.id]
    assert (by_days.bytes, by_days.kept_anyway) == (2000, 4)
    by_size = store.retention_plan(Retention(keep_bytes=6000), NOW)
    assert [call.id for call in by_size.calls] == [first.id]
    both = store.retention_plan(Retention(keep_days=50, keep_bytes=0), NOW)
    assert [call.id for call in both.calls] == [first.id, second.id, third.id]
    assert len(store.calls()) == 7


def test_counts_and_choices_tell_what_each_filter_would_leave(store: Store) -> None:
    keep(store, agent="A", scenario="Hours", verdict=Verdict.PASSED, failed=("Greets",))
    bad = keep(store, agent="A", scenario="Book", verdict=Verdict.FAILED, failed=("Greets", "Ends"))
    keep(store, agent="B", scenario="Book", verdict=Verdict.FAILED, failed=("Ends",))
    keep(store, agent="B", scenario=None, verdict=Verdict.NOT_RUN, said="something else")
    store.add_call(replace(make_call(state=CallState.LIVE), agent="A"), {})
    store.add_call(replace(make_call(), purpose="test"), {})
    gone = keep(store, agent="A")
    store.delete_call(gone.id)
    store.tag_call(bad.id, "v12")
    assert store.counts(CallQuery()) == CallCounts(5, 1, 2, 1, 1)
    assert store.counts(CallQuery(agent="A", outcome="failed")) == CallCounts(3, 1, 1, 0, 1)
    assert store.counts(CallQuery(text="nowhere")) == CallCounts(0, 0, 0, 0, 0)
    found = store.choices(CallQuery(outcome="failed", agent="A"))
    assert found.agents == {"A": 1, "B": 1}  # its own choice can be changed
    assert found.scenarios == {"Book": 1}
    assert found.failures == {"Ends": 1, "Greets": 1} and found.tags == {"v12": 1}
    assert store.choices(CallQuery(text="open", failure="Greets")).failures == {
        "Ends": 2,
        "Greets": 2,
    }
    store.put_figures(bad.id, figures("Ends"), "", "", 1)
    assert store.choices(CallQuery()).failures == {"Ends": 2, "Greets": 1}


def test_many_are_deleted_at_once_and_taken_back_but_for_live_ones(store: Store, find) -> None:
    before = keep(store, said="before")
    store.delete_call(before.id)
    made = [keep(store).id for _ in range(3)]
    live = replace(make_call(state=CallState.LIVE))
    store.add_call(live, {})
    assert sorted(store.call_ids(CallQuery(limit=1))) == sorted([*made, live.id])
    deleted = store.delete_calls([before.id, *made, live.id, "call_none"])
    assert sorted(deleted) == sorted(made) and find() == [live.id]
    store.restore_calls(deleted)
    assert sorted(find()) == sorted([*made, live.id])


def test_a_call_knows_its_place_in_its_run(store: Store) -> None:
    store.add_run("run_p", "P", NOW)
    made = [keep(store, run_id="run_p", created_at=NOW + timedelta(minutes=n)).id for n in range(3)]
    alone = keep(store)
    assert store.places([made[2], made[0], alone.id]) == {
        made[0]: (1, 3),
        made[2]: (3, 3),
        alone.id: (1, 1),
    }
    store.delete_call(made[0])
    assert store.places(made) == {made[1]: (1, 2), made[2]: (2, 2)}


def test_a_call_knows_the_ended_calls_of_its_run_around_it(store: Store) -> None:
    store.add_run("run_p", "P", NOW)
    fates = [Verdict.FAILED, Verdict.PASSED, Verdict.PASSED, Verdict.FAILED, Verdict.FAILED]
    made = [
        # Two of them were placed in the same moment.
        keep(store, run_id="run_p", created_at=NOW + timedelta(minutes=min(n, 3)), verdict=fate).id
        for n, fate in enumerate(fates)
    ]
    made[3:] = sorted(made[3:])
    keep(store, verdict=Verdict.FAILED)
    store.add_call(replace(make_call(state=CallState.LIVE), run_id="run_p"), {})
    assert store.beside(made[0]) == Beside(None, made[1], made[3])
    assert store.beside(made[2]) == Beside(made[1], made[3], made[3])
    assert store.beside(made[3]) == Beside(made[2], made[4], made[4])
    assert store.beside(made[4]) == Beside(made[3], None, made[0])
    store.delete_call(made[3])
    assert store.beside(made[2]) == Beside(made[1], made[4], made[4])
    assert store.beside("call_none") == Beside()


def test_lists_are_searched_and_counted_without_reading_rows_of_calls(
    store: Store, settings: Settings
) -> None:
    """A row is kilobytes long: with 20,000 of them reading each would take the time of a page."""
    queries = []
    engine = store._database._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: queries.append(args[2:4]))
    query = CallQuery(text="hello", outcome="failed", starred=True)
    assert store.call_ids(query) == [] and store.counts(query).all == 0
    with sqlite3.connect(settings.data / "ringback.db") as connection:
        asked = [each for each in queries if "FROM calls" in each[0]]
        assert len(asked) == 2
        for statement, values in asked:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert any("COVERING INDEX ix_calls_listed" in step for step in plan), plan
