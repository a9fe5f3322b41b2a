"""What to do about what Pipecat Evals refuses: it says what is wrong, not how it is written."""

from __future__ import annotations

import re

__all__ = ["remedy_for"]

_REMEDIES: tuple[tuple[str, str], ...] = (
    (r"missing or invalid 'name:'", "Begin the file with `name: clinic`, a word of your own."),
    (r"needs 'turns:'", "Give it `turns:` with what the caller says, or `persona:`, `goal:` and "
     "`success:`."),
    (r"not both", "Take one of the two away."),
    (r"'scenarios:' must be", "Write `scenarios:` and below it one `- name: ...` for each."),
    (r"cannot hold a 'scenarios:'", "Move its scenarios into the list of the file."),
    (r"scenario #\d+ must be a mapping", "Write it as `- name: ...` with `turns:` below."),
    (r"scenario #\d+ needs a 'name:'", "Give it a `name:` of letters; put a number in quotes."),
    (r"duplicate scenario names", "Give each scenario of the file a name of its own."),
    (r"missing or invalid '(goal|success|persona):'", "Say in words who calls (`persona:`), what "
     "they want (`goal:`) and what the agent must have done (`success:`)."),
    (r"'turns:' must be a list", "Write each turn as `- user: ...` below `turns:`."),
    (r"turn #\d+ must be a mapping", "Write the turn as `- user: ...`."),
    (r"'user:' has pauses but no text", "Put what is said before or after the pause."),
    (r"'user:' items must be", "Write a pause as `{pause_ms: 500}`, and texts in quotes."),
    (r"'user:' must be a string", "Put what is said in quotes, or make it a list of texts and of "
     "pauses `{pause_ms: 500}`."),
    (r"'user:' must be a mapping", "Above all scenarios `user:` holds `modality:` and `speech:`; "
     "what is said stands in `turns:`."),
    (r"text modality", "Set `user: {modality: audio}` for all of the file, or for the scenario."),
    (r"requires a 'user\.speech:'", "Add `user.speech` with `service` and `voice`, or leave out "
     "`user:`: here `ringback.caller` says how the caller speaks."),
    (r"'(user|judge)\.modality:'", "Write `modality: audio` or `modality: text`."),
    (r"tts_response' but", "Expect `response`, or set `judge: {modality: audio}`."),
    (r"judge\.transcription", "Add `judge.transcription` with a `service`, or leave out "
     "`judge.modality`."),
    (r"one or the other", "Make two turns of it."),
    (r"'expect:' must be a list", "Write each expectation as `- event: response` below `expect:`."),
    (r"'send_after:' but no", "Give the turn a `user:` or `dtmf:`, or take `send_after` away."),
    (r"'send_after", "Write it as `send_after: {event: bot_started_speaking, delay_ms: 500}`."),
    (r"'audio:' but no 'user:'", "Write in `user:` what the recording says."),
    (r"'audio:' and pauses", "Write what the recording says as one text in `user:`."),
    (r"'(audio|image):' must be a path", "Give the path of a file as a text."),
    (r"'dtmf:'", "Write the keys in quotes: digits, * and #, as in `dtmf: \"12#\"`."),
    (r"expectation #\d+ must be a mapping", "Write it as `- event: response`."),
    (r"'event:'", "Write `event: response`, or another event as a word."),
    (r"'function_call_stopped'", "Put the `eval:` into an expectation of `function_call`."),
    (r"'absent:' must be", "Write `absent: true`, without quotes, or take it away."),
    (r"'absent: true' cannot", "Take the other key away: what must not come has no words."),
    (r"'check_from:'", "Write `check_from: previous` or `check_from: turn_start`."),
    (r"only applies to", "Take the key away, or expect `event: llm_marker`."),
    (r"'marker:'", "Write one of the markers that are named."),
    (r"'(marker_first|text_after):'", "Write `true` or `false` without quotes."),
    (r"'markers:'", "Write a whole number without quotes."),
    (r"'calls:'", "Write `calls:` as a list of `- name: ...` with `args:` below."),
    (r"'args:'", "Write the arguments by name: `args: {doctor: Osei}`."),
    (r"'eval:'", "Give the criterion to a reply, as `event: response` with `eval: ...`."),
    (r"'context:'", "Write each message as `- {role: user, content: ...}`."),
    (r"'simulator:'", "Write it as a mapping, or leave it out: here `ringback.brain` says it."),
    (r"'judge(\.eval)?:'", "Write it as a mapping, or leave it out: `ringback.judge` says it."),
    (r"'metrics:'|metric #\d+ must", "Write each metric as `- name: polite` with `criterion:`."),
    (r"one of the two", "Take `criterion:` or `measure:` away."),
    (r"metric (#\d+|.*) needs a 'name:'", "Give the metric a `name:`."),
    (r"listed twice", "Give one of the two another `name:`."),
    (r"needs a 'criterion:'", "Write in `criterion:` what each reply must be."),
    (r"'min_score:'", "A metric with `criterion:` takes `min_score`, a share from 0 to 1; one with "
     "`measure:` takes `min_value` and `max_value`."),
    (r"'measure:'", "Write one of the measures that are named."),
    (r"'(min_value|max_value):'", "Give it `min_value:` or `max_value:` as a number."),
    (r"positive integer", "Write a whole number above 0 without quotes."),
    (r"positive number", "Write a number above 0 without quotes."),
)  # fmt: skip
"""Words of Pipecat's message, as a pattern, and what to do; the first that is found counts."""


def remedy_for(problem: str) -> str:
    """What to do about a problem in Pipecat's words."""
    for words, remedy in _REMEDIES:
        if re.search(words, problem):
            return remedy
    return (
        "docs/scenarios.md shows how it is written; the JSON schema in docs/schemas has each key."
    )
