"""What a failed speech service means to a person, whichever service it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.errors import SpeechFailed, redact

if TYPE_CHECKING:
    from pipecat.frames.frames import ErrorFrame
    from pipecat.processors.frame_processor import FrameProcessor

__all__ = ["SpeechWatch"]

_STATUS = re.compile(r"(?:\bstatus:? ?|\bHTTP |\berror code: )(\d{3})\b", re.IGNORECASE)
_SERVICE = re.compile(r"(?:Http)?(?:TTS|STT)Service$")
_TIMEOUT = re.compile(r"timed? ?out", re.IGNORECASE)
_MUTE = "completed with no audio"
_CUT = "the connection broke off"
_CAUSES = {
    401: ("It refuses the key.", "Check the key on the Settings page or in the environment."),
    402: ("The account's credit is used up.", "Top it up, or choose the offline stack."),
    403: ("The key may not do this.", "Check what the key's account includes."),
    404: ("It knows no such voice, model or path.", "Check the caller's voice and the address."),
    429: (
        "It takes no more requests at the moment.",
        "Place fewer calls at once, raise the account's limit, or choose the offline stack.",
    ),
    500: ("It has trouble of its own.", "Call again in a while, or choose the offline stack."),
}
_OURS = {
    "OfflineTTSService": "The offline voice",
    "OfflineSTTService": "The offline recogniser",
}
_LATER = "Call again, or choose the offline stack."


class SpeechWatch:
    """Watches one speech service of one call, and says what its failures mean.

    Pipecat tells of trouble by error frames, and of a connection that broke off in the middle of
    a line by an event only: :meth:`told` takes the first, the second it sees itself.

    Args:
        service: The voice or the ear.
        on_failure: Called with each failure; whether it matters depends on what goes on.

    Attributes:
        failure: The last that names a cause, or else the last.
    """

    def __init__(self, service: FrameProcessor, on_failure: Callable[[SpeechFailed], None]) -> None:
        from pipecat.services.websocket_service import WebsocketService

        self.failure: SpeechFailed | None = None
        self._known = False
        self._service = service
        self._on_failure = on_failure
        name = type(service).__name__
        self._name = _OURS.get(name, _SERVICE.sub("", name))
        if isinstance(service, WebsocketService):
            service.add_event_handler("on_disconnected", self._disconnected)

    @property
    def hopeless(self) -> SpeechFailed | None:
        """Why the service will not work again, if so."""
        return None if self._service.is_usable else self.failure or self._make(0, "It gave up.")

    def told(self, frame: ErrorFrame) -> None:
        """Take an error frame; of other processors than the watched one it takes no notice."""
        if frame.processor is not self._service:
            return
        status = _status_of(frame)
        known = status != 0 or bool(_TIMEOUT.search(frame.error))
        if status or not self._known:
            self.failure = self._make(status, frame.error)
        self._known = self._known or known
        assert self.failure is not None
        self._on_failure(self.failure)

    def late(self, seconds: float) -> SpeechFailed:
        """The failure of a service that did not get ready, or speak, in so many seconds."""
        return self.failure or self._make(0, f"timed out: nothing came in {seconds:g} s")

    async def _disconnected(self, _service: object) -> None:
        if self.failure is None:
            self._on_failure(self._make(0, _CUT))

    def _make(self, status: int, said: str) -> SpeechFailed:
        known = _CAUSES.get(status if status < 500 else 500)
        if known is not None:
            cause, remedy = f"{known[0]} (status {status})", known[1]
        elif _TIMEOUT.search(said):
            cause, remedy = "It did not answer in time.", _LATER
        elif _MUTE in said:
            cause, remedy = "It sent no sound.", _LATER
        elif said == _CUT:
            cause, remedy = "The connection broke off in the middle of it.", _LATER
        else:
            # What it says may quote the request, key and all: a sentence is enough.
            cause, remedy = f"It says: {_short(said)}", _LATER
        doing = "hear" if type(self._service).__name__.endswith("STTService") else "speak"
        return SpeechFailed(
            f"{self._name} did not {doing} for the caller.", cause=cause, remedy=remedy
        )


def _status_of(frame: ErrorFrame) -> int:
    from pipecat.utils.errors import extract_http_status_code

    status: int | None = None
    if frame.exception is not None:
        status = extract_http_status_code(frame.exception)
    if status is not None:
        return status
    found = _STATUS.search(frame.error)
    return int(found[1]) if found else 0


def _short(said: str) -> str:
    line = " ".join(redact(said).split())
    line = line.split("headers:")[0].rstrip(" ,:") or "nothing that can be shown"
    return f"{line[:160].rstrip('.')}."
