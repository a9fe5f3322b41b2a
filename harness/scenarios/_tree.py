"""The text of a scenario file as a tree that can be changed and written back as it was.

What a value means is read by `_document.py` alone. Here a bare word or number stays the letters it
is written with, so that writing it back cannot turn it into something else: Pipecat reads YAML 1.1,
where `yes` is true and `012` no number, and the library used here YAML 1.2.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import yaml
from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar, merge_attrib
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, PlainScalarString, ScalarString
from ruamel.yaml.util import load_yaml_guess_indent

from harness.errors import ScenarioError
from harness.scenarios._document import KeyPath, key_text

__all__ = ["copied", "drop", "look", "own", "parse", "reach", "text_of", "written"]


def parse(text: str) -> CommentedMap:
    """The tree of a text.

    Raises:
        ScenarioError: It is no YAML mapping.
    """
    try:
        tree = _yaml().load(text)
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise ScenarioError(
            f"The text{line}: broken YAML, so nothing in it can be changed by the form.",
            remedy="Mend the line in the text.",
        ) from error
    if tree is None:
        return CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise ScenarioError(
            "A scenario file is a mapping with `name:` and `scenarios:`.",
            remedy="Mend it in the text.",
        )
    return tree


def text_of(tree: CommentedMap, before: str) -> str:
    """The tree as text, indented as the text was before."""
    writer = _yaml()
    mapping, sequence, offset = _indents(before)
    writer.indent(mapping=mapping, sequence=sequence, offset=offset)
    out = io.StringIO()
    writer.dump(tree, out)
    return out.getvalue()


def look(data: Any, where: KeyPath) -> Any:
    """What is at a place of a tree or of plain data; None if there is nothing."""
    for part in where:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def own(tree: CommentedMap, where: KeyPath) -> None:
    """Make sure that a change at a place changes this place alone, and can be made in this file.

    What stands at several places by an alias (`*name`) or a merge (`<<`) is copied into this one.

    Raises:
        ScenarioError: Something around the place stands in a file that is included.
    """
    shared = _shared(tree)
    node: Any = tree
    for length, part in enumerate(where, 1):
        inner = look(node, (part,))
        if isinstance(inner, TaggedScalar) and length < len(where):
            raise _elsewhere(where[:length], inner)
        if shared[id(inner)] > 1:
            inner = copied(inner)
            node[part] = inner
            shared = _shared(tree)
        node = inner
    if isinstance(node, TaggedScalar):
        raise _elsewhere(where, node)


def _elsewhere(where: KeyPath, node: TaggedScalar) -> ScenarioError:
    return ScenarioError(
        f"`{key_text(where)}` stands in another file: {node.value}.",
        cause="The form changes this file only.",
        remedy=f"Change it in {node.value}, or put what it holds in place of the `!include`.",
    )


def _shared(tree: CommentedMap) -> Counter[int]:
    """How often each list and mapping is used in the tree."""
    uses: Counter[int] = Counter()
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, CommentedMap | CommentedSeq):
            continue
        uses[id(node)] += 1
        if uses[id(node)] > 1:
            continue
        if isinstance(node, CommentedSeq):
            waiting += list(node)
        else:
            waiting += list(node.values())
            waiting += list(getattr(node, merge_attrib, ()))
    return uses


def copied(node: Any) -> Any:
    """What a node holds, without its comments and without names for aliases."""
    if isinstance(node, CommentedMap):
        pairs = CommentedMap((copied(key), copied(inner)) for key, inner in node.items())
        _like(node, pairs)
        return pairs
    if isinstance(node, CommentedSeq):
        entries = CommentedSeq(copied(inner) for inner in node)
        _like(node, entries)
        return entries
    if isinstance(node, ScalarString) and not isinstance(node, _Bare):
        return type(node)(str(node))
    return _Bare(str(node)) if isinstance(node, _Bare) else node


def _like(node: Any, other: Any) -> None:
    """Write one in a line if the other is."""
    if node.fa.flow_style():
        other.fa.set_flow_style()


def reach(tree: CommentedMap, where: KeyPath, then: str | int) -> Any:
    """The mapping or list at a place, made if it is missing; `then` is what it is to hold.

    Raises:
        ScenarioError: A single value is there, or the list around it is too short.
    """
    node: Any = tree
    for part, following in zip(where, (*where, then)[1:], strict=True):
        inner = look(node, (part,))
        if inner is None:
            inner = CommentedSeq() if isinstance(following, int) else CommentedMap()
            if isinstance(node, CommentedSeq) and part == len(node):
                node.append(inner)
            elif isinstance(node, CommentedMap) and part == "ringback":
                lists = ("turns", "expect")
                place = next((i for i, key in enumerate(node) if key in lists), len(node))
                node.insert(place, part, inner)
            elif isinstance(node, CommentedMap):
                node[part] = inner
            else:
                raise _nothing(where)
        elif not isinstance(inner, CommentedMap | CommentedSeq):
            raise ScenarioError(
                f"`{key_text(where)}` holds a single value.",
                cause="The form would put several into its place.",
                remedy="Mend it in the text.",
            )
        node = inner
    return node


def drop(around: Any, where: KeyPath) -> None:
    """Take what is at a place out of the mapping or list around it.

    Raises:
        ScenarioError: It is there by a merge (`<<`) alone.
    """
    if isinstance(around, CommentedMap) and where[-1] not in dict(around.non_merged_items()):
        raise ScenarioError(
            f"`{key_text(where)}` comes from another part of the file by `<<`.",
            cause="Taken away here it would still come from there.",
            remedy="Change it in the text.",
        )
    del around[where[-1]]


def _nothing(where: KeyPath) -> ScenarioError:
    return ScenarioError(
        f"There is no `{key_text(where)}` in this scenario.", remedy="Look at the text beside."
    )


def written(value: JsonValue) -> Any:
    """A value as YAML that both loaders read back as the same value."""
    if isinstance(value, dict):
        return CommentedMap((written(key), written(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return CommentedSeq(written(inner) for inner in value)
    if isinstance(value, str) and not _plain_is_safe(value):
        return DoubleQuotedScalarString(value)
    return value


def _plain_is_safe(text: str) -> bool:
    """Whether YAML 1.1, as Pipecat reads it, takes the bare text for just this text."""
    if not text or not text.isprintable():
        return False
    try:
        return bool(yaml.safe_load(text) == text and yaml.safe_load(f"- {text}") == [text])
    except (yaml.YAMLError, ValueError):
        return False


def _yaml() -> YAML:
    reader = YAML()
    reader.preserve_quotes = True
    reader.width = 4096
    reader.allow_unicode = True
    reader.Constructor = _Constructor
    reader.Representer = _Representer
    return reader


def _indents(text: str) -> tuple[int, int, int]:
    """How the text is indented: mappings, lists, and the dash in a list."""
    try:
        _, sequence, offset = load_yaml_guess_indent(text)
    except (YAMLError, ValueError):
        sequence = offset = None
    if sequence is None:
        return 2, 4, 2
    return max(2, sequence - (offset or 0)), sequence, offset or 0


class _Bare(PlainScalarString):
    """A word or number without quotes, in the letters it is written with."""

    __slots__ = ()


class _Constructor(RoundTripConstructor):
    """Leaves bare words and numbers as they are written."""

    def bare(self, node: ScalarNode) -> Any:
        """The letters, unless a tag makes them something else."""
        tag = str(node.tag)
        if str(self.resolver.resolve(ScalarNode, node.value, (True, False))) != tag:
            return RoundTripConstructor.yaml_constructors[tag](self, node)
        return _Bare(node.value, anchor=node.anchor)


for _name in ("bool", "int", "float", "timestamp"):
    _Constructor.add_constructor(f"tag:yaml.org,2002:{_name}", _Constructor.bare)


class _Representer(RoundTripRepresenter):
    """Numbers as YAML 1.1 knows them: `1e-05` would be read as a text there."""

    def represent_plain_float(self, value: float) -> Any:
        """A float with a point, whatever its size."""
        text = f"{value:.10f}".rstrip("0")
        shown = f"{text}0" if text.endswith(".") else text
        return self.represent_scalar("tag:yaml.org,2002:float", shown)

    def represent_bare(self, value: _Bare) -> Any:
        """A bare word or number with the tag it has without one, so that none is written."""
        tag = self.dumper.resolver.resolve(ScalarNode, str(value), (True, False))
        anchor = value.yaml_anchor(any=True)
        return self.represent_scalar(str(tag), value, style="", anchor=anchor)


_Representer.add_representer(float, _Representer.represent_plain_float)
_Representer.add_representer(_Bare, _Representer.represent_bare)
