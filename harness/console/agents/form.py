"""The form of an agent: every field of its provider, with its mistakes beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from harness.agents.library import AgentLibrary
from harness.console._errors import show_error
from harness.console._service import prepare
from harness.console._text import marked, plain
from harness.console.agents.draft import DraftErrors, is_kept, read_draft, values_of
from harness.console.agents.fields import fields_of
from harness.console.agents.labels import Field
from harness.console.agents.ways import WAYS, Way
from harness.errors import RingbackError
from harness.nouns import Agent
from harness.secrets import Secrets
from harness.settings import get_settings

__all__ = ["cards", "draw"]

_ERRORS = "agent_errors"
CHANNELS = {
    "auto": "Automatic: RTVI once the agent says it is ready, else lk.chat",
    "rtvi": "RTVI, Pipecat's own messages",
    "lk.chat": "lk.chat, LiveKit's text stream",
    "data": "Data packet, from the template below",
}
SOURCES = {
    "auto": "Automatic: the first of these that there is",
    "rtvi": "RTVI: the agent's own words",
    "lk.transcription": "lk.transcription, LiveKit's text stream",
    "stt": "Our recogniser, from the sound",
}


def cards() -> str | None:
    """A card for each way to reach an agent; gives the one that was chosen in this run."""
    chosen = None
    with st.grid("auto", min_column_width=226, gap="small"):
        for provider, way in WAYS.items():
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.markdown(f":gray[:material/{way.icon}:]\u2002**{way.title}**")
                st.markdown(f":gray[{way.sentence}]")
                st.space("stretch")
                if st.button("Set up", key=f"new_{provider}", help=f"Set up: {way.title}"):
                    chosen = provider
    return chosen


def draw(
    provider: str,
    agent: Agent | None,
    saved: Callable[[Agent, bool], None],
    leave: Callable[[], None],
) -> None:
    """The form of a new agent, or of `agent`.

    Args:
        provider: The way to reach it.
        agent: What is edited; None for a new one.
        saved: Called with the agent once it is saved, and whether to test it.
        leave: Called when the person wants no change.
    """
    way = WAYS.get(provider) or Way(provider, "smart_toy", "")
    start = values_of(provider, agent)
    prefix = f"agent_form.{provider}.{agent.name if agent else ''}"
    owner, errors = st.session_state.get(_ERRORS, ("", {}))
    form = _Form(prefix, start, agent, errors if owner == prefix else {})
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Agents", icon=":material/arrow_back:", type="tertiary", on_click=leave, key="back"
        )
        st.markdown(
            f"**{plain(agent.title or agent.name)}**" if agent else f"**New agent: {way.title}**",
            width="content",
        )
    wide, narrow = st.columns([1.75, 1], gap="medium")
    with narrow:
        _guide(way)
    with wide, st.form("agent_form", enter_to_submit=False):
        if "" in form.errors:
            show_error(form.errors[""])
        form.text(
            "title", "Name", "For people. Empty: made from what you enter below.", "Front desk"
        )
        fields = fields_of(provider)
        for field in fields:
            if not field.more:
                form.field(field)
        wrong_inside = any(f.more and f"config.{f.name}" in form.errors for f in fields) or any(
            name in form.errors for name in ("name", "body", "data_template")
        )
        with st.expander("More", expanded=wrong_inside, icon=":material/tune:"):
            _more(form, way, fields)
        with st.container(horizontal=True, gap="small"):
            for label, test, look in (
                ("Save and test connection", True, "primary"),
                ("Save", False, "secondary"),
            ):
                st.form_submit_button(
                    label,
                    type=look,  # type: ignore[arg-type]
                    icon=":material/network_check:" if test else None,
                    on_click=_submit,
                    args=(provider, prefix, agent, saved, test),
                )


def _guide(way: Way) -> None:
    if not way.before:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown("**Before the first call**")
        st.markdown("\n".join(f"- :small[{sentence}]" for sentence in way.before))
        if way.command:
            st.code(way.command, language=None)


def _more(form: _Form, way: Way, fields: Sequence[Field]) -> None:
    columns: list[Any] = []
    for field in (f for f in fields if f.more):
        if field.kind in ("number", "choice"):
            columns = columns or list(st.columns(2))
            with columns.pop(0):
                form.field(field)
        else:
            columns = []
            form.field(field)
    form.text(
        "name",
        "Short name",
        "What it is called for on the command line: letters, digits, dots and hyphens. "
        "Empty: made from the name.",
        "front-desk",
    )
    if way.body:
        form.area(
            "body",
            "Session body, JSON",
            "Handed to the bot at its start.",
            '{"language": "en"}',
        )
    left, right = st.columns(2)
    with left:
        form.choice(
            "text_channel", "Typed text goes by", CHANNELS, "How typed lines reach the agent."
        )
    with right:
        form.choice("transcript", "Its words come from", SOURCES, "The source is always shown.")
    form.area(
        "data_template",
        "Template of a data packet, JSON",
        "Only for text that goes by data packet: `{text}` and `{timestamp}` are replaced.",
        '{"message": "{text}"}',
    )


class _Form:
    """Draws fields under stable keys, each with its error below."""

    def __init__(
        self,
        prefix: str,
        start: Mapping[str, Any],
        agent: Agent | None,
        errors: Mapping[str, RingbackError],
    ) -> None:
        self._prefix = prefix
        self._start = start
        self._agent = agent
        self.errors = errors

    def field(self, field: Field) -> None:
        """One field of the provider's."""
        name = f"config.{field.name}"
        match field.kind:
            case "secret":
                self._secret(field)
            case "flag":
                st.toggle(
                    field.label,
                    self._start[name],
                    key=self._key(name),
                    help=field.help or None,
                )
            case "choice":
                words = {
                    choice: (field.words or {}).get(choice, choice) for choice in field.choices
                }
                self.choice(name, field.label, words, field.help)
            case "number":
                whole = isinstance(field.default, int)
                st.number_input(
                    field.label,
                    min_value=_number(field.least, whole),
                    max_value=_number(field.most, whole),
                    value=_number(self._start[name], whole),
                    key=self._key(name),
                    help=field.help or None,
                    placeholder="As the platform says",
                )
            case "pairs" | "lines" | "json":
                self.area(name, field.label, field.help, field.example)
            case _:
                mark = "" if not field.required else " :gray[*]"
                self.text(name, field.label + mark, field.help, field.example)
        self._error(name)

    def text(self, name: str, label: str, help_: str, example: str) -> None:
        """A line of text."""
        st.text_input(
            label,
            self._start[name],
            key=self._key(name),
            help=help_ or None,
            placeholder=example,
            autocomplete="off",
        )
        if not name.startswith("config."):
            self._error(name)

    def area(self, name: str, label: str, help_: str, example: str) -> None:
        """Several lines of text."""
        st.text_area(
            label,
            self._start[name],
            key=self._key(name),
            help=help_ or None,
            placeholder=example,
            height=92,
        )
        if not name.startswith("config."):
            self._error(name)

    def choice(self, name: str, label: str, words: Mapping[str, str], help_: str) -> None:
        """One of several."""
        options = list(words)
        at = self._start[name]
        st.selectbox(
            label,
            options,
            index=options.index(at) if at in options else 0,
            format_func=lambda option: words[option],
            key=self._key(name),
            help=help_ or None,
        )

    def _secret(self, field: Field) -> None:
        kept = is_kept(self._agent, field)
        typed, variable = st.columns([1.35, 1], vertical_alignment="bottom")
        with typed:
            st.text_input(
                field.label + (" :gray[*]" if field.required else ""),
                type="password",
                key=self._key(field.name),
                help=field.help or None,
                placeholder="Kept. Type to replace it" if kept else "Paste it here",
                autocomplete="new-password",
            )
        with variable:
            st.text_input(
                "or environment variable",
                self._start[f"{field.name}.env"],
                key=self._key(f"{field.name}.env"),
                help="The name of a variable where Ringback runs; it then keeps nothing.",
                placeholder=field.example or "API_KEY",
                autocomplete="off",
            )
        if kept and not field.required:
            st.checkbox(f"Forget the kept {field.label}", key=self._key(f"{field.name}.forget"))

    def _key(self, name: str) -> str:
        return f"{self._prefix}.{name}"

    def _error(self, name: str) -> None:
        error = self.errors.get(name)
        if error is not None:
            st.markdown(
                f":small[:red[:material/error: {marked(error.message)}] {marked(error.remedy)}]"
            )


def _number(value: float | None, whole: bool) -> Any:
    if value is None:
        return None
    return int(value) if whole else float(value)


def _submit(
    provider: str,
    prefix: str,
    before: Agent | None,
    saved: Callable[[Agent, bool], None],
    test: bool,
) -> None:
    """Save what stands in the form, or say beside each field why not."""
    values = {
        str(key)[len(prefix) + 1 :]: value
        for key, value in st.session_state.items()
        if str(key).startswith(f"{prefix}.")
    }
    library, secrets = AgentLibrary(get_settings()), Secrets(get_settings())
    own = before.name if before else None
    try:
        agent = library.save(
            read_draft(
                provider,
                values,
                before=before,
                taken=set(library.all()) - {own},
                secrets=secrets,
            ),
            instead_of=own,
        )
    except DraftErrors as error:
        st.session_state[_ERRORS] = (prefix, error.errors)
        return
    except RingbackError as error:
        st.session_state[_ERRORS] = (prefix, {"": error})
        return
    st.session_state.pop(_ERRORS, None)
    prepare(agent)
    saved(agent, test)
