"""A bot of 2024, as its samples were written then: most of what it imports has moved since."""

import asyncio

from pipecat.frames.frames import EndFrame, LLMMessagesFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_response import (
    LLMAssistantResponseAggregator,
    LLMUserResponseAggregator,
)
from pipecat.services.openai import OpenAILLMService
from pipecat.transports.services.helpers.daily_rest import DailyRESTHelper
from pipecat.transports.services.livekit import LiveKitParams, LiveKitTransport
from pipecat.vad.silero import SileroVADAnalyzer

USED = (
    *(EndFrame, LLMMessagesFrame, Pipeline, PipelineRunner, PipelineParams, PipelineTask),
    *(LLMAssistantResponseAggregator, LLMUserResponseAggregator, OpenAILLMService),
    *(DailyRESTHelper, LiveKitParams, LiveKitTransport, SileroVADAnalyzer, asyncio),
)
