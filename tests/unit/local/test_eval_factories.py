"""The factories, taken by Pipecat Evals' own configuration."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pipecat.evals.services import (
    classifier_from_config,
    llm_service_from_config,
    stt_service_from_config,
    tts_service_from_config,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.workers.runner import WorkerRunner

from harness.caller.speech import OfflineSTTService, synthesize
from harness.errors import InputError, UnknownName
from harness.local import eval_factories
from harness.local.openai_emulator import ChatAnswer, OpenAiEmulator
from harness.settings import Settings

HERE = "harness.local.eval_factories"
TEXT = "I would like to book an appointment."


async def test_the_voice_speaks_behind_pipecats_cache(tmp_path: Path) -> None:
    config = {"factory": f"{HERE}.voice", "voice": "deep", "speed": 1.2}
    service = tts_service_from_config(config, cache_dir=str(tmp_path))
    worker = PipelineWorker(
        Pipeline([service]),
        params=PipelineParams(audio_out_sample_rate=16000),
        enable_rtvi=False,
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def _started(*_: object) -> None:
        started.set()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await asyncio.wait_for(started.wait(), 30)
    spoken = await service.synthesize(TEXT)
    await worker.cancel()
    await asyncio.wait_for(running, 30)

    right = synthesize(TEXT, voice="deep", speed=1.2, sample_rate=16000)
    assert spoken == right.tobytes()
    assert len(list(tmp_path.glob("*.wav"))) == 1


def test_the_ear_is_ours_and_knows_its_sentences() -> None:
    service = stt_service_from_config({"factory": f"{HERE}.ear", "sentences": [TEXT]})
    assert isinstance(service, OfflineSTTService)
    assert service._sentences == (TEXT,)


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(UnknownName, match="'nobody'"):
        eval_factories.voice({"voice": "nobody"})
    with pytest.raises(InputError, match="no list of texts"):
        eval_factories.ear({"sentences": TEXT})


async def test_a_language_model_judges_and_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-mine-0123456789")
    emulator = await OpenAiEmulator.start(lambda _: ChatAnswer("Good morning."))
    config = {"endpoint": emulator.url, "model": "small", "key_env": "MY_KEY"}
    assert classifier_from_config(config | {"factory": f"{HERE}.judge"}, where="judge.eval")
    service = llm_service_from_config(config | {"factory": f"{HERE}.persona"}, where="simulator")
    said = await service.run_inference(LLMContext([{"role": "user", "content": "Hello."}]))
    await emulator.stop()

    assert said == "Good morning."
    assert (emulator.requests[0].model, emulator.requests[0].key) == ("small", "sk-mine-0123456789")


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(eval_factories, "get_settings", lambda: settings)
    with pytest.raises(InputError, match="OPENAI_API_KEY is not set"):
        eval_factories.judge({})
    local = settings.model_copy(update={"openai_url": "http://127.0.0.1:9/v1"})
    monkeypatch.setattr(eval_factories, "get_settings", lambda: local)
    service = eval_factories.judge({})
    assert str(service._client.base_url) == "http://127.0.0.1:9/v1/"
