"""Templates and pointers, also those nobody meant to write."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents._template import fill, look_up, placeholders

BODY = {"customer": {"name": "Ada", "tags": ["a", "b"]}, "n": 3, "a/b": 1, "c~d": 2, "": 4}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{body}", BODY),
        ({"config": "{body}", "v": 1}, {"config": BODY, "v": 1}),
        (["{body/customer/name}", None, True], ["Ada", None, True]),
        ("{body/customer/tags/1}", "b"),
        ("{body/n}", 3),
        ("call {body/customer/name} no. {body/n}", "call Ada no. 3"),
        ("{body/customer/tags}!", '["a", "b"]!'),
        ("{body/a~1b}{body/c~0d}", "12"),
        ("{body/}", 4),
        ("{other} {Body} {} {{body/n}}", "{other} {Body} {} {3}"),
        ({"{body/n}": 1}, {"{body/n}": 1}),
    ],
)
def test_placeholders_are_filled(template: object, filled: object):
    assert fill(template, {"body": BODY}) == filled


@pytest.mark.parametrize(
    "template", ["{body/none}", "x {body/customer/tags/2}", "{body/customer/tags/-}", "{body/n/0}"]
)
def test_a_placeholder_without_a_value_is_named(template: str):
    with pytest.raises(LookupError) as caught:
        fill([template], {"body": BODY})
    assert caught.value.args[0] in template and caught.value.args[0].startswith("{body/")


def test_what_is_filled_in_is_not_filled_again():
    assert fill("{body/x}", {"body": {"x": "{body/y}", "y": "secret"}}) == "{body/y}"


def test_the_rfc_s_own_pointers():
    document = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7, "~1": 9}
    expected = {
        "": document,
        "/foo/0": "bar",
        "/": 0,
        "/a~1b": 1,
        "/c%d": 2,
        "/m~0n": 8,
        "/ ": 7,
        "/~01": 9,
    }
    assert {pointer: look_up(document, pointer) for pointer in expected} == expected
    for pointer in ("foo", "/foo/00", "/foo/2", "/foo/-", "/foo/bar", "/nix", "/foo/0/x", "/foo/٣"):
        with pytest.raises(LookupError):
            look_up(document, pointer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_every_place_of_a_document_has_a_pointer(document: object):
    def walk(value: object, pointer: str) -> None:
        assert look_up(document, pointer) == value
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        if isinstance(value, list):
            for n, item in enumerate(value):
                walk(item, f"{pointer}/{n}")

    walk(document, "")


@given(JSON, JSON)
def test_any_template_gives_json_or_names_a_placeholder(template: object, body: object):
    try:
        json.dumps(fill(template, {"body": body}))
    except LookupError:
        assert "body" in placeholders(template)
