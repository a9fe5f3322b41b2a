"""The history below Runs: what is found, marked and deleted, by the address alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from harness.nouns import CallQuery, Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import AGENT, seed_call
from tests.seeded_service import SeededService

Page = Callable[..., AppTest]


@pytest.fixture
def store(library: object) -> Store:
    return Store.open(get_settings())


@pytest.fixture
def runs(serve: Callable[..., object], page: Page, store: Store) -> Iterator[Page]:
    def show(**query: str) -> AppTest:
        app = page("runs", **query)
        assert not app.exception and not app.error, app.exception or app.error
        return app

    serve(SeededService(store, get_settings()))
    yield show


def shown(app: AppTest, column: str = "Scenario") -> list[str]:
    return list(app.dataframe[0].value[column]) if app.dataframe else []


def captions(app: AppTest) -> str:
    return " | ".join(each.value for each in app.caption)


def seed(store: Store, **options: object) -> str:
    options = {"recording": False, "scenario": "Book a follow-up", **options}
    return seed_call(store, **options).id  # type: ignore[arg-type]


def test_what_is_asked_by_the_address_is_found_and_can_be_taken_away(
    store: Store, runs: Page
) -> None:
    slow = seed(store, verdict=Verdict.FAILED, latency=2.5, scenario="Slow one")
    seed(store, scenario="Passed one")
    seed(store, verdict=Verdict.NOT_RUN, scenario="Unreached one")
    store.tag_call(slow, "v12")
    app = runs()
    assert app.get_by_key("show").options == ["All 3", "Passed 1", "Failed 1", "Not run 1"]
    assert captions(app).startswith("1 to 3 of 3")
    for query in (
        {"show": "failed"}, {"over": "2"}, {"tag": "v12"}, {"failure": "Reads back the time"},
        {"find": "date of birth", "scenario": "Slow one"}, {"find": "slow"},
    ):  # fmt: skip
        assert shown(runs(**query)) == ["Slow one"], query
    assert shown(runs(failure="!agent_never_joined")) == ["Unreached one"]
    assert shown(runs(agent=AGENT.name, sort="slowest"))[0] == "Slow one"
    assert shown(runs(find="friday")) == ["Passed one", "Slow one"]  # words that were said

    app = runs(over="2", tag="v12")
    assert captions(app).startswith("1 found")
    app.button(key="without_over").click().run()
    assert dict(app.query_params) == {"tag": "v12"} and shown(app) == ["Slow one"]
    app.button(key="without_tag").click().run()
    assert len(shown(app)) == 3 and not app.query_params
    app = runs(find="zebra")
    assert not shown(app) and "No call matches" in captions(app)


def test_fifty_on_a_page_and_the_call_of_the_address_on_its_own(store: Store, runs: Page) -> None:
    made = [seed(store, turns=5, minutes=0.5, verdict=Verdict.NOT_RUN) for _ in range(52)]
    app = runs()
    assert len(shown(app)) == 50 and "1 to 50 of 52" in captions(app)
    app = runs(page="2")
    assert len(shown(app)) == 2 and "51 to 52 of 52" in captions(app)
    app = runs(call=made[0])
    assert "51 to 52 of 52" in captions(app) and "Selected:" in captions(app)
    app = runs(page="7")
    assert len(shown(app)) == 50
    # All that was found is deleted, on every page, and taken back at once.
    app = runs(show="not_run")
    app.button(key="delete_found").click().run()
    assert store.search(CallQuery()).total == 0
    assert any("Deleted 52 calls" in each.value for each in app.markdown)
    app.button(key="undo").click().run()
    assert store.search(CallQuery()).total == 52 and "1 to 50 of 52" in captions(app)


def test_a_deletion_that_is_heard_twice_can_still_be_undone(store: Store, runs: Page) -> None:
    call = seed(store)
    runs()  # installs the console's service

    def twice(call: str) -> None:
        import streamlit as st

        from harness.console.runs import deleting

        if "done" not in st.session_state:
            st.session_state["done"] = True
            deleting.delete_calls([call])
            deleting.delete_calls([call])
        deleting.undo("call")

    app = AppTest.from_function(twice, args=(call,)).run()
    assert not app.exception and store.calls() == []
    app.button(key="undo").click().run()
    assert [each.id for each in store.calls()] == [call] and not app.button


def test_a_call_is_starred_and_noted_and_that_is_found(store: Store, runs: Page) -> None:
    call = seed(store)
    other = seed(store)
    app = runs(call=call)
    app.button(key="star").click().run()
    assert store.get_call(call).starred and not store.get_call(other).starred
    app.text_area(key=f"note_{call}").set_value("<b>the *pause* is ours</b>").run()
    app.button(key="keep_note").click().run()
    assert store.get_call(call).note == "<b>the *pause* is ours</b>"
    assert r"Note: \<b\>the \*pause\* is ours" in captions(app)
    assert shown(runs(starred="yes"), "Note") == ["<b>the *pause* is ours</b>"]
    assert len(shown(runs(find="pause"))) == 1


def test_tags_are_chosen_and_a_bad_one_is_told(store: Store, runs: Page) -> None:
    call = seed(store)
    store.tag_call(seed(store), "kept")
    app = runs(call=call)
    (tags,) = [each for each in app.multiselect if each.label == "Tags"]
    assert tags.options == ["kept"]
    tags.set_value(["kept"]).run()
    assert store.search(CallQuery(tag="kept")).total == 2
    (tags,) = [each for each in app.multiselect if each.label == "Tags"]
    tags.set_value([]).run()
    assert store.search(CallQuery(tag="kept")).total == 1


def test_a_filter_is_kept_and_opened_again(store: Store, runs: Page) -> None:
    seed(store, verdict=Verdict.FAILED)
    seed(store)
    store.save_filter("Failures *here*", CallQuery(outcome="failed", text="friday"))
    app = runs()
    app.session_state["saved"] = True
    app.run()
    app.button(key="kept_Failures *here*").click().run()
    assert dict(app.query_params) == {"show": "failed", "find": "friday"}
    assert len(shown(app)) == 1
    app.button(key="forget_Failures *here*").click().run()
    assert store.filters() == []


def test_filters_count_what_each_choice_would_leave(store: Store, runs: Page) -> None:
    seed(store, verdict=Verdict.FAILED, failed=("Says goodbye",), scenario="One")
    seed(store, scenario="Two")
    app = runs()
    app.session_state["filter"] = True
    app.run()
    assert app.selectbox(key="scenario").options == ["One (1)", "Two (1)"]
    assert app.selectbox(key="failure").options == ["Says goodbye (1)"]
    app.selectbox(key="failure").set_value("Says goodbye").run()
    assert dict(app.query_params) == {"failure": "Says goodbye"} and shown(app) == ["One"]
    app.session_state["filter"] = True  # AppTest forgets which popovers are open
    app.run()
    app.number_input(key="over").set_value(9.0).run()
    assert app.query_params["over"] == "9" and not shown(app)
    app.session_state["filter"] = True
    app.run()
    app.number_input(key="over").set_value(None).run()
    assert "over" not in app.query_params and shown(app) == ["One"]
