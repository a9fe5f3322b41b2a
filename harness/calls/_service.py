"""What pages and the command line may ask of calls: the seam between them and the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.agents import ActiveSession
from harness.calls._lane_sound import LaneSound
from harness.calls._machine import MachineLoad
from harness.calls._request import CallRequest
from harness.calls._service_people import PeopleService
from harness.calls._service_runs import RunService
from harness.calls._view import CallView
from harness.nouns import Agent, Call, CheckSpec, Grading, JudgePlan, Scenario, Simulation

if TYPE_CHECKING:
    from harness.calls._archive import Archive

__all__ = ["CallService"]


class CallService(PeopleService, RunService, Protocol):
    """Calls as pages and the command line see them. All methods may be called from any thread.

    The async ones run on the engine's own loop: a route on another loop uses
    ``harness.calls.bridge(engine, iterator)``.
    """

    @property
    def archive(self) -> Archive:
        """Stored calls and runs, and what is to be known of them."""
        ...

    def prepare(self, agent: Agent) -> None:
        """Begin to warm an agent that is likely to be called next, and return at once.

        Never raises: one that cannot be run is left alone, and its call says why.
        """
        ...

    def place(self, request: CallRequest) -> Call:
        """Queue a call and return at once, whatever `runs` its scenario wants.

        Raises:
            RingbackError: It can be told beforehand that it cannot work (missing key, bad input).
        """
        ...

    def place_run(self, request: CallRequest, runs: int | None = None) -> tuple[Call, ...]:
        """Queue the calls of one run and return at once, in the order in which they begin.

        Args:
            request: Of the first; those that follow differ in the seeds of a simulated person.
            runs: How many; None for what the scenario says, and one for a script.

        Raises:
            RingbackError: As of :meth:`place`; `runs` is not 1 to 100.
        """
        ...

    def hang_up(self, call_id: str) -> None:
        """End a call, from any state, within two seconds. A call that has ended is left alone."""
        ...

    def type_line(self, call_id: str, text: str, *, as_text: bool = False) -> None:
        """Have the caller's voice say `text` next, or send it by the agent's text channel.

        Raises:
            NotFound: The call is not live.
            InputError: The text is empty or longer than 500 characters.
        """
        ...

    def press(self, call_id: str, keys: str) -> None:
        """Have the caller press keys next, by RTVI where the agent speaks it, else as tones.

        Raises:
            NotFound: The call is not live.
            InputError: They are no keys of a telephone (0-9, *, #, A-D), or more than 32.
        """
        ...

    def play(self, call_id: str, sound: bytes, words: str = "") -> None:
        """Have the caller play a recording next, as a line of its own.

        Args:
            call_id: The call.
            sound: A sound file as libsndfile reads it (WAV, FLAC, OGG, MP3), any rate.
            words: What it says; empty if nobody knows, then no words are compared.

        Raises:
            NotFound: The call is not live.
            InputError: It is no sound, too large (50 MB) or too long (300 s); or the caller types.
        """
        ...

    def view(self, call_id: str) -> CallView:
        """The call as it stands, live or stored.

        Raises:
            NotFound: No such call.
        """
        ...

    def live(self) -> Sequence[Call]:
        """Calls that have not ended, oldest first."""
        ...

    def history(self, *, include_deleted: bool = False) -> Sequence[Call]:
        """Stored calls, newest first, live ones included."""
        ...

    def delete(self, call_id: str) -> None:
        """Mark a call deleted; :meth:`restore` undoes it until the store is cleaned."""
        ...

    def restore(self, call_id: str) -> None:
        """Undo :meth:`delete`."""
        ...

    def follow(self, call_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Updates of a call as JSON values, for a server-sent-events route.

        The first brings everything that changed after event `after`, later ones what is new::

            {"type": "view", "seq": 41, "view": {...CallView without turns...}, "turns": [changed]}
            {"type": "peaks", "lane": "caller" | "agent", "first": 120, "rate": 50,
             "values": [0.0 .. 1.0, ...]}      # 50 peaks a second, from t = first / rate
            {"type": "people", "people": [{"name": "Anna", "holds": true, "asks": false}]}
                                               # who has the caller's side, then who asks for it
            {"type": "end"}                    # the last one; the view before it is final
        """
        ...

    def hear(self, call_id: str) -> AsyncIterator[LaneSound]:
        """Each lane of a live call by itself, in pieces with their place on the call's clock.

        From now on, until the call ends. The stamps of a lane never go back; whoever is slow
        loses the oldest pieces.

        Raises:
            NotFound: The call is not live.
        """
        ...

    def recording(self, call_id: str) -> Path:
        """The stored recording, a stereo FLAC (left caller, right agent).

        Raises:
            NotFound: There is none.
        """
        ...

    def wait_measured(self, call_id: str, within_s: float) -> None:
        """Wait until the recording of a call that has ended is measured (:attr:`CallView.audio`).

        Returns after `within_s` seconds at the latest, and at once if there is nothing to wait for.
        """
        ...

    def agent_log(self, call_id: str, last: int = 200) -> list[str]:
        """The last lines the agent wrote, without secrets.

        While the call is live: of a process that we run, or as the platform tells them (a little
        late). Afterwards: what was kept of them.
        """
        ...

    def sessions(self, agent: Agent) -> list[ActiveSession]:
        """What runs of `agent` on its platform now.

        Raises:
            AgentConfigError: Its provider is no platform, or the key for that is not given.
            StartError: The platform refused, and why.
        """
        ...

    def end_session(self, agent: Agent, session_id: str) -> None:
        """End one of them.

        Raises:
            AgentConfigError: Its provider is no platform, or the key for that is not given.
            StartError: The platform refused, and why.
        """
        ...

    def regrade(
        self,
        call_id: str,
        judge: JudgePlan,
        checks: Sequence[CheckSpec] | None = None,
        label: str = "",
    ) -> Grading:
        """Judge a stored call once more and keep the result beside it; the call is left alone.

        Waits for the judges. One that fails gives a result `error`.

        Args:
            call_id: A call that has ended.
            judge: Who judges; without endpoints the usual one, without that only rules.
            checks: What must hold; None for the checks of its scenario.
            label: For people, to tell versions apart.

        Raises:
            NotFound: No such call.
            InputError: It has not ended yet, or nothing is asked of it.
            UnknownName: A judge is not known.
            MissingSecret: Its key is not there.
        """
        ...

    def gradings(self, call_id: str) -> tuple[Grading, ...]:
        """What :meth:`regrade` made of a call, oldest first."""
        ...

    def conversation(self, call_id: str) -> list[dict[str, Any]]:
        """A call as a Pipecat conversation file has it: what was said and which functions called.

        Raises:
            NotFound: No such call.
        """
        ...

    def import_conversation(
        self,
        messages: Sequence[dict[str, Any]],
        title: str,
        by: Scenario | Simulation | None = None,
    ) -> Call:
        """Keep a Pipecat conversation as a call without audio or times, and judge it.

        Args:
            messages: As in a ``.conversation.json``.
            title: For people.
            by: What it is judged by: the checks of a scenario, or success and metrics of a
                simulation; None judges nothing.

        Raises:
            ConversationError: It is none.
        """
        ...

    def progress(self) -> list[str]:
        """What is being prepared right now (LiveKit server, demo agent), one sentence each."""
        ...

    def machine(self) -> MachineLoad:
        """Whether this computer has time to measure; sampled every five seconds, never waits."""
        ...
