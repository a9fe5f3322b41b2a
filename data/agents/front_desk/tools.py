"""The functions the front desk calls, as a language model would be given them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from desk import DOCTORS, Desk
from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import UserImageRequestFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams, LLMService

__all__ = ["register", "schemas"]

_DOCTOR = {"type": "string", "enum": list(DOCTORS), "description": "Surname of the doctor."}
_DAY = {"type": "string", "format": "date", "description": "Day as YYYY-MM-DD."}
_TIME = {"type": "string", "pattern": r"^\d\d:\d\d$", "description": "Time of day as HH:MM."}
_NAME = {"type": "string", "description": "Full name of the patient."}
_BORN = {"type": "string", "format": "date", "description": "Date of birth as YYYY-MM-DD."}

_FUNCTIONS: tuple[tuple[str, str, dict[str, Any], list[str]], ...] = (
    (
        "find_slots",
        "Find free appointments, with one doctor or all, on one day or on the next days.",
        {"doctor": _DOCTOR, "day": _DAY},
        [],
    ),
    (
        "hold_slot",
        "Hold a time while the caller gives name and date of birth.",
        {"doctor": _DOCTOR, "day": _DAY, "time": _TIME},
        ["doctor", "day", "time"],
    ),
    (
        "book_appointment",
        "Book a time for a patient.",
        {"doctor": _DOCTOR, "day": _DAY, "time": _TIME, "name": _NAME, "date_of_birth": _BORN},
        ["doctor", "day", "time", "name", "date_of_birth"],
    ),
    (
        "cancel_appointment",
        "Cancel the next appointment of a patient.",
        {"name": _NAME, "date_of_birth": _BORN},
        ["name", "date_of_birth"],
    ),
)
_PICTURE = "receive_picture"


def schemas() -> ToolsSchema:
    """The functions with their JSON schemas, for the context."""
    return ToolsSchema(
        standard_tools=[
            FunctionSchema(name=name, description=told, properties=properties, required=required)
            for name, told, properties, required in (
                *_FUNCTIONS,
                (_PICTURE, "Take a picture that the caller sends.", {}, []),
            )
        ]
    )


def register(llm: LLMService[Any], desk: Desk) -> None:
    """Let `llm` call the functions on `desk`."""
    for name, *_ in _FUNCTIONS:
        llm.register_function(name, _handler(getattr(desk, name)))
    llm.register_function(_PICTURE, _receive_picture)


def _handler(function: Callable[..., Any]) -> Callable[[FunctionCallParams], Awaitable[None]]:
    async def handle(params: FunctionCallParams) -> None:
        result = function(**params.arguments)
        logger.info(f"Function {params.function_name} {dict(params.arguments)} gave {result}")
        await params.result_callback(result)

    return handle


async def _receive_picture(params: FunctionCallParams) -> None:
    """Ask the caller's side for an image; the result says whether one came."""

    async def answer(problem: dict[str, Any] | None) -> None:
        result = {"received": not problem}
        logger.info(f"Function {params.function_name} gave {result}")
        await params.result_callback(result)

    request = UserImageRequestFrame(
        user_id="",
        append_to_context=False,
        function_name=params.function_name,
        tool_call_id=params.tool_call_id,
        result_callback=answer,
    )
    await params.llm.push_frame(request, FrameDirection.UPSTREAM)
