"""What runners that start agents share: the way into the room they name, and its end."""

from __future__ import annotations

import contextlib
import secrets

from pydantic import Field, SecretStr

from harness.agents._config import FormConfig, check_room_url
from harness.agents._rooms import RoomKeys
from harness.agents._token import checked
from harness.errors import AgentConfigError, RoomError
from harness.nouns import Session

__all__ = ["RoomAccess", "caller_token"]


class RoomAccess(FormConfig):
    """Fields of a runner's configuration that are about the LiveKit server of its rooms."""

    livekit_url: str | None = Field(
        None, description="Address of the LiveKit server, in place of the one that is answered."
    )
    livekit_api_key: SecretStr | None = Field(
        None, description="To delete the room after the call, if you have the server's keys."
    )
    livekit_api_secret: SecretStr | None = Field(None, description="Belongs to the API key.")
    auto_cleanup: bool = Field(True, description="Delete the room after the call.")

    def check_access(self, name: str) -> None:
        """Check what can be checked without asking.

        Raises:
            AgentConfigError: One half of the keys is missing.
            BadRoomAddress: `livekit_url` is no address of a LiveKit server.
        """
        if self.livekit_url:
            check_room_url(self.livekit_url)
        if bool(self.livekit_api_key) != bool(self.livekit_api_secret):
            raise AgentConfigError(
                f"Agent {name}: livekit_api_key and livekit_api_secret belong together.",
                cause="One of them is missing.",
                remedy="Give both, or neither.",
            )

    def keys(self, url: str) -> RoomKeys | None:
        """The keys to the rooms at `url`, if they are configured."""
        if not self.livekit_api_key or not self.livekit_api_secret:
            return None
        key, secret = self.livekit_api_key, self.livekit_api_secret
        return RoomKeys(self.livekit_url or url, key.get_secret_value(), secret.get_secret_value())

    async def enter(self, session: Session, who: str) -> Session:
        """`session` with its address and token checked; one that is of no use is tidied up.

        Raises:
            RoomError: The room cannot be entered like that, and why.
        """
        try:
            check_room_url(session.url)
            return checked(session, maker=who[:1].lower() + who[1:])
        except RoomError:
            with contextlib.suppress(RoomError):
                await self.tidy(session)
            raise

    async def tidy(self, session: Session) -> bool:
        """Delete the session's room if we may; whether we did.

        Raises:
            RoomError: It could not be deleted.
        """
        keys = self.keys(session.url)
        if keys is None or not session.room or not self.auto_cleanup:
            return False
        await keys.delete(session.room)
        return True


def caller_token(keys: RoomKeys, room: str) -> str:
    """A token of our own into `room`, with an identity that nobody else has."""
    return keys.token(room, f"ringback-{secrets.token_hex(4)}", name="Ringback caller")
