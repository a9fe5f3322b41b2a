"""Events: the append-only spine of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Event", "EventKind"]


class EventKind(StrEnum):
    """What an event tells, with the keys of its `data`.

    Times inside `data` (`at`) are seconds on the call's own clock, like `Event.t`, but exact:
    `t` is when the harness learned of it, `at` is when it happened in the audio.
    """

    STATE = "call.state"
    """`state`; on failure `failure` {kind, message, cause, remedy}; of the first, starting,
    `clock_started_at`: what this computer's clock showed at second 0, ISO 8601 with its zone."""
    SESSION_STARTED = "session.started"
    """The agent's session answers: `provider`, `session_id`, `room`, `url`, `took_s`."""
    SESSION_STEP = "session.step"
    """A step of a connection test is over: `name` (resolve, tls, authorise, ready, start, join,
    agent_found, agent_audio, rtvi_ready, stop, cleaned), `status` (done, skipped, failed),
    `took_s`, `note`."""
    SESSION_WAITS = "session.waits"
    """The session's start takes longer, and why: `message`."""
    SESSION_DETAILS = "session.details"
    """What the platform tells afterwards: `cold_start`, `boot_s`, `completion`, `cpu`, `memory`."""
    SESSION_STOPPED = "session.stopped"
    """`how`: left, deleted, stopped."""
    ROOM_JOINED = "room.joined"
    """We are in the room: `identity`."""
    RECORDING_STARTED = "recording.started"
    """`rate` (Hz). Sample n of both lanes is second n / rate on the call's clock."""
    LANE_STARTED = "recording.lane"
    """A lane begins: `lane`, `first` (its first sample on the call's clock; silence before)."""
    LANE_SHIFTED = "recording.shifted"
    """A lane was laid anew on the call's clock: `lane`, `at_sample`, `by` (samples; more than 0:
    silence was put in, less: sound was dropped)."""
    ROOM_WARNING = "room.warning"
    """`code`, `message`: for instance a second audio publisher."""
    AGENT_JOINED = "agent.joined"
    """`identity`, `kind` (standard or agent)."""
    AGENT_AUDIO = "agent.audio"
    """Its audio track is subscribed."""
    AGENT_READY = "agent.ready"
    """RTVI bot-ready came: `version`, `about`."""
    AGENT_FEATURES = "agent.features"
    """It answered which of Pipecat Evals' messages it takes: `eval` (list of context, configure,
    image, markers, vad)."""
    AGENT_LEFT = "agent.left"
    """`identity`, `reason` (LiveKit's own word, for instance client_initiated)."""
    CALLER_STARTED = "caller.started"
    """The first speech sample of a line leaves: `line`, `text` (null until it is known, of a person
    who speaks), `source` (script, typed, persona, person, import), `at`; `sent_as` (voice, dtmf,
    import, or the text channel it went by)."""
    CALLER_STOPPED = "caller.stopped"
    """The last speech sample of a line has left: `line`, `at`, `cut` (true if broken off)."""
    CALLER_TEXT = "caller.text"
    """What a person said in a line became known; of several the last counts: `line`, `text`,
    `source` (stt: by a recogniser; hand: somebody wrote it down)."""
    CALLER_SOUND = "caller.sound"
    """A sound of the caller that is no line: `sound` (backchannel, cough, noise), `name` (one of
    `SOUNDS`, or the file that was played), `at`, `until`: its first sample and the one after its
    last."""
    CALLER_STEP = "caller.step"
    """Where the script stands: `step` (from 0), `of`, `status` (current, done, skipped)."""
    CALLER_GAVE_UP = "caller.gave_up_waiting"
    """No answer within patience: `line`, `waited_s`."""
    CALLER_PRESSED = "caller.pressed"
    """Keys were pressed: `keys`. The line itself is told as any other, sent as dtmf."""
    INPUT_MISSING = "caller.input_missing"
    """What the script gives could not be given to the agent, which is no fault of the agent's:
    `step` (from 0; a context is missing from step 0 on), `kind` (a NotRun), `message`."""
    EXPECTATION = "expectation"
    """What became of an expectation of the script; of several the last counts: `step`, `index`,
    `event`, `status` (matched, failed, not_run), `kind` (failure kind of Pipecat Evals, judge_error
    or a NotRun), `reason`, `matched` (the text that was found, or null), `own_s` (when the agent's
    own event came, seconds after the caller's line, or null)."""
    PERSONA_TURN = "persona.turn"
    """A simulated person made up its mind: `state` and `intent` (of the brain `rules`, else null),
    `success` (whether it thinks its goal reached; null while it goes on)."""
    PERSONA_ENDED = "persona.ended"
    """A simulation is over: `ended_by` (end_call, bot, max_turns, max_duration, silence, error),
    `success`, `reason`."""
    PERSON_TOOK = "person.took"
    """A person took the caller's side: `who` (their name), `at` (the first sample from which it is
    theirs), `cut` (the line that was broken off by it, or null)."""
    PERSON_GAVE_BACK = "person.gave_back"
    """It is theirs no more: `who`, `at` (the first sample from which it is not), `why`
    (handed_back, gone: their browser went away, passed_on: to another person), `instruction` (what
    the simulated caller was told with it, or empty), `step` (where the script goes on, or null)."""
    PERSON_WHISPERED = "person.whispered"
    """A person told a simulated one what to do: `who`, `text`."""
    JUDGE_VERDICT = "judge.verdict"
    """A judgement as JSON; of several of one check and turn the last counts."""
    GRADING = "grading"
    """Judges begin, or are through: `status` (started, done), `tokens_in`, `tokens_out`, `failed`
    (how many judgements are errors)."""
    AGENT_STARTED = "agent.started"
    """Speech onset in the heard audio: `at`; `speech` (0..1, how sure the speech model is)."""
    AGENT_STOPPED = "agent.stopped"
    """Speech offset in the heard audio: `at`; `echo` (0..1, how much of the stretch is the caller's
    own voice coming back), where the caller spoke at the same time."""
    AGENT_NOISE = "agent.noise"
    """A sound in the heard audio that was no speech: `at`, `until`, `speech` (0..1)."""
    AGENT_TEXT = "agent.text"
    """A piece of what the agent says: `text`, `source` (rtvi, lk.transcription, stt: heard by our
    own recogniser, then with `at`, the start of the stretch of speech it is of)."""
    AGENT_HEARD = "agent.heard"
    """What the agent's own recogniser understood, final: `text`."""
    AGENT_REPORTED = "agent.reported"
    """The agent about itself: `what` (user_started_speaking, user_stopped_speaking,
    bot_started_speaking, bot_stopped_speaking, bot_interrupted, llm_started, llm_stopped)."""
    TOOL_CALLED = "tool.called"
    """A function call begins: `id`, `name` or null, `arguments` or null."""
    TOOL_RETURNED = "tool.returned"
    """It ends: `id`, `name` or null, `result` or null, `cancelled`."""
    AGENT_METRICS = "agent.metrics"
    """RTVI metrics as sent: `ttfb`, `processing`, ..."""
    AGENT_INSIGHT = "agent.insight"
    """What the observer in the bot tells (harness/bot): `kind` and what belongs to it."""
    AGENT_MESSAGE = "agent.message"
    """Another message of the agent: `type`, `data`."""
    AGENT_DATA = "agent.data"
    """A data packet that is not RTVI: `from`, `topic`, `bytes`, `data` (cut at 4000 characters);
    beyond the limit of a call only `left_out` (how many so far)."""
    AGENT_ERROR = "agent.error"
    """The agent says it has a problem: `message`, `fatal`."""
    HEALTH = "health"
    """The caller's own health over the last second: `loop_lag_ms`, `skipped_ms`, `concealed_ms`,
    `jitter_buffer_ms`, `packet_loss` (share 0..1), `clock_shift_ms`, `left_out` (messages of the
    room that were dropped), `underrun_ms` (nothing was ready to be sent), `frame_gap_ms` (longest
    time between two frames of the agent, beyond a frame's own length), `late_ms` (how late even
    the frame came that was least late), `refits` (how often the lane was laid anew), `startup`
    (true while the stream's clock settles), `cpu` (share of the machine, 0..1)."""
    TRANSPORT = "transport"
    """The transport's statistics, once a second, cumulative as LiveKit's SDK tells them:
    `jb_delay_s`, `jb_emitted`, `jitter_s`, `rtt_s`, `lost`, `received`, `concealed`, `silent`,
    `events`, `inserted`, `removed` (samples at 48 kHz), `uplink_lost`, `uplink_sent` (packets of
    ours). `rtt_s` and `jitter_s` are the latest; what is not known is null."""
    HANGUP = "hangup"
    """`by` (caller, agent, person, limit; server: it took us out of the room), `reason`."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a call.

    Attributes:
        seq: Sequence number, from 1 without gaps.
        t: Seconds on the call's own clock (0 when the call was taken up).
        kind: What it is; unknown kinds of newer versions are kept as they are.
        data: JSON values only.
    """

    seq: int
    t: float
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
