"""What the answer to a start request says: where the room is, and our way into it.

Platforms and runners spell it as they like: ``url`` and ``token``, ``livekitUrl``,
``LIVEKIT_URL``, ``room_url``, or ``{"livekit": {"url": ...}}``. A name counts without its case,
hyphens and underscores, alone and after the name of the object it stands in.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from harness.errors import DailyTransport, NoRoomInAnswer, TokenForOtherRoom, hide
from harness.nouns import Session, token_claims

__all__ = ["StartAnswer", "daily_transport", "no_livekit_url", "session_from"]

_URL = (
    "livekiturl",
    "livekitserverurl",
    "livekitwsurl",
    "livekitroomurl",
    "url",
    "serverurl",
    "roomurl",
)
_TOKEN = (
    "livekittoken",
    "livekitaccesstoken",
    "livekitroomtoken",
    "token",
    "accesstoken",
    "participanttoken",
    "roomtoken",
)
_ROOM = ("livekitroom", "livekitroomname", "roomname", "room")
_SESSION_ID = ("sessionid",)
_DAILY = ("dailyroom", "dailyroomurl", "dailytoken", "dailyurl")

_SCHEMES = ("wss", "ws", "https", "http")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@~+=-]{0,199}")
_LONGEST = 8192
_MOST_VALUES = 2000
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class StartAnswer:
    """What was found in an answer; empty is what it does not say.

    Attributes:
        url: The LiveKit server's address.
        token: A way into the room.
        token_room: The room that the token is for.
        named_rooms: What it surely calls a LiveKit room.
        maybe_rooms: What it calls a room, of whatever kind.
        session_id: What the other side calls the session.
        daily: Whether it speaks of a Daily room.
    """

    url: str
    token: str = field(repr=False)
    token_room: str
    named_rooms: tuple[str, ...]
    maybe_rooms: tuple[str, ...]
    session_id: str | None
    daily: bool

    @classmethod
    def read(cls, answer: dict[str, Any]) -> StartAnswer:
        """Look an answer through; never fails, whatever is in it."""
        found: dict[str, list[str]] = {}
        for name, value in _walk(answer):
            found.setdefault(name, []).append(value)
        urls = _all(found, _URL)
        livekit = [url for url in urls if _is_livekit(url)]
        # An explicit name wins; after that a ws:// address over a web page's.
        livekit.sort(key=lambda url: (url not in _all(found, _URL[:4]), not url.startswith("ws")))
        token = _best_token(_all(found, _TOKEN))
        hide(token)
        ids = (value for value in _all(found, _SESSION_ID) if _ID.fullmatch(value))
        return cls(
            url=next(iter(livekit), ""),
            token=token,
            token_room=_room_of(token),
            named_rooms=_rooms(found, _ROOM[:3]),
            maybe_rooms=_rooms(found, _ROOM),
            session_id=next(ids, None),
            daily=bool(_all(found, _DAILY)) or any(_is_daily(url) for url in urls),
        )

    @property
    def livekit_room(self) -> str:
        """The LiveKit room that the agent is surely in; empty if it does not say."""
        return next(iter(self.named_rooms), self.token_room)

    @property
    def only_daily(self) -> bool:
        """Whether there is a Daily room and no way into a LiveKit room."""
        return self.daily and not _is_for_livekit(self.token)


def session_from(answer: dict[str, Any], who: str, *, livekit_url: str | None = None) -> Session:
    """The session that an answer describes.

    Args:
        answer: A JSON object from outside.
        who: Names the other side in messages, as a sentence begins: "The runner at ...".
        livekit_url: An address that stands above the answer's own.

    Raises:
        DailyTransport: It describes a Daily room and no LiveKit room.
        NoRoomInAnswer: It lacks an address or a token.
        TokenForOtherRoom: It names one room and gives a token for another.
    """
    said = StartAnswer.read(answer)
    url = livekit_url or said.url
    if said.only_daily or (said.daily and not url):
        raise daily_transport(who)
    if not url:
        raise no_livekit_url(who)
    if not said.token:
        raise NoRoomInAnswer(
            f"{who} gave a LiveKit address, and no token to enter the room with.",
            cause="It leaves access to the room to those who hold the LiveKit keys.",
            remedy="Provide livekit_api_key and livekit_api_secret.",
        )
    if said.token_room and said.named_rooms and said.token_room not in said.named_rooms:
        raise TokenForOtherRoom(
            f"The token is for the room {said.token_room}, and the agent was sent to "
            f"{said.named_rooms[0]}.",
            cause="Whoever started the session mixed two rooms up.",
            remedy="Correct the start code: token and room name must be of the same room.",
        )
    room = said.token_room or next(iter(said.maybe_rooms), "")
    return Session(url=url, token=said.token, room=room, session_id=said.session_id)


def no_livekit_url(who: str) -> NoRoomInAnswer:
    """The seed's third error, with its remedies."""
    return NoRoomInAnswer(
        f"No LiveKit URL: {_inside(who)} started a session and did not say where its room is.",
        cause="The session didn't return a URL.",
        remedy="Set livekit_url in the agent's configuration or provide "
        "livekit_api_key/livekit_api_secret.",
    )


def daily_transport(who: str) -> DailyTransport:
    """The seed's fourth error, with its remedy."""
    return DailyTransport(
        f"Daily transport error: {_inside(who)} answered with a Daily room.",
        cause="The agent is using Daily instead of LiveKit.",
        remedy="Switch the agent to the LiveKit transport.",
    )


def _inside(who: str) -> str:
    return who.replace("The ", "the ", 1) if who.startswith("The ") else who


def _walk(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and texts of an answer, from the outside in, each also under its parent's name."""
    waiting: deque[tuple[str, Any, int]] = deque([("", answer, 0)])
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        parent, value, depth = waiting.popleft()
        if isinstance(value, list) and depth < _DEEPEST:
            waiting.extend((parent, item, depth + 1) for item in value[:_MOST_VALUES])
        elif isinstance(value, dict) and depth < _DEEPEST:
            for key, item in list(value.items())[:_MOST_VALUES]:
                name = _plain(str(key))
                if isinstance(item, dict | list):
                    waiting.append((name, item, depth + 1))
                elif (text := _text(item)) is not None:
                    yield name, text
                    if parent:
                        yield parent + name, text


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name[:100].lower())


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if text and len(text) <= _LONGEST and text.isprintable() else None


def _all(found: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return [value for name in names for value in found.get(name, ())]


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or (parts.port is not None and parts.port < 1):
            return ""
    except ValueError:
        return ""
    return (parts.hostname or "").rstrip(".")


def _is_daily(url: str) -> bool:
    host = _host(url)
    return host == "daily.co" or host.endswith(".daily.co")


def _is_livekit(url: str) -> bool:
    return bool(_host(url)) and not _is_daily(url)


def _is_for_livekit(token: str) -> bool:
    return isinstance(token_claims(token).get("video"), dict)


def _best_token(tokens: list[str]) -> str:
    """The first that is a LiveKit token, else the first there is: LiveKit will say no to it."""
    return next(filter(_is_for_livekit, tokens), next(iter(tokens), ""))


def _room_of(token: str) -> str:
    video = token_claims(token).get("video")
    room = video.get("room") if isinstance(video, dict) else None
    return room if isinstance(room, str) else ""


def _rooms(found: dict[str, list[str]], names: tuple[str, ...]) -> tuple[str, ...]:
    # A value that starts so is LiveKit's own number of a room, not its name.
    return tuple(room for room in _all(found, names) if not room.startswith("RM_"))
