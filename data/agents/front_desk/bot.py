"""Northgate Clinic's front desk: a Pipecat voice agent that books, moves and cancels appointments.

Run by Pipecat's development runner, it needs no key::

    LIVEKIT_URL=... LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... python bot.py -t livekit --port 7860

and a session is started with ``POST /start {"transport": "livekit", "body": {...}}``. The body may
fix the day (``{"today": "2026-11-23"}``) and give the agent a defect (``{"fault": "slow"}``, see
:mod:`faults`). Its voice and ear are Ringback's offline stack, its brain are rules (:mod:`brain`).
``pipecat eval run`` calls it at the runner's ``/ws``; the runner is then started without ``-t`` and
with ``--runner-body FILE`` for the body. By either way it does what evals ask for (:mod:`evals`).
"""

from __future__ import annotations

import asyncio
import signal
from datetime import date, datetime

from answers import ADVICE, ANYTHING_ELSE, FAREWELL, GREETING, NOT_UNDERSTOOD
from brain import OPENING, SILENCE, Brain
from desk import Desk
from evals import EvalImages, EvalRequests
from faults import BadBody, Chatter, Deafness, Fault, LeadingSilence, SessionBody
from lines import caller_lines
from log import readable_log
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.evals.transport import EvalTransportParams
from pipecat.frames.frames import EndFrame, ErrorFrame, Frame, LLMRunFrame, TranscriptionFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.dtmf_aggregator import DTMFAggregator
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.processors.frameworks.rtvi import (
    RTVIFunctionCallReportLevel,
    RTVIObserverParams,
    RTVIProcessor,
)
from pipecat.processors.frameworks.rtvi.models import ClientMessage
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.transports.base_transport import BaseTransport
from pipecat.transports.livekit.transport import LiveKitParams
from pipecat.workers.runner import WorkerRunner
from rules_llm import RulesLLMService
from turns import VAD_START_S, VAD_STOP_S, MuteWhen, ShortPauses, turn_strategies
from typed import typed_line

from harness.bot import RingbackObserver
from harness.caller.speech import get_stack, warm_ear
from tools import register, schemas

_VOICE = "heart"
_VOICE_RATE = 24000
_EAR_RATE = 16000
_REFUSAL_WAIT_S = 10.0
_SILENCE_S = 15.0
"""Silence of the caller after which the front desk asks whether they are still there."""
_ASKS_TIMES = 2
_FIXED_LINES = (GREETING, NOT_UNDERSTOOD, ADVICE, ANYTHING_ELSE, FAREWELL)

_run_as_file = False
_spare_vad: list[SileroVADAnalyzer] = []
_crashes: list[Exception] = []


def warm() -> None:
    """Load everything a call needs, so that the first session answers at once."""
    stack = get_stack("offline")
    stack.check(_VOICE)
    asyncio.run(stack.prepare(_VOICE, _FIXED_LINES, speed=1.0, seed=0, sample_rate=_VOICE_RATE))
    report = warm_ear(caller_lines())
    _spare_vad.append(_vad())
    asyncio.run(_rehearse())
    logger.info(f"Voice and ear are ready; the ear knows {report.words} words.")


async def _rehearse() -> None:
    """Make what a call is made of once: services import much of what they need when first made."""
    stack = get_stack("offline")
    stack.stt(sample_rate=_EAR_RATE, sentences=caller_lines())
    stack.tts(_VOICE, speed=1.0, seed=0, sample_rate=_VOICE_RATE)
    RulesLLMService(Brain(_today(None)))
    LLMContextAggregatorPair(
        LLMContext(tools=schemas()),
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=turn_strategies(interruptible=True)
        ),
    )


def _today(fixed: date | None) -> date:
    return fixed or datetime.now().astimezone().date()


def _vad() -> SileroVADAnalyzer:
    return SileroVADAnalyzer(params=VADParams(start_secs=VAD_START_S, stop_secs=VAD_STOP_S))


async def bot(runner_args: RunnerArguments) -> None:
    """Carry one call; called by Pipecat's runner for each session."""
    if _run_as_file:
        readable_log()
    transport = await create_transport(
        runner_args,
        {
            "livekit": lambda: LiveKitParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_sample_rate=_VOICE_RATE,
                audio_out_end_silence_secs=1,
                # What is queued here is still heard after "stopped speaking" was reported.
                audio_out_queue_size_ms=200,
            ),
            "eval": lambda: EvalTransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_sample_rate=_VOICE_RATE,
                audio_out_end_silence_secs=0,
            ),
        },
    )
    try:
        body = SessionBody.read(runner_args.body)
    except BadBody as refusal:
        await _refuse(transport, str(refusal), runner_args)
        return
    try:
        await _call(transport, body, runner_args)
    except Exception as error:
        if not _run_as_file:
            raise
        # One process carries one call: end the runner, so that the failure shows as an exit code.
        _crashes.append(error)
        signal.raise_signal(signal.SIGINT)


async def _call(transport: BaseTransport, body: SessionBody, runner_args: RunnerArguments) -> None:
    fault = body.fault
    today = _today(body.today)
    logger.info(f"A call on {today}{f' with the fault {fault.value}' if fault else ''}.")
    stack = get_stack("offline")
    vad = _spare_vad.pop() if _spare_vad else await asyncio.to_thread(_vad)
    llm = RulesLLMService(Brain(today, diagnoses=fault is Fault.UNSAFE), fault=fault)
    register(llm, Desk(today))
    context = LLMContext(tools=schemas())
    users, assistants = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            vad_analyzer=vad,
            user_turn_strategies=turn_strategies(interruptible=fault is not Fault.STUBBORN),
            user_mute_strategies=[MuteWhen(lambda: llm.leaving)],
            user_idle_timeout=0 if fault is Fault.DEAF else _SILENCE_S,
        ),
    )

    async def queue(frame: Frame) -> None:
        await worker.queue_frames([frame])

    requests = EvalRequests(queue)
    stages: list[FrameProcessor | None] = [
        transport.input(),
        EvalImages(requests.serializer),
        Deafness() if fault is Fault.DEAF else None,
        DTMFAggregator(),
        stack.stt(sample_rate=_EAR_RATE, sentences=caller_lines()),
        users,
        llm,
        Chatter() if fault is Fault.CHATTY else None,
        stack.tts(_VOICE, speed=1.0, seed=0, sample_rate=_VOICE_RATE),
        ShortPauses(),
        LeadingSilence() if fault is Fault.MUMBLER else None,
        transport.output(),
        assistants,
    ]
    worker = PipelineWorker(
        Pipeline([stage for stage in stages if stage is not None]),
        params=PipelineParams(
            audio_in_sample_rate=_EAR_RATE,
            audio_out_sample_rate=_VOICE_RATE,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
        rtvi_observer_params=RTVIObserverParams(
            function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL}
        ),
        idle_timeout_secs=runner_args.pipeline_idle_timeout_secs,
        observers=[RingbackObserver()],
    )
    runner = WorkerRunner(handle_sigint=runner_args.handle_sigint)
    await runner.add_workers(worker)
    greeted = False
    failures: list[Exception] = []

    @worker.rtvi.event_handler("on_client_ready")
    async def on_client_ready(_rtvi: object) -> None:
        nonlocal greeted
        if greeted or fault is Fault.SILENT_START:
            return
        greeted = True
        llm.opens = True
        context.add_message({"role": "developer", "content": OPENING})
        await worker.queue_frames([LLMRunFrame()])

    @worker.rtvi.event_handler("on_client_message")
    async def on_client_message(rtvi: RTVIProcessor, message: ClientMessage) -> None:
        await requests.take(rtvi, message)

    @users.event_handler("on_user_turn_idle")
    async def on_user_turn_idle(_users: object) -> None:
        if not llm.leaving and _silences(context) < _ASKS_TIMES:
            context.add_message({"role": "developer", "content": SILENCE})
            await worker.queue_frames([LLMRunFrame()])

    @worker.event_handler("on_pipeline_error")
    async def on_pipeline_error(_worker: object, frame: ErrorFrame) -> None:
        if frame.exception is not None and frame.processor is llm:
            failures.append(frame.exception)
            await runner.cancel(reason="the brain failed")

    @transport.event_handler("on_data_received")
    async def on_data_received(_transport: object, data: bytes, sender: str | None) -> None:
        line = typed_line(data)
        if line is not None:
            text, timestamp = line
            frame = TranscriptionFrame(text=text, user_id=sender or "", timestamp=timestamp)
            await worker.queue_frames([frame])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(_transport: object, _client: object) -> None:
        logger.info("The caller has left.")
        await runner.cancel(reason="the caller left")

    await runner.run()
    logger.info("The call is over.")
    if failures:
        raise failures[0]


def _silences(context: LLMContext) -> int:
    """How often the caller's silence was noticed since they last said something."""
    count = 0
    for message in reversed(context.get_messages()):
        if not isinstance(message, dict):
            continue
        if message.get("role") == "user":
            break
        count += message.get("content") == SILENCE
    return count


async def _refuse(transport: BaseTransport, reason: str, runner_args: RunnerArguments) -> None:
    """Come into the room only to say over RTVI why the session cannot start, then leave."""
    logger.error(f"Refused: {reason}")
    worker = PipelineWorker(Pipeline([transport.input(), transport.output()]))
    runner = WorkerRunner(handle_sigint=runner_args.handle_sigint)
    await runner.add_workers(worker)

    @worker.rtvi.event_handler("on_client_ready")
    async def on_client_ready(rtvi: object) -> None:
        await worker.rtvi.send_error(reason)
        await worker.queue_frames([EndFrame()])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(_transport: object, _client: object) -> None:
        await runner.cancel(reason="the caller left")

    try:
        await asyncio.wait_for(runner.run(), _REFUSAL_WAIT_S)
    except TimeoutError:
        logger.warning("Nobody asked why.")


if __name__ == "__main__":
    from pipecat.runner.run import main

    _run_as_file = True
    warm()
    main()
    if _crashes:
        raise _crashes[0]
