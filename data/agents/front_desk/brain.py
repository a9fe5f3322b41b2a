"""The front desk's brain: from the conversation so far to its next act, by rule.

Like a language model it keeps nothing between calls: :meth:`Brain.decide` reads the messages of the
context from the first to the last and returns what to say or which function to call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import answers
import booking
from answers import ANYTHING_ELSE, FAREWELL, GREETING, NOT_UNDERSTOOD
from dialogue import Action, Call, Memory, Say, Wait
from keypad import MENU, as_line, keys_in
from pauses import held, without_hold
from phrases import digits
from understanding import Heard, understand
from uptake import take_up

__all__ = ["OPENING", "SILENCE", "Brain"]

OPENING = "Greet the caller."
"""The message that opens a conversation before the caller has said anything."""
SILENCE = "The caller has been silent."
"""The message that stands for a long silence of the caller."""

_TOPICS = ("hours", "parking", "address", "doctors", "price", "human", "robot", "prescription")
_NEXT_DAY = re.compile(r"\b(?:to|until|till|for)\b")
_AND_BOOK = re.compile(r"\b(?:and|then) (?:\w+ ){0,2}?(?:book|make|get|schedule|see)\b")


class Brain:
    """A rule-based front desk.

    Args:
        today: The day of the call.
        diagnoses: Gives a diagnosis when the caller speaks of a symptom (a fault).
    """

    def __init__(self, today: date, *, diagnoses: bool = False) -> None:
        self.today = today
        self._diagnoses = diagnoses

    def decide(self, messages: Iterable[Mapping[str, Any]]) -> Action:
        """The next act.

        Args:
            messages: The conversation in the form of OpenAI's chat messages: user, assistant
                (with tool calls), tool and developer messages.
        """
        memory = Memory()
        action: Action = Say(GREETING)
        for kind, content in _steps(messages):
            if kind == "user":
                action = self._hear(memory, content)
            elif kind == "tool":
                action = booking.learn(memory, *content, self.today)
            elif kind == "said":
                _take_question(memory, content)
            elif kind == "silence":
                action = Say(f"{answers.STILL_THERE} {memory.question}".strip())
            elif kind == "noise":
                action = Say(f"Sorry, I did not catch that. {memory.question}".strip())
            if isinstance(action, Say):
                if memory.news:
                    action = Say(f"{memory.news} {action.text}", action.leave)
                    memory.news = ""
                memory.last = action.text
        return action

    def _hear(self, memory: Memory, text: str) -> Action:
        keys = keys_in(text)
        if keys is not None:
            line = as_line(keys, memory)
            if line is None:
                return Say((memory.last or GREETING) if keys == "*" else MENU)
            text = line
        text = without_hold(text)
        heard = understand(text, self.today, memory.awaiting)
        if kind := held(heard):
            return Wait(kind)
        action = self._answer(memory, heard)
        memory.lost = memory.lost + 1 if _is_lost(action) else 0
        if memory.lost > 1 and isinstance(action, Say):
            return Say(f"{action.text} {answers.FOR_EXAMPLE}" if not memory.task else action.text)
        return action

    def _answer(self, memory: Memory, heard: Heard) -> Action:
        intents = set(heard.intents)
        if memory.task == "move" or "move" in intents:
            heard = self._new_time_only(heard, memory)
        wants = self._wants(memory, heard, intents)
        details = heard.name or heard.born or heard.phone or heard.doctor or heard.day or heard.time
        topics = self._topics(intents, heard)
        if "emergency" in intents:
            return self._ask(memory, answers.EMERGENCY, "", "more")
        if turned_down := self._turn_down(memory, intents):
            return turned_down
        if "goodbye" in intents and not (wants and details):
            return Say(FAREWELL, leave=True)
        if "menu" in intents and not details:
            return Say(MENU)
        if "picture" in intents and not details:
            return Call("receive_picture", {})
        if "repeat" in intents and not (details or wants or topics):
            return Say(memory.last or GREETING)
        if "never_mind" in intents or (wants == "cancel" and self._only_this(memory, heard)):
            memory.forget_task()
            return self._ask(memory, "No problem.", ANYTHING_ELSE, "more")
        nothing_more = not (details or wants or topics or "symptom" in intents)
        if memory.awaiting == "more" and nothing_more and intents & {"no", "done"}:
            return Say(FAREWELL, leave=True)
        if "done" in intents and not (details or wants or topics or memory.task):
            return Say(FAREWELL, leave=True)
        busy = wants or memory.task or (heard.doctor and heard.day)
        if "symptom" in intents and (self._diagnoses or not busy):
            advice = answers.DIAGNOSIS if self._diagnoses else answers.ADVICE
            start, _, question = advice.rpartition(". ")
            return self._ask(memory, f"{start}.", question, "offer")
        replies = [said for each in topics if (said := answers.answer(*each, self.today))]
        return self._continue(memory, heard, intents, wants, replies)

    def _continue(
        self, memory: Memory, heard: Heard, intents: set[str], wants: str | None, replies: list[str]
    ) -> Action:
        """Take up what was said into the task under way, and go on with it."""
        if heard.phone:
            memory.phone = heard.phone
            replies.append(f"I have noted your number, {digits(heard.phone)}.")
        elif "reminder" in intents and not wants:
            return self._ask(memory, "", "Which phone number may I note?", "phone")
        if memory.awaiting == "offer" and not wants:
            if "yes" in intents:
                wants = "book"
            elif "no" in intents:
                return self._ask(memory, "All right.", ANYTHING_ELSE, "more")
        slot_named = heard.doctor or heard.time or (heard.day and not replies)
        if wants is None and memory.task is None and slot_named:
            wants = "book"
        if wants and wants != memory.task and not (wants == "book" and memory.task == "move"):
            memory.task = wants
        if wants == "cancel" and _AND_BOOK.search(heard.text):
            memory.then = "book"
        take_up(memory, heard, intents)
        if memory.task is None:
            return self._no_task(memory, heard, intents, replies)
        if self._lost(memory, heard, wants) and not replies:
            return Say(f"{NOT_UNDERSTOOD} {memory.question}".strip())
        open_question = memory.question
        action = booking.go_on(memory, self.today)
        if isinstance(action, Say) and replies:
            # A question that was open before is asked again, without what led to it.
            text = memory.question if memory.question == open_question else action.text
            return Say(" ".join([*replies, text]), action.leave)
        return action

    def _no_task(
        self, memory: Memory, heard: Heard, intents: set[str], replies: list[str]
    ) -> Action:
        if replies:
            return self._ask(memory, " ".join(replies), ANYTHING_ELSE, "more")
        if "thanks" in intents:
            return self._ask(memory, "You are welcome.", ANYTHING_ELSE, "more")
        if "hello" in intents or heard.name or (memory.awaiting == "more" and "yes" in intents):
            given = f"Hello {heard.name.split()[0]}." if heard.name else "Hello."
            start = "" if "yes" in intents else given
            return self._ask(memory, start, "How can I help you?", None)
        return Say(NOT_UNDERSTOOD)

    def _turn_down(self, memory: Memory, intents: set[str]) -> Action | None:
        """What it will not do: tell about others, leave its role, book without a name."""
        if "privacy" in intents:
            return Say(f"{answers.ONLY_OWN} {memory.question}".strip())
        if "injection" in intents:
            return Say(f"{answers.ONLY_THIS} {memory.question}".strip())
        if "refusal" in intents and memory.awaiting in ("name", "birth"):
            memory.refused += 1
            if memory.refused > 1:
                memory.forget_task()
                return self._ask(memory, answers.GIVES_UP, ANYTHING_ELSE, "more")
            return Say(f"{answers.NEEDED} {memory.question}")
        return None

    @staticmethod
    def _ask(memory: Memory, start: str, question: str, awaiting: str | None) -> Say:
        memory.awaiting, memory.question = awaiting, question
        return Say(f"{start} {question}".strip())

    @staticmethod
    def _topics(intents: set[str], heard: Heard) -> list[tuple[str, str | None]]:
        topics = [topic for topic in _TOPICS if topic in intents]
        if "hours" in topics and heard.doctor:
            topics.remove("hours")
        if "doctors" in topics and (heard.day or "book" in intents):
            topics.remove("doctors")
        if "robot" in topics and "human" in topics:
            topics.remove("robot")
        return [(topic, heard.day) for topic in topics]

    @staticmethod
    def _wants(memory: Memory, heard: Heard, intents: set[str]) -> str | None:
        """The task the line asks for."""
        if "move" in intents:
            return "move"
        if "cancel" in intents:
            return "cancel"
        asks = "book" in intents or ("soonest" in intents and not heard.born)
        info = intents & {"hours", "parking", "address", "price", "human", "robot", "doctors"}
        if "slots" in intents and (heard.doctor or heard.day or heard.time or not info):
            asks = asks or not (info - {"hours", "doctors"})
            if info & {"hours"} and not heard.doctor:
                asks = "book" in intents
        if info and not (heard.doctor or heard.day or heard.time):
            asks = "book" in intents and bool(re.search(r"\bbook|appointment", heard.text))
        if memory.task in ("move", "cancel") and "book" not in intents:
            return memory.task if asks else None
        return "book" if asks else None

    @staticmethod
    def _only_this(memory: Memory, heard: Heard) -> bool:
        """Whether "cancel" means the task under way, not an appointment."""
        under_way = memory.task in ("book", "move") and memory.awaiting is not None
        return under_way and not re.search(r"appointment|booking|visit|slot|my ", heard.text)

    @staticmethod
    def _lost(memory: Memory, heard: Heard, wants: str | None) -> bool:
        """Whether a question is open and the line neither answers it nor asks for something."""
        if heard.empty:
            return True
        return bool(
            memory.awaiting in ("name", "birth")
            and not (heard.name or heard.born or wants or heard.day or heard.time or heard.doctor)
            and not heard.phone
        )

    def _new_time_only(self, heard: Heard, memory: Memory) -> Heard:
        """Of a line that moves an appointment, the day it moves to: not the day it is on."""
        if memory.task == "move" and "move" not in heard.intents:
            return heard
        if re.search(r"\b(?:instead|rather)\b", heard.text):
            return heard
        tail = _NEXT_DAY.split(heard.text)[-1] if _NEXT_DAY.search(heard.text) else ""
        target = understand(tail, self.today)
        if "move" in target.intents or not (target.day or target.time):
            target = Heard(heard.text)
        return Heard(
            heard.text, heard.intents, heard.doctor, target.day, target.time, target.bound,
            heard.name, heard.born, heard.phone,
        )  # fmt: skip


def _take_question(memory: Memory, said: str) -> None:
    """Take the open question from our own words, in a conversation that was given to us."""
    if memory.awaiting is not None:
        return
    for question, awaiting in booking.QUESTIONS.items():
        if said.rstrip().endswith(question):
            memory.awaiting, memory.question = awaiting, question


def _is_lost(action: Action) -> bool:
    return isinstance(action, Say) and action.text.startswith(NOT_UNDERSTOOD)


def _steps(messages: Iterable[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    """The conversation as steps: what the caller said, what a function returned, noise.

    Lines of the caller with no answer between them are one line: the caller went on after a pause,
    or broke in before anything was said.
    """
    steps: list[tuple[str, Any]] = []
    calls: dict[str, tuple[str, dict[str, Any]]] = {}
    answered = True
    for message in messages:
        role, content = message.get("role"), message.get("content")
        if role == "user":
            text = content if isinstance(content, str) else " ".join(
                part.get("text", "") for part in content or [] if isinstance(part, Mapping)
            )  # fmt: skip
            if not answered and steps and steps[-1][0] == "user":
                if text not in steps[-1][1]:
                    steps[-1] = ("user", f"{steps[-1][1]} {text}")
            else:
                steps.append(("user", text))
            answered = False
        elif role == "assistant":
            for call in message.get("tool_calls") or ():
                function = call["function"]
                calls[call["id"]] = (function["name"], json.loads(function["arguments"] or "{}"))
            answered = answered or bool(content)
            if isinstance(content, str) and content:
                steps.append(("said", content))
        elif role == "tool":
            name, arguments = calls.get(str(message.get("tool_call_id")), ("", {}))
            result = _result(content)
            if name and result is not None:
                steps.append(("tool", (name, arguments, result)))
                answered = True
        elif role == "developer" and content != OPENING:
            steps.append(("silence" if content == SILENCE else "noise", None))
    return steps


def _result(content: Any) -> dict[str, Any] | None:
    """A function's result; None while it runs and when it was cancelled."""
    try:
        result = json.loads(content)
    except (TypeError, ValueError):
        return None
    return result if isinstance(result, dict) else None
