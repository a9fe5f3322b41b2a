"""Intake: what is asked for is looked at, and stored as the calls of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from harness.agents import PROVIDERS, provider_for
from harness.agents.library import without_secrets
from harness.caller import needs_ear
from harness.caller.speech import get_stack
from harness.calls._host import AgentHost
from harness.calls._judges import helpers_of
from harness.calls._request import CallRequest
from harness.calls._runs import calls_of_run, requests_of
from harness.nouns import Agent, AgentVersion, Call, Caller, CallState, PlannedCall
from harness.secrets import Secrets
from harness.settings import Settings
from harness.store import EndpointLibrary, Store, new_id

__all__ = ["Intake"]


class Intake:
    """Takes requests in, from any thread; who queues the calls is the engine.

    Args:
        settings: Data folder: endpoints of judges, secrets.
        store: Where runs and calls are stored.
        host: Runs agents on this machine.
        resolved: Puts secrets in the place of references to them.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        host: AgentHost,
        resolved: Callable[[Agent], Agent],
    ) -> None:
        self._settings = settings
        self._store = store
        self._host = host
        self._resolved = resolved

    def enter(self, request: CallRequest, runs: int | None) -> Iterator[tuple[Call, CallRequest]]:
        """Store the calls of one run, each when it is asked for, with what is to be carried.

        Args:
            request: Of the first of them.
            runs: How many; None for what the scenario says.

        Raises:
            RingbackError: It can be told beforehand that it cannot work; before the first call.
        """
        runs = calls_of_run(request.scenario, runs)
        requests = requests_of(self.checked(request), runs)
        run_id, name = new_id("run"), "Probe" if request.purpose == "call" else "Test"
        if runs > 1 and request.scenario is not None:
            name = request.scenario.title
        self._store.add_run(run_id, name, datetime.now(UTC))
        for each in requests:
            yield self.stored(each, run_id)

    def checked(self, request: CallRequest) -> CallRequest:
        """The request with its caller, if nothing speaks against it beforehand.

        Raises:
            RingbackError: It can be told that it cannot work.
        """
        caller = request.caller or (request.scenario.caller if request.scenario else Caller())
        request = request.model_copy(update={"caller": caller})
        if caller.by == "voice" or needs_ear(caller, request.agent):
            get_stack(caller.stack).check(caller.voice, caller.language)
        if caller.by == "voice" and request.person_ear in ("local", "cloud"):
            get_stack(request.person_ear).ear_for_people(caller.language)
        if request.agent.provider in PROVIDERS or not self._host.runs(request.agent):
            provider = provider_for(self._resolved(request.agent))
            if request.purpose == "call":  # a test tells it as a step
                provider.check()
        helpers_of(request.scenario, EndpointLibrary(self._settings))  # says what is missing
        return request

    def stored(
        self,
        request: CallRequest,
        run_id: str,
        item: PlannedCall | None = None,
        version: AgentVersion | None = None,
    ) -> tuple[Call, CallRequest]:
        """Store a call of a run; its plan holds references in the place of secrets.

        Args:
            request: What is asked for.
            run_id: The run, which is stored.
            item: Its place in the run's plan, if it has one.
            version: Of the agent, as far as it is known.
        """
        call = Call(
            id=new_id("call"),
            run_id=run_id,
            agent=request.agent.title or request.agent.name,
            provider=request.agent.provider,
            scenario=request.scenario.title if request.scenario else None,
            voice=request.caller.voice if request.caller is not None else "",
            state=CallState.QUEUED,
            verdict=None,
            failure=None,
            created_at=datetime.now(UTC),
            purpose=request.purpose,
            slot=item.slot if item is not None else "",
            attempt=item.attempt if item is not None else 0,
            agent_name=request.agent.name,
            version=version,
        )
        # What is needed to stop the session must outlive this process, and be in no plan.
        agent, kept = self._referring(request.agent, f"call.{call.id}")
        request = request.model_copy(update={"agent": agent})
        self._store.add_call(call, request.model_dump(mode="json"))
        self._keep(kept)
        return call, request

    def kept(self, agent: Agent, prefix: str) -> Agent:
        """`agent` with its plain secrets kept under names that begin with `prefix`."""
        agent, kept = self._referring(agent, prefix)
        self._keep(kept)
        return agent

    def _keep(self, kept: dict[str, str]) -> None:
        secrets = Secrets(self._settings)
        for name, secret in kept.items():
            secrets.put(name, secret)

    @staticmethod
    def _referring(agent: Agent, prefix: str) -> tuple[Agent, dict[str, str]]:
        """`agent` with references, and what they stand for."""
        kept: dict[str, str] = {}

        def keep(name: str, secret: str) -> str:
            kept[name] = secret
            return f"secret:{name}"

        return without_secrets(agent, prefix, keep), kept
