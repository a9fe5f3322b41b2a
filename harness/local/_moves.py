"""What Pipecat renamed and moved, where looking for the same name does not find it.

From https://docs.pipecat.ai/pipecat/migration/migration-1.0, `.../migration/flows` and, for the
development runner's arguments, the deprecations of `pipecat.runner.types`. Whatever kept its name
is found in the bot's own Pipecat instead.
"""

from __future__ import annotations

__all__ = ["CLASSES", "MODULES", "OTHER_PACKAGES", "REMARKS"]

MODULES: dict[str, tuple[str, ...]] = {
    "pipecat.transports.services.daily": ("pipecat.transports.daily.transport",),
    "pipecat.transports.services.helpers.daily_rest": ("pipecat.transports.daily.utils",),
    "pipecat.transports.services.livekit": ("pipecat.transports.livekit.transport",),
    "pipecat.transports.network.fastapi_websocket": ("pipecat.transports.websocket.fastapi",),
    "pipecat.transports.network.small_webrtc": ("pipecat.transports.smallwebrtc.transport",),
    "pipecat.transports.network.webrtc_connection": ("pipecat.transports.smallwebrtc.connection",),
    "pipecat.transports.network.websocket_client": ("pipecat.transports.websocket.client",),
    "pipecat.transports.network.websocket_server": ("pipecat.transports.websocket.server",),
    "pipecat.services.ai_services": ("pipecat.services.ai_service",),
    "pipecat.services.aws_nova_sonic": ("pipecat.services.aws.nova_sonic.llm",),
    "pipecat.services.gemini_multimodal_live": ("pipecat.services.google.gemini_live.llm",),
    "pipecat.services.gemini_multimodal_live.gemini": ("pipecat.services.google.gemini_live.llm",),
    "pipecat.services.nim": ("pipecat.services.nvidia.llm",),
    "pipecat.services.openai_realtime": ("pipecat.services.openai.realtime.llm",),
    "pipecat.services.openai_realtime_beta": ("pipecat.services.openai.realtime.llm",),
    "pipecat.services.riva": ("pipecat.services.nvidia.stt", "pipecat.services.nvidia.tts"),
    "pipecat.sync": ("pipecat.utils.sync",),
    "pipecat.turns.mute": ("pipecat.turns.user_mute",),
    "pipecat.vad.silero": ("pipecat.audio.vad.silero",),
    "pipecat.vad.vad_analyzer": ("pipecat.audio.vad.vad_analyzer",),
}
"""Module -> where it is now."""

CLASSES: dict[str, tuple[str, ...]] = {
    "AnthropicLLMContext": ("LLMContext",),
    "AWSBedrockLLMContext": ("LLMContext",),
    "BotInterruptionFrame": ("InterruptionTaskFrame", "InterruptionWorkerFrame"),
    "DailyTransportMessageFrame": ("DailyOutputTransportMessageFrame",),
    "DailyTransportMessageUrgentFrame": ("DailyOutputTransportMessageUrgentFrame",),
    "GatedOpenAILLMContextAggregator": ("GatedLLMContextAggregator",),
    "GeminiMultimodalLiveLLMService": ("GeminiLiveLLMService",),
    "GoogleLLMOpenAIBetaService": ("GoogleLLMService",),
    "InputTransportMessageUrgentFrame": ("InputTransportMessageFrame",),
    "KeypadEntryFrame": ("DTMFFrame",),
    "KrispFilter": ("KrispVivaFilter",),
    "LiveKitTransportMessageFrame": ("LiveKitOutputTransportMessageFrame",),
    "LiveKitTransportMessageUrgentFrame": ("LiveKitOutputTransportMessageUrgentFrame",),
    "LLMAssistantContextAggregator": ("LLMContextAggregatorPair",),
    "LLMAssistantResponseAggregator": ("LLMContextAggregatorPair",),
    "LLMMessagesFrame": ("LLMRunFrame", "LLMMessagesAppendFrame"),
    "LLMUserContextAggregator": ("LLMContextAggregatorPair",),
    "LLMUserResponseAggregator": ("LLMContextAggregatorPair",),
    "MinWordsInterruptionStrategy": ("MinWordsUserTurnStartStrategy",),
    "OpenAILLMContext": ("LLMContext",),
    "OpenAILLMContextFrame": ("LLMContextFrame",),
    "OpenAIRealtimeBetaLLMService": ("OpenAIRealtimeLLMService",),
    "PipecatRunnerArguments": ("RunnerArguments",),
    "PipelineRunner": ("WorkerRunner",),
    "PipelineTask": ("PipelineWorker",),
    "PollyTTSService": ("AWSPollyTTSService",),
    "StartInterruptionFrame": ("InterruptionFrame",),
    "TranscriptionUserTurnStopStrategy": ("SpeechTimeoutUserTurnStopStrategy",),
    "TransportMessageFrame": ("OutputTransportMessageFrame",),
    "TransportMessageUrgentFrame": ("OutputTransportMessageUrgentFrame",),
    "UserBotLatencyLogObserver": ("UserBotLatencyObserver",),
    "UserResponseAggregator": ("LLMContextAggregatorPair",),
}
"""Name -> what took its place."""

REMARKS: dict[str, str] = {
    "STTMuteFilter": "`user_mute_strategies` of LLMUserAggregatorParams took its place",
    "TranscriptionMessage": "the events on_user_turn_stopped and on_assistant_turn_stopped "
    "took its place",
    "TranscriptionUpdateFrame": "the events on_user_turn_stopped and on_assistant_turn_stopped "
    "took its place",
    "TranscriptProcessor": "the events on_user_turn_stopped and on_assistant_turn_stopped "
    "took its place",
    "UserIdleProcessor": "`user_idle_timeout` of LLMUserAggregatorParams took its place",
    "VisionImageFrame": "LLMContext.add_image_frame_message() took its place",
}
"""What was removed for something that is no class of its own."""

OTHER_PACKAGES: dict[str, str] = {"pipecat_flows": "pipecat.flows"}
"""Packages of their own that are part of Pipecat now."""
