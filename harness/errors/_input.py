"""InputError: what the user gave us cannot be used."""

from __future__ import annotations

from harness.errors._base import RingbackError

__all__ = [
    "AgentConfigError",
    "BrainError",
    "BundleError",
    "CallHeld",
    "CannotTake",
    "CannotWhisper",
    "ConversationError",
    "EndpointError",
    "InputError",
    "MissingKey",
    "MissingSecret",
    "NoJudge",
    "NotFound",
    "PageExpired",
    "RequestRefused",
    "RunNotOpen",
    "ScenarioError",
    "SuiteError",
    "UnknownName",
]


class InputError(RingbackError):
    """What the user gave us cannot be used."""

    kind = "bad_input"


class ScenarioError(InputError):
    """A scenario file cannot be read; the message names file, line and key."""

    kind = "bad_scenario"


class BrainError(ScenarioError):
    """The rules of a simulated person cannot be used; the message names file, line and key."""

    kind = "bad_brain"


class ConversationError(InputError):
    """A conversation file cannot be imported."""

    kind = "bad_conversation"


class SuiteError(InputError):
    """A suite file cannot be read; the message names file and line."""

    kind = "suite_error"


class BundleError(InputError):
    """A bundle of calls cannot be imported."""

    kind = "bundle_error"


class EndpointError(InputError):
    """The entry of a language model cannot be used."""

    kind = "bad_endpoint"


class NoJudge(InputError):
    """A judge is needed, and no language model is set up."""

    kind = "no_judge"


class AgentConfigError(InputError):
    """An agent's configuration or session body cannot be used."""

    kind = "bad_agent"


class UnknownName(InputError):
    """Nothing goes by that name."""

    kind = "unknown_name"


class MissingKey(InputError):
    """A speech stack needs a key that is not set."""

    kind = "missing_key"


class MissingSecret(InputError):
    """A secret that a configuration refers to is not there."""

    kind = "missing_secret"


class NotFound(InputError):
    """No call, run or grading has that id."""

    kind = "not_found"


class RunNotOpen(InputError):
    """A run is in a state that does not allow what was asked of it."""

    kind = "run_not_open"


class CallHeld(InputError):
    """Somebody else holds the caller's side of the call."""

    kind = "call_held"


class CannotTake(InputError):
    """No person can take the caller's side of the call."""

    kind = "cannot_take"


class CannotWhisper(InputError):
    """What plays the caller follows no instructions."""

    kind = "cannot_whisper"


class PageExpired(InputError):
    """A page was open for too long to act on a call."""

    kind = "page_expired"


class RequestRefused(InputError):
    """A request to the console came without permission, or from elsewhere."""

    kind = "request_refused"
