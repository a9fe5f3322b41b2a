"""What the caller of a call said, pressed, played and typed, as steps of a script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from harness.nouns import SOUNDS, Outcome, Scenario, ScriptStep, Turn, by_person
from harness.scenarios._beside import Beside
from harness.scenarios._limits import LIMITS

__all__ = ["SaidLines", "cuts_in", "one_line", "words_of"]

_LABEL = 44
_NO_TEXT = ("Cc", "Cn", "Co", "Cs", "Zl", "Zp")
"""Kinds of characters that a file, a voice or a text channel may not carry."""
_SAID = ("L", "N", "P", "Sc", "Sk", "Sm")
"""Kinds of characters that a voice has a word or a pause for: an emoji is none of them."""
_LONGEST = int(LIMITS["turns.user"].most)
_MOST_KEYS = int(LIMITS["turns.dtmf"].most)
_LATEST_MS = int(LIMITS["turns.send_after.delay_ms"].most)


def one_line(text: str) -> str:
    """A text in one line, of characters that can be written down."""
    kept = (" " if unicodedata.category(one) in _NO_TEXT else one for one in text)
    return " ".join("".join(kept).split())


def words_of(turn: Turn) -> str:
    """What the caller said, in one line; of unknown words of a person what the agent heard."""
    known = one_line(turn.caller_text or "")
    if known or not by_person(turn.caller_source):
        return known
    return one_line(turn.heard_text or "")


def _who_heard(turn: Turn) -> str:
    """Whose understanding the words of a line are; empty if they are the words themselves."""
    if not turn.caller_text:
        return "the agent understood"
    return f"{turn.caller_text_by or 'a recogniser'} heard" if turn.heard_only else ""


class SaidLines:
    """Makes steps of lines, in their order.

    A line of the call's own script is made of its step, so that its pauses, its recording and its
    image are kept.

    Args:
        turns: Those with a line of the caller.
        scenario: What was called; None if nothing was.
        beside: Takes the files the steps use.
        recorded: Recordings of lines that are played as they were said, by the index of the turn.

    Attributes:
        by: How the lines go: as text only if all of them went so.
        count: How many lines there are so far.
        notes: Sentences about what is not as it was.
    """

    def __init__(
        self,
        turns: Sequence[Turn],
        scenario: Scenario | None,
        beside: Beside,
        recorded: Mapping[int, Path],
    ) -> None:
        self._beside = beside
        self._recorded = recorded
        self._played = scenario is not None and scenario.kind == "script"
        steps = scenario.steps if scenario is not None else ()
        aligned = list(_aligned(turns, steps))
        self._steps = {turn: steps[place] for turn, place in aligned}
        self._sounds = _sounds_before(aligned, steps)
        self._old_lines = _numbered(steps)
        self._new_lines: dict[int, int] = {0: 0}
        self.count = 0
        typed = [turn.index for turn in turns if _is_typed(turn)]
        spoken = [turn for turn in turns if not _is_typed(turn) and turn.sent_as != "dtmf"]
        self.by: Literal["voice", "text"] = "text" if typed and not spoken else "voice"
        self.notes: list[str] = []
        if typed and spoken:
            self._note(
                f"{_lines_told(typed)} typed; the lines of a script all go the same way, so "
                f"{'it is' if len(typed) == 1 else 'they are'} spoken."
            )

    def steps_of(self, turn: Turn, before: Turn | None) -> list[dict[str, Any]]:
        """The steps of a line, mostly one, after the sounds its script had before it.

        There is none if nothing of the line can be done again.

        Args:
            turn: With a line of the caller.
            before: The turn before it.
        """
        own = self._steps.get(id(turn))
        unanswered = before is not None and before.outcome is Outcome.NO_ANSWER
        if own is None and unanswered and self._played and turn.caller_source == "script":
            said = one_line(turn.caller_text or "")
            self._note(f"“{said}” is left out: the caller asks so by itself where nobody answers.")
            return []
        steps = self._keys(turn) if turn.sent_as == "dtmf" else self._words(turn, own)
        if steps:
            begins = _begins(turn, before, own)
            if begins:
                steps[0]["send_after"] = begins
            elif own is not None and own.pause_s:
                steps[0].setdefault("ringback", {})["pause_s"] = own.pause_s
            if own is not None and own.image is not None:
                self._add_image(turn, own.image, steps[0])
            self.count += len(steps)
            if own is not None:
                self._new_lines[self._old_lines[id(own)]] = self.count
        sounds = self._sounds.get(id(turn), ()) if steps and self.by == "voice" else ()
        return [*filter(None, map(self._sound, sounds)), *steps]

    def line_of(self, number: int) -> int | None:
        """The line of the draft that a line of the call's script has become; 0 is the greeting."""
        return self._new_lines.get(number)

    def _keys(self, turn: Turn) -> list[dict[str, Any]]:
        pressed = "".join((turn.caller_text or "").partition(" ")[2].split())
        keys = re.sub(r"[^0-9*#]", "", pressed)
        gone = "".join(dict.fromkeys(key for key in pressed if key not in keys))
        if gone:
            self._note(
                f"{_lines_told([turn.index])} without the keys {one_line(gone)}: Pipecat Evals "
                "knows 0 to 9, * and # only."
            )
        if not keys:
            self._note(f"Line {turn.index} of the call is left out: it has no key to press.")
        pieces = range(0, len(keys), _MOST_KEYS)
        return [{"dtmf": keys[start : start + _MOST_KEYS]} for start in pieces]

    def _words(self, turn: Turn, own: ScriptStep | None) -> list[dict[str, Any]]:
        text = words_of(turn)
        if self.by == "voice" and (path := self._recorded.get(turn.index)) is not None:
            return self._as_recorded(turn, text, path)
        if text and (who := _who_heard(turn)):
            self._note(f"The words of line {turn.index} of the call are those that {who}.")
        if not text or (self.by == "voice" and not _can_be_said(text)):
            self._note(f"Line {turn.index} of the call is left out: no voice can say it.")
            return []
        if own is not None and own.audio is not None and self.by == "voice":
            name = self._beside.add(own.audio)
            if name is not None:
                return [{"user": text, "audio": name} | _label(text)]
            self._note(
                f"Line {turn.index} of the call was a recording that is gone; its words are spoken."
            )
        if own is not None and own.parts and self.by == "voice":
            parts = [{"pause_ms": part} if isinstance(part, int) else part for part in own.parts]
            return [{"user": parts} | _label(text)]
        return [{"user": piece} | _label(piece) for piece in _pieces(text)]

    def _as_recorded(self, turn: Turn, text: str, path: Path) -> list[dict[str, Any]]:
        name = self._beside.add(str(path))
        if name is None:
            self._note(f"Line {turn.index} of the call is left out: its recording is gone.")
            return []
        if who := _who_heard(turn):
            understood = f"those that {who}" if text else "not known"
            self._note(
                f"Line {turn.index} of the call is played as it was said; the words written with "
                f"it are {understood}. Correct them in the editor."
            )
        text = text[:_LONGEST] or "(words not known)"
        return [{"user": text, "audio": name} | _label(text)]

    def _sound(self, step: ScriptStep) -> dict[str, Any]:
        """A step with a sound that is no line; nothing if its recording is gone."""
        sound: str | None = step.sound or ""
        if sound not in SOUNDS:
            sound = self._beside.add(sound or "")
        if sound is None:
            self._note("A sound of the call was a recording that is gone.")
            return {}
        pause = {"pause_s": step.pause_s} if step.pause_s else {}
        return {"ringback": {"sound": sound} | pause}

    def _add_image(self, turn: Turn, image: str, step: dict[str, Any]) -> None:
        name = self._beside.add(image)
        if name is None:
            self._note(f"The image of line {turn.index} of the call is gone.")
        else:
            step["image"] = name

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def _can_be_said(text: str) -> bool:
    return any(unicodedata.category(one).startswith(_SAID) for one in text)


def _is_typed(turn: Turn) -> bool:
    return turn.sent_as not in (None, "voice", "dtmf", "import")


def _lines_told(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]} of the call was"
    return f"Lines {', '.join(map(str, lines[:-1]))} and {lines[-1]} of the call were"


def _aligned(turns: Sequence[Turn], steps: Sequence[ScriptStep]) -> Iterator[tuple[int, int]]:
    """The place of the step that each line of the script was, by the identity of its turn.

    A person may type between, and the caller asks again by itself: neither is a step.
    """
    place = 0
    for turn in turns:
        if turn.caller_source != "script":
            continue
        said = _plain(turn.caller_text or "")
        found = next((i for i in range(place, len(steps)) if _told_as(steps[i]) == said), None)
        if found is not None:
            yield id(turn), found
            place = found + 1


def _sounds_before(
    aligned: Sequence[tuple[int, int]], steps: Sequence[ScriptStep]
) -> dict[int, list[ScriptStep]]:
    """The sounds that the script had right before each line."""
    found: dict[int, list[ScriptStep]] = {}
    last = -1
    for turn, place in aligned:
        found[turn] = [step for step in steps[last + 1 : place] if step.sound is not None]
        last = place
    return found


def _told_as(step: ScriptStep) -> str | None:
    """What a call tells of a step that says something."""
    if step.dtmf is not None:
        return _plain(" ".join(["Keys", *step.dtmf]))
    return None if step.say is None else _plain(step.say)


def _plain(text: str) -> str:
    return "".join(text.split())


def _numbered(steps: Sequence[ScriptStep]) -> dict[int, int]:
    """The number of each line of a script, from 1, by the identity of its step."""
    spoken = [step for step in steps if step.say is not None or step.dtmf is not None]
    return {id(step): number for number, step in enumerate(spoken, start=1)}


def _label(text: str) -> dict[str, Any]:
    if len(text) <= _LABEL:
        return {}
    return {"ringback": {"label": f"{text[: _LABEL - 1].rsplit(' ', 1)[0]}…"}}


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces that a step may hold, cut between words where there are any."""
    while len(text) > _LONGEST:
        cut = text.rfind(" ", 1, _LONGEST + 1)
        cut = cut if cut > 0 else _LONGEST
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


def _begins(turn: Turn, before: Turn | None, own: ScriptStep | None) -> dict[str, Any]:
    """When a line begins, if not in its turn: as its script said, or where it cut in."""
    if own is not None and own.send_after is not None:
        after = own.send_after
        event = {} if after.event is None else {"event": after.event}
        return event | {"delay_ms": after.delay_ms}
    if before is None or not cuts_in(turn, before) or turn.caller is None:
        return {}
    start = turn.caller.start
    onset = next(span.start for span in reversed(before.agent) if span.start <= start)
    delay = min(_LATEST_MS, round((start - onset) * 1000))
    return {"event": "bot_started_speaking", "delay_ms": delay}


def cuts_in(turn: Turn, before: Turn) -> bool:
    """Whether the line of a turn began while the reply before was still being spoken."""
    if turn.caller is None or not before.agent or before.outcome is Outcome.NO_ANSWER:
        return False
    start = turn.caller.start
    return any(
        span.start <= start and (span.end is None or start < span.end) for span in before.agent
    )
