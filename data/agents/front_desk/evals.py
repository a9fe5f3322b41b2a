"""What Pipecat Evals asks of an agent beside talking, for calls that come by LiveKit.

On its own WebSocket (``/ws`` of Pipecat's runner) the eval transport does all of this by itself. In
a room the same requests come as RTVI client messages, answered with the features there are.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger
from pipecat.evals.serializer import (
    EVAL_CONFIGURE_MESSAGE_TYPE,
    EVAL_CONNECT_MESSAGE_TYPE,
    EVAL_CONTEXT_MESSAGE_TYPE,
    EVAL_IMAGE_MESSAGE_TYPE,
    EvalSerializer,
)
from pipecat.frames.frames import Frame, UserImageRequestFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.processors.frameworks.rtvi import RTVIProcessor
from pipecat.processors.frameworks.rtvi.models import MESSAGE_LABEL, ClientMessage

__all__ = ["FEATURES", "EvalImages", "EvalRequests"]

FEATURES = ("context", "configure", "image", "markers", "vad")
"""What the agent can be asked for: to start from messages, to report functions, markers and voice
activity, and to take an image for the caller's camera."""

_REQUESTS = {
    EVAL_CONFIGURE_MESSAGE_TYPE,
    EVAL_CONNECT_MESSAGE_TYPE,
    EVAL_CONTEXT_MESSAGE_TYPE,
    EVAL_IMAGE_MESSAGE_TYPE,
}


class EvalRequests:
    """Does what an eval asks for, by Pipecat's own serializer.

    Args:
        queue: Puts a frame into the agent's pipeline.
    """

    def __init__(self, queue: Callable[[Frame], Awaitable[None]]) -> None:
        self._queue = queue
        self.serializer = EvalSerializer()

    async def take(self, rtvi: RTVIProcessor, message: ClientMessage) -> bool:
        """Do what a client message asks for and answer it; False if it is none of an eval's."""
        if message.type not in _REQUESTS:
            return False
        packet = {
            "label": MESSAGE_LABEL,
            "type": "client-message",
            "id": message.msg_id,
            "data": {"t": message.type, "d": message.data},
        }
        try:
            frame = await self.serializer.deserialize(json.dumps(packet))
        except (ValueError, TypeError) as error:
            logger.warning(f"{message.type} cannot be done: {error}")
            await rtvi.send_error_response(message, f"{message.type} cannot be read: {error}")
            return True
        if frame is not None:
            await self._queue(frame)
        logger.info(f"Did what {message.type} asks for.")
        await rtvi.send_server_response(message, {"features": list(FEATURES)})
        return True


class EvalImages(FrameProcessor):
    """Stands behind the transport's input and gives the image of the eval for the caller's camera.

    Args:
        serializer: Keeps the image that was sent.
    """

    def __init__(self, serializer: EvalSerializer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._serializer = serializer

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer requests for an image where there is one; let everything else through."""
        await super().process_frame(frame, direction)
        if isinstance(frame, UserImageRequestFrame) and direction is FrameDirection.UPSTREAM:
            image = await self._serializer.user_image_frame(frame)
            if image is not None:
                await self.push_frame(image)
                return
        await self.push_frame(frame, direction)
